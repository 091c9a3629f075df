"""Erasing a person who has left, so that what was counted stays as it was (UK GDPR, article 17).

The person's row, posts, ratings' levels and minutes of learning stay under a number, because past
gap reports count them. Everything that says who it was, and every word they wrote or that was
written to them about their skills, goes.
"""

import re

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from accounts import audit
from accounts.audit_actions import Action, register
from accounts.models import Notice, NoticeChoice, OrganisationImport, Post, User
from accounts.permissions import Permission, may
from accounts.sessions import end_sessions
from assessments.models import (
    DraftAnswer,
    Nudge,
    Rating,
    ReviewAnswer,
    ReviewReply,
    SelfAssessment,
    Sharing,
    TickedStatement,
)
from learning.models import AssignedPerson, LevelGoal, LogEntry, LogImport, MinutesGoal, Resource
from reports.models import GapReport
from skills_portal.records_map import ABOUT_PEOPLE

PERSON_ERASED = register(Action("person-erased", "erased the person"))
# Where the database wants a text, or a reader should see that there was one.
ERASED = "Erased"
ROWS_AT_A_TIME = 500


@transaction.atomic
def erase_person(*, person, by):
    """The person's row with nothing left of who it was; repeating it changes nothing.

    Raises PermissionDenied without the permission, and ValidationError while the account is open
    or the person is somebody's line manager. Sessions, sign-in and messages are deleted, and the
    person's name and addresses taken out of what others wrote.
    """
    person = User.objects.select_for_update().get(pk=person.pk)
    if not may(by, Permission.ERASE_PEOPLE) or by == person:
        raise PermissionDenied("People are erased by a system administrator.")
    if person.erased_at is not None:
        return person
    refuse_erasing_too_early(person)
    return _erase(person, by=by)


@transaction.atomic
def erase_leaver(key, *, due):
    """The person with this key erased by the portal itself; None where `due` has them no more."""
    person = due.select_for_update().filter(pk=key).first()
    if person is None:
        return None
    return _erase(person, by=None)


def _erase(person, *, by):
    known_by = [person.full_name, person.email]
    known_by += EmailAddress.objects.filter(user=person).values_list("email", flat=True)
    _delete(person)
    _blank(person)
    pseudonym = f"Erased person {person.pk}"
    _take_out(set(known_by), pseudonym)
    Notice.objects.filter(link__contains=str(person.public_id)).update(link="")
    person.full_name = pseudonym
    person.email = f"erased-{person.pk}@erased.invalid"  # a domain that never exists, RFC 2606
    person.public_id = User._meta.get_field("public_id").get_default()
    person.last_login = None
    person.erased_at = timezone.now()
    person.set_unusable_password()
    person.save()
    audit.note(PERSON_ERASED, by=by, about=person)
    return person


def refuse_erasing_too_early(person):
    """Raise ValidationError, saying what to do first, for somebody who still works here."""
    if person.is_active or Post.objects.current().filter(person=person).exists():
        raise ValidationError("Close the account first: only people who have left are erased.")
    managed = Post.objects.current().filter(line_manager=person).count()
    if managed:
        raise ValidationError(
            f"Give the {managed} {'person' if managed == 1 else 'people'} they manage another "
            "line manager first."
        )


def _delete(person):
    """Delete what nothing else counts."""
    end_sessions(person)
    own_drafts = SelfAssessment.objects.filter(person=person, submitted_at=None)
    for rows in (
        EmailAddress.objects.filter(user=person),
        Authenticator.objects.filter(user=person),
        SocialAccount.objects.filter(user=person),
        Notice.objects.filter(recipient=person),
        NoticeChoice.objects.filter(user=person),
        LogImport.objects.filter(person=person),
        OrganisationImport.objects.filter(person=person),
        MinutesGoal.objects.filter(person=person),
        LevelGoal.objects.filter(person=person),
        TickedStatement.objects.filter(
            Q(rating__person=person) | Q(draft_answer__self_assessment__person=person)
        ),
        DraftAnswer.objects.filter(self_assessment__person=person),
        own_drafts,
        Sharing.objects.filter(self_assessment__person=person),
        Nudge.objects.filter(person=person),
        ReviewReply.objects.filter(answer__review__self_assessment__person=person),
        GapReport.asked_by.through.objects.filter(user=person),
    ):
        rows.delete()


def _blank(person):
    """Empty the texts of rows that are counted, or that others need to understand their own."""
    Rating.objects.filter(person=person).update(
        evidence="", not_applicable_reason="", override_reason="", confidence=""
    )
    ReviewAnswer.objects.filter(review__self_assessment__person=person).exclude(reason="").update(
        reason=ERASED
    )
    ReviewReply.objects.filter(author=person).update(text=ERASED)
    LogEntry.objects.filter(person=person).update(
        title=ERASED, link="", reflection="", shared_with=None, shared_at=None
    )
    AssignedPerson.objects.filter(person=person).exclude(decline_reason="").update(
        decline_reason=ERASED
    )
    requests = person.change_requests.all()
    requests.update(unit_name="", line_manager_email="", note="", reason="")
    requests.filter(decided_at=None).update(
        outcome="withdrawn", decided_by=person, decided_at=timezone.now()
    )
    Resource.objects.filter(suggested_by=person, approved_at=None).update(
        title=ERASED, provider="", url="", description="", skill_names="", decline_reason=""
    )


# --- What others wrote -----------------------------------------------------------------------


def _take_out(known_by, pseudonym):
    """Put the pseudonym for the name and addresses wherever a text about people has them.

    One search of each table; only the rows that have them are read, some at a time.
    """
    pattern = re.compile(
        "|".join(rf"(?<!\w){re.escape(one)}(?!\w)" for one in sorted(known_by, key=len)[::-1]),
        re.IGNORECASE,
    )
    for label in ABOUT_PEOPLE:
        model = apps.get_model(label)
        names = free_texts(model)
        if label == "accounts.User" or not names:
            continue
        having = Q()
        for name in names:
            for one in known_by:
                having |= Q(**{f"{name}__icontains": one})
        found = model._base_manager.filter(having).only(*names)
        changed = []
        for row in found.iterator(chunk_size=ROWS_AT_A_TIME):
            for name in names:
                text = pattern.sub(pseudonym, getattr(row, name))
                setattr(row, name, text[: model._meta.get_field(name).max_length])
            changed.append(row)
        model._base_manager.bulk_update(changed, names, batch_size=ROWS_AT_A_TIME)


def free_texts(model):
    """Names of the fields in which people, or the portal's sentences about them, are in words."""
    if model._meta.label == "accounts.AuditEntry":  # numbers only, and the database refuses
        return []
    return [
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and not field.choices
        and not field.unique
        and not field.null
    ]
