"""What is about people goes when its period is over, and nothing goes before."""

import datetime
import os
import subprocess
import sys

import pytest
from allauth.account import app_settings as account_settings
from allauth.socialaccount import app_settings as social_settings
from bs4 import BeautifulSoup
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import audit
from accounts.audit_actions import ACCOUNT_CLOSED
from accounts.models import Notice, Post, User
from assessments.services.reminders import remind_of_stale_ratings
from learning.models import AssignedPerson, LogEntry
from skills_portal import retention, tasks
from skills_portal.celery import app
from skills_portal.erasure import erase_leaver
from skills_portal.records_map import ABOUT_PEOPLE
from skills_portal.retention import KEPT, RULES, clear_what_is_due
from tests import factories

pytestmark = pytest.mark.django_db

MINUTE = datetime.timedelta(minutes=1)


def days_of(label):
    return datetime.timedelta(days=settings.RETENTION_DAYS[label])


def test_every_model_about_people_has_a_period_or_a_reason():
    assert RULES.keys() | KEPT.keys() == ABOUT_PEOPLE.keys()
    assert RULES.keys() & KEPT.keys() == set()
    assert RULES.keys() == settings.RETENTION_DAYS.keys()


def test_what_is_said_never_to_be_made_is_not_made():
    assert account_settings.EMAIL_VERIFICATION_BY_CODE_ENABLED
    assert not social_settings.STORE_TOKENS


# --- Each period -----------------------------------------------------------------------------


def notice(person, **fields):
    made = Notice.objects.create(
        recipient=person, key=f"k{Notice.objects.count()}", by_email=False, subject="S", body="B"
    )
    Notice.objects.filter(pk=made.pk).update(**fields)
    return made


def change_request(person):
    return person.change_requests.create(post=person.current_post, note="A change")


def organisation_import(person):
    return person.organisation_imports.create(unit=person.current_post.unit, people_text="x")


def level_goal(person):
    skill = factories.skill(release=factories.release())
    return person.level_goals.create(skill=skill, level=2, reach_by=timezone.localdate())


# How a row begins: made, and what its period counts from. User has tests of its own below.
CASES = {
    "accounts.Notice": (notice, {"created_at": ...}),
    "accounts.ChangeRequest": (change_request, {"decided_at": ..., "outcome": "withdrawn"}),
    "accounts.OrganisationImport": (organisation_import, {"created_at": ...}),
    "learning.LogImport": (
        lambda person: person.log_imports.create(name="a.csv", text="x"),
        {"created_at": ...},
    ),
    "learning.LogEntry": (factories.log_entry, {"deleted_at": ...}),
    "learning.MinutesGoal": (
        lambda person: person.minutes_goals.create(minutes_a_month=60),
        {"ended_at": ...},
    ),
    "learning.LevelGoal": (level_goal, {"ended_at": ...}),
    "assessments.Nudge": (
        lambda person: person.nudges.create(sent_by=person.current_post.line_manager),
        {"sent_at": ...},
    ),
}


def begun(label, person, at):
    """A row of the model whose period begins at the instant."""
    make, values = CASES[label]
    made = make(person)
    values = {name: at if value is ... else value for name, value in values.items()}
    type(made)._base_manager.filter(pk=made.pk).update(**values)
    return made


def test_every_period_has_a_case():
    assert CASES.keys() | {"accounts.User"} == RULES.keys()


@pytest.mark.parametrize("label", sorted(CASES))
def test_a_row_goes_when_its_period_is_over_and_not_before(label, member):
    at = timezone.now()
    rows = apps.get_model(label)._base_manager
    begun(label, member, at)
    younger = begun(label, member, at + 3 * MINUTE)
    clear_what_is_due(now=at + days_of(label) - MINUTE)
    assert rows.count() == 2
    assert clear_what_is_due(now=at + days_of(label) + MINUTE)[label] == 1
    assert rows.get() == younger
    assert clear_what_is_due(now=at + days_of(label) + MINUTE)[label] == 0


