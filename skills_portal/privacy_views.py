"""The privacy notice and the page about cookies, printed from the settings in force."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

from govuk.tables import Column, Table
from skills_portal.retention import RULES

DAY_SECONDS = 24 * 60 * 60


@login_not_required
@require_safe
def cookies(request):
    """Every cookie the portal sets: its name, what it is for and when it ends."""
    idle = _counted(settings.SESSION_COOKIE_AGE // 60, "minute")
    longest = _counted(settings.SESSION_LONGEST_SECONDS // 3600, "hour")
    table = Table(
        caption="Cookies we set",
        caption_size="m",
        columns=[Column("Name"), Column("What it is for"), Column("When it ends")],
        rows=[
            [
                settings.SESSION_COOKIE_NAME,
                "Knows you from when you begin to sign in until you sign out",
                "When you sign out or close the browser. It stops working "
                f"{idle} after your last click, and {longest} after you signed in.",
            ],
            [
                settings.CSRF_COOKIE_NAME,
                "Keeps other websites from sending forms in your name",
                f"{_counted(settings.CSRF_COOKIE_AGE // DAY_SECONDS, 'day')} after your last visit",
            ],
        ],
    )
    return render(request, "cookies.html", {"table": table})


@login_not_required
@require_safe
def privacy(request):
    """What is held about people, who sees it and for how long."""
    session = _counted(settings.SESSION_LONGEST_SECONDS // 3600, "hour")
    table = Table(
        caption="When it is deleted",
        caption_size="hidden",
        columns=[Column("What"), Column("When it is deleted")],
        rows=[
            *(
                [rule.what, f"{_counted(settings.RETENTION_DAYS[label], 'day')} {rule.since}"]
                for label, rule in RULES.items()
            ),
            [
                "Where you are signed in, with address and browser",
                f"When you sign out, or {session} later at most",
            ],
            [
                "What you wrote for others, such as answers to their ratings or requests to learn "
                "something",
                "Never: it is theirs too. It has no name of yours once you are erased",
            ],
            [
                "Your levels, posts and minutes of learning, under a number once you are erased",
                "Never: reports on past months count them",
            ],
            ["Who did what to whose data, as numbers only", "Never: it is there to be relied on"],
        ],
    )
    context = {"table": table, "privacy_contact": settings.PRIVACY_CONTACT}
    return render(request, "privacy.html", context)


def _counted(count, thing):
    return f"{count} {thing}{'' if count == 1 else 's'}"
