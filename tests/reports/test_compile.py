"""The life cycle of a report's row: claim, lease, fence, failure, sweep."""

import datetime
import json

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Notice
from assessments.models import Release
from reports import compile as compiling
from reports import inputs, services, tasks
from reports.models import GapReport, GapReportSection
from tests import factories
from tests.reports.departments import DAY, fill

Status = GapReport.Status


@pytest.fixture
def queued(skilled_department, report_reader):
    report, _ = services.enqueue_gap_report(unit=skilled_department, as_at=DAY, by=report_reader)
    return report


@pytest.fixture
def sent(monkeypatch):
    """Ids of the reports that the workers are told about."""
    ids = []

    def take(args, **_):
        ids.append(*args)

    monkeypatch.setattr(tasks.compile_gap_report, "apply_async", take)
    return ids


@pytest.fixture
def file_hints(monkeypatch):
    """Ids of the files that the workers are told about."""
    ids = []
    monkeypatch.setattr(
        tasks.make_gap_report_file, "apply_async", lambda args, **_: ids.append(*args)
    )
    return ids


def let_the_lease_run_out(report):
    past = timezone.now() - datetime.timedelta(seconds=1)
    GapReport.objects.filter(pk=report.pk).update(lease_until=past)


def always_fail(monkeypatch, step="aggregate"):
    def fail(*_):
        raise ArithmeticError("the abacus broke")

    monkeypatch.setattr(compiling, step, fail)


# --- Compiling --------------------------------------------------------------------------------


def test_a_report_is_compiled_with_sections_digest_and_one_notice(queued, report_reader):
    compiling.compile_report(queued.pk)
    queued.refresh_from_db()
    assert queued.status == Status.READY
    assert (queued.attempt, queued.progress_percent, queued.lease_until) == (1, 100, None)
    assert len(queued.digest) == 64
    assert queued.method_version == compiling.METHOD_VERSION
    slugs = set(queued.sections.of_units().values_list("unit__slug", flat=True))
    assert slugs == {"department-of-lanterns", "digital", "operations"}
    notice = Notice.objects.get()
    assert notice.recipient == report_reader
    assert notice.link == queued.get_absolute_url()


def test_compiling_a_ready_report_changes_nothing(queued):
    compiling.compile_report(queued.pk)
    before = GapReport.objects.values().get(), list(GapReportSection.objects.values())
    compiling.compile_report(queued.pk)
    assert (GapReport.objects.values().get(), list(GapReportSection.objects.values())) == before
    assert Notice.objects.count() == 1


def test_the_same_facts_give_the_same_digest(queued):
    compiling.compile_report(queued.pk)
    first = GapReport.objects.get()
    first.delete()
    again, _ = services.enqueue_gap_report(unit=queued.unit, as_at=DAY, by=None)
    compiling.compile_report(again.pk)
    again.refresh_from_db()
    assert again.digest == first.digest


def test_one_more_answer_gives_another_digest(queued, digital):
    compiling.compile_report(queued.pk)
    first = GapReport.objects.get()
    first.delete()
    for rating in digital.posts.first().person.ratings.all():
        rating.self_assessment.ratings.update(level=4)
    for post in digital.posts.all()[:12]:
        post.person.ratings.update(level=4)
    again, _ = services.enqueue_gap_report(unit=queued.unit, as_at=DAY, by=None)
    compiling.compile_report(again.pk)
    again.refresh_from_db()
    assert again.digest != first.digest


def test_the_stored_parameters_say_what_was_counted(ready_report):
    facts = ready_report.facts
    assert facts["unit"] == "department-of-lanterns"
    assert facts["as_at"] == "2026-10-31"
    assert facts["minimum_count"] == 10
    assert [release["scale"] for release in facts["releases"]] == [
        ["Awareness", "Working", "Practitioner", "Expert"]
    ]
    assert [skill["name"] for skill in facts["skills"]] == [
        "Agile working",
        "Data ethics",
        "User focus",
    ]


def test_no_count_below_the_minimum_is_ever_stored(ready_report):
    counts = ("required", "rated", "not_applicable", "below", "at", "above", "gap_sum")
    dimensions = set()
    for section in ready_report.sections.all():
        figures = json.loads(section.payload)
        levels = [count for line in figures["levels"] for count in line]
        told = [count for name in counts for count in figures[name]] + levels
        if section.dimension == "unit":
            told += figures["people"] + figures["study"]["all"] + figures["study"]["learners"]
        assert all(count is None or count == 0 or count >= 10 for count in told)
        # Nobody rated "Data ethics".
        assert dict(zip(figures["skill"], figures["rated"], strict=True)).get(1) is None
        dimensions.add(section.dimension)
    assert dimensions == {"unit", "role_family", "role_level", "grade"}


