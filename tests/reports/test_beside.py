"""What a report publishes beside people's own levels: reviewed levels, learning, people."""

import datetime

import numpy as np
import pytest

from assessments.models import Rating, Release
from reports import compile as compiling
from reports import headlines, reading, services, study
from reports.changes import Change, biggest_movers, changes_of
from reports.days import year_until
from reports.models import GapReport
from reports.suppression import WITHHELD
from tests import factories
from tests.reports.departments import DAY

pytestmark = pytest.mark.slow


def compiled(unit, day=DAY):
    report, _ = services.enqueue_gap_report(unit=unit, as_at=day, by=None)
    compiling.compile_report(report.pk)
    report.refresh_from_db()
    assert report.status == GapReport.Status.READY, report.error
    return report


def line_in(report, name, unit=None):
    section = report.sections.get(unit=unit or report.unit)
    lines = reading.lines_of(section, report.facts)
    return next(line for line in lines if line.skill == name)


def people_in(unit):
    return [post.person for post in unit.posts.order_by("pk")]


# --- Reviewed levels --------------------------------------------------------------------------


def review(people, name, answer):
    for person in people:
        given = person.self_assessments.first()
        if given is not None:
            factories.reviewed(given, {name: answer}, by=person, at=factories.local(2026, 10, 1))


def test_line_managers_levels_stand_beside_peoples_own(skilled_department, digital, operations):
    for unit in (digital, operations):
        review(people_in(unit), "User focus", 4)
    line = line_in(compiled(skilled_department), "User focus")
    assert (line.rated, line.reviewed.rated) == (170, 170)
    # All of them expert: one answer, so nothing but the number is told.
    assert (line.reviewed.below, set(line.reviewed.levels)) == (None, {None})
    assert line.below == 125


def test_half_agreed_and_half_seen_otherwise(skilled_department, digital, operations):
    review(people_in(digital), "User focus", 3)
    review(people_in(operations), "User focus", "agree")
    line = line_in(compiled(skilled_department), "User focus")
    assert line.reviewed.rated == 170
    # 84 in Digital at the target; of the 84 in Operations 63 are below it by their own levels.
    assert (line.reviewed.below, line.reviewed.at) == (65, 105)


@pytest.mark.parametrize(("reviewed", "shown"), [(9, False), (84, True), (160, False), (168, True)])
def test_neither_few_reviewed_nor_few_left_are_told(
    skilled_department, digital, operations, reviewed, shown
):
    people = [*people_in(digital), *people_in(operations)]
    people = [person for person in people if person.ratings.exists()]
    # Every second from each unit first, so that no unit holds nearly all of them.
    mixed = [*people[::2], *people[1::2]]
    review(mixed[:reviewed], "User focus", "agree")
    line = line_in(compiled(skilled_department), "User focus")
    assert line.reviewed.is_shown is shown


def test_a_request_for_evidence_is_no_level(skilled_department, digital, operations):
    for unit in (digital, operations):
        review(people_in(unit), "User focus", "evidence")
    assert not line_in(compiled(skilled_department), "User focus").reviewed.is_shown


# --- Learning ---------------------------------------------------------------------------------


def log(people, *, minutes=600, time="own", skill=None, day=DAY):
    for person in people:
        factories.log_entry(
            person,
            skills=[skill] if skill else [],
            duration_minutes=minutes,
            time=time,
            done_on=day,
        )


def skill_called(name):
    return Release.objects.get().skill_versions.get(name=name).skill


def test_hours_towards_a_skill_in_own_and_work_time(skilled_department, digital, operations):
    skill = skill_called("User focus")
    for unit in (digital, operations):
        people = people_in(unit)
        log(people[:12], skill=skill)
        log(people[12:], skill=skill, time="work", minutes=120)
    report = compiled(skilled_department)
    line = line_in(report, "User focus")
    assert (line.learners, line.own_hours, line.work_hours) == (180, 240, 310)
    assert line_in(report, "Agile working").own_hours is None
    people = headlines.people_of(report.sections.get(unit=report.unit))
    assert (people.in_post, people.own_learners, people.own_time_share) == (180, 25, 14)


