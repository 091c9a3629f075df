"""Run the whole portal: broker, web server, worker and beat as one."""

import contextlib
import fcntl
import os
import shutil
import socket
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.models import Unit, User
from reports import reading
from reports.days import last_month_ends
from reports.models import GapReport
from reports.services import request_gap_report
from skills_portal import broker
from skills_portal.demo.organisation import DEMO_PEOPLE
from skills_portal.embedded import kept_secret
from skills_portal.supervisor import Child, Guardian, Stopped, Supervisor

START_SECONDS = 60
REPORT_SECONDS = 120
# Month-ends before the last that the demo shows too: its people were asked to rate themselves
# two months, and again nine, before the day it is loaded.
EARLIER_MONTHS = (1, 2, 3, 6, 12)
HEADLINE = {
    "skill": "Skill",
    "target": "Target",
    "required": "Required of",
    "rated": "Rated by",
    "coverage": "Coverage",
    "below": "Below target",
    "below_share": "Share below",
    "mean_gap": "Mean gap",
}


def refuse(reason):
    """End with one plain line and a code that says it did not work."""
    raise SystemExit(reason)


@contextlib.contextmanager
def only_run(data):
    """The lock of the data folder, for as long as this run and its children live."""
    with (data / "lock").open("a+") as lock:
        deadline = time.monotonic() + 15
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                lock.seek(0)
                other = lock.read().strip()
                # A supervisor that was killed leaves the lock to its guardian for some seconds.
                if is_running(other) or time.monotonic() > deadline:
                    refuse(
                        f"The portal is running on {data} already (process {other}). "
                        "Stop it, or name another folder with --data."
                    )
                time.sleep(0.2)
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield lock


def is_running(pid):
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


@contextlib.contextmanager
def without_socket_folder():
    """Remove the embedded broker's socket, if there is one, when everything has stopped."""
    try:
        yield
    finally:
        if path := os.environ.get("PORTAL_BROKER"):
            shutil.rmtree(Path(path).parent, ignore_errors=True)


