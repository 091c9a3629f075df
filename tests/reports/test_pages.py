"""Pages about gap reports: who may see them, what they say, what they cost."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import GrantKind
from reports import compile as compiling
from reports import reading, services
from reports.days import last_month_ends
from reports.models import GapReport
from tests import factories
from tests.reports.departments import DAY

PARTS = ["report", "progress", "files", "files_progress"]


def address(name, report, *more):
    return reverse(f"reports:{name}", args=[report.unit.slug, report.as_at, *more])


def sub_pages(report, unit):
    return [
        address("unit", report, unit.slug),
        address("figures", report, unit.slug),
        address("earlier", report, unit.slug),
        address("departments", report),
        address("skill", report, unit.slug, framework_of(report), "user-focus"),
    ]


def framework_of(report):
    return report.facts["releases"][0]["framework"]


@pytest.fixture
def queued(skilled_department):
    return services.enqueue_gap_report(unit=skilled_department, as_at=DAY, by=None)[0]


def fail(report):
    GapReport.objects.filter(pk=report.pk).update(status="failed", error="The abacus broke.")


# --- Who --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("report_reader", 200),
        ("ambassador", 200),
        ("member", 404),
        ("line_manager", 404),
        ("outsider", 404),
        ("organisation_administrator", 404),
        ("framework_editor", 404),
        ("system_administrator", 404),
    ],
)
def test_a_report_opens_for_those_who_may_read_it(request, client, ready_report, who, expected):
    client.force_login(request.getfixturevalue(who))
    pages = [address(name, ready_report) for name in PARTS]
    for page in [*pages, *sub_pages(ready_report, ready_report.unit)]:
        assert client.get(page).status_code == expected, page


def test_an_absent_report_answers_like_one_out_of_sight(client, ready_report, report_reader):
    client.force_login(report_reader)
    other = reverse("reports:report", args=["department-of-lanterns", datetime.date(2025, 1, 31)])
    assert client.get(other).status_code == 404
    assert client.get("/reports/department-of-lanterns/2026-02-31/").status_code == 404


def test_a_reader_of_one_unit_does_not_read_the_unit_above(client, ready_report, digital):
    reader = factories.person("Dora", unit=digital, grant=GrantKind.REPORT_READER)
    client.force_login(reader)
    for page in sub_pages(ready_report, digital):
        assert client.get(page).status_code == 404, page
    assert "Department of Lanterns" not in client.get(reverse("reports:reports")).text
    own, _ = services.enqueue_gap_report(unit=digital, as_at=DAY, by=reader)
    compiling.compile_report(own.pk)
    assert client.get(address("report", own)).status_code == 200
    assert client.get(address("unit", own, "operations")).status_code == 404


def test_a_withdrawn_grant_closes_the_report_at_once(client, ready_report, report_reader):
    client.force_login(report_reader)
    assert client.get(address("files", ready_report)).status_code == 200
    report_reader.grants.update(withdrawn_at=timezone.now())
    assert client.get(address("files", ready_report)).status_code == 404


@pytest.mark.parametrize(
    ("who", "reads", "requests"),
    [
        ("report_reader", 200, 200),
        ("ambassador", 200, 403),
        ("member", 403, 403),
        ("system_administrator", 403, 403),
    ],
)
def test_the_list_and_the_request_page(request, client, department, who, reads, requests):
    client.force_login(request.getfixturevalue(who))
    assert client.get(reverse("reports:reports")).status_code == reads
    assert client.get(reverse("reports:request")).status_code == requests


# --- Asking -----------------------------------------------------------------------------------


def ask(client, unit, day):
    return client.post(reverse("reports:request"), {"unit": unit, "as_at": str(day)})


def test_asking_leads_to_the_report_and_asking_again_to_the_same(client, report_reader, digital):
    client.force_login(report_reader)
    day = last_month_ends(timezone.localdate())[0]
    first, second = (ask(client, digital.slug, day) for _ in range(2))
    report = GapReport.objects.get()
    assert first.url == second.url == report.get_absolute_url()
    assert (report.unit, report.as_at, report.requested_by) == (digital, day, report_reader)


def test_a_unit_out_of_scope_cannot_be_asked_for(client, digital, operations):
    client.force_login(factories.person(unit=digital, grant=GrantKind.REPORT_READER))
    answer = ask(client, operations.slug, last_month_ends(timezone.localdate())[0])
    assert "Choose a unit from the list" in answer.text
    assert "Operations" not in answer.text
    assert not GapReport.objects.exists()


def test_an_empty_request_says_what_is_missing(client, report_reader):
    client.force_login(report_reader)
    answer = client.post(reverse("reports:request"), {})
    assert "Error: Request a gap report" in answer.text
    assert "Choose a unit" in answer.text
    assert "Choose a report date" in answer.text


def test_a_day_that_is_no_month_end_is_refused(client, report_reader, digital):
    client.force_login(report_reader)
    answer = ask(client, digital.slug, "2026-10-15")
    assert "Choose a report date from the list" in answer.text


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        ((2026, 3, 31), ["2026-02-28", "2026-01-31", "2025-12-31"]),
        ((2024, 3, 1), ["2024-02-29", "2024-01-31", "2023-12-31"]),
    ],
)
def test_only_months_that_are_over_have_a_last_day(today, expected):
    found = last_month_ends(datetime.date(*today), count=3)
    assert [str(day) for day in found] == expected


def test_a_unit_far_down_is_found_by_name_and_can_be_asked_for(client, report_reader, digital):
    parent = digital
    for number in range(3):
        parent = factories.unit(f"Layer {number}", parent=parent)
    deep = factories.unit("Lamp oil", parent=parent)
    client.force_login(report_reader)
    page = client.get(reverse("reports:request"))
    assert "Lamp oil" not in page.text
    assert "The list below has the topmost of your 6 units" in page.text
    found = client.get(reverse("reports:request"), {"q": "lamp"})
    assert 'value="lamp-oil"' in found.text
    assert "1 unit with “lamp” in the name is in the list below" in found.text
    nothing = client.get(reverse("reports:request"), {"q": "zeppelin"})
    assert "No unit of yours has “zeppelin” in its name." in nothing.text
    ask(client, deep.slug, last_month_ends(timezone.localdate())[0])
    assert GapReport.objects.get().unit == deep


# --- While it is not ready --------------------------------------------------------------------


def test_every_status_says_what_happens_next(client, queued, report_reader):
    client.force_login(report_reader)
    page = client.get(queued.get_absolute_url())
    assert "waiting to be compiled" in page.text
    assert "Check progress" in page.text
    assert "govuk/progress.js" in page.text
    GapReport.objects.filter(pk=queued.pk).update(error="ValueError: once")
    assert "tried again by itself" in client.get(queued.get_absolute_url()).text
    claim = compiling.Claim(queued.pk, GapReport.objects.claim(queued.pk))
    claim.progress(60, "Counting people and levels")
    page = client.get(queued.get_absolute_url())
    assert "being compiled" in page.text
    assert "Counting people and levels: 60%" in page.text
    assert client.get(address("progress", queued)).json() == {
        "percent": 60,
        "step": "Counting people and levels",
        "sentence": reading.status_sentence(GapReport.objects.get()),
        "finished": False,
    }


def test_the_running_page_asks_for_all_of_its_reports_at_once(
    client, queued, digital, report_reader, django_assert_max_num_queries
):
    other, _ = services.enqueue_gap_report(unit=digital, as_at=DAY, by=None)
    hidden, _ = services.enqueue_gap_report(unit=factories.unit(), as_at=DAY, by=None)
    client.force_login(report_reader)
    page = client.get(reverse("reports:running"))
    assert "govuk/progress_list.js" in page.text
    assert "Check progress" in page.text
    fail(other)
    asked = {"of": [queued.pk, other.pk, hidden.pk, "9" * 30, "x"]}
    with django_assert_max_num_queries(6):
        told = client.get(reverse("reports:running_progress"), asked).json()
    assert set(told) == {str(queued.pk), str(other.pk)}
    assert told[str(queued.pk)]["finished"] is False
    assert told[str(other.pk)]["sentence"].startswith("This report could not be compiled.")
    assert client.get(reverse("reports:running_progress")).json() == {}


def test_a_report_that_is_not_ready_has_no_figures_and_no_file(client, queued, report_reader):
    client.force_login(report_reader)
    assert client.get(address("files", queued)).status_code == 404
    assert client.get(address("figures", queued, "digital")).status_code == 404


def test_a_failed_report_gives_its_reason_and_can_be_asked_for_again(
    client, queued, report_reader, ambassador
):
    fail(queued)
    again = address("ask_again", queued)
    client.force_login(ambassador)
    page = client.get(queued.get_absolute_url())
    assert "The abacus broke." in page.text
    assert "Ask for it again" not in page.text
    assert client.post(again).status_code == 403
    client.force_login(report_reader)
    assert "Ask for it again" in client.get(queued.get_absolute_url()).text
    assert client.get(again).status_code == 405
    assert client.post(again).url == queued.get_absolute_url()
    queued.refresh_from_db()
    assert queued.status == "queued"


# --- Reading ----------------------------------------------------------------------------------


def test_the_report_says_its_headline_in_words_and_figures(client, ready_report, report_reader):
    client.force_login(report_reader)
    page = client.get(ready_report.get_absolute_url()).text
    # 168 of the 180 have rated themselves, 126 of these below the target of 3.
    assert (
        "The biggest gap is in User focus: about 125 of the 170 people who rated themselves (74%) "
        "are below their target." in page
    )
    assert "People have given 94% of the ratings" in page
    assert "All figures of 1 skill are withheld." in page
    assert "Share of people below target, by unit and skill" in page
    assert "What the figures mean" in page
    assert "at least 10 people have rated themselves" in page
    assert ready_report.digest in page
    for name in ("Digital", "Operations"):
        assert name in page


def test_the_headline_rows_are_ready_to_print(ready_report, django_assert_num_queries):
    with django_assert_num_queries(1):
        first, second = reading.headline_rows(ready_report)
    assert (first.skill, first.target, first.required) == ("User focus", "Practitioner", "180")
    assert (first.rated, first.coverage, first.below_share) == ("170", "94%", "74%")
    assert second.skill == "Agile working"


def test_a_skill_page_shows_the_unit_and_those_below(client, ready_report, report_reader):
    client.force_login(report_reader)
    *_, page = sub_pages(ready_report, ready_report.unit)
    text = client.get(page).text
    assert "User focus by unit" in text
    assert "Practitioner (3)" in text
    missing = address(
        "skill", ready_report, ready_report.unit.slug, framework_of(ready_report), "juggling"
    )
    assert client.get(missing).status_code == 404


def test_a_skill_that_is_withheld_says_so_and_tells_nothing(client, ready_report, report_reader):
    client.force_login(report_reader)
    page = address(
        "skill", ready_report, ready_report.unit.slug, framework_of(ready_report), "data-ethics"
    )
    text = client.get(page).text
    assert "All figures of this skill are withheld" in text
    assert "[c]" in text


def test_an_area_narrows_the_figures(client, ready_report, report_reader):
    client.force_login(report_reader)
    figures = address("figures", ready_report, ready_report.unit.slug)
    everything = client.get(figures).text
    area = f"{framework_of(ready_report)}.agile-delivery"
    assert client.get(figures, {"area": area}).status_code == 200
    assert client.get(figures, {"area": "nowhere"}).status_code == 200
    assert "User focus" in everything


# --- Cost -------------------------------------------------------------------------------------


def queries(client, url, capture):
    with capture() as found:
        answer = client.get(url)
        assert answer.status_code == 200
    return len(found)


@pytest.fixture
def capture():
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    return lambda: CaptureQueriesContext(connection)


def test_the_list_costs_the_same_for_one_report_and_for_twelve(
    client, digital, report_reader, capture
):
    client.force_login(report_reader)
    days = last_month_ends(DAY, count=12)
    services.enqueue_gap_report(unit=digital, as_at=days[0], by=None)
    client.get(reverse("reports:reports"))
    one = queries(client, reverse("reports:reports"), capture)
    for day in days[1:]:
        services.enqueue_gap_report(unit=digital, as_at=day, by=None)
    assert queries(client, reverse("reports:reports"), capture) == one
    assert one <= 25


def test_report_pages_cost_the_same_for_few_units_and_for_many(
    client, ready_report, report_reader, capture
):
    client.force_login(report_reader)
    root = ready_report.unit
    pages = [address(name, ready_report) for name in PARTS] + sub_pages(ready_report, root)
    few = [queries(client, page, capture) for page in pages]
    payload = ready_report.sections.get(unit__slug="digital").payload
    for _ in range(12):
        ready_report.sections.create(unit=factories.unit(parent=root), payload=payload)
    assert [queries(client, page, capture) for page in pages] == few
    assert max(few) <= 25


def test_the_request_page_costs_the_same_for_few_units_and_for_many(
    client, digital, report_reader, capture
):
    client.force_login(report_reader)
    few = queries(client, reverse("reports:request"), capture)
    for _ in range(12):
        factories.unit(parent=digital)
    assert queries(client, reverse("reports:request"), capture) == few