def test_a_unit_too_small_to_show_has_no_section_in_its_departments_report(
    skilled_department, digital, report_reader
):
    team = factories.unit("Tiny team", parent=digital)
    report, _ = services.enqueue_gap_report(unit=skilled_department, as_at=DAY, by=report_reader)
    compiling.compile_report(report.pk)
    assert not report.sections.filter(unit=team).exists()


def test_a_report_of_a_small_unit_says_nothing(skilled_department, digital):
    """Withheld below its department, a unit stays withheld in a report of its own."""
    team = factories.unit("Tiny team", parent=digital)
    report, _ = services.enqueue_gap_report(unit=team, as_at=DAY, by=None)
    compiling.compile_report(report.pk)
    section = report.sections.get()
    assert section.unit == team
    assert section.figures["skill"] == []


def test_a_unit_hidden_to_protect_another_is_hidden_in_its_own_report_too(
    skilled_department, digital, operations
):
    # Twelve raters in one team and nine in another: the department's report hides both, and so
    # would a subtraction be possible if the twelve had a report of their own.
    parts = [factories.unit(name, parent=digital) for name in ("Twelve", "Nine")]
    for unit, raters in zip(parts, (12, 9), strict=True):
        fill(unit, Release.objects.get(), people=raters + 3)
    digital.posts.update(unit=factories.unit("Many", parent=digital))
    report, _ = services.enqueue_gap_report(unit=parts[0], as_at=DAY, by=None)
    compiling.compile_report(report.pk)
    figures = report.sections.get().figures
    assert (figures["skill"], figures["rated"]) == ([], [])


def test_queries_do_not_grow_with_people(
    queued, digital, django_assert_num_queries, django_assert_max_num_queries
):
    with CaptureQueriesContext(
        connection,
    ) as few:
        inputs.read(unit=queued.unit, as_at=DAY)
    fill(digital, Release.objects.get(), people=20)
    factories.unit(parent=digital)
    assert len(few) <= 11
    with django_assert_num_queries(len(few)):
        inputs.read(unit=queued.unit, as_at=DAY)
    with django_assert_max_num_queries(34):
        compiling.compile_report(queued.pk)


# --- Claims and fences ------------------------------------------------------------------------


def test_only_one_of_two_callers_wins_the_claim(queued):
    assert GapReport.objects.claim(queued.pk) == 1
    assert GapReport.objects.claim(queued.pk) is None


def test_a_report_with_a_live_lease_is_left_alone(queued):
    GapReport.objects.claim(queued.pk)
    compiling.compile_report(queued.pk)
    queued.refresh_from_db()
    assert (queued.status, queued.attempt) == (Status.COMPILING, 1)


def test_a_report_whose_lease_ran_out_is_taken_over(queued):
    GapReport.objects.claim(queued.pk)
    let_the_lease_run_out(queued)
    compiling.compile_report(queued.pk)
    queued.refresh_from_db()
    assert (queued.status, queued.attempt) == (Status.READY, 2)


def test_progress_renews_the_lease_and_tells_a_late_worker_to_stop(queued):
    first = compiling.Claim(queued.pk, GapReport.objects.claim(queued.pk))
    let_the_lease_run_out(queued)
    first.progress(40, "Counting")
    queued.refresh_from_db()
    assert queued.lease_until > timezone.now()
    assert (queued.progress_percent, queued.progress_step) == (40, "Counting")
    let_the_lease_run_out(queued)
    GapReport.objects.claim(queued.pk)
    with pytest.raises(compiling.ClaimLostError):
        first.progress(60, "Counting")


@pytest.mark.parametrize("step", ["read_inputs", "aggregate", "suppress", "write_result"])
def test_a_worker_that_wakes_up_late_changes_nothing(queued, monkeypatch, step):
    """While it slept before this step, another worker took the report and finished it."""
    slept = getattr(compiling, step)

    def finished_by_another(*args):
        monkeypatch.setattr(compiling, step, slept)
        let_the_lease_run_out(queued)
        compiling.compile_report(queued.pk)
        finished.append(GapReport.objects.values().get())
        return slept(*args)

    finished = []
    monkeypatch.setattr(compiling, step, finished_by_another)
    compiling.compile_report(queued.pk)
    assert [GapReport.objects.values().get()] == finished
    assert finished[0]["status"] == Status.READY
    assert finished[0]["attempt"] == 2
    assert GapReportSection.objects.of_units().count() == 3
    assert Notice.objects.count() == 1


