"""What an operator sees of the portal: readiness, figures, log lines; nothing about a person."""

import datetime
import io
import json
import logging
import time
import uuid

import pytest
from django.db import DatabaseError, connection
from django.urls import reverse
from django.utils import timezone

from learning.models import Assignment, LogEntry
from reports.models import GapReport
from skills_portal import logs, metrics, tasks
from tests import factories

pytestmark = pytest.mark.django_db

TOKEN = {"Authorization": "Bearer open-sesame"}


@pytest.fixture
def lines():
    """Reads the JSON lines logged so far."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.json_formatter())
    root = logging.getLogger()
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def read(client, settings):
    """What /metrics says, as a dict from each figure's name and labels to its value."""
    settings.METRICS_TOKEN = "open-sesame"

    def figures():
        text = client.get(reverse("metrics"), headers=TOKEN).content.decode()
        rows = [line.rsplit(" ", 1) for line in text.splitlines() if line[0] != "#"]
        return {name: float(value) for name, value in rows}

    return figures


# --- A rush ------------------------------------------------------------------------------------


def started(seconds_ago):
    return {"X-Request-Start": f"t={time.time() - seconds_ago:.3f}"}


def test_what_has_waited_too_long_is_refused_without_a_query(
    client, member, settings, django_assert_num_queries
):
    settings.TRUSTED_PROXIES = 1
    client.force_login(member)
    with django_assert_num_queries(0):
        refused = client.post(
            "/notices/read/", headers=started(settings.REQUEST_MAX_WAIT_SECONDS + 1)
        )
    assert refused.status_code == 503
    assert int(refused["Retry-After"]) > 0
    assert "very busy" in refused.content.decode()
    assert "script-src" in refused["Content-Security-Policy"]
    assert client.get("/", headers=started(1)).status_code == 200


@pytest.mark.parametrize("said", ["", "t=", "soon", "t=nan", "t=inf", "t=99999999999"])
def test_nonsense_about_when_a_request_began_is_passed_over(client, member, settings, said):
    settings.TRUSTED_PROXIES = 1
    client.force_login(member)
    assert client.get("/", headers={"X-Request-Start": said}).status_code == 200


def test_without_a_trusted_proxy_nobody_says_when_a_request_began(client, member):
    client.force_login(member)
    assert client.get("/", headers=started(60)).status_code == 200


# --- Ready -------------------------------------------------------------------------------------


def test_a_missing_broker_takes_nobody_out_of_service(client):
    assert client.get(reverse("ready")).json() == {
        "status": "ok",
        "broker": "does not answer",
        "background work": "no heartbeat",
    }


def test_a_heartbeat_is_background_work_going_on(client, settings):
    tasks.beat_heart()
    assert client.get(reverse("ready")).json()["background work"] == "ok"
    long_ago = timezone.now() - datetime.timedelta(seconds=3 * settings.SWEEP_SECONDS + 11)
    metrics.cache.set(metrics.HEARTBEAT, long_ago, timeout=None)
    assert client.get(reverse("ready")).json()["background work"] == "no heartbeat"


def test_without_the_database_a_process_is_not_ready(client, monkeypatch):
    def fail(*args):
        raise DatabaseError

    monkeypatch.setattr("skills_portal.views.MigrationExecutor", fail)
    answer = client.get(reverse("ready"))
    assert (answer.status_code, answer.json()) == (503, {"status": "the database does not answer"})