def test_nothing_of_few_learners_is_told(skilled_department, digital):
    log(people_in(digital)[:9])
    people = headlines.people_of(compiled(skilled_department).sections.get(unit=skilled_department))
    assert (people.learners, people.own_learners, people.own_hours) == (None, None, None)
    assert people.answered == 170


def test_hours_are_withheld_where_one_person_has_more_than_half(skilled_department, digital):
    people = people_in(digital)
    log(people[:20], minutes=60)
    log(people[:1], minutes=6000)
    report = compiled(skilled_department)
    for unit in (skilled_department, digital):
        found = headlines.people_of(report.sections.get(unit=unit))
        assert (found.learners, found.own_learners, found.own_hours) == (20, 20, None)


def test_a_unit_of_which_nothing_is_told_tells_nothing_of_its_learning(skilled_department, digital):
    team = factories.unit("Quiet team", parent=digital)
    people = [factories.person(unit=team) for _ in range(20)]
    log(people)
    section = compiled(team).sections.get()
    assert headlines.people_of(section) == headlines.People()


def test_totals_are_gated_like_raters():
    totals = study.Totals(
        learners=np.array([[30], [21], [9]]),
        own_learners=np.array([[30], [21], [9]]),
        work_learners=np.zeros((3, 1), int),
        own_minutes=np.array([[18_000], [12_600], [5_400]]),
        work_minutes=np.zeros((3, 1), int),
        own_largest=np.full((3, 1), 600),
        work_largest=np.zeros((3, 1), int),
    )
    told = study.publish_study(
        totals,
        own=study.Totals(**{**vars(totals), "learners": np.array([[0], [21], [9]])}),
        parents=np.array([-1, 0, 0]),
        tie_break=np.arange(3),
        minimum=10,
        allowed=np.array([True, True, True]),
    )
    # The unit of nine is what is left of the thirty beside the unit of twenty-one.
    assert told.learners.ravel().tolist() == [WITHHELD] * 3
    assert told.own_hours.ravel().tolist() == [WITHHELD] * 3


@pytest.mark.parametrize(
    ("day", "first"),
    [
        ((2026, 10, 31), (2025, 11, 1)),
        ((2024, 2, 29), (2023, 3, 1)),
        ((2025, 2, 28), (2024, 3, 1)),
        ((2024, 2, 28), (2023, 3, 1)),
    ],
)
def test_the_year_ends_with_the_day(day, first):
    day = datetime.date(*day)
    assert year_until(day) == (datetime.date(*first), day)


# --- Change -----------------------------------------------------------------------------------

BEFORE = datetime.date(2026, 9, 30)


@pytest.fixture
def two_reports(skilled_department, digital, operations):
    """September's, and October's after everybody in Digital has reached the target."""
    at = factories.local(2026, 10, 15)
    skill = skill_called("User focus")
    for unit in (digital, operations):
        for person in people_in(unit):
            rating = person.ratings.filter(skill=skill).first()
            if rating is not None and rating.level < 3 and unit == digital:
                rating.superseded_at = at
                rating.save(update_fields=["superseded_at"])
                factories.submitted(person, Release.objects.get(), {"User focus": 3}, at=at)
    return compiled(skilled_department, BEFORE), compiled(skilled_department)


def changes_between(before, after):
    return changes_of(
        reading.lines_of(after.sections.get(unit=after.unit), after.facts),
        reading.lines_of(before.sections.get(unit=before.unit), before.facts),
    )


