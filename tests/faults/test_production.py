"""What docker-compose.yml starts, started without containers: the same commands and settings.

One web server, two workers, beat; one worker, the broker and PostgreSQL are lost in turn while a
report reader, signed in with password and second step, goes on asking for reports.
"""

import contextlib
import http.client
import re
import shlex
import socket
import subprocess
import sys
import time
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest
import yaml
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notice
from reports.days import last_month_ends
from reports.models import GapReport
from tests.faults.programs import Postgres, Program, database_url, wait_until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        settings.DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql",
        reason="production runs on PostgreSQL",
    ),
]
ROOT = Path(__file__).resolve().parent.parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
PASSWORD = "three-wet-lanterns"
SECRET = "JBSWY3DPEHPK3PXP"
HOST = "skills.example.gov.uk"


def command_of(name, folder):
    """What the composition, or the image where it says nothing, starts; its files in `folder`."""
    command = COMPOSE[name].get("command")
    if command is None:
        image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
        command = " ".join(re.findall(r'"([^"]+)"', re.search(r"^CMD \[(.+)\]$", image, re.M)[1]))
    command = command.replace("/tmp/", f"{folder}/")
    program, *arguments = shlex.split(command)
    return [sys.executable, *([] if program == "python" else ["-m", program]), *arguments]


def settings_of(name, folder):
    """The composition's environment, with values as `.env` would give them."""
    here = {
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.CELERY_BROKER_URL,
        "STATIC_ROOT": str(folder / "static"),
    }
    given = {
        key: here.get(key) or re.sub(r"\$\{\w+:-(.*?)\}", r"\1", str(value))
        for key, value in COMPOSE[name]["environment"].items()
    }
    return {
        **given,
        "ALLOWED_HOSTS": HOST,
        "SITE_URL": f"https://{HOST}",
        "HTTPS": "true",
        "SECOND_FACTOR_FOR_GRANTS": "true",
        "EMAIL_FILE_PATH": str(folder / "mail"),
        # As is said to operators who want lost work to be found sooner.
        "SWEEP_SECONDS": "2",
        "REPORT_LEASE_SECONDS": "5",
    }


class Production:
    """The processes of the portal, and a browser's side of talking to the web server."""

    def __init__(self, folder, *, guardian):
        self.folder = folder
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.cookies = {}
        self.programs = {}
        for name in ("migrate", "web", "worker", "worker-2", "beat"):
            service = name.split("-")[0]
            self.programs[name] = Program(
                name,
                [
                    part.replace("0.0.0.0:8000", f"fd://{self.listener.fileno()}")
                    for part in command_of(service, folder)
                ]
                + (["--hostname", f"{name}@%h"] if service == "worker" else []),
                log=folder / f"{name}.log",
                guardian=guardian,
                environment=settings_of(service, folder)
                | {"PYTHONWARNINGS": "ignore:You're running the worker"},
                pass_fds=[self.listener.fileno()] if service == "web" else (),
            )

    def start(self):
        migrate = self.programs["migrate"]
        subprocess.run(
            [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"],
            env=migrate.environment,
            cwd=ROOT,
            check=True,
        )
        migrate.start()
        assert migrate.process.wait(60) == 0, migrate.output
        for name in ("web", "worker", "worker-2", "beat"):
            self.programs[name].start()

    def start_again(self, *names):
        """What `restart: unless-stopped` does for programs that have ended."""
        for name in names:
            if not self.programs[name].running:
                self.programs[name].start()

    def stop(self):
        for program in reversed(self.programs.values()):
            program.stop(5)
        self.listener.close()

    def ask(self, path, form=None):
        """Status, headers and text, as the proxy in front would get them for a browser."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {
            "Host": HOST,
            "X-Forwarded-For": "203.0.113.7",
            "X-Forwarded-Proto": "https",
            "Referer": f"https://{HOST}{path}",
            "Cookie": cookies,
        }
        body = None
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(form | self.csrf)
        web = http.client.HTTPConnection(*self.listener.getsockname(), timeout=30)
        with contextlib.closing(web):
            web.request("GET" if body is None else "POST", path, body=body, headers=headers)
            answer = web.getresponse()
            text = answer.read().decode()
        for header in answer.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(header).items():
                assert name.startswith("__Host-")
                assert morsel["secure"]
                self.cookies[name] = morsel.value
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', text)
        if token:
            self.csrf = {"csrfmiddlewaretoken": token[1]}
        return answer.status, answer.headers, text

    def sign_in(self, person):
        page = reverse("account_login")
        self.ask(page)
        status, headers, text = self.ask(page, {"login": person.email, "password": PASSWORD})
        assert status == 302, text
        self.ask(headers["Location"])
        code = format_hotp_value(hotp_value(SECRET, int(time.time()) // 30))
        status, headers, text = self.ask(headers["Location"], {"code": code})
        assert (status, headers["Location"]) == (302, reverse("home")), text


@pytest.fixture
def production(broker, guardian, tmp_path):
    running = Production(tmp_path, guardian=guardian)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def reader(report_reader):
    """A report reader as the web server finds them: a real hash, and an app for the second step."""
    hasher = PBKDF2PasswordHasher()
    report_reader.password = hasher.encode(PASSWORD, hasher.salt())
    report_reader.save(update_fields=["password"])
    TOTP.activate(report_reader, SECRET)
    assert Authenticator.objects.filter(user=report_reader).exists()
    assert get_adapter().decrypt(Authenticator.objects.first().data["secret"]) == SECRET
    return report_reader


def test_it_works_together_and_survives_every_loss(production, broker, reader, department):
    wait_until(lambda: production.ask("/readyz")[0] == 200, seconds=60, what="the web server")
    production.sign_in(reader)
    days = iter(last_month_ends(timezone.localdate(), count=6))
    request_page = reverse("reports:request")

    def request():
        day = next(days)
        production.ask(request_page)
        status, _, text = production.ask(
            request_page, {"unit": department.slug, "as_at": day.isoformat()}
        )
        assert status == 302, text
        return GapReport.objects.get(as_at=day)

    def wait_until_ready(report):
        ready = GapReport.objects.filter(pk=report.pk).ready()

        def is_ready():
            # Celery may end rather than connect again when the broker goes at a bad moment.
            production.start_again("web", "worker-2", "beat")
            return ready.exists()

        wait_until(is_ready, seconds=60, what=f"{report} to be ready")
        assert "is ready" in Notice.objects.get(key=f"gap-report-{report.pk}-ready").subject

    wait_until_ready(request())

    production.programs["worker"].kill()
    wait_until_ready(request())

    broker.kill()
    report = request()
    assert production.ask(reverse("home"))[0] == 200
    broker.start()
    wait_until_ready(report)

    Postgres().stop_at_once()
    wait_until(Postgres().answers, seconds=10, what="PostgreSQL")
    wait_until(lambda: production.ask(reverse("home"))[0] == 200, seconds=10, what="the home page")
    wait_until_ready(request())

    for name in ("web", "worker-2", "beat"):
        assert production.programs[name].running, name
    said = production.ask("/readyz")[2]
    assert '"broker": "ok"' in said
    connection.close()
