"""`./portal run` as a user has it: real processes, killed in every way."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest

from tests.faults.programs import wait_until

ROOT = Path(__file__).resolve().parent.parent.parent
READY = "Press Ctrl-C to stop"
CHILDREN = {
    "broker": "valkey-server",
    "web": "gunicorn",
    "worker": "skills_portal worker",
    "beat": "skills_portal beat",
}


class Run:
    """One `./portal run` on a data folder, without the installing that comes before."""

    def __init__(self, data, log, *arguments, **environment):
        self.log = log
        names = ("PATH", "HOME", "LANG", "TMPDIR")
        kept = {name: os.environ[name] for name in names if name in os.environ}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "skills_portal.embedded", "portal", *arguments],
                cwd=ROOT,
                env={**kept, "PORTAL_DATA": str(data), "SWEEP_SECONDS": "1", **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.seen = set()

    @property
    def output(self):
        return self.log.read_text(errors="replace")

    def wait_for(self, text, *, seconds=60):
        ended = self.process.poll
        wait_until(lambda: text in self.output or ended() is not None, seconds=seconds, what=text)
        assert text in self.output, self.output
        return self

    def wait(self, seconds=60):
        return self.process.wait(seconds)

    @property
    def family(self):
        """Every process below the supervisor, remembered for when it has gone."""
        self.seen |= set(psutil.Process(self.process.pid).children(recursive=True))
        return self.seen

    def child(self, words):
        """The topmost process below the supervisor whose command line has these words."""
        for process in psutil.Process(self.process.pid).children():
            with contextlib.suppress(psutil.NoSuchProcess):  # a zombie has no command line
                if words in " ".join(process.cmdline()):
                    return process
        return None

    @property
    def address(self):
        return re.search(r"The portal: (\S+)", self.output)[1]

    def answers(self):
        try:
            with urllib.request.urlopen(f"{self.address}readyz", timeout=2) as answer:  # noqa: S310
                return answer.status == 200
        except OSError:
            return False

    def nothing_left(self):
        return none_left(self.seen)


def none_left(processes):
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                return False
    return True


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A data folder that the first test fills and the others go on with, as on a laptop."""
    return tmp_path_factory.mktemp("portal data") / "var"  # a space, as folders have


@pytest.fixture(scope="module")
def database():
    """`database(folder)` is the environment that gives a data folder its database.

    None on SQLite, which is in the folder; a database of its own on PostgreSQL.
    """
    url = urlsplit(os.environ["DATABASE_URL"])
    if url.scheme == "sqlite":
        yield lambda folder: {}
        return
    made = {}
    with psycopg.connect(url.geturl(), autocommit=True) as connection:

        def environment(folder):
            if folder not in made:
                made[folder] = f"portal_run_{len(made)}"
                connection.execute(f"CREATE DATABASE {made[folder]}")
            return {"DATABASE_URL": url._replace(path=f"/{made[folder]}").geturl()}

        yield environment
        for name in made.values():
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def run(data, database, tmp_path):
    runs = []

    def start(*arguments, folder=data, **environment):
        log = tmp_path / f"run-{len(runs)}.log"
        environment = database(folder) | environment
        runs.append(Run(folder, log, "--port", "0", *arguments, **environment))
        return runs[-1]

    yield start
    for one in runs:
        if one.process.poll() is None:
            one.process.terminate()
            one.process.wait(30)


def test_once_prints_the_headline_table_and_the_people_and_ends_well(run, data):
    once = run("--once")
    assert once.wait(120) == 0, once.output
    assert "Gap report of Department for Harbours and Lights" in once.output
    assert "Report reader" in once.output
    assert (data / "demo-password").read_text().strip() in once.output
    assert "Traceback" not in once.output
    for name in ("demo-password", "secret-key"):
        assert (data / name).stat().st_mode & 0o077 == 0


def test_the_second_time_is_quick_and_sigterm_stops_everything(run):
    portal = run().wait_for(READY)
    assert "Loading the demo department" not in portal.output
    assert portal.answers()
    assert len(portal.family) >= 7
    portal.process.terminate()
    assert portal.wait(15) == 0
    assert portal.nothing_left()


def test_every_child_that_is_killed_is_started_again(run):
    portal = run().wait_for(READY)
    for name, words in CHILDREN.items():
        before = portal.child(words)
        family = before.children(recursive=True)
        before.kill()
        wait_until(lambda w=words, b=before: portal.child(w) not in {None, b}, what=f"a new {name}")
        assert f"{name} was killed by SIGKILL; starting it again" in portal.output
        wait_until(lambda f=family: none_left(f), what=f"the end of all of {name}")
    wait_until(portal.answers, what="the web server")


def test_a_supervisor_that_is_killed_leaves_no_process_and_no_lock(run):
    portal = run().wait_for(READY)
    assert portal.family
    portal.process.kill()
    portal.process.wait()
    again = run()
    wait_until(portal.nothing_left, seconds=15, what="the guardian to end them all")
    again.wait_for(READY)


def test_a_second_run_on_the_same_folder_is_refused_in_one_line(run):
    run().wait_for("Preparing the database")
    second = run()
    assert second.wait() == 1
    assert "already (process" in second.output
    assert len(second.output.splitlines()) == 1


def test_a_port_that_is_taken_is_one_clear_line(run, data):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = run("--port", str(port))
        assert refused.wait() == 1
    (line,) = refused.output.splitlines()
    assert line.startswith(f"Port {port} cannot be used")


def test_a_folder_that_cannot_be_made_is_one_clear_line(run, tmp_path):
    (tmp_path / "file").touch()
    refused = run(folder=tmp_path / "file" / "var")
    assert refused.wait() == 1
    (line,) = refused.output.splitlines()
    assert "cannot be used" in line


def test_a_broken_file_of_messages_is_set_aside(run, data):
    (append_only,) = (data / "broker" / "appendonlydir").glob("*.incr.aof")
    append_only.write_bytes(b"this is not what a broker writes\n" * 100)
    once = run("--once")
    assert once.wait() == 0, once.output
    assert "could not read its messages" in once.output


def test_a_broken_database_is_one_clear_line(run, tmp_path):
    folder = tmp_path / "var"
    folder.mkdir()
    file = folder / "portal.sqlite3"
    file.write_bytes(b"not a database at all" * 100)
    refused = run(folder=folder, DATABASE_URL=f"sqlite:///{file}")
    assert refused.wait() == 1
    assert "portal.sqlite3 cannot be used" in refused.output.splitlines()[-1]


def test_ctrl_c_in_the_middle_of_loading_leaves_nothing_half_done(run, tmp_path):
    folder = tmp_path / "var"
    portal = run("--once", folder=folder).wait_for("Loading the demo department")
    assert portal.family
    portal.process.send_signal(signal.SIGINT)
    assert portal.wait(15) == 1
    assert portal.nothing_left()
    again = run("--once", folder=folder)
    assert again.wait(120) == 0, again.output
