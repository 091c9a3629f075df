"""Writes to people, organisation and grants.

What somebody may do is asked with `require` before a write; the functions here keep the rules
that hold whoever asks, and raise ValidationError, by the name of the form's field, where one
would be broken.
"""

import datetime

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from accounts import audit, audit_actions
from accounts.models import Grade, Grant, Post, Unit, User
from accounts.notices import queue_notice
from accounts.permissions import GrantKind, Permission, may_everywhere
from accounts.sessions import end_sessions

MOVED_MEANWHILE = "Somebody else has moved this unit meanwhile: open it again to see where it is"

# --- Units -----------------------------------------------------------------------------------


def lock_trees(*units):
    """Let nobody else move or add units in these units' trees until the transaction ends.

    The row at the top stands for its whole tree. Two moves that together would make a circle,
    or a unit added below one that is being moved, wait for each other here.
    Raises ValidationError when a unit has gone to another tree while waiting.
    """
    tops = {unit.paths_from_root()[0] for unit in units}
    held = set(
        Unit.objects.select_for_update()
        .filter(path__in=tops)
        .order_by("pk")
        .values_list("path", flat=True)
    )
    now = Unit.objects.filter(pk__in=[unit.pk for unit in units])
    if not {unit.paths_from_root()[0] for unit in now} <= held:
        raise ValidationError(MOVED_MEANWHILE)


def path_below(parent, slug):
    """The path of a unit with this slug below `parent` (None: at the top)."""
    return f"{parent.path if parent else ''}{slug}/"


@transaction.atomic
def create_unit(*, name, parent=None, slug=None):
    """A new unit; its slug is made from the name and numbered when another unit has it."""
    name = " ".join(name.split())
    if parent is not None:
        lock_trees(parent)
        parent = Unit.objects.get(pk=parent.pk)
    _refuse_second_unit_of_a_name(name, parent)
    wanted = slug or slugify(name)[:70] or "unit"
    slug, number = wanted, 1
    while Unit.objects.filter(slug=slug).exists():
        number += 1
        slug = f"{wanted}-{number}"
    path = path_below(parent, slug)
    if len(path) > Unit._meta.get_field("path").max_length:
        raise ValidationError({"name": "This unit would be too many levels down: use a higher one"})
    return Unit.objects.create(name=name, parent=parent, slug=slug, path=path)


@transaction.atomic
def rename_unit(*, unit, name):
    """The unit under another name; its slug and path stay, so that addresses keep working."""
    name = " ".join(name.split())
    _refuse_second_unit_of_a_name(name, unit.parent, but=unit)
    unit.name = name
    unit.save(update_fields=["name"])
    return unit


def _refuse_second_unit_of_a_name(name, parent, *, but=None):
    """Two units of one name side by side could not be told apart in a list or a report."""
    beside = Unit.objects.filter(parent=parent, name__iexact=name)
    if beside.exclude(pk=but.pk if but else None).exists():
        place = f"directly below {parent}" if parent else "at the top"
        raise ValidationError({"name": f"There is already a unit called “{name}” {place}"})


# --- Posts -----------------------------------------------------------------------------------


@transaction.atomic
def start_post(*, person, unit, grade, line_manager=None, started_on):
    """The person's new current post; the one before ends on the same day.

    A post that began on that very day is replaced, so that a correction on the day of a move
    leaves no post of no days. Raises ValidationError where the day lies before the current
    post began or the last one ended, or the line manager is the person or works below them.
    """
    # Two people who move one person at the same moment wait for each other here.
    User.objects.select_for_update().get(pk=person.pk)
    if line_manager is not None:
        _refuse_management_circle(person, line_manager)
    current = Post.objects.filter(person=person, ended_on=None).first()
    earliest = (
        current.started_on
        if current is not None
        else Post.objects.filter(person=person).aggregate(Max("ended_on"))["ended_on__max"]
    )
    if earliest is not None and started_on < earliest:
        raise ValidationError(
            {
                "started_on": "The day must be on or after the day the last post "
                f"{'started' if current else 'ended'}, {day_in_words(earliest)}"
            }
        )
    if current is not None:
        if started_on == current.started_on:
            current.unit = unit
            current.grade = grade
            current.line_manager = line_manager
            current.confirmed_at = None
            current.save(update_fields=["unit", "grade", "line_manager", "confirmed_at"])
            return current
        current.ended_on = started_on
        current.save(update_fields=["ended_on"])
    return Post.objects.create(
        person=person, unit=unit, grade=grade, line_manager=line_manager, started_on=started_on
    )


