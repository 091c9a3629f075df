"""Who can see what a person submitted, and what they decide about that themselves."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Cover
from assessments import reading
from assessments.forms.sharing import ShareForm
from assessments.models import SelfAssessment, Sharing
from assessments.services import sharing as services
from assessments.services.self_assessments import LineManagerChanged


@require_safe
def sharing(request):
    """By name who can see each submitted self-assessment, why, and what can be changed."""
    post = request.user.current_post
    line_manager = post.line_manager if post is not None else None
    covers = []
    if line_manager is not None:
        covers = list(
            Cover.objects.visible_to(request.user)
            .now_or_later()
            .filter(manager=line_manager)
            .select_related("cover")
        )
    submitted = list(
        SelfAssessment.objects.visible_to(request.user)
        .filter(person=request.user)
        .submitted()
        .select_related("submitted_to")
    )
    again = set(
        Sharing.objects.visible_to(request.user)
        .current()
        .filter(shared_with=line_manager, self_assessment__in=submitted)
        .values_list("self_assessment", flat=True)
    )
    versions = reading.newest_versions({one.role_level_id for one in submitted})
    rows = [
        {
            "self_assessment": one,
            "version": versions[one.role_level_id],
            "is_submitted_to_manager": line_manager is not None
            and one.submitted_to_id == line_manager.pk,
            "is_shared_again": one.pk in again,
        }
        for one in submitted
    ]
    context = {
        "line_manager": line_manager,
        "covers": covers,
        "rows": rows,
        "minimum_count": settings.REPORT_MINIMUM_COUNT,
    }
    return render(request, "assessments/sharing.html", context)


def own_submitted(request, pk):
    return get_object_or_404(
        SelfAssessment.objects.visible_to(request.user).submitted().filter(person=request.user),
        pk=pk,
    )


@require_POST
def share_again(request, pk):
    """Share an earlier self-assessment with the line manager whom the page named."""
    shown = own_submitted(request, pk)
    form = ShareForm(request.POST)
    post = request.user.current_post
    line_manager = post.line_manager if post is not None else None
    try:
        if not form.is_valid() or line_manager is None:
            raise ValidationError("You have no line manager to share this with.")
        if form.cleaned_data["shown_manager"] != line_manager.public_id:
            raise LineManagerChanged(line_manager)
        services.share_again(self_assessment=shown, by=request.user, shown_manager=line_manager)
    except LineManagerChanged:
        messages.error(
            request,
            "Your line manager changed while you were on this page. Nothing has been shared: "
            "check who would see it, then share it again.",
        )
    except ValidationError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{line_manager} can now see it.")
    return redirect("assessments:sharing")


@require_POST
def stop_sharing(request, pk):
    """Take back what was shared again."""
    services.stop_sharing(self_assessment=own_submitted(request, pk), by=request.user)
    messages.success(request, "It is no longer shared.")
    return redirect("assessments:sharing")
