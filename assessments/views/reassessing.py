"""Assessing again: confirming what has not changed, and moving on with the framework."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from assessments import reading
from assessments.services import self_assessments as services
from assessments.views.self_assessments import own_self_assessment


@require_POST
def confirm(request, pk):
    """Let all answers of last time that nobody asks again count as given today."""
    draft = own_self_assessment(request, pk)
    return _changed(
        request,
        draft,
        services.confirm_carried,
        lambda count: f"You have confirmed {count} answer{'' if count == 1 else 's'}.",
    )


@require_POST
def ask_again(request, pk):
    """Ask about every answer of last time."""
    draft = own_self_assessment(request, pk)
    return _changed(
        request, draft, services.ask_all_again, lambda count: "Every skill is asked again."
    )


def _changed(request, draft, change, done):
    try:
        count = change(self_assessment=draft, by=request.user)
    except services.AlreadySubmitted:
        messages.error(request, "This self-assessment has already been submitted.")
        return redirect("assessments:result", draft.pk)
    if count:
        messages.success(request, done(count))
    return redirect(draft)


@require_http_methods(["GET", "HEAD", "POST"])
def move(request, pk):
    """What the framework's newer release changes in a draft, and the button that moves it."""
    draft = own_self_assessment(request, pk)
    if not draft.is_draft:
        return redirect(draft)
    release = services.current_release_with(draft.role_level_id)
    if release is None or release.pk == draft.release_id:
        return redirect(draft)
    if request.method == "POST":
        try:
            draft = services.move_to_current_release(self_assessment=draft, by=request.user)
        except (ValidationError, services.AlreadySubmitted):
            return redirect(draft)
        messages.success(request, f"This self-assessment now uses {draft.release}.")
        return redirect(draft)
    answered = {task.skill.name for task in reading.tasks_of(draft) if task.answer is not None}
    changes = reading.framework_changes(draft.role_level_id, draft.release, release)
    context = {
        "draft": draft,
        "version": reading.role_level_version(draft),
        "changes": changes,
        "removed": [name for name in changes.gone if name in answered],
    }
    return render(request, "assessments/move_draft.html", context)
