"""Many people at once: `python -m benchmarks.load --help`.

Starts PostgreSQL and a broker of its own and, as docker-compose.yml does, web, worker and beat
with the settings of production; generates a population; then sends what people send, on loopback
alone, and leaves nothing behind. Each visitor signs in through the form with a real password,
reads their pages, answers skill after skill (saved by the script as they go), and signs out:
about 45 requests. The requests begin at the times of a clock, however slow the answers are, and
time counts from there, so that waiting is not left out.

First the promised rate (criterion L1), then twice that (L2), then how soon all is as before. At the
end every answer that was told to be saved is looked for in the database.
"""

import argparse
import contextlib
import http.client
import json
import math
import os
import queue
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

from benchmarks import measure

PASSWORD = "four-dry-candles"  # noqa: S105 (of invented people in a database of its own)
HOST = "skills.example.gov.uk"
PER_CORE = 25  # requests a second: criterion L1
P95_MS, P99_MS, ERRORS = 300, 1000, 0.001
RECOVERY_SECONDS = 60
ANSWERS = 12  # skills that a visitor answers in one sitting
TIMEOUT = 30


def main(arguments):
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.load",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--people", type=int, default=2000, help="in the population (2000)")
    parser.add_argument("--seconds", type=int, default=60, help="at the promised rate (60)")
    parser.add_argument(
        "--rate",
        type=float,
        help="requests a second (25 for each core; the clients need cores too)",
    )
    parser.add_argument("--visitors", type=int, default=100, help="accounts that take part (100)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--recovery", type=int, default=RECOVERY_SECONDS, help="seconds to recover in (60)"
    )
    parser.add_argument("--json", type=Path, help="a file for the figures")
    options = parser.parse_args(arguments)
    if "POSTGRES_DATA" not in os.environ:  # a server of its own, never one that is there
        argv = [sys.executable, "-m", "tests.postgres", "-m", "benchmarks.load", *arguments]
        return subprocess.run(argv).returncode
    options.rate = options.rate or PER_CORE * os.cpu_count()
    with tempfile.TemporaryDirectory(prefix="portal-load-") as folder:
        return run(options, Path(folder))


# --- What is started ---------------------------------------------------------------------------


def run(options, folder):
    from skills_portal import broker

    (folder / "static").mkdir()
    os.environ |= {
        "REDIS_URL": broker.url(folder / "broker.sock"),
        "STATIC_ROOT": str(folder / "static"),
        "ALLOWED_HOSTS": HOST,
        "SITE_URL": f"https://{HOST}",
        "HTTPS": "true",
        "TRUSTED_PROXIES": "1",
        "SECOND_FACTOR_FOR_GRANTS": "true",
        "EMAIL_FILE_PATH": str(folder / "mail"),
        "LOG_FORMAT": "json",
        "LOG_LEVEL": "WARNING",
        "PYTHONPATH": str(measure.HERE),
    }
    import django

    import tests.environment  # noqa: F401 - the secret key

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    visitors = people_who_visit(options)
    with contextlib.ExitStack() as stack:
        log = stack.enter_context((folder / "log").open("wb"))

        def start(argv, **more):
            program = subprocess.Popen(
                argv, cwd=measure.HERE, stdout=log, stderr=log, start_new_session=True, **more
            )
            stack.callback(end, program)
            return program

        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=2048))
        start(broker.command(folder / "broker.sock", folder=folder / "broker"))
        bind = f"fd://{listener.fileno()}"
        web = start(
            [sys.executable, "-m", *command_of_image(), "--bind", bind],
            pass_fds=[listener.fileno()],
        )
        celery = [sys.executable, "-m", "celery", "--quiet", "-A", "skills_portal"]
        start([*celery, "worker", "--concurrency", "2", "--without-gossip", "--without-mingle"])
        start([*celery, "beat", "--schedule", folder / "beat", "--pidfile="])
        address = listener.getsockname()
        wait_until_ready(address, web, folder / "log")
        crowd = Crowd(address, visitors, seed=options.seed)
        ok = crowd_measured(crowd, options)
    return 0 if ok else 1


def command_of_image():
    """What the Dockerfile starts, but for the address it listens at."""
    image = (measure.HERE / "Dockerfile").read_text(encoding="utf-8")
    words = re.findall(r'"([^"]+)"', re.search(r"^CMD \[(.+)\]$", image, re.M)[1])
    return words[: words.index("--bind")]


