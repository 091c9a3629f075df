"""Writes to cover: who does a line manager's part while they are away."""

import datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts import audit, audit_actions
from accounts.models import Cover, Post, User
from accounts.notice_kinds import NoticeKind, register
from accounts.notices import queue_notice
from accounts.permissions import Permission
from accounts.services import day_in_words

COVER_CHANGED = register(
    NoticeKind(
        "cover",
        "Somebody covers for you, or you for them",
        optional=False,
        why="It changes what you can read, or who reads what was submitted to you.",
    )
)


def may_arrange_cover(user, manager):
    """Whether `user` arranges who covers for this line manager: they themselves do, and whoever
    looks after their post.
    """
    return (
        user == manager
        or User.objects.where(user, Permission.MANAGE_ORGANISATION).filter(pk=manager.pk).exists()
    )


def people_who_may_cover(manager):
    """People with a post in the department in which the line manager has, or last had, theirs."""
    post = manager.posts.select_related("unit").order_by("-started_on", "-pk").first()
    if post is None:
        return User.objects.none()
    department = post.unit.paths_from_root()[0]
    return (
        User.objects.active()
        .filter(
            pk__in=Post.objects.current().filter(unit__path__startswith=department).values("person")
        )
        .exclude(pk=manager.pk)
    )


@transaction.atomic
def give_cover(*, manager, cover, first_day, last_day, by):
    """The cover from the first to the last day, both included; the same again changes nothing.

    Raises PermissionDenied for others than `may_arrange_cover` allows, and ValidationError, by
    the form's field, when a rule would be broken.
    """
    # Two requests for one line manager wait for each other here.
    manager = User.objects.select_for_update().get(pk=manager.pk)
    if not may_arrange_cover(by, manager):
        raise PermissionDenied("Cover is arranged by the line manager or an administrator.")
    if cover == by:
        raise ValidationError(
            {
                "cover": "You cannot cover for yourself"
                if by == manager
                else "You cannot make yourself anybody’s cover: ask another administrator"
            }
        )
    ends_on = last_day + datetime.timedelta(days=1)
    same = Cover.objects.filter(
        manager=manager, cover=cover, starts_on=first_day, ends_on=ends_on, withdrawn_at=None
    ).first()
    if same is not None:
        return same
    _refuse_odd_days(first_day, last_day)
    if (
        Cover.objects.now_or_later()
        .filter(manager=manager, cover=cover, starts_on__lt=ends_on, ends_on__gt=first_day)
        .exists()
    ):
        raise ValidationError({"first_day": f"{cover} covers on some of these days already"})
    made = Cover.objects.create(
        manager=manager, cover=cover, given_by=by, starts_on=first_day, ends_on=ends_on
    )
    _tell(made, by)
    audit.note(audit_actions.COVER_GIVEN, by=by, about=manager, thing=f"cover {made.pk}")
    return made


def _refuse_odd_days(first_day, last_day):
    if first_day < timezone.localdate():
        raise ValidationError({"first_day": "The first day must be today or in the future"})
    if last_day < first_day:
        raise ValidationError({"last_day": "The last day must be on or after the first day"})
    if (last_day - first_day).days >= settings.COVER_LONGEST_DAYS:
        raise ValidationError(
            {
                "last_day": f"Cover lasts at most {settings.COVER_LONGEST_DAYS} days: for longer, "
                "ask your organisation administrator for another line manager"
            }
        )


def _tell(cover, by):
    days = f"from {day_in_words(cover.starts_on)} to {day_in_words(cover.last_day)}"
    address = reverse("accounts:cover")
    queue_notice(
        recipient=cover.cover,
        kind=COVER_CHANGED,
        key=f"cover:{cover.pk}",
        subject=f"You cover for {cover.manager}",
        body=(
            f"You cover for {cover.manager} {days}. On those days you can read and answer what "
            "the people they manage have submitted to them."
        ),
        link=address,
    )
    if by != cover.manager:
        queue_notice(
            recipient=cover.manager,
            kind=COVER_CHANGED,
            key=f"cover-for:{cover.pk}",
            subject=f"{cover.cover} covers for you",
            body=f"{by} has arranged that {cover.cover} covers for you {days}.",
            link=address,
        )


@transaction.atomic
def withdraw_cover(*, cover, by):
    """End the cover at once; repeating it changes nothing. The row stays as history.

    The line manager, the cover and whoever looks after the line manager's post may.
    """
    if by != cover.cover and not may_arrange_cover(by, cover.manager):
        raise PermissionDenied("This cover is ended by those concerned or an administrator.")
    ended = Cover.objects.filter(pk=cover.pk, withdrawn_at=None).update(withdrawn_at=timezone.now())
    for person in {cover.manager, cover.cover} - {by} if ended else ():
        queue_notice(
            recipient=person,
            kind=COVER_CHANGED,
            key=f"cover-ended:{cover.pk}",
            subject=f"{cover.cover} no longer covers for {cover.manager}",
            body=f"{by} has ended the cover of {cover.manager} by {cover.cover}.",
            link=reverse("accounts:cover"),
        )
    if ended:
        audit.note(audit_actions.COVER_ENDED, by=by, about=cover.manager, thing=f"cover {cover.pk}")
