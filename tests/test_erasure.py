"""Erasing a person: nothing says who it was, and everything that was counted stays as it was."""

import dataclasses
import datetime
import json

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts import audit, services
from accounts.models import AuditEntry, Post, User
from accounts.notices import queue_notice
from assessments.models import DraftAnswer, Rating, Statement
from reports import compile as compiling
from reports import inputs as inputs_of_reports
from reports import services as report_services
from reports.verifying import verify
from skills_portal.erasure import erase_person
from skills_portal.records_map import ABOUT_PEOPLE
from skills_portal.retention import KEPT, UNTIL_ERASED, clear_what_is_due
from skills_portal.subject_access import export_of
from tests import factories
from tests.reports.departments import DAY, fill

pytestmark = pytest.mark.django_db


def dump():
    """Every value of every table as one text, the tables of no model too."""
    texts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            texts.append(table)
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            for row in cursor.fetchall():
                texts += [
                    bytes(one).decode("latin-1")
                    if isinstance(one, bytes | memoryview)
                    else str(one)
                    for one in row
                ]
    return "\n".join(texts)


@pytest.fixture
def leaver(client, member, line_manager, ambassador, system_administrator, digital):
    """The member has left, with canaries in everything they or others wrote about them."""
    release = factories.release()
    factories.chosen_role_level(member, factories.role_level_of(release))
    fill(digital, release, people=30)
    at = factories.local(2026, 9, 1)
    submitted = factories.submitted(
        member, release, {"Agile working": 1, "User focus": None}, to=line_manager, at=at
    )
    submitted.ratings.update(
        evidence="canary-1", not_applicable_reason="canary-2", override_reason="canary-3"
    )
    review = factories.reviewed(submitted, {"Agile working": 2}, by=line_manager)
    review.answers.update(reason="canary-4")
    answer = review.answers.get()
    answer.replies.create(author=member, text="canary-5", form_key=member.public_id)
    answer.replies.create(author=line_manager, text="canary-6", form_key=member.public_id)
    factories.answer(factories.draft(member, release), "User focus", evidence="canary-7")
    factories.log_entry(
        member,
        "canary-8",
        reflection="canary-9",
        link="https://canary-10.example",
        done_on=datetime.date(2026, 9, 1),
        shared_with=line_manager,
    )
    member.log_imports.create(name="canary-11", text="canary-12")
    member.change_requests.create(post=member.current_post, note="canary-13", unit_name="canary-14")
    queue_notice(recipient=member, key="one", subject="canary-15", body="canary-16")
    queue_notice(
        recipient=line_manager,
        key="two",
        subject="Ned Thornbury has replied",
        body=f"NED THORNBURY, {member.email}, has replied.",
    )
    asked = factories.assignment(ambassador, title="Ask Ned Thornbury why")
    factories.assigned_person(asked, member, declined_at=timezone.now(), decline_reason="canary-17")
    factories.suggestion("canary-18", by=member, description="canary-19")
    member.emailaddress_set.create(email="canary-20@example.gov.uk")
    SocialAccount.objects.create(user=member, provider="x", uid="canary-21", extra_data={"a": 1})
    Authenticator.objects.create(user=member, type="totp", data={"secret": "canary-22"})
    client.post(reverse("account_login"), {"login": member.email, "password": factories.PASSWORD})
    client.force_login(member)
    services.close_account(person=member, last_day=timezone.localdate(), by=system_administrator)
    Post.objects.filter(person=member).update(ended_on=timezone.localdate())
    return User.objects.get(pk=member.pk)


def test_nothing_in_the_database_says_who_it_was(leaver, system_administrator):
    known = ["canary-", "Ned Thornbury", "thornbury", leaver.email]
    before = dump().lower()
    assert [one for one in known if one.lower() not in before] == []
    erase_person(person=leaver, by=system_administrator)
    after = dump().lower()
    # SQLite keeps it without dashes.
    known += [str(leaver.public_id), leaver.public_id.hex]
    assert [line for line in after.splitlines() for one in known if one.lower() in line] == []
    assert f"erased person {leaver.pk} has replied" in after


def what_is_compiled(unit):
    """Every exact number that a report of this unit is made from."""
    inputs = dataclasses.asdict(inputs_of_reports.read(unit=unit, as_at=DAY))
    return json.dumps(
        inputs, default=lambda one: one.tolist() if hasattr(one, "tolist") else str(one)
    )


def test_gap_reports_count_the_same_as_before(leaver, department, system_administrator):
    exactly = what_is_compiled(department)
    report = report_services.request_gap_report(unit=department, as_at=DAY, by=None)
    compiling.compile_report(report.pk)
    report.refresh_from_db()
    assert report.sections.exists()
    assert verify(report).is_same
    erase_person(person=leaver, by=system_administrator)
    assert verify(report).is_same
    # Before anything is rounded or withheld too; a level of theirs does count in it.
    assert what_is_compiled(department) == exactly
    Rating.objects.filter(person=leaver, level=1).update(level=4)
    assert what_is_compiled(department) != exactly


