"""Criteria R1, R4 and R5: everything that can stop is stopped, over and over, while people ask.

At least 50 faults in the normal run on each database; FAULTS=500 makes it a long one. The order
of faults follows from SEED, which a failing test prints.
"""

import os
import random
import time
from collections import Counter

import pytest
from django.db import OperationalError, connection
from django.db.models import Count

from accounts.models import Notice
from accounts.publishing import publish
from reports import making, services, tasks
from reports.days import last_month_ends
from reports.leases import Heartbeat
from reports.models import GapReport, GapReportFile
from reports.verifying import verify
from tests import factories
from tests.faults.programs import Postgres, wait_until
from tests.reports.departments import DAY, fill

pytestmark = pytest.mark.django_db(transaction=True)

FAULTS = int(os.environ.get("FAULTS", "54"))
SEED = int(os.environ.get("SEED", "5"))
# Longer than a step takes on a machine with much else to do: else the lease runs out by itself.
LEASE_SECONDS = 5
SETTLED_SECONDS = 60
# How often each fault comes in a round of all.
SHARES = {
    "kill a worker": 2,
    "kill a process of the pool": 5,
    "kill the broker": 4,
    "empty the broker": 3,
    "freeze a worker past its lease": 2,
    "send every message five times": 2,
}
ON_POSTGRESQL = {"stop PostgreSQL at once": 2}
REQUEST_EVERY = 3
# How long a fault waits for a worker to be at work, so that it disturbs something.
PATIENCE_SECONDS = 1.5


