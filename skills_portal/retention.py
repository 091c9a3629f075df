"""How long what is about people is kept, and deleting what is due (criterion D8).

`RULES` are the models with a period of their own, in `settings.RETENTION_DAYS`; `KEPT` says why the
others have none. Each model about people is in one of the two: a test fails for what is missing.
"""

import datetime
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.audit_actions import ACCOUNT_CLOSED
from accounts.models import AuditEntry, ChangeRequest, Notice, OrganisationImport, Post, User
from assessments.models import Nudge
from assessments.notice_kinds import STALE
from learning.models import LevelGoal, LogEntry, LogImport, MinutesGoal
from skills_portal.erasure import erase_leaver

# One run deletes at most the product of the two of each model; the next goes on.
ROWS_AT_A_TIME = 1000
MOST_BATCHES = 50
# Erasing one person looks through every text, so one run erases for so long and the next goes on.
ERASING_SECONDS = 5 * 60


@dataclass(frozen=True)
class Rule:
    """`due(before)` gives the rows whose period began before the instant and that nobody needs.

    `what` and `since` are the words of the privacy notice, to the person whom it is about.
    """

    what: str
    since: str
    due: Callable


def _due_notices(before):
    """Not those on their way, nor reminders without which the same would be sent again."""
    newer = Notice.objects.filter(recipient=OuterRef("recipient"), pk__gt=OuterRef("pk"))
    old = Notice.objects.filter(created_at__lt=before)
    on_their_way = Notice.objects.waiting().values("pk")
    return old.exclude(pk__in=on_their_way).filter(
        ~Q(kind=STALE.key) | Exists(newer.filter(kind=STALE.key))
    )


def _due_leavers(before):
    """People whose account was closed and whose last post ended before; line managers wait."""
    day = timezone.localdate(before)
    posts = Post.objects.filter(person=OuterRef("pk"))
    closed = AuditEntry.objects.filter(subject=OuterRef("pk"), action=ACCOUNT_CLOSED.key)
    return User.objects.filter(
        ~Exists(posts.filter(Q(ended_on=None) | Q(ended_on__gt=day))),
        ~Exists(Post.objects.current().filter(line_manager=OuterRef("pk"))),
        ~Exists(closed.filter(noted_at__gte=before)),
        is_active=False,
        erased_at=None,
        created_at__lt=before,
    )


RULES = {
    "accounts.User": Rule(
        "Everything that says who you are, and what you and others wrote about your skills and "
        "learning",
        "after you left, or earlier if you ask for it then",
        _due_leavers,
    ),
    "accounts.Notice": Rule("A message to you", "after it was written", _due_notices),
    "accounts.ChangeRequest": Rule(
        "A change of your post that you asked for",
        "after it was decided",
        lambda before: ChangeRequest.objects.filter(decided_at__lt=before),
    ),
    "accounts.OrganisationImport": Rule(
        "A file of units and people that you upload",
        "after you did, and its text as soon as you confirm it",
        lambda before: OrganisationImport.objects.filter(created_at__lt=before),
    ),
    "learning.LogImport": Rule(
        "A file of learning that you upload",
        "after you did, and its text as soon as you confirm it",
        lambda before: LogImport.objects.filter(created_at__lt=before),
    ),
    "learning.LogEntry": Rule(
        "An entry of your learning log that you delete",
        "after you did: until then you can bring it back",
        lambda before: LogEntry.objects.deleted().filter(deleted_at__lt=before),
    ),
    "learning.MinutesGoal": Rule(
        "A goal of time that you ended or changed",
        "after you did",
        lambda before: MinutesGoal.objects.filter(ended_at__lt=before),
    ),
    "learning.LevelGoal": Rule(
        "A goal of a level that you took away or changed",
        "after you did",
        lambda before: LevelGoal.objects.filter(ended_at__lt=before),
    ),
    "assessments.Nudge": Rule(
        "That your line manager reminded you to submit",
        "after they did",
        lambda before: Nudge.objects.filter(sent_at__lt=before),
    ),
}

UNTIL_ERASED = "deleted when the person is erased"
COUNTED = "reports on past months count it: its words go when the person is erased"
WHO_COULD_READ = "says who could read what and when, under a number once the person is erased"
PART_OF = "goes with the row it belongs to"
OTHERS_TOO = "others need it too: it names nobody once the person is erased"
KEPT = {
    **dict.fromkeys(
        [
            "account.EmailAddress",
            "mfa.Authenticator",
            "socialaccount.SocialAccount",
            "accounts.NoticeChoice",
            "assessments.DraftAnswer",
            "assessments.TickedStatement",
        ],
        UNTIL_ERASED,
    ),
    **dict.fromkeys(
        [
            "accounts.Post",
            "assessments.PostRoleLevel",
            "assessments.SelfAssessment",
            "assessments.Rating",
            "assessments.Review",
            "assessments.ReviewAnswer",
        ],
        COUNTED,
    ),
    **dict.fromkeys(["accounts.Grant", "accounts.Cover", "assessments.Sharing"], WHO_COULD_READ),
    "learning.LogEntry_skills": PART_OF,
    **dict.fromkeys(
        [
            "assessments.ReviewReply",
            "assessments.Release",
            "learning.Resource",
            "learning.Assignment",
            "reports.GapReport",
            "reports.SmallestCount",
        ],
        OTHERS_TOO,
    ),
    **dict.fromkeys(
        ["learning.AssignedPerson", "learning.CountedAnswer"],
        "without it a person could be counted anew, and be found by subtracting old figures",
    ),
    "reports.GapReport_asked_by": "says whom to tell when the report is ready",
    "accounts.AuditEntry": "nobody can delete from the audit log: it has numbers and no words",
    "usersessions.UserSession": "goes in the night after it ended, hours after it began",
    "account.EmailConfirmation": "is never made: addresses are confirmed by codes",
    "socialaccount.SocialToken": "is never made: permits of departments are not stored",
}


def clear_what_is_due(*, now=None):
    """{label: how many rows went}, people erased among them. Safe to repeat and to miss.

    Every batch is a transaction of its own that looks again whether its rows are still due.
    """
    now = now or timezone.now()
    cleared = {}
    for label, rule in RULES.items():
        due = rule.due(now - datetime.timedelta(days=settings.RETENTION_DAYS[label]))
        cleared[label] = _erase_leavers(due) if label == "accounts.User" else _delete(label, due)
    return cleared


def _delete(label, due):
    model, deleted = apps.get_model(label), 0
    for _ in range(MOST_BATCHES):
        keys = list(due.order_by("pk").values_list("pk", flat=True)[:ROWS_AT_A_TIME])
        if not keys:
            break
        _, counts = due.filter(pk__in=keys).delete()
        deleted += counts.get(model._meta.label, 0)
    return deleted


def _erase_leavers(due):
    end = time.monotonic() + ERASING_SECONDS
    erased = 0
    for key in due.order_by("pk").values_list("pk", flat=True)[:ROWS_AT_A_TIME]:
        if time.monotonic() > end:
            break
        erased += erase_leaver(key, due=due) is not None
    return erased