def test_the_error_of_a_late_worker_changes_nothing_either(queued):
    late = GapReport.objects.claim(queued.pk)
    let_the_lease_run_out(queued)
    compiling.compile_report(queued.pk)
    before = GapReport.objects.values().get()
    compiling.record_failure(queued, late, "too late")
    compiling.record_failure(queued, queued.attempt_limit, "much too late")
    assert GapReport.objects.values().get() == before


def test_a_worker_frozen_since_before_the_failure_changes_nothing_after_asking_again(
    queued, report_reader
):
    frozen = compiling.Claim(queued.pk, GapReport.objects.claim(queued.pk))
    for _ in range(3):
        let_the_lease_run_out(queued)
        GapReport.objects.claim(queued.pk)
    let_the_lease_run_out(queued)
    compiling.fail_exhausted_reports()
    services.request_gap_report(unit=queued.unit, as_at=DAY, by=report_reader)
    GapReport.objects.claim(queued.pk)
    with pytest.raises(compiling.ClaimLostError):
        frozen.progress(99, "Awake again")


def test_sections_are_written_with_ready_or_not_at_all(queued, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("no notice")

    monkeypatch.setattr(compiling, "queue_notices", fail)
    compiling.compile_report(queued.pk)
    queued.refresh_from_db()
    assert (queued.status, queued.digest) == (Status.QUEUED, "")
    assert queued.error == "It stopped with an error (RuntimeError)."
    assert not GapReportSection.objects.exists()


# --- Failures ---------------------------------------------------------------------------------


def test_an_error_puts_the_report_back_and_the_third_fails_it_with_one_notice(queued, monkeypatch):
    always_fail(monkeypatch)
    for attempt in (1, 2):
        compiling.compile_report(queued.pk)
        queued.refresh_from_db()
        assert (queued.status, queued.attempt) == (Status.QUEUED, attempt)
        assert queued.error == "It stopped with an error (ArithmeticError)."
    for _ in range(2):
        compiling.compile_report(queued.pk)
        queued.refresh_from_db()
        assert (queued.status, queued.attempt) == (Status.FAILED, 3)
        assert queued.error == "It stopped with an error (ArithmeticError)."
    assert "could not be compiled" in Notice.objects.get().subject


def test_a_success_after_an_error_forgets_the_error(queued, monkeypatch):
    with monkeypatch.context() as broken:
        always_fail(broken)
        compiling.compile_report(queued.pk)
    compiling.compile_report(queued.pk)
    queued.refresh_from_db()
    assert (queued.status, queued.error) == (Status.READY, "")


def test_the_sweep_fails_a_report_whose_last_worker_was_killed(queued, sent):
    for _ in range(3):
        GapReport.objects.claim(queued.pk)
        let_the_lease_run_out(queued)
    tasks.sweep_gap_reports()
    tasks.sweep_gap_reports()
    queued.refresh_from_db()
    assert (queued.status, queued.error) == (Status.FAILED, compiling.WORKER_LOST)
    assert sent == []
    assert Notice.objects.count() == 1


# --- The sweep --------------------------------------------------------------------------------


def test_the_sweep_sends_queued_and_abandoned_reports_of_any_age(queued, digital, operations, sent):
    GapReport.objects.filter(pk=queued.pk).update(requested_at=factories.LONG_AGO)
    abandoned, _ = services.enqueue_gap_report(unit=digital, as_at=DAY, by=None)
    GapReport.objects.claim(abandoned.pk)
    let_the_lease_run_out(abandoned)
    alive, _ = services.enqueue_gap_report(unit=operations, as_at=DAY, by=None)
    GapReport.objects.claim(alive.pk)
    call_command("sweep_gap_reports")
    assert sent == [queued.pk, abandoned.pk]


def test_one_sweep_sends_the_oldest_and_the_next_ones_the_rest(
    queued, digital, sent, file_hints, monkeypatch
):
    monkeypatch.setattr(tasks, "MOST_SENT", 1)
    services.enqueue_gap_report(unit=digital, as_at=DAY, by=None)
    tasks.sweep_gap_reports()
    assert sent == [queued.pk]
    compiling.compile_report(queued.pk)
    tasks.sweep_gap_reports()
    assert len(sent) == 2
    assert sent[1] != queued.pk
    assert file_hints == [queued.files.order_by("pk").first().pk]


def test_the_sweep_leaves_finished_reports_alone(ready_report, sent, file_hints):
    tasks.sweep_gap_reports()
    assert sent == []
    assert file_hints == list(ready_report.files.order_by("pk").values_list("pk", flat=True))
    ready_report.files.update(status="failed", error="It broke.")
    tasks.sweep_gap_reports()
    assert len(file_hints) == 4


def test_the_sweep_survives_a_broker_that_is_down(queued):
    tasks.sweep_gap_reports()
    queued.refresh_from_db()
    assert queued.status == Status.QUEUED


# --- Asking -----------------------------------------------------------------------------------


def test_asking_twice_queues_one_report(
    skilled_department, report_reader, sent, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        reports = [
            services.request_gap_report(unit=skilled_department, as_at=DAY, by=report_reader)
            for _ in range(2)
        ]
    assert reports[0] == reports[1]
    assert sent == [reports[0].pk]
    assert reports[0].minimum_count == 10


@pytest.mark.parametrize(("minimum", "used"), [(5, 10), (15, 15)])
def test_a_lower_minimum_waits_for_another_day(ready_report, digital, settings, minimum, used):
    """Otherwise a second report of the day would tell what the first withheld."""
    settings.REPORT_MINIMUM_COUNT = minimum
    same_day, _ = services.enqueue_gap_report(unit=digital, as_at=DAY, by=None)
    another = DAY - datetime.timedelta(days=31)
    another_day, _ = services.enqueue_gap_report(unit=digital, as_at=another, by=None)
    assert (same_day.minimum_count, another_day.minimum_count) == (used, minimum)


def test_asking_for_a_ready_report_gives_it_and_starts_nothing(
    ready_report, sent, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        again = services.request_gap_report(unit=ready_report.unit, as_at=DAY, by=None)
    assert (again.pk, again.status, sent) == (ready_report.pk, Status.READY, [])


def test_a_failed_report_can_be_asked_for_again_and_has_three_attempts_more(
    queued, outsider, monkeypatch, sent, django_capture_on_commit_callbacks
):
    with monkeypatch.context() as broken:
        always_fail(broken)
        for _ in range(3):
            compiling.compile_report(queued.pk)
    with django_capture_on_commit_callbacks(execute=True):
        again = services.request_gap_report(unit=queued.unit, as_at=DAY, by=outsider)
    assert (again.pk, again.status, again.error) == (queued.pk, Status.QUEUED, "")
    assert (again.attempt, again.attempt_limit) == (3, 6)
    assert sent == [queued.pk]
    compiling.compile_report(queued.pk)
    again.refresh_from_db()
    assert (again.status, again.attempt) == (Status.READY, 4)
    assert Notice.objects.filter(recipient=outsider).count() == 1


def test_a_day_that_is_not_over_is_refused(department, report_reader):
    with pytest.raises(ValidationError, match="must be in the past"):
        services.request_gap_report(unit=department, as_at=timezone.localdate(), by=report_reader)
    assert not GapReport.objects.exists()


def test_the_request_is_kept_when_the_broker_is_down(
    skilled_department, report_reader, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        report = services.request_gap_report(unit=skilled_department, as_at=DAY, by=report_reader)
    report.refresh_from_db()
    assert report.status == Status.QUEUED


# --- Constraints ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"minimum_count": 4}, "gap_report_minimum_is_5_or_more"),
        ({"status": "ready"}, "gap_report_ready_has_a_digest"),
        ({"status": "failed"}, "gap_report_failed_has_a_reason"),
    ],
)
def test_the_database_refuses_an_impossible_report(department, fields, name):
    values = {"unit": department, "as_at": DAY, "minimum_count": 10, **fields}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        GapReport.objects.create(**values)


def test_one_report_for_a_unit_and_a_day(queued):
    with pytest.raises(IntegrityError), transaction.atomic():
        GapReport.objects.create(unit=queued.unit, as_at=DAY, minimum_count=10)


# --- The command ------------------------------------------------------------------------------


def test_the_command_compiles_and_prints_the_biggest_gaps(skilled_department, capsys):
    call_command("compile_gap_report", "department-of-lanterns", "--as-at", "2026-10-31")
    printed = capsys.readouterr().out
    report = GapReport.objects.get()
    assert "Gap report of Department of Lanterns as at 31 October 2026" in printed
    assert "User focus" in printed
    assert report.digest in printed
    call_command("compile_gap_report", "department-of-lanterns", "--as-at", "2026-10-31")
    assert capsys.readouterr().out == printed


def test_the_command_says_what_is_wrong(department):
    with pytest.raises(CommandError, match="There is no unit 'nowhere'"):
        call_command("compile_gap_report", "nowhere")
    with pytest.raises(CommandError, match="must be in the past"):
        call_command("compile_gap_report", department.slug, "--as-at", "2099-01-31")