def test_what_has_not_begun_its_period_stays_for_ever(member, line_manager):
    change_request(member)
    factories.log_entry(member)
    member.minutes_goals.create(minutes_a_month=60)
    level_goal(member)
    cleared = clear_what_is_due(now=timezone.now() + datetime.timedelta(days=20_000))
    assert set(cleared.values()) == {0}


def test_a_message_whose_email_is_on_its_way_stays(member):
    on_its_way = notice(member, by_email=True)
    notice(member, by_email=True, email_sent_at=timezone.now())
    notice(member, by_email=True, email_error="The address does not exist.")
    clear_what_is_due(now=timezone.now() + 2 * days_of("accounts.Notice"))
    assert Notice.objects.get() == on_its_way


def test_nobody_is_reminded_again_because_the_reminder_was_deleted(member, line_manager):
    release = factories.release()
    factories.chosen_role_level(member, factories.role_level_of(release))
    levels = {"Agile working": 1, "User focus": 2}
    factories.submitted(member, release, levels, at=factories.local(2024, 3, 1))
    assert remind_of_stale_ratings() == 1
    Notice.objects.update(email_sent_at=timezone.now())
    clear_what_is_due(now=timezone.now() + 2 * days_of("accounts.Notice"))
    assert remind_of_stale_ratings() == 0
    # After a later one it is of no use.
    newer = notice(member, kind="stale", key="ratings-stale:0")
    clear_what_is_due(now=timezone.now() + 2 * days_of("accounts.Notice"))
    assert Notice.objects.get() == newer


def test_what_was_learnt_for_a_request_stays_with_it_when_the_entry_goes(member, ambassador):
    asked = factories.assigned_person(
        factories.assignment(ambassador),
        member,
        log_entry=factories.log_entry(member, deleted_at=timezone.now()),
    )
    clear_what_is_due(now=timezone.now() + days_of("learning.LogEntry") + MINUTE)
    assert not LogEntry.objects.exists()
    assert AssignedPerson.objects.get() == asked


# --- How it works ----------------------------------------------------------------------------


def test_one_run_is_bounded_and_the_next_goes_on(member, monkeypatch):
    monkeypatch.setattr(retention, "ROWS_AT_A_TIME", 2)
    monkeypatch.setattr(retention, "MOST_BATCHES", 2)
    for _ in range(5):
        notice(member)
    later = timezone.now() + days_of("accounts.Notice") + MINUTE
    counts = [clear_what_is_due(now=later)["accounts.Notice"] for _ in range(3)]
    assert counts == [4, 1, 0]


def test_many_rows_take_the_same_queries_as_one(member):
    later = timezone.now() + days_of("accounts.Notice") + MINUTE

    def queries(rows):
        for _ in range(rows):
            notice(member)
            factories.log_entry(member, deleted_at=timezone.now())
        with CaptureQueriesContext(connection) as counted:
            cleared = clear_what_is_due(now=later)
        assert (cleared["accounts.Notice"], cleared["learning.LogEntry"]) == (rows, rows)
        return len(counted)

    assert queries(1) == queries(30)


@pytest.mark.parametrize(
    ("name", "needed"),
    [("KEEP_MESSAGE_DAYS", "REVIEW_LEFT_BEHIND_DAYS"), ("KEEP_NUDGE_DAYS", "NUDGE_DAYS")],
)
def test_no_period_can_be_so_short_that_the_same_would_be_sent_again(name, needed):
    ended = subprocess.run(
        [sys.executable, "-c", "import skills_portal.settings"],
        env={**os.environ, name: str(getattr(settings, needed))},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
    )
    assert ended.returncode != 0 and f"{name} must be from" in ended.stderr


def test_it_runs_every_night(member):
    entry = settings.CELERY_BEAT_SCHEDULE["clear-what-is-due"]
    assert entry["task"] == tasks.clear_what_is_due.name
    assert entry["task"] in app.tasks
    begun("learning.LogEntry", member, timezone.now() - 2 * days_of("learning.LogEntry"))
    for _ in range(2):
        tasks.clear_what_is_due()
        assert not LogEntry.objects.exists()


