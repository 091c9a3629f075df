"""Comparing a report with an earlier one and with other departments; units too small to show."""

import datetime

import pytest

from assessments.models import Release
from reports import reading
from reports.departments import LEAST_OTHERS, beside_others
from reports.models import GapReport
from tests import factories
from tests.reports.departments import fill
from tests.reports.test_beside import BEFORE, compiled, two_reports  # noqa: F401
from tests.reports.test_pages import address, capture, queries  # noqa: F401

pytestmark = pytest.mark.slow


def earlier_page(report, unit=None):
    return address("earlier", report, (unit or report.unit).slug)


# --- An earlier report ------------------------------------------------------------------------


def test_two_dates_stand_side_by_side(client, report_reader, two_reports):  # noqa: F811
    client.force_login(report_reader)
    before, after = two_reports
    assert earlier_page(after) in client.get(after.get_absolute_url()).text
    text = client.get(earlier_page(after)).text
    assert "Below target, 30 Sep 2026" in text
    assert "\N{MINUS SIGN}36 points" in text
    assert "About the same" in text
    assert "There is no earlier report" in client.get(earlier_page(before)).text


def test_any_earlier_report_can_be_chosen_and_nonsense_gives_the_latest(
    client,
    report_reader,
    two_reports,  # noqa: F811
):
    client.force_login(report_reader)
    _, after = two_reports
    compiled(after.unit, datetime.date(2026, 8, 31))  # before anybody had rated anything
    text = client.get(earlier_page(after), {"day": "2026-08-31"}).text
    assert "No skill can be compared with the report as at 31 August 2026." in text
    for nonsense in ("2026-10-31", "yesterday", ""):
        text = client.get(earlier_page(after), {"day": nonsense}).text
        assert "Below target, 30 Sep 2026" in text


def test_the_comparison_costs_the_same_for_few_reports_and_for_many(
    client,
    report_reader,
    two_reports,  # noqa: F811
    capture,  # noqa: F811
):
    client.force_login(report_reader)
    _, after = two_reports
    skill = address(
        "skill", after, after.unit.slug, after.facts["releases"][0]["framework"], "user-focus"
    )
    pages = [earlier_page(after), skill, after.get_absolute_url()]
    few = [queries(client, page, capture) for page in pages]
    for month in (3, 4, 5, 6):
        compiled(after.unit, datetime.date(2026, month, 30))
    assert [queries(client, page, capture) for page in pages] == few
    assert max(few) <= 25


# --- Other departments ------------------------------------------------------------------------


@pytest.fixture
def departments(skilled_department):
    """Three more departments, each with a report of the same day."""
    made = []
    for number in range(LEAST_OTHERS):
        other = factories.unit(f"Department {number}")
        for place in range(2):
            unit = factories.unit(parent=other)
            for shift in range(2):
                fill(unit, Release.objects.get(), people=45, shift=place + shift)
        compiled(other)
        made.append(other)
    return made


def beside(report):
    lines = reading.lines_of(report.sections.get(unit=report.unit_id), report.facts)
    return {each.line.skill: each for each in beside_others(report, lines)}


def test_the_average_is_over_the_other_departments(
    client, report_reader, skilled_department, departments, django_assert_num_queries
):
    report = compiled(skilled_department)
    with django_assert_num_queries(2):
        found = beside(report)["User focus"]
    others = [GapReport.objects.get(unit=unit) for unit in departments]
    lines = [
        reading.line_of(other.sections.get(unit=other.unit), other.facts, *found.line.key)
        for other in others
    ]
    assert found.departments == LEAST_OTHERS
    assert found.rated == sum(line.rated for line in lines)
    assert found.below_share == reading.percentage(sum(line.below for line in lines), found.rated)
    client.force_login(report_reader)
    page = address("departments", report)
    assert page in client.get(report.get_absolute_url()).text
    text = client.get(page).text
    assert "Below target, other departments" in text
    for unit in departments:
        assert unit.name not in text


def test_too_few_departments_give_no_average(
    client, report_reader, skilled_department, departments
):
    report = compiled(skilled_department)
    GapReport.objects.filter(unit=departments[0]).update(method_version="0")
    assert not any(each.is_told for each in beside(report).values())
    client.force_login(report_reader)
    assert "Not enough other departments" in client.get(address("departments", report)).text


def test_no_average_where_one_department_has_more_than_half_of_the_people(
    skilled_department, departments
):
    report = compiled(skilled_department)
    big = GapReport.objects.get(unit=departments[0])
    section = big.sections.get(unit=big.unit)
    section.payload = section.payload.replace('"rated":[170', '"rated":[1700')
    section.save(update_fields=["payload"])
    assert not beside(report)["Agile working"].is_told
    assert beside(report)["User focus"].is_told


def test_units_below_a_department_are_not_compared(
    client, report_reader, skilled_department, digital
):
    report = compiled(digital)
    client.force_login(report_reader)
    assert client.get(address("departments", report)).status_code == 404
    assert "Compare with all departments" not in client.get(report.get_absolute_url()).text


# --- Units too small to show ------------------------------------------------------------------


@pytest.mark.parametrize("raters", [1, 9])
def test_a_reader_of_a_small_unit_sees_only_a_sentence_why(
    client, skilled_department, digital, raters
):
    team = factories.unit("Tiny team", parent=digital)
    fill(team, Release.objects.get(), people=raters + 3)
    reader = factories.person(unit=team, grant="report_reader")
    report = compiled(team)
    client.force_login(reader)
    text = client.get(address("report", report)).text
    assert "Nothing can be told about Tiny team: fewer than 10 people" in text
    section = report.sections.get()
    assert (section.figures["skill"], section.figures["people"]) == ([], [None] * 3)
    pages = [address("report", report), address("figures", report, team.slug), earlier_page(report)]
    for page in pages:
        text = client.get(page).text
        for secret in ("User focus", "Agile working", "Agile delivery", "govuk-table"):
            assert secret not in text, page
    skill = address(
        "skill", report, team.slug, report.facts["releases"][0]["framework"], "user-focus"
    )
    assert client.get(skill).status_code == 404


def test_a_line_manager_reads_no_report_by_that_alone(client, skilled_department, digital):
    manager = factories.person(unit=digital)
    digital.posts.exclude(person=manager).update(line_manager=manager)
    report = compiled(digital)
    client.force_login(manager)
    for page in (address("report", report), address("figures", report, "digital")):
        assert client.get(page).status_code == 404