def test_a_clear_change_is_told_in_points(two_reports):
    before, after = two_reports
    assert list(GapReport.objects.earlier_than(after)) == [before]
    assert list(GapReport.objects.earlier_than(before)) == []
    (mover,) = biggest_movers(changes_between(before, after))
    assert mover.line.skill == "User focus"
    assert (mover.before.below_share, mover.line.below_share) == (74, 38)
    assert mover.text == "\N{MINUS SIGN}36 points"


def test_the_page_tells_the_change_and_the_trend(client, report_reader, two_reports):
    client.force_login(report_reader)
    _, after = two_reports
    text = client.get(after.get_absolute_url()).text
    assert (
        "Since 30 September 2026 the share below target has fallen most in User focus: from 74% "
        "to 38%." in text
    )
    assert "Biggest movers" in text
    skill = f"{after.get_absolute_url()}units/{after.unit.slug}/skills/"
    skill += f"{after.facts['releases'][0]['framework']}/user-focus/"
    text = client.get(skill).text
    assert "Share below target over time" in text
    assert "30 September 2026" in text


def test_a_report_by_another_method_is_not_compared(two_reports):
    before, after = two_reports
    GapReport.objects.filter(pk=before.pk).update(method_version="1")
    assert not GapReport.objects.earlier_than(after).exists()


def test_a_skill_of_which_a_release_asks_more_is_not_compared(skilled_department):
    before = compiled(skilled_department, BEFORE)
    Release.objects.get().requirements.filter(skill__slug="user-focus").update(target=4)
    changes = changes_between(before, compiled(skilled_department))
    texts = {change.line.skill: change.text for change in changes}
    assert texts["User focus"] == "Not comparable"
    assert texts["Agile working"] == "About the same"


def line(below, rated, **fields):
    values = dict.fromkeys(reading.Line.__dataclass_fields__) | {
        "asked": "same", "scale": ["One"], "below": below, "rated": rated,
    }  # fmt: skip
    return reading.Line(**(values | fields))


@pytest.mark.parametrize(
    ("before", "now", "text"),
    [
        ((10, 20), (15, 20), "About the same"),
        ((100, 200), (150, 200), "+25 points"),
        ((0, 20), (20, 20), "+100 points"),
        ((None, 20), (20, 20), "[c]"),
        ((20, 20), (None, None), "[c]"),
        ((0, 20), (0, 25), "About the same"),
    ],
)
def test_a_change_within_rounding_is_about_the_same(before, now, text):
    assert Change(line(*now), line(*before)).text == text


def test_a_skill_that_was_not_there_before_has_no_change():
    assert Change(line(10, 20), None).text == "No figures before"
    assert Change(line(10, 20, asked=""), line(10, 20, asked="")).text == "Not comparable"


# --- Headlines --------------------------------------------------------------------------------


def test_the_survey_stands_beside_the_units_own_share(
    client, report_reader, skilled_department, digital, operations
):
    for unit in (digital, operations):
        log(people_in(unit)[:12])
    report = compiled(skilled_department)
    client.force_login(report_reader)
    text = client.get(report.get_absolute_url()).text
    assert "Of the 180 people in post, about 14% logged study in their own time" in text
    assert "24% of civil servants said so in 2015 and 36% in 2017" in text
    assert "About 170 of the 180 people" in text
    assert "have answered (94%)" in text


def test_strengths_are_those_with_most_people_above_target(
    client, report_reader, skilled_department
):
    Rating.objects.filter(skill__slug="agile-working").exclude(level=0).update(level=3)
    report = compiled(skilled_department)
    client.force_login(report_reader)
    text = client.get(report.get_absolute_url()).text
    assert "A strength to lend to others is Agile working: about 125 of the 170 people" in text


def test_coverage_leaves_out_skills_whose_people_required_are_withheld():
    told = [
        line(10, 20, required=40, skill="Alpha", levels=[]),
        line(None, 20, skill="Beta", levels=[]),
    ]
    assert "given 50% of the ratings" in reading.overview_of(told).coverage
    assert reading.overview_of(told[1:]).coverage == ""
