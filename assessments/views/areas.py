"""All skills of one area on one page, for people in a hurry."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from assessments import reading
from assessments.forms.self_assessments import AreaForm, level_value, shown_value
from assessments.models import SkillArea
from assessments.services import self_assessments as services
from assessments.views import waiting
from assessments.views.self_assessments import own_self_assessment, too_late


@login_not_required  # answers sent after the session ended are kept until the person is back
@require_http_methods(["GET", "HEAD", "POST"])
def area(request, pk, area):
    """A level for each skill of an area; evidence and confidence stay as they are.

    What cannot be saved never keeps the rest from being saved.
    """
    if not request.user.is_authenticated:
        return waiting.keep_until_signed_in(request)
    draft = own_self_assessment(request, pk)
    if not draft.is_draft:
        return too_late(request, draft)
    areas = reading.by_area(reading.tasks_of(draft))
    keys = [one.pk for one, _ in areas]
    if area not in keys:
        return _no_such_area(request, draft, area)
    place = keys.index(area)
    tasks = areas[place][1]
    options = reading.options_of([task.skill for task in tasks])
    page = {
        "draft": draft,
        "version": reading.role_level_version(draft),
        "area": areas[place][0],
        "tasks": tasks,
        "options": options,
        "position": place + 1,
        "total": len(areas),
        "next_url": _after(draft, areas[place + 1 :]),
    }
    if request.method == "POST":
        return _save(request, page)
    if waiting.wants_json(request):
        return JsonResponse({"csrf_token": get_token(request)})
    sent = waiting.waiting_for(request)
    form = AreaForm(tasks=tasks, options=options)
    if sent is not None:
        form.initial = {name: sent[name] for name in form.fields if name in sent}
        page["is_restored"] = True
    return _render(request, page, form)


def _no_such_area(request, draft, area):
    """A page of the release the draft was moved away from in another tab; 404 for anything else."""
    if not SkillArea.objects.filter(pk=area, release__framework=draft.release.framework).exists():
        raise Http404
    if waiting.wants_json(request):
        return JsonResponse(
            {"state": "invalid", "message": "This page is out of date: reload it"}, status=422
        )
    messages.error(
        request,
        "The page you had open is from an older version of the framework. Nothing on it was saved.",
    )
    return redirect(draft)


def _after(draft, later):
    """The next area with an unanswered skill, or the list of all skills."""
    for one, tasks in later:
        if not all(task.is_given for task in tasks):
            return reverse("assessments:area", args=[draft.pk, one.pk])
    return draft.get_absolute_url()


def _render(request, page, form, *, status=200):
    rows = []
    for task in page["tasks"]:
        slug = task.skill.skill.slug
        rows.append(
            {
                "task": task,
                "options": page["options"][task.skill.pk][0],
                "level": form[f"{slug}-level"],
                "hidden": [form[f"{slug}-version"], form[f"{slug}-shown"]],
            }
        )
    context = {**page, "form": form, "rows": rows}
    return render(request, "assessments/area.html", context, status=status)


def _save(request, page):
    """Save what can be saved of the posted answers, and say what cannot."""
    as_json = waiting.wants_json(request)
    form = AreaForm(request.POST, tasks=page["tasks"], options=page["options"])
    form.is_valid()
    answers = {}
    for task in page["tasks"]:
        answer = form.answer_to(task.skill.skill.slug)
        if answer is None:
            continue
        changed_elsewhere = task.answer is not None and task.answer.version != answer.version
        if answer.is_as_shown and (as_json or changed_elsewhere):
            continue  # not touched on this page
        answers[task.skill.skill_id] = (answer.version, answer.values)
    try:
        saved, conflicts = services.save_answers(
            self_assessment=page["draft"], by=request.user, answers=answers
        )
    except services.AlreadySubmitted:
        return too_late(request, page["draft"])
    fields = _fields_of(page["tasks"], saved)
    if as_json:
        return _tell(form, fields, saved, conflicts)
    waiting.forget(request)
    if form.is_valid() and not conflicts:
        if request.POST.get("action") == "later":
            return redirect(page["draft"])
        return redirect(page["next_url"])
    return _ask_again(request, page, form, fields, conflicts)


def _fields_of(tasks, saved):
    """The hidden fields' values of skills that are saved now."""
    fields = {}
    for task in tasks:
        answer = saved.get(task.skill.skill_id)
        if answer is not None:
            slug = task.skill.skill.slug
            fields[f"{slug}-version"] = answer.version
            fields[f"{slug}-shown"] = shown_value(level_value(answer), answer.not_applicable_reason)
    return fields


def _tell(form, fields, saved, conflicts):
    if conflicts:
        return JsonResponse({"state": "conflict", "fields": fields}, status=409)
    if not form.is_valid():
        first = next(message for errors in form.errors.values() for message in errors)
        return JsonResponse({"state": "invalid", "message": first, "fields": fields}, status=422)
    state = {"state": "saved", "fields": fields}
    if saved:
        newest = max(answer.saved_at for answer in saved.values())
        state["saved_at"] = f"{timezone.localtime(newest):%H:%M}"
    return JsonResponse(state)


def _ask_again(request, page, form, fields, conflicts):
    """The page as it was sent, with what is wrong; what is saved counts as shown now.

    A conflict names the other answer and leaves this one chosen: saving again keeps it.
    """
    data = form.data.copy()
    for name, value in fields.items():
        data[name] = str(value)
    for task in page["tasks"]:
        if task.skill.skill_id in conflicts:
            saved = conflicts[task.skill.skill_id]
            data[f"{task.skill.skill.slug}-version"] = str(saved.version)
    again = AreaForm(data, tasks=page["tasks"], options=page["options"])
    again.is_valid()
    scale = reading.scale_of(page["draft"].release)
    for task in page["tasks"]:
        saved = conflicts.get(task.skill.skill_id)
        if saved is not None:
            name = reading.level_name(saved.level, scale, not_applicable=saved.not_applicable)
            again.add_error(
                f"{task.skill.skill.slug}-level",
                f"“{task.skill.name}” was answered “{name}” in another tab or on another device. "
                "Choose the answer to keep, then save again",
            )
    return _render(request, page, again, status=409 if conflicts else 200)
