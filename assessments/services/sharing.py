"""What people share with a new line manager, and take back."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Post
from accounts.notices import queue_notice
from assessments import notice_kinds
from assessments.models import SelfAssessment, Sharing
from assessments.services.self_assessments import LineManagerChanged


@transaction.atomic
def share_again(*, self_assessment, by, shown_manager):
    """Show an earlier self-assessment to the line manager of now; again changes nothing.

    `shown_manager` is the person named to its author. Raises LineManagerChanged when that is no
    longer so, and ValidationError when there is no line manager or nothing submitted to show.
    """
    post = (
        Post.objects.select_for_update(of=("self",))
        .select_related("line_manager")
        .filter(person=by, ended_on=None)
        .first()
    )
    line_manager = post.line_manager if post is not None else None
    if line_manager is None:
        raise ValidationError("You have no line manager in the portal to share this with.")
    if line_manager != shown_manager:
        raise LineManagerChanged(line_manager)
    shown = SelfAssessment.objects.select_for_update().get(pk=self_assessment.pk, person=by)
    if shown.is_draft:
        raise ValidationError("Submit this self-assessment: a draft cannot be shared.")
    if shown.submitted_to == line_manager:
        return None
    sharing, created = Sharing.objects.get_or_create(
        self_assessment=shown, shared_with=line_manager, withdrawn_at=None
    )
    if created and line_manager.is_active:
        queue_notice(
            recipient=line_manager,
            kind=notice_kinds.SUBMITTED,
            key=f"shared-again:{sharing.pk}",
            subject=f"{by} has shared an earlier self-assessment with you",
            body=(
                f"{by} has shared a self-assessment of "
                f"{timezone.localtime(shown.submitted_at):%-d %B %Y} with you. "
                "You can read it because you are their line manager."
            ),
            link=shown.get_absolute_url(),
        )
    return sharing


def stop_sharing(*, self_assessment, by):
    """Take back what was shared again; repeating it changes nothing.

    What was submitted to a line manager stays with them: it was meant for them.
    """
    Sharing.objects.current().filter(
        self_assessment=self_assessment.pk, self_assessment__person=by
    ).update(withdrawn_at=timezone.now())