def confirm_post(*, post, by):
    """Note that the person says their unit, grade and line manager are right. Repeatable.

    Nothing is noted about another post than the one they hold now.
    """
    Post.objects.current().filter(pk=post.pk, person=by, confirmed_at=None).update(
        confirmed_at=timezone.now()
    )


def _refuse_management_circle(person, line_manager):
    seen = set()
    manager_id = line_manager.pk
    while manager_id is not None and manager_id not in seen:
        if manager_id == person.pk:
            problem = (
                "Nobody can be their own line manager"
                if person == line_manager
                else f"{line_manager} works below {person}, so cannot be their line manager"
            )
            raise ValidationError({"line_manager": problem})
        seen.add(manager_id)
        manager_id = (
            Post.objects.current()
            .filter(person=manager_id)
            .values_list("line_manager", flat=True)
            .first()
        )


def day_in_words(day):
    return f"{day:%-d %B %Y}"


@transaction.atomic
def move_person(*, person, unit, grade, line_manager=None, started_on, by):
    """The person's new current post, which they are told of; opens a closed account again."""
    if person.erased_at is not None:
        raise ValidationError("This person is erased: add them as a new person")
    _refuse_line_managing_by_oneself(person, line_manager, by)
    post = start_post(
        person=person, unit=unit, grade=grade, line_manager=line_manager, started_on=started_on
    )
    if not person.is_active:
        person.is_active = True
        person.save(update_fields=["is_active"])
        _tell_that_the_account_is_open(person, post)
    elif person != by:
        manager = f"Your line manager is {line_manager}." if line_manager else ""
        queue_notice(
            recipient=person,
            # A correction of the same post is an event of its own.
            key=f"post-{post.pk}-{unit.pk}-{grade}-{line_manager.pk if line_manager else 0}",
            subject="Your post has changed",
            body=(
                f"From {day_in_words(started_on)} you are in {unit} as "
                f"{Grade(grade).label}. {manager}"
            ).strip(),
            link=person.get_absolute_url(),
        )
    audit.note(audit_actions.POST_CHANGED, by=by, about=person, thing=f"post {post.pk}")
    return post


def _refuse_line_managing_by_oneself(person, line_manager, by):
    """Line managers read ratings; looking after people's posts must not be a way to them."""
    if line_manager != by:
        return
    if not Post.objects.current().filter(person=person, line_manager=by).exists():
        raise ValidationError(
            {
                "line_manager": "You cannot make yourself somebody’s line manager: "
                "ask another administrator"
            }
        )


# --- Accounts --------------------------------------------------------------------------------


@transaction.atomic
def add_person(*, email, full_name, unit, grade, line_manager=None, started_on, by):
    """A new person with an account and a first post, told by e-mail how to choose a password."""
    person = open_account(email=email, full_name=full_name)
    _refuse_line_managing_by_oneself(person, line_manager, by)
    post = start_post(
        person=person, unit=unit, grade=grade, line_manager=line_manager, started_on=started_on
    )
    _tell_that_the_account_is_open(person, post)
    audit.note(audit_actions.PERSON_ADDED, by=by, about=person, thing=f"post {post.pk}")
    return person


@transaction.atomic
def open_account(*, email, full_name, password=None):
    """A new user whose e-mail address counts as verified: somebody who knows them gave it."""
    email = email.strip().lower()
    if (
        User.objects.filter(email=email).exists()
        or EmailAddress.objects.filter(email=email).exists()
    ):
        raise ValidationError({"email": "There is already an account with this email address"})
    person = User.objects.create_user(email, " ".join(full_name.split()), password)
    EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
    return person