class Chaos:
    """Stops programs in turn. Each fault is one of its methods, by the names above."""

    def __init__(self, broker, workers, random):
        self.broker = broker
        self.workers = workers
        self.random = random
        self.postgres = Postgres()
        self.thaw_at = {}
        self.done = Counter()
        self.at_work = 0

    def strike_at_work(self, name):
        """Do one fault, as soon as a worker is at something or patience ends."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (at_work := persistently(somebody_works)) and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(self.random.uniform(0, 0.3))
        getattr(self, name.replace(" ", "_").lower())()
        self.done[name] += 1
        self.at_work += at_work

    def thaw_what_is_due(self, now=None):
        for worker, due in list(self.thaw_at.items()):
            if now is None or now >= due:
                worker.thaw()
                del self.thaw_at[worker]

    def a_worker(self):
        return self.random.choice([each for each in self.workers if each not in self.thaw_at])

    def kill_a_worker(self):
        worker = self.a_worker()
        worker.kill()
        worker.start()

    def kill_a_process_of_the_pool(self):
        worker = self.a_worker()
        processes = worker.pool_processes
        if processes:  # none while the worker itself starts, after another fault
            self.random.choice(processes).kill()
        else:
            self.kill_a_worker()

    def kill_the_broker(self):
        self.broker.kill()
        self.broker.start()

    def empty_the_broker(self):
        self.broker.flush()

    def freeze_a_worker_past_its_lease(self):
        if self.thaw_at:  # one goes on
            self.thaw_what_is_due()
        worker = self.a_worker()
        worker.freeze()
        self.thaw_at[worker] = time.monotonic() + LEASE_SECONDS + 1

    def send_every_message_five_times(self):
        unfinished = GapReport.objects.unfinished().values_list("pk", flat=True)[:3]
        for report_id in persistently(lambda: list(unfinished)):
            for _ in range(5):
                publish(tasks.compile_gap_report, report_id)

    def stop_postgresql_at_once(self):
        self.postgres.stop_at_once()
        wait_until(self.postgres.answers, seconds=10, what="PostgreSQL after its stop")


def plan_of_faults(random):
    """All kinds in every round, each round in another order; FAULTS or a few more."""
    shares = SHARES | (ON_POSTGRESQL if connection.vendor == "postgresql" else {})
    plan = []
    while len(plan) < FAULTS:
        one_round = [name for name, share in shares.items() for _ in range(share)]
        random.shuffle(one_round)
        plan += one_round
    return plan


@pytest.fixture
def units(department, digital, operations, report_reader):
    release = factories.release(skills=["Agile working", "User focus", "Data ethics"])
    for place, unit in enumerate([digital, operations]):
        fill(unit, release, people=20, shift=place)
    return [department, digital, operations]


def persistently(ask, **arguments):
    """What `ask` gives, asked again for up to 10 s while the database is away, as people do."""
    deadline = time.monotonic() + 10
    while True:
        try:
            return ask(**arguments)
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            connection.close()
            time.sleep(0.1)


def somebody_works():
    return (
        GapReport.objects.filter(status="compiling").exists()
        or GapReportFile.objects.filter(status="making").exists()
    )


def all_settled():
    """Whether nothing waits any more; what asks is a row, as everywhere."""
    try:
        return (
            not GapReport.objects.unfinished().exists()
            and not GapReportFile.objects.filter(status__in=["queued", "making"]).exists()
        )
    except OperationalError:
        connection.close()
        return False


def test_whatever_stops_every_request_ends_well(
    broker, start_worker, start_beat, units, report_reader, tmp_path, monkeypatch, tell
):
    monkeypatch.setenv("EMAIL_FILE_PATH", str(tmp_path / "mail"))
    short = {"REPORT_LEASE_SECONDS": str(LEASE_SECONDS), "STEP_SECONDS": "0.03"}
    workers = [start_worker(name, pool_processes=2, **short) for name in ("first", "second")]
    for name in ("first-beat", "second-beat"):
        start_beat(name)
    chaos = Chaos(broker, workers, random.Random(SEED))
    request = services.request_gap_report
    asked = []
    days = last_month_ends(DAY, count=FAULTS)
    for number, name in enumerate(plan_of_faults(chaos.random)):
        if number % REQUEST_EVERY == 0:
            unit, day = units[len(asked) % len(units)], days[len(asked) // len(units)]
            asked.append(persistently(request, unit=unit, as_at=day, by=report_reader).pk)
        chaos.strike_at_work(name)
        chaos.thaw_what_is_due(time.monotonic())
    chaos.thaw_what_is_due()
    ended_at = time.monotonic()
    wait_until(all_settled, seconds=SETTLED_SECONDS, what=f"every report (SEED={SEED})")
    settled_seconds = time.monotonic() - ended_at

    reports = list(GapReport.objects.select_related("unit"))
    assert sorted(report.pk for report in reports) == sorted(asked)
    states = Counter(report.status for report in reports)
    assert set(states) <= {"ready", "failed"}
    assert all(report.error for report in reports if report.status == "failed")
    files = Counter(GapReportFile.objects.values_list("status", flat=True))
    assert set(files) <= {"made", "failed"}
    attempts = sum(report.attempt for report in reports)
    tell(
        f"{sum(chaos.done.values())} faults on {connection.vendor}, {chaos.at_work} of them "
        f"in mid-work: {dict(chaos.done)}. "
        f"{len(reports)} reports: {dict(states)} in {attempts} attempts; files: {dict(files)}. "
        f"Settled {settled_seconds:.0f} s after the last fault."
    )
    assert sum(chaos.done.values()) >= FAULTS

    # What failed, with every worker killed three times over it, is asked for again in peace.
    for report in reports:
        if report.status == "failed":
            services.request_gap_report(unit=report.unit, as_at=report.as_at, by=report_reader)
    for file in GapReportFile.objects.filter(status="failed"):
        services.make_file_again(file=file)
    wait_until(all_settled, seconds=SETTLED_SECONDS, what="what was asked for again")
    assert_as_undisturbed(asked)
    assert_told_once(asked, failed=states["failed"])


def assert_as_undisturbed(asked):
    ready = GapReport.objects.ready().filter(pk__in=asked).select_related("unit")
    assert ready.count() == len(asked)
    for report in ready:
        result = verify(report)
        assert result.is_intact
        assert result.is_same
    made = GapReportFile.objects.filter(status="made").select_related("report__unit")
    assert made.count() == 4 * len(asked)
    for file in made.filter(format="csv"):
        content = bytes(GapReportFile.objects.values_list("content", flat=True).get(pk=file.pk))
        claimed = GapReportFile.objects.filter(pk=file.pk)
        assert content == making.write_content(file, Heartbeat(claimed))


def assert_told_once(asked, *, failed):
    told = Notice.objects.values("link").annotate(times=Count("pk"))
    ready = told.filter(subject__endswith="is ready")
    assert sorted(each["times"] for each in ready) == [1] * len(asked)
    assert Notice.objects.exclude(subject__endswith="is ready").count() == failed
