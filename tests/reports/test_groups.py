"""The report's own unit by role family, role level and grade: what is told, and what never is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Post
from assessments.models import Release
from reports import groups, reading
from reports.models import GapReportSection
from reports.suppression import WITHHELD, Figures, least_publishable, publish_lines
from tests import factories
from tests.reports.departments import fill
from tests.reports.test_beside import compiled
from tests.reports.test_pages import address, capture, queries  # noqa: F401

Dimension = GapReportSection.Dimension


def lines_of(report, dimension, group):
    section = report.sections.get(dimension=dimension, group=group)
    return {line.skill: line for line in reading.lines_of(section, report.facts)}


def test_grades_are_told_where_each_has_enough_people(skilled_department, digital, operations):
    Post.objects.filter(unit__in=[digital, operations], pk__in=half_of(digital, operations)).update(
        grade="HEO"
    )
    report = compiled(skilled_department)
    by_grade = report.sections.filter(dimension=Dimension.GRADE)
    assert set(by_grade.values_list("group", flat=True)) == {"eo", "heo"}
    told = [lines_of(report, Dimension.GRADE, group)["User focus"] for group in ("eo", "heo")]
    assert {line.rated for line in told} == {85}


def half_of(*units):
    return [post.pk for unit in units for post in list(unit.posts.order_by("pk"))[::2]]


def test_a_grade_of_few_people_hides_the_others_too(skilled_department, digital):
    few = list(digital.posts.order_by("pk").values_list("pk", flat=True)[:5])
    Post.objects.filter(pk__in=few).update(grade="G6")
    report = compiled(skilled_department)
    # Five of many: what is left of the unit beside the executive officers would be those five.
    assert not report.sections.filter(dimension=Dimension.GRADE).exists()


def test_a_group_that_a_unit_above_does_not_show_is_not_shown_below(
    skilled_department, digital, operations
):
    # Twelve at another grade in Digital, five in Operations: all but five of them work together.
    for unit, count in ((digital, 12), (operations, 5)):
        raters = [post.pk for post in unit.posts.order_by("pk") if post.person.ratings.exists()]
        Post.objects.filter(pk__in=raters[:count]).update(grade="HEO")
    for unit in (skilled_department, digital):
        report = compiled(unit)
        assert not report.sections.filter(dimension=Dimension.GRADE, group="heo").exists()


def test_role_levels_and_families_have_their_names(client, report_reader, skilled_department):
    report = compiled(skilled_department)
    client.force_login(report_reader)
    assert "By role family, role level and grade" in client.get(report.get_absolute_url()).text
    text = client.get(address("groups", report)).text
    for words in ("Product and delivery", "Delivery manager", "Executive officer (EO)"):
        assert words in text
    (level,) = report.sections.filter(dimension=Dimension.ROLE_LEVEL)
    text = client.get(address("group", report, "role_level", level.group)).text
    assert "about 125 of the 170 people who rated themselves (74%)" in text
    assert client.get(address("group", report, "grade", "g6")).status_code == 404


def test_group_pages_cost_the_same_for_few_groups_and_for_many(
    client,
    report_reader,
    skilled_department,
    capture,  # noqa: F811
):
    report = compiled(skilled_department)
    client.force_login(report_reader)
    pages = [address("groups", report), address("group", report, "grade", "eo")]
    few = [queries(client, page, capture) for page in pages]
    payload = report.sections.get(dimension=Dimension.GRADE).payload
    for number in range(12):
        report.sections.create(dimension=Dimension.GRADE, group=f"g-{number}", payload=payload)
    assert [queries(client, page, capture) for page in pages] == few
    assert max(few) <= 25


def test_a_small_unit_has_no_groups(skilled_department, digital):
    team = factories.unit("Tiny team", parent=digital)
    fill(team, Release.objects.get(), people=10)
    assert not compiled(team).sections.of_groups().exists()


# --- The rules on random groups ---------------------------------------------------------------

TARGET = 2
PARENTS = np.array([-1, 0, 0, 1, 1, 2, 2])  # all, two families, four role levels


def figures_along(people):
    """Figures of all, of each family and of each role level, from people by level of each."""
    leaves = np.array(people)
    families = np.stack([leaves[:2].sum(axis=0), leaves[2:].sum(axis=0)])
    levels = np.concatenate([leaves.sum(axis=0)[np.newaxis], families, leaves])[:, np.newaxis, :]
    step = np.arange(levels.shape[-1])
    return Figures(
        required=levels.sum(axis=-1),
        not_applicable=np.zeros(levels.shape[:2], int),
        levels=levels,
        below=levels[..., step < TARGET].sum(axis=-1),
        at=levels[..., TARGET],
        above=levels[..., step > TARGET].sum(axis=-1),
        gap_sum=(levels * np.maximum(TARGET - step, 0)).sum(axis=-1),
        target_low=np.full(levels.shape[:2], TARGET),
        target_high=np.full(levels.shape[:2], TARGET),
    )


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(
    people=st.lists(st.lists(st.integers(0, 40), min_size=5, max_size=5), min_size=4, max_size=4),
    minimum=st.sampled_from([5, 10]),
)
def test_groups_never_give_away_a_small_one(people, minimum):
    figures, least = figures_along(people), least_publishable(minimum)
    whole = groups.figures_of_row(figures, 0)
    above = publish_lines(whole, whole.rated >= least, least=least)
    told = groups.publish_parts(
        figures,
        parents=PARENTS,
        allowed=np.concatenate([above.shown, np.ones((6, 1), bool)]),
        whole=above,
        minimum=minimum,
    )
    shown, rated = told.shown[:, 0], figures.rated[:, 0]
    assert (rated[shown] >= least).all()
    for row in np.flatnonzero(shown):
        below = np.flatnonzero(row == PARENTS)
        left = rated[row] - rated[below[shown[below]]].sum()
        assert not len(below) or left == 0 or left >= least
        assert PARENTS[row] < 0 or shown[PARENTS[row]]
    if shown.any():
        # Nothing that is published of the whole elsewhere had to be withdrawn for the groups.
        for name in ("rated", "below", "at", "above", "levels", "gap_sum"):
            before, after = getattr(above, name)[0], getattr(told, name)[0]
            assert ((before == WITHHELD) | (after != WITHHELD)).all()
