"""Criterion R4: PostgreSQL stops at once while people write, and nothing needs starting again."""

import http.client
import socket
import subprocess
import sys
import threading
import time
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from reports.days import last_month_ends
from reports.models import GapReport
from tests import factories
from tests.faults.programs import Postgres, Program, database_url, wait_until
from tests.faults.test_processes import ROOT

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        settings.DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql",
        reason="SQLite has no server to stop",
    ),
]
WRITERS = 3
STOPS = 2
RECOVERY_SECONDS = 10
CSRF = "a" * 32


class Web(Program):
    """The web server as in production, at a free port of this machine."""

    def __init__(self, folder, *, guardian):
        self.listener = socket.create_server(("127.0.0.1", 0))
        environment = {"DATABASE_URL": database_url(), "STATIC_ROOT": str(folder / "static")}
        super().__init__(
            "web",
            [
                *(sys.executable, "-m", "gunicorn", "skills_portal.wsgi"),
                *("--worker-class", "gthread", "--workers", "2", "--threads", "4"),
                *("--bind", f"fd://{self.listener.fileno()}", "--no-control-socket"),
            ],
            log=folder / "web.log",
            guardian=guardian,
            environment=environment,
            pass_fds=[self.listener.fileno()],
        )
        subprocess.run(
            [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"],
            env=self.environment,
            cwd=ROOT,
            check=True,
        )

    def ask(self, path, *, session, form=None):
        """Status, headers and text of the answer; a form is posted."""
        port = self.listener.getsockname()[1]
        web = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {"Cookie": f"session={session}; csrf={CSRF}"}
        if form is None:
            web.request("GET", path, headers=headers)
        else:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode({**form, "csrfmiddlewaretoken": CSRF})
            web.request("POST", path, body=body, headers=headers)
        answer = web.getresponse()
        text = answer.read().decode()
        web.close()
        return answer.status, answer.headers, text


@pytest.fixture
def web(transactional_db, guardian, tmp_path):
    running = Web(tmp_path, guardian=guardian)
    running.start()
    yield running
    running.stop(5)
    running.listener.close()


def test_every_write_that_was_answered_with_success_survives(
    web, department, report_reader, client, tell
):
    units = [factories.unit(parent=department) for _ in range(200)]
    days = last_month_ends(timezone.localdate(), count=12)
    wishes = iter([(unit, day) for day in days for unit in units])
    client.force_login(report_reader)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    request_page = reverse("reports:request")
    wait_until(lambda: web.ask(request_page, session=session)[0] == 200, what="the web server")

    accepted, answers, may_take = [], [], threading.Lock()
    over = threading.Event()

    def write():
        while not over.is_set():
            with may_take:
                unit, day = next(wishes)
            form = {"unit": unit.slug, "as_at": day.isoformat()}
            status, headers, text = web.ask(request_page, session=session, form=form)
            answers.append((time.monotonic(), status, text if status >= 400 else ""))
            if status == 302:
                accepted.append(headers["Location"])
            time.sleep(0.05)

    writers = [threading.Thread(target=write) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    postgres = Postgres()
    for _ in range(STOPS):
        before = len(accepted)
        wait_until(lambda n=before: len(accepted) > n + 5, what="writes that are accepted")
        stopped_at = time.monotonic()
        postgres.stop_at_once()
        wait_until(postgres.answers, seconds=RECOVERY_SECONDS, what="PostgreSQL")
        wait_until(
            lambda at=stopped_at: any(when > at + 0.2 and s == 302 for when, s, _ in answers[-20:]),
            seconds=RECOVERY_SECONDS,
            what="a write that is accepted again",
        )
    over.set()
    for writer in writers:
        writer.join(30)

    connection.close()
    stored = {report.get_absolute_url() for report in GapReport.objects.select_related("unit")}
    assert set(accepted) <= stored
    errors = [text for _, status, text in answers if status not in {200, 302}]
    assert {status for _, status, _ in answers} <= {302, 500}
    for text in errors:
        assert "Sorry, there is a problem with the service" in text
        assert "Traceback" not in text
        assert "OperationalError" not in text
    tell(f"{len(accepted)} writes accepted, {len(errors)} refused, in {STOPS} stops: all kept")