def end(program):
    program.terminate()
    try:
        program.wait(10)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()


def wait_until_ready(address, web, log):
    deadline = time.monotonic() + 60
    while True:
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection(*address, timeout=5)
            with contextlib.closing(connection):
                connection.request("GET", "/readyz", headers={"Host": HOST})
                if connection.getresponse().status == 200:
                    return
        if web.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"The web server did not start.\n{log.read_text(errors='replace')}")
        time.sleep(0.2)


def people_who_visit(options):
    """E-mail addresses of people in posts, with a password, and a team where they manage one."""
    from django.contrib.auth.hashers import make_password

    from accounts.models import Post, User
    from benchmarks.__main__ import UNTIL
    from skills_portal.population.load import load_population

    load_population(count=options.people, seed=options.seed, until=UNTIL, tell=print)
    posts = Post.objects.current().filter(person__grants=None)
    chosen = list(posts.order_by("pk").values_list("person", flat=True)[: options.visitors])
    User.objects.filter(pk__in=chosen).update(password=make_password(PASSWORD))
    managers = set(
        Post.objects.current()
        .filter(line_manager__in=chosen)
        .values_list("line_manager", flat=True)
    )
    return [
        (email, pk in managers)
        for pk, email in User.objects.filter(pk__in=chosen).values_list("pk", "email")
    ]


# --- What people do ----------------------------------------------------------------------------


class Refused(Exception):
    """The portal said that it is too busy."""


class Failed(Exception):
    """Anything else than an answer that was hoped for."""


@dataclass
class Figures:
    """Requests of one stretch of time: milliseconds each, and what went wrong."""

    milliseconds: list = field(default_factory=list)
    by_page: dict = field(default_factory=lambda: defaultdict(list))
    refused: int = 0
    without_retry: int = 0
    failed: Counter = field(default_factory=Counter)

    def percentile(self, share):
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)] if ordered else 0

    @property
    def total(self):
        return len(self.milliseconds) + self.refused + sum(self.failed.values())


class Crowd:
    """Visitors who share out the moments at which a request is to begin."""

    def __init__(self, address, visitors, *, seed):
        self.address, self.visitors = address, visitors
        self.moments = queue.SimpleQueue()
        self.lock = threading.Lock()
        self.saved = {}  # (draft's key, slug): version and level last told to be saved
        self.uncertain = set()  # sent, and nothing came back: saved or not
        self.random = random.Random(seed)  # noqa: S311
        self.number = 0
        self.door = threading.Semaphore(os.cpu_count())
        self.everybody_in = threading.Barrier(len(visitors) + 1)
        self.is_open = self.is_over = False

    def open(self):
        """Everybody signs in, a few at a time and before any clock runs, and is somewhere."""
        threads = [
            threading.Thread(target=self.visit_again_and_again, args=[*one], daemon=True)
            for one in self.visitors
        ]
        for thread in threads:
            thread.start()
        self.everybody_in.wait()
        self.is_open = True
        return threads

    def visit_again_and_again(self, email, is_manager):
        visit = Visit(self, email, is_manager)
        try:
            with self.door:
                visit.sign_in()
        except (Refused, Failed):
            self.everybody_in.abort()
            raise
        self.everybody_in.wait()
        skills = self.random.randint(0, ANSWERS)  # so that they do not all sign out at once
        while not self.is_over:
            try:
                visit.read_and_answer(skills)
                visit = Visit(self, email, is_manager)
                visit.sign_in()
            except (Refused, Failed):
                pass  # as people do: go on with another page
            except Over:
                return
            skills = ANSWERS

    def next_moment(self):
        """The figures that a request belongs to, and the time at which it was to begin."""
        if not self.is_open:
            return Figures(), time.time()
        while not self.is_over:
            with contextlib.suppress(queue.Empty):
                return self.moments.get(timeout=0.2)
        raise Over

    def stretch(self, *, seconds, rate):
        """Send at this rate for so long; the `Figures` of the requests that began in it."""
        figures = Figures()
        first, count = time.monotonic(), int(seconds * rate)
        for number in range(count):
            time.sleep(max(0, first + number / rate - time.monotonic()))
            self.moments.put((figures, time.time()))
        deadline = time.monotonic() + TIMEOUT
        while figures.total < count and time.monotonic() < deadline:
            time.sleep(0.05)
        with contextlib.suppress(queue.Empty):
            while True:  # everybody was waiting for an answer all the time
                self.moments.get_nowait()
                figures.failed["nobody was free to send it"] += 1
        return figures


