"""The real broker, worker and beat, on the database of the test process.

`broker`, `worker` and `beat` are running when a test gets them and gone when it ends; each can
be stopped, killed and started again. `start_worker` makes more workers, and with `latches` a
worker that waits at a chosen step of the compile (`tests/faults/slow_worker.py`). Every test in
this folder carries the mark `broker`.
"""

import sys
from pathlib import Path

import pytest
from django.db import connection

from skills_portal.supervisor import Guardian
from tests.faults.programs import Broker, Latches, Program, Worker, database_url

HERE = Path(__file__).parent
# Short, so that lost work is found while a test waits for it.
SHORT_TIMES = {
    "SWEEP_SECONDS": "1",
    "REPORT_LEASE_SECONDS": "3",
    "EXPANSION_LEASE_SECONDS": "3",
}


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.broker)


@pytest.fixture(scope="session")
def guardian():
    """Ends every program below should the test process itself be killed."""
    with Guardian() as guardian:
        yield guardian


@pytest.fixture
def tell(capsys):
    """`tell(text)` prints a line that is seen when the test passes, too."""

    def tell(text):
        with capsys.disabled():
            print(f"\n{text}")

    return tell


@pytest.fixture(autouse=True)
def usable_connection(transactional_db):
    """A test that ends while its database is stopped takes no other test with it."""
    yield
    if not connection.is_usable():
        connection.close()


@pytest.fixture
def broker(transactional_db, guardian, tmp_path):
    """A running broker at the tests' REDIS_URL."""
    running = Broker(tmp_path, guardian=guardian)
    running.start()
    yield running
    running.thaw()
    running.stop(5)


@pytest.fixture
def latches(tmp_path):
    return Latches(tmp_path / "latches")


@pytest.fixture
def start_worker(broker, latches, guardian, tmp_path):
    """`start_worker("second", REPORT_LEASE_SECONDS="5")` gives a worker that takes messages.

    The keyword arguments are environment variables. One pool process, unless `pool_processes`
    says more; it is replaced after as many tasks as the settings say, or `tasks_per_process`.
    """
    workers = []

    def start(name="worker", *, pool_processes=1, tasks_per_process=None, **environment):
        limit = ["--max-tasks-per-child", tasks_per_process] if tasks_per_process else []
        worker = Worker(
            name,
            [
                *(sys.executable, "-m", "celery", "-A", "tests.faults.slow_worker"),
                *("worker", "--concurrency", pool_processes, "--loglevel", "INFO"),
                *("--hostname", f"{name}@%h", "--without-gossip", "--without-mingle"),
                *limit,
            ],
            log=tmp_path / f"{name}.log",
            guardian=guardian,
            environment={
                **SHORT_TIMES,
                "DATABASE_URL": database_url(),
                "LATCHES": str(latches.folder),
                "REMAP_SIGTERM": "SIGQUIT",
                "PYTHONWARNINGS": "ignore:You're running the worker",
                **environment,
            },
        )
        workers.append(worker)
        worker.start()
        return worker.ready()

    yield start
    for worker in workers:
        worker.thaw()
        worker.kill()


@pytest.fixture
def worker(start_worker):
    """A running worker with one pool process."""
    return start_worker()


@pytest.fixture
def start_beat(broker, guardian, tmp_path):
    """`start_beat()` gives a running beat; two of them are one of the faults."""
    beats = []

    def start(name="beat", **environment):
        beat = Program(
            name,
            [
                *(sys.executable, "-m", "celery", "-A", "skills_portal", "beat"),
                *("--schedule", tmp_path / f"{name}-schedule", "--pidfile=", "--loglevel", "INFO"),
            ],
            log=tmp_path / f"{name}.log",
            guardian=guardian,
            environment={**SHORT_TIMES, "DATABASE_URL": database_url(), **environment},
        )
        beats.append(beat)
        beat.start()
        return beat.wait_for("beat: Starting")

    yield start
    for beat in beats:
        beat.thaw()
        beat.kill()


@pytest.fixture
def beat(start_beat):
    return start_beat()