def test_with_migrations_pending_a_process_is_not_ready(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'reports'")
    answer = client.get(reverse("ready"))
    assert (answer.status_code, answer.json()) == (503, {"status": "migrations are pending"})


# --- Figures -----------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer guess"}, TOKEN])
@pytest.mark.parametrize("token", ["", "another"])
def test_without_the_token_there_is_no_such_page(client, settings, headers, token):
    settings.METRICS_TOKEN = token
    assert client.get(reverse("metrics"), headers=headers).status_code == 404


def test_the_figures_tell_of_work_that_waits(read, department, member):
    assert read()['portal_gap_reports{status="queued"}'] == 0
    report = GapReport.objects.create(
        unit=department, as_at=datetime.date(2026, 6, 30), minimum_count=10
    )
    an_hour_ago = timezone.now() - datetime.timedelta(hours=1)
    GapReport.objects.filter(pk=report.pk).update(requested_at=an_hour_ago)
    member.notices.create(key="one", subject="One", body="")
    figures = read()
    assert figures['portal_gap_reports{status="queued"}'] == 1
    assert 3600 <= figures["portal_gap_report_waiting_seconds"] < 3700
    assert figures["portal_emails_waiting"] == 1
    assert figures["portal_broker_up"] == 0
    assert "portal_heartbeat_seconds" not in figures
    tasks.beat_heart()
    assert read()["portal_heartbeat_seconds"] < 60


def test_the_figures_tell_of_assignments_on_their_way(read, digital, ambassador):
    assert read()["portal_assignment_waiting_seconds"] == 0
    waits, again, _ = (factories.assignment(ambassador, unit=digital) for _ in range(3))
    Assignment.objects.update(status="expanded", expanded_at=timezone.now())
    two_hours_ago = timezone.now() - datetime.timedelta(hours=2)
    queued = Assignment.objects.filter(pk__in=[waits.pk, again.pk])
    # One that is offered again, to newcomers, was made long ago and waits for nothing.
    queued.update(status="queued", created_at=two_hours_ago)
    Assignment.objects.filter(pk=waits.pk).update(
        expanded_at=None, created_at=two_hours_ago + datetime.timedelta(hours=1)
    )
    figures = read()
    assert figures['portal_assignments{status="queued"}'] == 2
    assert figures['portal_assignments{status="expanded"}'] == 1
    assert figures['portal_assignments{status="failed"}'] == 0
    assert 3600 <= figures["portal_assignment_waiting_seconds"] < 3700


def test_requests_are_counted_by_route_and_status(read, client, member):
    count = 'portal_request_seconds_count{method="GET",route="units/<slug:slug>/",status="%s"}'
    before = read()
    client.force_login(member)
    client.get(member.current_post.unit.get_absolute_url())
    client.get("/units/no-such-unit/")
    after = read()
    assert after[count % 200] - before.get(count % 200, 0) == 1
    assert after[count % 404] - before.get(count % 404, 0) == 1
    assert member.current_post.unit.slug not in str(after)


# --- Log lines ---------------------------------------------------------------------------------


def test_every_line_of_a_request_has_its_id(client, lines, department, report_reader):
    client.force_login(report_reader)
    answer = client.get(department.get_absolute_url())
    (line,) = [line for line in lines() if "milliseconds" in line]
    assert line["request_id"] == answer["X-Request-ID"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "units/<slug:slug>/", 200)


def test_a_proxy_s_id_is_kept_and_nonsense_is_not(client, lines):
    given = "3f2a9c7e-0001"
    assert client.get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"] == given
    for nonsense in ("a b", "x" * 65, "short", "id\u2028id-id"):
        answer = client.get("/healthz", headers={"X-Request-ID": nonsense})
        assert answer["X-Request-ID"] != nonsense


def test_a_task_s_lines_name_it_its_keys_and_the_request_that_asked(lines):
    task = tasks.beat_heart
    task.push_request(id="77", portal_request_id="3f2a9c7e-0001")
    try:
        logs.begin_task(task=task, task_id="77", args=(12,))
        logging.getLogger("reports").warning("Late")
        logs.end_task()
        logging.getLogger("reports").warning("After")
    finally:
        task.pop_request()
    late, after = lines()
    assert late["task"] == "skills_portal.tasks.beat_heart"
    assert (late["keys"], late["request_id"]) == ([12], "3f2a9c7e-0001")
    assert not {"task", "keys", "request_id"} & set(after)


def test_an_error_s_lines_hold_the_traceback(lines):
    try:
        raise ValueError("no")
    except ValueError:
        logging.getLogger("reports").exception("Failed")
    (line,) = lines()
    assert "ValueError: no" in line["exception"]


def test_nothing_that_people_wrote_or_searched_for_is_logged(client, lines, member):
    """Canaries in an address, a search, a form and a password: criterion S11."""
    client.force_login(member)
    client.get(reverse("learning:resources"), {"q": "canary-search"})
    client.get("/units/canary-unit/")
    client.post(
        reverse("learning:log"),
        {
            "title": "canary-title",
            "done_on-day": "3",
            "done_on-month": "3",
            "done_on-year": "2026",
            "form_key": str(uuid.uuid4()),
            "duration_minutes": "30",
            "time": "own",
        },
    )
    assert LogEntry.objects.get().title == "canary-title"
    client.logout()
    client.post(
        reverse("account_login"), {"login": "canary@example.gov.uk", "password": "canary-password"}
    )
    said = lines()
    assert len([line for line in said if "milliseconds" in line]) >= 4
    assert "canary" not in json.dumps(said)
    assert member.email not in json.dumps(said)
    assert member.full_name not in json.dumps(said)