class Over(Exception):
    """The measuring is over."""


class Visit:
    """One person's sitting: cookies, the token of the last page, a connection."""

    def __init__(self, crowd, email, is_manager):
        self.crowd, self.email, self.is_manager = crowd, email, is_manager
        self.cookies, self.token = {}, ""
        with crowd.lock:
            crowd.number += 1
            number = crowd.number
        # Each from an address of its own, as the limits on signing in count addresses.
        self.ip = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"

    def sign_in(self):
        self.ask("sign-in page", "/account/login/")
        status, _, _ = self.ask(
            "signing in", "/account/login/", {"login": self.email, "password": PASSWORD}
        )
        if status != 302:
            raise Failed("not signed in")

    def read_and_answer(self, skills):
        self.ask("home", "/")
        _, _, text = self.ask("your skills", "/skills/")
        if self.is_manager:
            self.ask("team", "/team/")
        role_level = re.search(r'name="role_level" value="(\d+)"', text)
        draft = re.search(r'href="(/self-assessments/(\d+)/)" role="button"', text)
        if draft is None and role_level:
            _, headers, _ = self.ask("starting", "/skills/start/", {"role_level": role_level[1]})
            draft = re.search(r"(/self-assessments/(\d+)/)", headers.get("Location", ""))
        if draft:
            self.answer(draft[1], int(draft[2]), skills)
        self.ask("log", "/learning/")
        self.ask("frameworks", "/frameworks/")
        self.ask("signing out", "/account/logout/", {})

    def answer(self, page, draft, skills):
        _, _, text = self.ask("task list", page)
        addresses = list(dict.fromkeys(re.findall(rf'href="({page}skills/([\w-]+)/)"', text)))
        for address, slug in addresses[:skills]:
            _, _, text = self.ask("answer", address)
            version = int(re.search(r'name="version" value="(\d+)"', text)[1])
            for _ in range(2):
                level = self.crowd.random.choice((1, 2, 3))
                form = {"version": version, "level": level}
                version = self.save(address, (draft, slug), form)
                if version is None:
                    break

    def save(self, address, key, form):
        """The new version of the answer; None where the portal says that it is not saved."""
        try:
            status, _, text = self.ask("saving", address, form, as_json=True)
        except Failed:
            self.crowd.uncertain.add(key)
            raise
        if status != 200:
            return None
        version = json.loads(text)["version"]
        self.crowd.saved[key] = version, form["level"]
        return version

    def ask(self, page, path, form=None, *, as_json=False):
        """Status, headers and text of a request that begins when the clock says."""
        figures, moment = self.crowd.next_moment()
        try:
            status, headers, text = self.send(path, form, as_json, moment)
        except (OSError, http.client.HTTPException) as error:
            figures.failed[f"{page}: {type(error).__name__}"] += 1
            raise Failed(page) from error
        spent = (time.time() - moment) * 1000
        if status == 503:
            figures.refused += 1
            figures.without_retry += "Retry-After" not in headers
            raise Refused(page)
        figures.milliseconds.append(spent)
        figures.by_page[page].append(spent)
        if status >= 500 or status in {400, 403, 404, 429}:
            figures.failed[f"{page}: {status}"] += 1
            figures.milliseconds.pop()
            raise Failed(page)
        return status, headers, text

    def send(self, path, form, as_json, moment):
        headers = {
            "Host": HOST,
            "X-Forwarded-For": self.ip,
            "X-Forwarded-Proto": "https",
            "X-Request-Start": f"t={moment:.3f}",
            "Referer": f"https://{HOST}{path}",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Accept": "application/json" if as_json else "text/html",
        }
        body = None
        if form is not None:
            body = urlencode({**form, "csrfmiddlewaretoken": self.token})
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        web = http.client.HTTPConnection(*self.crowd.address, timeout=TIMEOUT)
        with contextlib.closing(web):
            web.request("GET" if body is None else "POST", path, body=body, headers=headers)
            answer = web.getresponse()
            text = answer.read().decode()
        for header in answer.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(header).items():
                self.cookies[name] = morsel.value
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', text)
        if token:
            self.token = token[1]
        return answer.status, answer.headers, text


