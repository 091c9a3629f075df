"""The second way to answer a skill: ticking statements, which suggest a level."""

from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from assessments import reading
from assessments.forms.self_assessments import TickForm, tick_initial
from assessments.services import self_assessments as services
from assessments.views import waiting
from assessments.views.self_assessments import (
    answer_url,
    find_task,
    own_self_assessment,
    too_late,
)


@login_not_required  # ticks sent after the session ended are kept until the person is back
@require_http_methods(["GET", "HEAD", "POST"])
def statements(request, pk, slug):
    """One skill's statements to tick, each time saved; then its page shows what they suggest."""
    if not request.user.is_authenticated:
        return waiting.keep_until_signed_in(request)
    draft = own_self_assessment(request, pk)
    if not draft.is_draft:
        return too_late(request, draft)
    _, position, task = find_task(draft, slug)
    options, _ = reading.level_options(task.skill)
    page = {
        "draft": draft,
        "version": reading.role_level_version(draft),
        "skill": task.skill,
        "position": position,
        "answer_url": answer_url(draft, task.skill),
    }
    if not any(option.statements for option in options):
        return redirect(page["answer_url"])
    if request.method == "POST":
        return _save(request, page, options)
    if waiting.wants_json(request):
        return JsonResponse({"csrf_token": get_token(request)})
    ticked = reading.ticked_for(task.answer)
    sent = waiting.waiting_for(request)
    if sent is not None:
        ticked = {
            int(key)
            for name in sent
            if name.startswith("level-")
            for key in sent.getlist(name)
            if key.isascii() and key.isdecimal()
        }
        page["is_restored"] = True
    saved_version = task.answer.version if task.answer else 0
    shown = sent.get("version", saved_version) if sent is not None else saved_version
    page["form"] = TickForm(initial=tick_initial(options, ticked, shown), options=options)
    return render(request, "assessments/statements.html", page)


def _save(request, page, options):
    form = TickForm(request.POST, options=options)
    as_json = waiting.wants_json(request)
    if not form.is_valid():
        if as_json:
            first = next(message for errors in form.errors.values() for message in errors)
            return JsonResponse({"state": "invalid", "message": first}, status=422)
        return render(request, "assessments/statements.html", {**page, "form": form})
    try:
        saved = services.save_ticks(
            self_assessment=page["draft"],
            skill=page["skill"].skill,
            by=request.user,
            version=form.cleaned_data["version"],
            statements=form.ticked(),
        )
    except services.AlreadySubmitted:
        return too_late(request, page["draft"])
    except services.StaleAnswer as conflict:
        return _conflict(request, page, options, form, conflict.saved)
    waiting.forget(request)
    if as_json:
        state = {"state": "saved", "version": saved.version}
        if saved.saved_at:
            state["saved_at"] = f"{timezone.localtime(saved.saved_at):%H:%M}"
        return JsonResponse(state)
    return redirect(page["answer_url"])


def _conflict(request, page, options, form, saved):
    """Both sets of ticks side by side; nothing has been overwritten."""
    if waiting.wants_json(request):
        return JsonResponse({"state": "conflict"}, status=409)
    posted = request.POST.copy()
    posted["version"] = str(saved.version)
    every = [statement for option in options for statement in option.statements]
    context = {
        **page,
        "form": None,
        "keep_form": TickForm(posted, options=options),
        "saved": saved,
        "both": [
            [statement for statement in every if statement.pk in ticked]
            for ticked in (saved.ticked, form.ticked())
        ],
    }
    return render(request, "assessments/statements_conflict.html", context, status=409)
