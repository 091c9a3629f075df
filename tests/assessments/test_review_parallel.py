"""Ten identical requests at the same moment write one row each."""

import uuid

import pytest
from django.utils import timezone

from accounts.cover import give_cover
from accounts.models import Cover, Notice
from assessments.models import Nudge, Review, ReviewAnswer, ReviewReply, Sharing
from assessments.services import reviews, sharing
from assessments.services.reviews import Said
from tests import factories
from tests.assessments.test_self_assessment_services import in_parallel

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def ten_times(call):
    """Ten calls at the same moment, none of which may fail."""
    outcomes = in_parallel(10, lambda number: call())
    assert [one for one in outcomes if isinstance(one, Exception)] == []
    return outcomes


def test_ten_parallel_identical_requests_write_one_row(member, line_manager, outsider, digital):
    submitted = factories.submitted(
        member, factories.release(), {"Agile working": 1}, to=line_manager
    )
    said = {submitted.ratings.get().pk: Said(kind="agree")}

    def finish():
        try:
            return reviews.save_review(
                self_assessment=submitted, by=line_manager, after=0, said=said, finish=True
            ).is_finished
        except reviews.ReviewFinished:
            return False

    assert sorted(ten_times(finish)) == [False] * 9 + [True]
    assert Review.objects.count() == ReviewAnswer.objects.count() == 1
    assert Notice.objects.filter(recipient=member).count() == 1

    answer, key = ReviewAnswer.objects.get(), uuid.uuid4()
    ten_times(
        lambda: reviews.reply_to_answer(answer=answer, by=member, text="Yes", form_key=key),
    )
    assert ReviewReply.objects.count() == 1

    ten_times(lambda: reviews.nudge(person=member, by=line_manager))
    assert Nudge.objects.count() == 1

    day = timezone.localdate()
    ten_times(
        lambda: give_cover(
            manager=line_manager, cover=outsider, first_day=day, last_day=day, by=line_manager
        ),
    )
    assert Cover.objects.count() == 1

    member.posts.update(line_manager=outsider)
    ten_times(
        lambda: sharing.share_again(self_assessment=submitted, by=member, shown_manager=outsider),
    )
    assert Sharing.objects.count() == 1
    assert Notice.objects.filter(recipient=outsider, kind="submitted").count() == 1