# --- What is found -----------------------------------------------------------------------------


def crowd_measured(crowd, options):
    """Print the figures of each stretch of time; whether every promise was kept."""
    seconds, rate = options.seconds, options.rate
    threads = crowd.open()
    told("To warm up", crowd, max(1, min(10, seconds // 3)), rate / 2)
    promised, first = told("The promised rate", crowd, seconds, rate)
    rush, second = told("Twice that", crowd, max(1, seconds // 2), 2 * rate)
    recovery = recovered_after(crowd, rate, options.recovery)
    if recovery is None:
        print(f"Not back to normal within {options.recovery} s.")
    else:
        print(f"Back to normal {recovery:.0f} s after the rush.")
    crowd.is_over = True
    for thread in threads:
        thread.join(TIMEOUT)
    lost = lost_answers(crowd)
    print(f"{len(crowd.saved):,} answers were told to be saved; {lost} of them are not there.")
    machine = machine_in_words()
    print(machine)
    if options.json:
        found = {
            "machine": machine,
            "people": options.people,
            "promised": first,
            "rush": second,
            "recovered_seconds": recovery,
            "saved": len(crowd.saved),
            "lost": lost,
        }
        options.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    bad = (promised.refused + sum(promised.failed.values())) / max(1, promised.total)
    polite = not rush.without_retry and sum(rush.failed.values()) <= ERRORS * rush.total
    promises = {
        f"L1: 95% within {P95_MS} ms": promised.percentile(0.95) <= P95_MS,
        f"L1: 99% within {P99_MS} ms": promised.percentile(0.99) <= P99_MS,
        f"L1: errors under {ERRORS:.1%}": bad < ERRORS,
        "L2: refuses politely, or not at all": polite,
        "L2: loses nothing": lost == 0 and bool(crowd.saved),
        f"L2: recovers within {options.recovery} s": recovery is not None,
    }
    for promise, kept in promises.items():
        print(f"{'kept  ' if kept else 'BROKEN'}  {promise}")
    return all(promises.values())


def recovered_after(crowd, rate, seconds):
    """After how many seconds at the promised rate five seconds were as promised; or None."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        figures = crowd.stretch(seconds=5, rate=rate)
        if not figures.refused and not figures.failed and figures.percentile(0.95) <= P95_MS:
            return max(0, time.monotonic() - began - 5)
    return None


def lost_answers(crowd):
    """How many answers told to be saved the database does not have, or has older."""
    from assessments.models import DraftAnswer

    there = {
        (draft, slug): (version, level)
        for draft, slug, version, level in DraftAnswer.objects.filter(
            self_assessment__in={draft for draft, _ in crowd.saved}
        ).values_list("self_assessment", "skill__slug", "version", "level")
    }
    lost = 0
    for key, (version, level) in crowd.saved.items():
        found = there.get(key, (0, None))
        is_later = found[0] > version and key in crowd.uncertain
        lost += not (found == (version, level) or is_later)
    return lost


def told(name, crowd, seconds, rate):
    """The `Figures` of a stretch of time, printed, and the same as a dict."""
    figures = crowd.stretch(seconds=seconds, rate=rate)
    one = {
        "rate": rate,
        "seconds": seconds,
        "requests": figures.total,
        "p50_ms": figures.percentile(0.5),
        "p95_ms": figures.percentile(0.95),
        "p99_ms": figures.percentile(0.99),
        "refused": figures.refused,
        "failed": dict(figures.failed),
        "median_by_page_ms": {
            page: round(statistics.median(spent), 1) for page, spent in figures.by_page.items()
        },
    }
    print(
        f"{name}, {rate:g} requests/s for {seconds} s: {figures.total:,} sent, half answered "
        f"within {one['p50_ms']:.0f} ms, 95% within {one['p95_ms']:.0f} ms, 99% within "
        f"{one['p99_ms']:.0f} ms; {figures.refused:,} refused, {sum(figures.failed.values()):,} "
        f"failed {dict(figures.failed) or ''}".rstrip()
    )
    return figures, one


def machine_in_words():
    from benchmarks.results import database, machine

    return f"{machine()}; {database()}; load average {os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