def test_gap_reports_count_the_same_after_the_portal_itself_erased_who_left(leaver, department):
    exactly = what_is_compiled(department)
    years_later = timezone.now() + datetime.timedelta(days=settings.RETENTION_DAYS["accounts.User"])
    cleared = clear_what_is_due(now=years_later + datetime.timedelta(days=1))
    assert cleared["accounts.User"] == 1
    assert "canary-" not in dump()
    assert what_is_compiled(department) == exactly


def test_what_is_said_to_go_with_the_person_goes(leaver, system_administrator):
    leaver.notice_choices.create(kind="stale", delivery="off")
    answer = DraftAnswer.objects.filter(self_assessment__person=leaver).first()
    answer.ticks.create(statement=Statement.objects.first())
    labels = {label for label, reason in KEPT.items() if reason == UNTIL_ERASED}

    def there():
        return {
            label
            for label in labels
            for part in ABOUT_PEOPLE[label].parts
            if apps.get_model(label)._base_manager.filter(**{part.path: leaver.pk}).exists()
        }

    assert there() == labels
    erase_person(person=leaver, by=system_administrator)
    assert there() == set()


def test_the_audit_log_keeps_a_number_and_still_follows_from_itself(
    leaver, line_manager, system_administrator
):
    count = AuditEntry.objects.filter(subject=leaver).count()
    erase_person(person=leaver, by=system_administrator)
    assert AuditEntry.objects.filter(subject=leaver).count() == count + 1
    assert audit.verify().problems == []
    entry = AuditEntry.objects.first()
    assert (entry.action, entry.actor) == ("person-erased", system_administrator)
    assert str(entry.subject) == f"Erased person {leaver.pk}"


def test_nobody_can_sign_in_or_be_opened_again_as_an_erased_person(
    client, leaver, digital, system_administrator
):
    erased = erase_person(person=leaver, by=system_administrator)
    assert not erased.has_usable_password() and not erased.is_active
    answer = client.get(reverse("home"))
    assert answer["Location"].startswith(reverse("account_login"))
    with pytest.raises(ValidationError, match="add them as a new person"):
        services.move_person(
            person=erased,
            unit=digital,
            grade="EO",
            started_on=timezone.localdate(),
            by=system_administrator,
        )


def test_erasing_twice_changes_nothing(leaver, system_administrator):
    erased = erase_person(person=leaver, by=system_administrator)
    again = erase_person(person=leaver, by=system_administrator)
    assert (again.public_id, again.erased_at) == (erased.public_id, erased.erased_at)
    assert AuditEntry.objects.filter(action="person-erased").count() == 1


def test_who_still_works_here_is_not_erased(member, line_manager, system_administrator):
    with pytest.raises(ValidationError, match="Close the account first"):
        erase_person(person=member, by=system_administrator)
    Post.objects.filter(person=line_manager).update(ended_on=timezone.localdate())
    User.objects.filter(pk=line_manager.pk).update(is_active=False)
    with pytest.raises(ValidationError, match="Give the 1 person they manage another"):
        erase_person(person=line_manager, by=system_administrator)


def test_only_system_administrators_erase(leaver, organisation_administrator, ambassador):
    for person in (organisation_administrator, ambassador, leaver):
        with pytest.raises(PermissionDenied):
            erase_person(person=leaver, by=person)
    assert User.objects.get(pk=leaver.pk).erased_at is None


def test_a_name_inside_another_word_stays(leaver, outsider, system_administrator):
    User.objects.filter(pk=leaver.pk).update(full_name="Li")
    queue_notice(recipient=outsider, key="x", subject="Li likes lists", body="To li, Lily.")
    erase_person(person=leaver, by=system_administrator)
    notice = outsider.notices.get(key="x")
    name = f"Erased person {leaver.pk}"
    assert (notice.subject, notice.body) == (f"{name} likes lists", f"To {name}, Lily.")


def test_the_page_says_what_happens_and_does_it(client, leaver, system_administrator):
    page = reverse("erase_person", args=[leaver.public_id])
    client.force_login(system_administrator)
    assert client.post(page).status_code == 302  # to enter the password again
    assert User.objects.get(pk=leaver.pk).erased_at is None
    client.post(reverse("account_reauthenticate"), {"password": factories.PASSWORD})
    assert page in client.get(leaver.get_absolute_url()).text
    assert "This cannot be undone" in client.get(page).text
    answer = client.post(page, follow=True)
    assert f"“Erased person {leaver.pk}”" in answer.text
    erased = User.objects.get(pk=leaver.pk)
    assert erased.erased_at is not None
    assert client.get(page).status_code == 404  # the old address leads nowhere
    again = client.get(reverse("erase_person", args=[erased.public_id]))
    assert again.status_code == 200
    new_page = reverse("erase_person", args=[erased.public_id])
    assert new_page not in client.get(erased.get_absolute_url()).text


def test_the_page_says_what_to_do_first(client, member, system_administrator):
    client.force_login(system_administrator)
    client.post(reverse("account_reauthenticate"), {"password": factories.PASSWORD})
    page = client.get(reverse("erase_person", args=[member.public_id]))
    assert "Close the account first" in page.text and "<button" not in page.text.split("<main")[1]


def test_a_copy_made_afterwards_has_only_what_is_counted(leaver, system_administrator):
    erase_person(person=leaver, by=system_administrator)
    assert "canary" not in json.dumps(export_of(leaver))
