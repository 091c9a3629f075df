"""Criterion R8: a process that has done 1,000 tasks has hardly grown."""

import pytest

from accounts.publishing import publish
from reports import services, tasks
from reports.days import last_month_ends
from reports.models import GapReport, GapReportFile, GapReportSection
from tests import factories
from tests.faults.programs import wait_until
from tests.reports.departments import DAY, fill

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

MOST_GROWTH = 50 * 1024 * 1024
REPORTS = 20
ROUNDS = 10
TASKS = REPORTS * ROUNDS * (1 + len(GapReportFile.Format))


def compile_all(worker):
    """Have every report compiled and its files made; the process that did it, and its memory."""
    for report_id in GapReport.objects.values_list("pk", flat=True):
        assert publish(tasks.compile_gap_report, report_id)
    made = GapReportFile.objects.filter(status="made")
    wait_until(lambda: made.count() == 4 * REPORTS, seconds=60, what="all files")
    (process,) = worker.pool_processes
    return process.pid, process.memory_info().rss


def forget_all():
    GapReportSection.objects.all().delete()
    GapReportFile.objects.all().delete()
    GapReport.objects.update(status="queued", attempt=0, digest="", parameters="")


def test_a_thousand_tasks_in_one_process_cost_under_50_mb(department, start_worker, tell):
    release = factories.release(skills=["Agile working", "User focus", "Data ethics"])
    fill(department, release, people=30)
    for day in last_month_ends(DAY, count=REPORTS):
        services.enqueue_gap_report(unit=department, as_at=day, by=None)
    # Sweeps would only send again what is under way already.
    worker = start_worker(tasks_per_process=100_000, SWEEP_SECONDS="60", REPORT_LEASE_SECONDS="60")
    process, first = compile_all(worker)
    memory = [first]
    for _ in range(ROUNDS - 1):
        forget_all()
        same_process, now = compile_all(worker)
        assert same_process == process
        memory.append(now)
    done = sum(
        worker.output.count(f"Task {task.name}[") // 2
        for task in (tasks.compile_gap_report, tasks.make_gap_report_file)
    )
    assert done >= TASKS >= 1000
    grown = max(memory) - memory[0]
    tell(f"{done} tasks in one process: {memory[0] >> 20} MB, {grown / 2**20:.1f} MB more at most")
    assert grown < MOST_GROWTH
