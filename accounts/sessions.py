"""How long somebody stays signed in, and where they are."""

import time

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

# How often a session notes that it is in use: each time is a write to the database.
NOTE_SECONDS = 60


def note_sign_in(*, request, **signal):
    """Start the clocks of a session that somebody has just begun."""
    request.session["signed_in_at"] = request.session["seen_at"] = int(time.time())


def end_long_sessions(get_response):
    """Sign out whoever signed in too long ago, and keep the session of whoever is active.

    Doing nothing ends a session without us: its row runs out SESSION_COOKIE_AGE after it was
    last saved, which happens here once a minute at most.
    """

    def middleware(request):
        if request.user.is_authenticated:
            now = int(time.time())
            signed_in_at = request.session.setdefault("signed_in_at", now)
            if now - signed_in_at >= settings.SESSION_LONGEST_SECONDS:
                logout(request)
                hours = settings.SESSION_LONGEST_SECONDS // 3600
                messages.info(
                    request,
                    f"To keep your account safe, you have been signed out after "
                    f"{hours} hour{'' if hours == 1 else 's'}. Sign in again to go on.",
                )
            elif now - request.session.get("seen_at", 0) >= NOTE_SECONDS:
                request.session["seen_at"] = now
                UserSession.objects.filter(session_key=request.session.session_key).update(
                    last_seen_at=timezone.now()
                )
        return get_response(request)

    return middleware


def open_sessions(user):
    """The user's sessions that have not ended, the newest first."""
    alive = Session.objects.filter(expire_date__gt=timezone.now())
    return UserSession.objects.filter(
        user=user, session_key__in=alive.values("session_key")
    ).order_by("-created_at")


@transaction.atomic
def end_sessions(user, *, but=None):
    """End every session of the user at once; `but` is the key of one that stays."""
    sessions = UserSession.objects.filter(user=user).exclude(session_key=but or "")
    Session.objects.filter(
        session_key__in=list(sessions.values_list("session_key", flat=True))
    ).delete()
    sessions.delete()


def end_others_after_change(*, request, user, **signal):
    """A new password or factor ends what somebody else may have begun with the old one."""
    end_sessions(user, but=request.session.session_key)


def forget_ended_sessions():
    """Delete what is known about sessions that are over: address and browser are personal."""
    alive = Session.objects.filter(expire_date__gt=timezone.now())
    UserSession.objects.exclude(session_key__in=alive.values("session_key")).delete()
