"""Writes to requests for a change of somebody's post: asked, withdrawn, approved, refused."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from accounts.models import ChangeRequest, Grant, User
from accounts.notices import queue_notice
from accounts.permissions import PERMISSIONS, Permission
from accounts.services import move_person

ASKED = ("unit_name", "line_manager_email", "grade", "note")


class AlreadyDecided(Exception):
    """The request has been approved, refused or withdrawn meanwhile."""


@transaction.atomic
def ask_for_change(*, post, by, **asked):
    """The person's open request, made or changed to say this; `asked` are the fields of ASKED.

    The administrators of the unit are told once, when it is made.
    """
    # Two posts of one form at the same moment wait for each other here.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    request = ChangeRequest.objects.open().filter(person=by).first()
    if request is not None:
        for name in ASKED:
            setattr(request, name, asked[name])
        request.post = post
        request.save(update_fields=["post", *ASKED])
        return request
    request = ChangeRequest.objects.create(person=by, post=post, **asked)
    for administrator in _administrators_of(post.unit, but=by):
        queue_notice(
            recipient=administrator,
            key=f"change-request:{request.pk}",
            subject=f"{by} asks for a change of their post",
            body=f"{by}, in {post.unit}, says that something about their post is wrong.",
            link=request.get_absolute_url(),
        )
    return request


def _administrators_of(unit, *, but):
    """Who looks after the unit, by a grant for it or above; else those who look after every one."""
    kinds = [kind for kind, may in PERMISSIONS.items() if Permission.MANAGE_ORGANISATION in may]
    grants = Grant.objects.current().filter(kind__in=kinds, user__is_active=True).exclude(user=but)
    near = grants.filter(unit__path__in=unit.paths_from_root())
    if not near.exists():
        near = grants.filter(unit=None)
    return User.objects.filter(pk__in=near.values("user")).order_by("pk")


@transaction.atomic
def withdraw_request(*, change_request, by):
    """Take back one's own request; again changes nothing."""
    ChangeRequest.objects.open().filter(pk=change_request.pk, person=by).update(
        outcome=ChangeRequest.Outcome.WITHDRAWN, decided_by=by, decided_at=timezone.now()
    )


@transaction.atomic
def approve_request(*, change_request, by, unit, grade, line_manager, started_on):
    """Give the person the post they should have, as `move_person` does, and close the request.

    Raises AlreadyDecided, PermissionDenied for one's own, and what `move_person` raises.
    """
    request = _to_decide(change_request, by)
    post = move_person(
        person=request.person,
        unit=unit,
        grade=grade,
        line_manager=line_manager,
        started_on=started_on,
        by=by,
    )
    _decide(request, by, ChangeRequest.Outcome.APPROVED)
    return post


@transaction.atomic
def refuse_request(*, change_request, by, reason):
    """Close the request with the reason, which the person is told. Raises as approving does."""
    request = _to_decide(change_request, by)
    _decide(request, by, ChangeRequest.Outcome.REFUSED, reason)
    queue_notice(
        recipient=request.person,
        key=f"change-request-refused:{request.pk}",
        subject="Your post stays as it is",
        body=f"{by} has looked at your request and left your post as it is: {reason}",
        link=request.get_absolute_url(),
    )
    return request


def _to_decide(change_request, by):
    request = (
        ChangeRequest.objects.select_for_update(of=("self",))
        .select_related("person")
        .get(pk=change_request.pk)
    )
    if not request.is_open:
        raise AlreadyDecided
    if request.person == by:
        raise PermissionDenied("Nobody decides on their own request.")
    return request


def _decide(request, by, outcome, reason=""):
    request.outcome, request.reason = outcome, reason
    request.decided_by, request.decided_at = by, timezone.now()
    request.save(update_fields=["outcome", "reason", "decided_by", "decided_at"])
