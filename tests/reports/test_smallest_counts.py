"""The smallest published count that a department chooses: who may, and which reports have it."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import AuditEntry
from accounts.permissions import GrantKind
from assessments.models import Release
from reports import compile as compiling
from reports import month_ends, services
from reports.models import GapReport, SmallestCount
from reports.smallest_counts import choose_smallest_count, counts_for
from tests import factories
from tests.reports.departments import DAY, fill

DAY_BEFORE = datetime.date(2026, 9, 30)

pytestmark = pytest.mark.django_db


def page_of(department):
    return reverse("reports:smallest_count", args=[department.slug])


def choose(department, count, by=None):
    return choose_smallest_count(department=department, minimum_count=count, by=by)


def asked_for(unit, as_at=DAY):
    return services.enqueue_gap_report(unit=unit, as_at=as_at, by=None)[0]


def test_an_administrator_chooses_and_the_page_says_who_did_when(
    client, department, organisation_administrator
):
    client.force_login(organisation_administrator)
    page = client.get(page_of(department)).text
    assert "at least 10 people have rated themselves" in page
    assert "Nobody has chosen a number" in page
    page = client.post(page_of(department), {"minimum_count": "20"}, follow=True).text
    assert "publish no count below 20" in page
    assert "at least 20 people have rated themselves" in page
    assert organisation_administrator.full_name in page
    choice = SmallestCount.objects.get()
    assert (choice.unit, choice.set_by) == (department, organisation_administrator)
    noted = AuditEntry.objects.get(action="report-count-chosen")
    assert (noted.actor, noted.thing) == (
        organisation_administrator,
        f"smallest count {choice.pk}",
    )


def test_choosing_the_same_again_changes_nothing(client, department, organisation_administrator):
    client.force_login(organisation_administrator)
    for _ in range(2):
        page = client.post(page_of(department), {"minimum_count": "7"}, follow=True).text
    assert "Nothing has changed" in page
    assert SmallestCount.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("4", "Smallest published count must be 5 or more"),
        ("101", "Smallest published count must be 100 or less"),
        ("ten", "Smallest published count must be a whole number"),
        ("", "Enter the smallest published count"),
        ("9" * 500, "Smallest published count must be"),
    ],
)
def test_a_count_that_protects_nobody_is_refused(
    client, department, organisation_administrator, given, message
):
    client.force_login(organisation_administrator)
    assert message in client.post(page_of(department), {"minimum_count": given}).text
    assert not SmallestCount.objects.exists()


@pytest.mark.parametrize("count", [0, 4, 101])
def test_the_database_refuses_it_too(department, count):
    with pytest.raises(IntegrityError), transaction.atomic():
        SmallestCount.objects.create(unit=department, minimum_count=count)


def test_it_is_chosen_for_a_whole_department(digital):
    with pytest.raises(ValidationError, match="whole department"):
        choose(digital, 20)


def test_new_reports_of_every_unit_have_it_and_old_ones_keep_theirs(department, digital):
    other = factories.unit("Department of Wicks")
    old = asked_for(department, DAY_BEFORE)
    choose(department, 20)
    choose(department, 7)
    assert asked_for(digital).minimum_count == 7
    assert asked_for(other).minimum_count == 10
    old.refresh_from_db()
    assert (old.minimum_count, asked_for(department, DAY_BEFORE).minimum_count) == (10, 10)


def test_a_day_keeps_to_the_greatest_count_of_its_reports(department, digital, operations):
    asked_for(department)
    choose(department, 5)
    # With five it would tell what the department's report of that day withholds.
    assert asked_for(digital).minimum_count == 10
    choose(department, 30)
    assert asked_for(operations).minimum_count == 30
    # Another department's reports of the day have nothing to do with it.
    other = factories.unit("Department of Wicks")
    assert asked_for(other).minimum_count == 10


def test_reports_of_the_schedule_have_it(department):
    factories.person(unit=department, grant=GrantKind.REPORT_READER)
    choose(department, 15)
    (pk,) = month_ends.queue_month_end_reports(datetime.date(2026, 11, 2))
    assert GapReport.objects.get(pk=pk).minimum_count == 15


@pytest.mark.slow
def test_a_lower_and_a_higher_count_show_more_and_less(skilled_department, digital):
    few = factories.unit("Wick trimmers", parent=skilled_department)
    fill(few, Release.objects.get(), people=18)
    choose(skilled_department, 5)
    low = compiled(skilled_department, DAY)
    assert low.sections.filter(unit=few).exists()
    assert low.facts["minimum_count"] == 5
    choose(skilled_department, 20)
    assert not compiled(skilled_department, DAY_BEFORE).sections.filter(unit=few).exists()


def compiled(unit, day):
    report = asked_for(unit, day)
    compiling.compile_report(report.pk)
    report.refresh_from_db()
    assert report.status == GapReport.Status.READY, report.error
    return report


def test_counts_cost_the_same_for_one_unit_and_for_many(
    department, digital, django_assert_num_queries
):
    with django_assert_num_queries(3):
        counts_for([digital], DAY)
    units = [digital, *(factories.unit() for _ in range(10))]
    with django_assert_num_queries(3):
        assert set(counts_for(units, DAY).values()) == {10}


def test_the_list_has_the_departments_somebody_looks_after(
    client, department, organisation_administrator, system_administrator
):
    factories.unit("Department of Wicks")
    choose(department, 12)
    client.force_login(organisation_administrator)
    page = client.get(reverse("reports:smallest_counts")).text
    assert "Department of Lanterns" in page
    assert "12" in page
    assert "Department of Wicks" not in page
    client.force_login(system_administrator)
    assert "Department of Wicks" in client.get(reverse("reports:smallest_counts")).text