def _tell_that_the_account_is_open(person, post=None):
    """The notice leads to the page that sends the password link, as such a link soon runs out."""
    queue_notice(
        recipient=person,
        key=f"account-open-{post.pk if post else 0}",
        subject=f"Your account in the {settings.SERVICE_NAME}",
        body=(
            f"You have an account in the {settings.SERVICE_NAME}. To sign in, first choose a "
            f"password: enter {person.email} on this page and follow the link we send you."
        ),
        link=reverse("account_reset_password"),
    )


@transaction.atomic
def create_system_administrator(*, email, full_name, password=None):
    """A new user who may manage people and grants; without a password they are sent the way."""
    person = open_account(email=email, full_name=full_name, password=password)
    give_grant(user=person, kind=GrantKind.SYSTEM_ADMINISTRATOR, by=None)
    if password is None:
        _tell_that_the_account_is_open(person)
    return person


def may_close_account(user, person):
    """Whether `user` may close this account of somebody whose post they manage.

    Nobody closes their own, and only system administrators close a system administrator's.
    """
    return person != user and (
        not may_everywhere(person, Permission.MANAGE_GRANTS)
        or may_everywhere(user, Permission.MANAGE_GRANTS)
    )


@transaction.atomic
def close_account(*, person, last_day, by):
    """Close the account of somebody who left; what they did stays.

    Their post ends after `last_day`, their grants are withdrawn and their sessions end at once.
    A new password is needed if the account is ever opened again, so no old session comes back.
    """
    person = User.objects.select_for_update().get(pk=person.pk)
    if not may_close_account(by, person):
        raise PermissionDenied("This account is closed by another administrator.")
    post = person.current_post
    if post is not None:
        if last_day < post.started_on:
            raise ValidationError(
                {
                    "last_day": "The last day must be on or after the day the post started, "
                    f"{day_in_words(post.started_on)}"
                }
            )
        post.ended_on = last_day + datetime.timedelta(days=1)
        post.save(update_fields=["ended_on"])
    for grant in person.current_grants:
        withdraw_grant(grant=grant, by=by)
    person.is_active = False
    person.set_unusable_password()
    person.save(update_fields=["is_active", "password"])
    end_sessions(person)
    audit.note(audit_actions.ACCOUNT_CLOSED, by=by, about=person)
    return person


# --- Grants ----------------------------------------------------------------------------------


@transaction.atomic
def give_grant(*, user, kind, unit=None, by):
    """The user's current grant of this kind, given now unless they hold it already."""
    grant, created = Grant.objects.get_or_create(
        user=user, kind=kind, unit=unit, withdrawn_at=None, defaults={"given_by": by}
    )
    if created:
        audit.note(audit_actions.GRANT_GIVEN, by=by, about=user, thing=f"grant {grant.pk}")
    return grant


@transaction.atomic
def withdraw_grant(*, grant, by):
    """Withdraw a grant; repeating it changes nothing. The row stays as history.

    Raises ValidationError for the last system administrator: nobody could appoint another.
    """
    if grant.kind == GrantKind.SYSTEM_ADMINISTRATOR:
        # Two administrators who withdraw each other's grant wait for each other here.
        holders = set(
            Grant.objects.select_for_update()
            .current()
            .filter(kind=GrantKind.SYSTEM_ADMINISTRATOR, user__is_active=True)
            .values_list("pk", flat=True)
        )
        if holders == {grant.pk}:
            raise ValidationError(
                "This is the last system administrator: give the grant to somebody else first"
            )
    withdrawn = Grant.objects.filter(pk=grant.pk, withdrawn_at=None)
    if withdrawn.update(withdrawn_at=timezone.now()):
        audit.note(
            audit_actions.GRANT_WITHDRAWN, by=by, about=grant.user, thing=f"grant {grant.pk}"
        )
