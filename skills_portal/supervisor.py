"""Processes that run as one: started, watched, started again when they die, stopped together."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

GUARDIAN = Path(__file__).with_name("guardian.py")
STOP_SECONDS = 10
LONGEST_PAUSE_SECONDS = 30
HEALTHY_SECONDS = 30
WARNING = re.compile(rb"\b(WARNING|ERROR|CRITICAL)\b")


class Guardian:
    """Ends the process groups it was told of when this process is killed without a word.

    It also inherits `lock` (a file), so that a lock on it holds until the last group has gone.
    """

    def __init__(self, lock=None):
        self.lock = lock

    def __enter__(self):
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-I", "-S", str(GUARDIAN)],
            stdin=subprocess.PIPE,
            start_new_session=True,
            text=True,
            pass_fds=[self.lock.fileno()] if self.lock else [],
        )
        return self

    def __exit__(self, *_):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()

    def tell(self, line):
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(f"{line}\n")
            self.process.stdin.flush()


class Child:
    """A process with a group of its own. Its output goes to a log file, warnings also to `say`."""

    def __init__(
        self, name, argv, *, guardian, log, say=None, environment=None, user=None, pass_fds=()
    ):
        self.guardian = guardian
        self.name = name
        self.argv = [str(part) for part in argv]
        self.log = Path(log)
        self.say = say
        self.environment = {**os.environ, **(environment or {})}
        self.user = user
        self.pass_fds = pass_fds
        self.process = None
        self.failures = 0
        self.start_at = None

    def start(self):
        self.start_at = None
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - our own programs
            self.argv,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=self.user,
            pass_fds=self.pass_fds,
        )
        self.guardian.tell(f"+{self.pid}")
        threading.Thread(target=self._read, args=[self.process.stdout], daemon=True).start()

    def _read(self, output):
        with output, self.log.open("ab") as log:
            for line in output:
                log.write(line)
                log.flush()
                if self.say and WARNING.search(line):
                    self.say(f"{self.name} | {line.decode(errors='replace').rstrip()}")

    @property
    def pid(self):
        """The number of the process, which is also that of its group."""
        return self.process.pid

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        """Send a signal to the whole group; nothing happens when it has gone."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def kill(self):
        """End the whole group at once, so that no pool process outlives its leader."""
        self.signal(signal.SIGKILL)
        self.process.wait()
        self.guardian.tell(f"-{self.pid}")

    def stop(self, seconds=STOP_SECONDS):
        """Ask the process to end, and end its group when it does not within `seconds`."""
        if self.running:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
        if self.process is not None:
            self.kill()


class Stopped(Exception):
    """Somebody asked the supervisor to stop."""


class Supervisor:
    """Keeps children running. A context manager: leaving it stops them, the first one last.

    Ctrl-C, SIGTERM and SIGHUP raise Stopped, but never while a child is being started: in
    `wait_until` and, for a piece of work that takes long, within `interruptible()`.
    """

    def __init__(self, *, say):
        self.say = say
        self.children = []
        self.stop_asked = False
        self.stop_at_once = False

    def __enter__(self):
        self._on_signals(self._ask_to_stop)
        return self

    def __exit__(self, *_):
        self._on_signals(signal.SIG_IGN)  # a second one must not cut the stopping short
        for child in self.children[1:]:
            if child.running:
                child.process.terminate()
        for child in reversed(self.children):
            child.stop()

    def _on_signals(self, handler):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, handler)

    def _ask_to_stop(self, *_):
        self.stop_asked = True
        if self.stop_at_once:
            raise Stopped

    @contextlib.contextmanager
    def interruptible(self):
        self.stop_at_once = True
        try:
            if self.stop_asked:
                raise Stopped
            yield
        finally:
            self.stop_at_once = False

    def add(self, child):
        """Look after a child that has been started already."""
        self.children.append(child)

    def start(self, child):
        child.start()
        self.add(child)

    def look_after(self):
        """Start again, after a pause that grows with each failure, every child that has died."""
        now = time.monotonic()
        for child in self.children:
            if child.running:
                continue
            if child.start_at is None:
                child.kill()
                if now - child.started_at > HEALTHY_SECONDS:
                    child.failures = 0
                pause = min(0.5 * 2**child.failures, LONGEST_PAUSE_SECONDS)
                child.failures += 1
                child.start_at = now + pause
                self.say(
                    f"{child.name} {how_it_ended(child.process.returncode)}; "
                    f"starting it again in {pause:g} s. Its log: {child.log}"
                )
            elif now >= child.start_at:
                child.start()

    def wait_until(self, condition, *, seconds):
        """Look after the children until `condition()` is true; False when time runs out."""
        deadline = time.monotonic() + seconds
        while not condition():
            if self.stop_asked:
                raise Stopped
            if time.monotonic() > deadline:
                return False
            self.look_after()
            time.sleep(0.1)
        return True


def how_it_ended(code):
    """`ended with code 1` or `was killed by SIGKILL`."""
    if code >= 0:
        return f"ended with code {code}"
    return f"was killed by {signal.Signals(-code).name}"