def listen(port):
    """The socket the web server answers on: kept open here, so that its restart loses nobody."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        refuse(f"Port {port} cannot be used: {reason}. Name another with --port.")
    listener.listen(100)
    return listener


def table(rows, *, headings):
    """Text columns as wide as their widest entry; numbers stand on the right."""
    rows = [[str(cell) for cell in row] for row in rows]
    columns = list(zip(headings, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    right = [all(cell[:1].isdigit() or cell == "[c]" for cell in column[1:]) for column in columns]
    for row in [headings, *rows]:
        cells = zip(row, widths, right, strict=True)
        yield "  ".join(c.rjust(w) if r else c.ljust(w) for c, w, r in cells).rstrip()


class Command(BaseCommand):
    help = "Run broker, web server, worker and beat as one. Start it with ./portal run."

    def add_arguments(self, parser):
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument(
            "--once", action="store_true", help="print the demo department's report and end"
        )

    def handle(self, *, port, once, **options):
        if "PORTAL_DATA" not in os.environ:
            refuse("Start it with ./portal run.")
        self.data = Path(os.environ["PORTAL_DATA"])
        self.logs = self.data / "logs"
        self.logs.mkdir(exist_ok=True)
        self.began = time.monotonic()
        with (
            only_run(self.data) as lock,
            listen(port) as self.listener,
            without_socket_folder(),
            Guardian(lock) as self.guardian,
            Supervisor(say=self.say) as self.supervisor,
        ):
            self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
            os.environ.setdefault("SITE_URL", self.address)
            try:
                self.run(once=once)
            except Stopped:
                self.say("Stopping")
                if once:
                    refuse("Stopped before the report was ready.")

    def run(self, *, once):
        self.start_broker()
        with self.supervisor.interruptible():
            self.prepare_database()
            self.say("Collecting static files")
            call_command("collectstatic", interactive=False, verbosity=0)
        self.start_portal()
        with self.supervisor.interruptible():
            password = self.load_demo()
        report = self.compile_report()
        problem = self.problem_with(report)
        if once and problem:
            refuse(problem)
        self.say("Waiting for the web server")
        if not self.supervisor.wait_until(self.web_answers, seconds=START_SECONDS):
            refuse(f"The web server did not answer. Its log: {self.logs / 'web.log'}")
        self.show(report, problem, password)
        if once:
            return
        if not problem:
            self.request_earlier_reports(report)
        self.say("Press Ctrl-C to stop")
        while True:
            self.supervisor.wait_until(lambda: False, seconds=60)

    def say(self, text):
        """Print a line with the seconds since the start."""
        self.stdout.write(f"{time.monotonic() - self.began:6.1f} s  {text}")
        self.stdout.flush()

    def child(self, name, argv, **kwargs):
        log = self.logs / f"{name}.log"
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        return Child(name, argv, guardian=self.guardian, log=log, **kwargs)

    def start_broker(self):
        """Start the embedded broker, unless the environment names one."""
        path = os.environ.get("PORTAL_BROKER")
        if not path:
            return
        self.say("Starting the broker")
        folder = self.data / "broker"
        child = self.child("broker", broker.command(path, folder=folder))
        child.start()
        if not self.broker_answers(child, path):
            # Messages are only hints: what matters is in the database, so a broken file of
            # messages is put aside rather than repaired.
            child.stop()
            aside = folder.with_name(f"broker-set-aside-{int(time.time())}")
            folder.rename(aside)
            self.say(f"The broker could not read its messages; they are now in {aside}")
            folder.mkdir()
            child.start()
            if not self.broker_answers(child, path):
                child.stop()
                refuse(f"The broker does not start. Its log: {child.log}")
        self.supervisor.add(child)

    def broker_answers(self, child, path):
        deadline = time.monotonic() + 10
        while child.running and time.monotonic() < deadline:
            if broker.answers(path):
                return True
            time.sleep(0.02)
        return False

    def prepare_database(self):
        self.say("Preparing the database")
        try:
            call_command("migrate", interactive=False, verbosity=0)
        except DatabaseError as error:
            refuse(f"The database {connection.settings_dict['NAME']} cannot be used: {error}")

    def start_portal(self):
        self.say("Starting web server, worker and beat")
        python = [sys.executable, "-m"]
        celery = [*python, "celery", "--quiet", "-A", "skills_portal"]
        self.supervisor.start(
            self.child(
                "web",
                [
                    *(*python, "gunicorn", "--config", "python:skills_portal.gunicorn_settings"),
                    *("--bind", f"fd://{self.listener.fileno()}"),
                    *("--workers", "2", "--graceful-timeout", "3", "--log-level", "warning"),
                ],
                say=self.say,
                pass_fds=[self.listener.fileno()],
            )
        )
        self.supervisor.start(
            self.child(
                "worker",
                [
                    *(*celery, "worker", "--concurrency", "2", "--loglevel", "WARNING"),
                    *("--without-gossip", "--without-mingle"),
                ],
                say=self.say,
                environment={
                    # End soon when asked: what was being done is found again by the sweep.
                    "REMAP_SIGTERM": "SIGQUIT",
                    # It is no more root here than the rest of a run on one machine.
                    "PYTHONWARNINGS": "ignore:You're running the worker",
                },
            )
        )
        schedule = self.data / "beat-schedule"
        self.supervisor.start(
            self.child(
                "beat",
                [
                    *(*celery, "beat", "--loglevel", "WARNING"),
                    *("--schedule", schedule, "--pidfile="),
                ],
                say=self.say,
            )
        )

    def load_demo(self):
        """Load the demo department into an empty database; the password of its people."""
        path = self.data / "demo-password"
        if not Unit.objects.exists():
            self.say("Loading the demo department")
            with transaction.atomic():
                # In one piece: a password may begin with a dash.
                call_command("load_demo", f"--password={kept_secret(path, 16)}", stdout=self.stdout)
        elif not path.exists():
            return None
        return kept_secret(path, 16)

    def compile_report(self):
        """The demo department's report for the last complete month, compiled by the worker.

        It is not ready when the worker failed or took too long: see `problem_with`.
        """
        unit = Unit.objects.roots().first()
        (as_at,) = last_month_ends(timezone.localdate(), count=1)
        reader = User.objects.filter(email=demo_person("Report reader").email).first()
        self.say(f"Waiting for the gap report of {unit}, {as_at:%-d %B %Y}")
        report = request_gap_report(unit=unit, as_at=as_at, by=reader)

        def finished():
            report.refresh_from_db()
            return report.is_finished

        self.supervisor.wait_until(finished, seconds=REPORT_SECONDS)
        return report

    def request_earlier_reports(self, report):
        """Have the worker compile earlier month-ends, so that trends and changes show something.

        Nobody waits for them; those that exist are left alone.
        """
        days = last_month_ends(report.as_at, count=max(EARLIER_MONTHS))
        for months in EARLIER_MONTHS:
            request_gap_report(unit=report.unit, as_at=days[months - 1], by=None)

    def problem_with(self, report):
        """Why the report cannot be shown, in a sentence; None when it is ready."""
        if report.status == GapReport.Status.READY:
            return None
        if report.status == GapReport.Status.FAILED:
            return f"The report failed: {report.error}"
        if report.status == GapReport.Status.CANCELLED:
            return "Somebody cancelled the report."
        log = self.logs / "worker.log"
        return f"The report was not ready after {REPORT_SECONDS} s. The worker's log: {log}"

    def web_answers(self):
        request = f"{self.address}/readyz"
        try:
            with urllib.request.urlopen(request, timeout=5):  # noqa: S310 - our own address
                return True
        except urllib.error.HTTPError as error:
            return error.code < 500  # another ALLOWED_HOSTS refuses us, and so answers
        except OSError:
            return False

    def show(self, report, problem, password):
        write = self.stdout.write
        write(f"\nGap report of {report.unit}, {report.as_at:%-d %B %Y}: the biggest gaps\n")
        if problem:
            write(problem)
        else:
            rows = reading.headline_rows(report)
            cells = [[getattr(row, name) for name in HEADLINE] for row in rows]
            for line in table(cells, headings=list(HEADLINE.values())):
                write(line)
            write("People, rounded to 5; [c] is withheld because it could tell about somebody.")
        write(f"\nThe portal: {self.address}/")
        write(f"This report: {self.address}{report.get_absolute_url()}")
        if password:
            write("")
            people = [(person.kind, person.email, person.what_they_do) for person in DEMO_PEOPLE]
            for line in table(people, headings=("Sign in as", "E-mail address", "Who ...")):
                write(line)
            write(f"The password of each: {password}")
            if not settings.SECOND_FACTOR_FOR_GRANTS:
                write("Here a password is enough; elsewhere people with grants need a second step.")
        write("")
        self.stdout.flush()


def demo_person(kind):
    return next(person for person in DEMO_PEOPLE if person.kind == kind)
