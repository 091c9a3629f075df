"""Programs of ours as the fault tests see them: to be started, killed, frozen and read."""

import contextlib
import os
import signal
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from django.conf import settings
from django.db import OperationalError, connection

from skills_portal import broker as embedded_broker
from skills_portal.supervisor import Child


def wait_until(condition, *, seconds=30, what="the condition"):
    """Return what `condition()` gives once it is true; fail the test when it takes too long."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"Waited {seconds} s in vain for {what}."
        time.sleep(0.05)


def database_url():
    """The URL of the database this test process uses right now."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()


class Program(Child):
    """A program of ours whose log a test can read and wait for."""

    @property
    def output(self):
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def wait_for(self, text, *, seconds=30):
        def said_or_dead():
            return text in self.output or not self.running

        wait_until(said_or_dead, seconds=seconds, what=f"{self.name} to say {text!r}")
        assert text in self.output, f"{self.name} ended without saying {text!r}:\n{self.output}"
        return self

    def freeze(self):
        """Stop the clock for the program and its children, as a paused machine would."""
        self.signal(signal.SIGSTOP)

    def thaw(self):
        self.signal(signal.SIGCONT)


class Broker(Program):
    def __init__(self, folder, *, guardian):
        # Nothing listens at the tests' REDIS_URL until this broker does.
        self.socket = urlsplit(settings.CELERY_BROKER_URL).path
        self.folder = folder / "broker"
        command = embedded_broker.command(self.socket, folder=self.folder)
        super().__init__("broker", command, log=folder / "broker.log", guardian=guardian)

    def start(self):
        super().start()
        wait_until(lambda: embedded_broker.answers(self.socket), seconds=10, what="the broker")

    def flush(self):
        """Lose every message it holds, and go on."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.connect(self.socket)
            connection.sendall(b"FLUSHALL\r\n")
            assert connection.recv(16).startswith(b"+OK")

    def forget(self):
        """Kill the broker and lose every message it held."""
        self.kill()
        for path in sorted(self.folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()


class Postgres:
    """The server that the tests run on, which `tests.postgres` starts again when it stops."""

    def stop_at_once(self):
        """What PostgreSQL calls an immediate stop: no goodbye, recovery at the next start."""
        number = Path(os.environ["POSTGRES_DATA"], "postmaster.pid").read_text().split()[0]
        os.kill(int(number), signal.SIGQUIT)
        psutil.wait_procs([psutil.Process(int(number))], timeout=10)

    def answers(self):
        connection.close()
        with contextlib.suppress(OperationalError):
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            return True
        return False


class Worker(Program):
    def start(self):
        self.log.unlink(missing_ok=True)
        super().start()

    def ready(self):
        return self.wait_for(" ready.")

    @property
    def pool_processes(self):
        return psutil.Process(self.pid).children(recursive=True)

    def kill_pool_process(self):
        """`kill -9` the process that runs the task, not the one that takes messages."""
        for process in self.pool_processes:
            process.kill()


class Latches:
    """Holds a worker at a step of the compile, named after its function in reports/compile.py."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()

    def hold(self, step):
        (self.folder / f"{step}.hold").touch()

    def release(self, step):
        (self.folder / f"{step}.hold").unlink(missing_ok=True)
        (self.folder / f"{step}.reached").unlink(missing_ok=True)

    def wait_until_reached(self, step, *, seconds=30):
        reached = self.folder / f"{step}.reached"
        wait_until(reached.exists, seconds=seconds, what=f"a worker to reach {step}")
