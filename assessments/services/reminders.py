"""Reminding people of ratings that have grown stale: once, and never after they turned it off."""

from django.conf import settings
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone

from accounts.models import Post
from accounts.notices import queue_notices
from assessments.models import SelfAssessment
from assessments.notice_kinds import STALE
from assessments.reading import stale_counts

PEOPLE_AT_A_TIME = 1000


def remind_of_stale_ratings(*, day=None):
    """How many people were reminded. One notice a person, until they submit something again.

    Safe to repeat: the notice's key names their last submission. About ten queries for each
    thousand people.
    """
    day = day or timezone.localdate()
    posts = Post.objects.current().filter(person__is_active=True).order_by("pk")
    reminded, last = 0, 0
    while chunk := list(posts.filter(pk__gt=last)[:PEOPLE_AT_A_TIME]):
        last = chunk[-1].pk
        counts = stale_counts(chunk, day=day)
        submitted = (
            SelfAssessment.objects.submitted()
            .filter(person__in=counts)
            .order_by()
            .values_list("person")
            .annotate(Max("pk"))
        )
        reminded += queue_notices(
            kind=STALE,
            notices=[_reminder(person, counts[person], newest) for person, newest in submitted],
        )
    return reminded


def _reminder(person, count, newest):
    months = settings.RATING_STALE_MONTHS
    ratings = "1 of your ratings is" if count == 1 else f"{count} of your ratings are"
    return {
        "recipient_id": person,
        "key": f"ratings-stale:{newest}",
        "subject": "Is this still your level?",
        "body": (
            f"{ratings} more than {months} months old. Rating yourself again takes a few minutes: "
            "we ask only about what is new, has changed or was rated long ago."
        ),
        "link": reverse("assessments:my_skills"),
    }