def test_the_notice_prints_every_period(client, settings):
    settings.RETENTION_DAYS = {label: 4000 + n for n, label in enumerate(RULES)} | {
        "assessments.Nudge": 1
    }
    page = BeautifulSoup(client.get(reverse("privacy")).text, "html.parser")
    told = {
        row.th.get_text(strip=True): row.td.get_text(strip=True)
        for row in page.select("main tbody tr")
    }
    for label, rule in RULES.items():
        days = settings.RETENTION_DAYS[label]
        assert told[rule.what] == f"{days} day{'' if days == 1 else 's'} {rule.since}"


# --- People who left -------------------------------------------------------------------------


@pytest.fixture
def left(digital, member):
    """Somebody whose last post ended today and whose account is closed."""
    person = factories.person("Lena Hollin", unit=digital)
    person.posts.update(ended_on=timezone.localdate())
    User.objects.filter(pk=person.pk).update(
        is_active=False, created_at=factories.local(2024, 1, 8)
    )
    return User.objects.get(pk=person.pk)


def erased_when(moment):
    """How many people a run at this moment erases."""
    return clear_what_is_due(now=moment)["accounts.User"]


def over():
    """A moment at which the period of who left now is over."""
    return timezone.now() + days_of("accounts.User") + MINUTE


def test_who_left_is_erased_when_the_period_is_over_and_not_before(left, member):
    assert erased_when(over() - datetime.timedelta(days=1)) == 0
    assert erased_when(over()) == 1
    left.refresh_from_db()
    assert (left.full_name, left.erased_at is None) == (f"Erased person {left.pk}", False)
    assert Post.objects.get(person=left).ended_on == timezone.localdate()
    assert erased_when(over()) == 0
    member.refresh_from_db()
    assert member.erased_at is None


def test_the_audit_log_says_that_the_portal_itself_erased_them(left):
    erased_when(over())
    entry = left.audit_entries.get()
    assert (entry.action, entry.actor) == ("person-erased", None)
    assert audit.verify().problems == []


@pytest.mark.parametrize("who", ["open", "in a post", "closed lately", "line manager", "new"])
def test_who_may_still_be_needed_is_not_erased(who, left, member, digital, system_administrator):
    if who == "open":
        User.objects.filter(pk=left.pk).update(is_active=True)
    if who == "in a post":
        left.posts.create(
            unit=digital, grade="EO", started_on=timezone.localdate() + datetime.timedelta(days=9)
        )
    if who == "closed lately":
        audit.note(ACCOUNT_CLOSED, by=system_administrator, about=left)
        left.posts.update(ended_on=datetime.date(2024, 6, 1))
        assert erased_when(over() - datetime.timedelta(days=2)) == 0
        assert erased_when(over() + MINUTE) == 1
        return
    if who == "line manager":
        member.posts.update(line_manager=left)
    if who == "new":
        left.posts.all().delete()
        assert list(RULES["accounts.User"].due(timezone.now())) == [left]
        User.objects.filter(pk=left.pk).update(created_at=timezone.now())
        assert erased_when(over() - datetime.timedelta(days=1)) == 0
        return
    assert erased_when(over()) == 0


def test_erasing_stops_when_its_time_is_over_and_the_next_run_goes_on(left, monkeypatch):
    monkeypatch.setattr(retention, "ERASING_SECONDS", -1)
    assert erased_when(over()) == 0
    monkeypatch.setattr(retention, "ERASING_SECONDS", 60)
    assert erased_when(over()) == 1


def test_who_comes_back_just_before_is_not_erased(left):
    due = RULES["accounts.User"].due(timezone.now() + MINUTE)
    assert list(due) == [left]
    User.objects.filter(pk=left.pk).update(is_active=True)
    assert erase_leaver(left.pk, due=due) is None
    left.refresh_from_db()
    assert left.erased_at is None
