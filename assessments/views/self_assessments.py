"""Pages on which people rate themselves: a draft, its answers, submission and the result."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audit import note_reading
from assessments import audit_actions, reading
from assessments.forms.self_assessments import AnswerForm, SubmitForm, answer_initial
from assessments.gaps import area_averages, biggest_gaps_first
from assessments.models import DraftAnswer, Rating, SelfAssessment
from assessments.services import self_assessments as services
from assessments.views import waiting
from assessments.views.role_levels import number_in, role_levels_of
from assessments.views.waiting import wants_json
from govuk.charts import Axis, LevelBar

# --- Your skills -----------------------------------------------------------------------------


@require_safe
def my_skills(request):
    """The person's post, what they are measured against, and how far each self-assessment is."""
    own = SelfAssessment.objects.visible_to(request.user).filter(person=request.user)
    measured = role_levels_of(request.user)
    drafts = {draft.role_level_id: draft for draft in reading.with_progress(own.drafts())}
    latest = reading.latest_by_role_level(own.submitted().select_related("submitted_to"))
    asked = reading.asked_counts(
        [(row.release.pk, row.role_level_id) for row in measured]
        + [(draft.release_id, draft.role_level_id) for draft in drafts.values()]
    )
    rows = []
    for row in measured:
        draft = drafts.get(row.role_level_id)
        release_id = draft.release_id if draft else row.release.pk
        rows.append(
            {
                "measured": row,
                "draft": draft,
                "asked": asked[release_id, row.role_level_id],
                "submitted": latest.get((request.user.pk, row.role_level_id)),
            }
        )
    listed = {row.role_level_id for row in measured}
    earlier = [one for (_, role_level), one in latest.items() if role_level not in listed]
    left = [draft for pk, draft in drafts.items() if pk not in listed]
    versions = reading.newest_versions({one.role_level_id for one in (*earlier, *left)})
    post = request.user.current_post
    context = {
        "post": post,
        "is_first_visit": post is not None
        and post.confirmed_at is None
        and not any(
            timezone.localdate(one.submitted_at) >= post.started_on for one in latest.values()
        ),
        "rows": rows,
        "has_chosen": any(not row.by_grade for row in measured),
        "earlier": [(versions[one.role_level_id], one) for one in (*left, *earlier)],
    }
    return render(request, "assessments/my_skills.html", context)


@require_POST
def start(request):
    """Start, or go back to, the draft for one of the person's role levels."""
    pk = number_in(request.POST.get("role_level", ""))
    for row in role_levels_of(request.user):
        if row.role_level_id == pk and row.in_force:
            draft = services.start_self_assessment(
                person=request.user, role_level=row.version.role_level
            )
            return redirect(draft)
    raise Http404


# --- A draft ---------------------------------------------------------------------------------


def own_self_assessment(request, pk):
    """The user's own self-assessment; 404 for anybody else's, whatever its state."""
    return get_object_or_404(
        SelfAssessment.objects.visible_to(request.user)
        .filter(person=request.user)
        .select_related("release__framework", "submitted_to"),
        pk=pk,
    )


@require_safe
def task_list(request, pk):
    """The skills of a draft by area: what is answered, what is left and how long it takes.

    Answers of last time that nobody asks again stand apart, to be confirmed in one step.
    """
    draft = own_self_assessment(request, pk)
    if not draft.is_draft:
        return redirect(draft)
    tasks = reading.tasks_of(draft)
    scale = reading.scale_of(draft.release)
    left = [task for task in tasks if not task.is_given]
    carried = [task for task in tasks if task.is_carried]
    earlier = (
        SelfAssessment.objects.visible_to(request.user)
        .submitted()
        .filter(person=request.user, role_level=draft.role_level_id)
        .select_related("release__framework")
        .order_by("-submitted_at")
        .first()
    )
    newer = services.current_release_with(draft.role_level_id)
    context = {
        "draft": draft,
        "version": reading.role_level_version(draft),
        "areas": [
            {
                "area": area,
                "tasks": [_task_item(draft, task, scale) for task in members],
                "has_left": any(not task.is_given for task in members),
            }
            for area, members in reading.by_area([task for task in tasks if not task.is_carried])
        ],
        "carried": [_task_item(draft, task, scale) for task in carried],
        "total": len(tasks),
        "left": left,
        "answered": len(tasks) - len(left),
        "earlier": earlier,
        "changes": earlier is not None
        and earlier.release_id != draft.release_id
        and reading.framework_changes(draft.role_level_id, earlier.release, draft.release),
        "is_outdated": newer is not None and newer.pk != draft.release_id,
    }
    return render(request, "assessments/task_list.html", context)


def _task_item(draft, task, scale):
    item = {"title": task.skill.name, "url": answer_url(draft, task.skill), "hint": ""}
    answer = task.answer
    if answer is None:
        return {**item, "status": "Not started", "colour": "blue"}
    if not (answer.level is None and not answer.not_applicable):
        item["hint"] = reading.level_name(answer.level, scale, not_applicable=answer.not_applicable)
        if answer.carried_rated_at is not None:
            day = timezone.localtime(answer.carried_rated_at)
            item["hint"] += f", your answer of {day:%-d %B %Y}"
    if task.is_carried:
        return {**item, "status": "Last time", "colour": "teal"}
    if task.is_given:
        return {**item, "status": "Completed"}
    if answer.ask_again:
        return {**item, **ASK_AGAIN[answer.ask_again]}
    return {**item, "hint": "No level chosen yet", "status": "In progress", "colour": "yellow"}


# Why an answer is asked again, as a tag.
ASK_AGAIN = {
    DraftAnswer.AskAgain.CHANGED: {"status": "Changed", "colour": "orange"},
    DraftAnswer.AskAgain.STALE: {"status": "Check again", "colour": "orange"},
    DraftAnswer.AskAgain.CHOSEN: {"status": "Check again", "colour": "blue"},
}


def answer_url(draft, skill):
    return reverse("assessments:answer", args=[draft.pk, skill.skill.slug])


@login_not_required  # an answer sent after the session ended is kept until the person is back
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request, pk, slug):
    """One skill of a draft: its levels and the person's answer, saved each time it changes.

    The target level is not shown here. People who know what is expected of them tend to answer
    just that; the result page shows both.
    """
    if not request.user.is_authenticated:
        return waiting.keep_until_signed_in(request)
    if request.method == "POST" and wants_json(request):
        return _autosave(request, pk, slug)
    draft = own_self_assessment(request, pk)
    if not draft.is_draft:
        return too_late(request, draft)
    tasks, position, task = find_task(draft, slug)
    options, missing = reading.level_options(task.skill)
    suggestion = reading.suggestion_of(options, reading.ticked_for(task.answer))
    scale = reading.scale_of(draft.release)
    page = {
        "draft": draft,
        "version": reading.role_level_version(draft),
        "skill": task.skill,
        "answer": task.answer,
        "position": position,
        "total": len(tasks),
        "missing_levels": missing,
        "changes": reading.changes_since(task.answer, draft.release, scale),
        "suggestion": suggestion,
        "has_statements": any(option.statements for option in options),
        "ticked_levels": reading.suggestion_in_words(suggestion, scale),
        "suggested_name": reading.level_name(suggestion.level, scale),
        "next_url": _after(request, draft, tasks, slug),
    }
    if request.method == "POST":
        return _save(request, page, options)
    if wants_json(request):
        # A page whose owner signed in again elsewhere asks for a token that is still good.
        return JsonResponse({"csrf_token": get_token(request)})
    initial = answer_initial(task.answer)
    sent = waiting.waiting_for(request)
    if sent is not None:
        initial |= sent.dict() | {"no_opportunity": "no_opportunity" in sent}
        page["is_restored"] = True
    page["form"] = AnswerForm(initial=initial, options=options, suggestion=page["suggestion"])
    return render(request, "assessments/answer.html", page)


def find_task(draft, slug):
    """The draft's tasks, and the place (from 1) and task of the skill; 404 when it is not asked."""
    tasks = reading.tasks_of(draft)
    for position, task in enumerate(tasks, start=1):
        if task.skill.skill.slug == slug:
            return tasks, position, task
    raise Http404


def _after(request, draft, tasks, slug):
    """Where "Save and continue" leads: back to the check page, or on to what is unanswered."""
    unanswered = reading.next_unanswered(tasks, after=slug)
    if unanswered is None or request.GET.get("return") == "check":
        return reverse("assessments:check_answers", args=[draft.pk])
    return answer_url(draft, unanswered)


@transaction.atomic
def _autosave(request, pk, slug):
    """Save what the script sends while somebody answers, reading nothing that only a page shows.

    The draft is held first, and the same values are read in the same transaction.
    """
    try:
        draft = services.hold_draft(pk=pk, by=request.user)
    except SelfAssessment.DoesNotExist:
        raise Http404 from None
    except services.AlreadySubmitted:
        return JsonResponse({"state": "submitted"}, status=409)
    asked = reading.plain_options(draft, slug)
    if asked is None:
        raise Http404
    skill, options = asked
    saved = reading.answer_in(draft, skill)
    form = AnswerForm(
        request.POST, options=options, partial=True, suggestion=_suggestion_for(draft, slug, saved)
    )
    if not form.is_valid():
        first = next(message for errors in form.errors.values() for message in errors)
        return JsonResponse({"state": "invalid", "message": first}, status=422)
    try:
        saved = services.write_answer(
            draft, skill, saved, version=form.cleaned_data["version"], values=form.values()
        )
    except services.StaleAnswer:
        return JsonResponse({"state": "conflict"}, status=409)
    waiting.forget(request)
    state = {"state": "saved", "version": saved.version}
    if saved.saved_at:
        state["saved_at"] = f"{timezone.localtime(saved.saved_at):%H:%M}"
    return JsonResponse(state)


def _suggestion_for(draft, slug, saved):
    """What the statements ticked for an answer suggest; None, without a query, where none is."""
    if saved is None or not saved.is_ticked:
        return None
    _, _, task = find_task(draft, slug)
    options, _ = reading.level_options(task.skill)
    return reading.suggestion_of(options, reading.ticked_for(saved))


def _save(request, page, options):
    draft, skill = page["draft"], page["skill"]
    form = AnswerForm(request.POST, options=options, suggestion=page["suggestion"])
    if not form.is_valid():
        return render(request, "assessments/answer.html", {**page, "form": form})
    try:
        services.save_answer(
            self_assessment=draft,
            skill=skill.skill,
            by=request.user,
            version=form.cleaned_data["version"],
            **form.values(),
        )
    except services.AlreadySubmitted:
        return too_late(request, draft)
    except services.StaleAnswer as conflict:
        return _conflict(request, page, options, form, conflict.saved)
    waiting.forget(request)
    if request.POST.get("action") == "later":
        return redirect("assessments:task_list", draft.pk)
    return redirect(page["next_url"])


def _conflict(request, page, options, form, saved):
    """Both answers side by side: the one saved elsewhere meanwhile and the one just sent."""
    scale = reading.scale_of(page["draft"].release)
    posted = request.POST.copy()
    posted["version"] = str(saved.version)
    this = DraftAnswer(**form.values())
    context = {
        **page,
        "form": None,
        "keep_form": AnswerForm(posted, options=options, suggestion=page["suggestion"]),
        "saved": saved,
        "both": [
            {
                "answer": one,
                "level": reading.level_name(one.level, scale, not_applicable=one.not_applicable),
            }
            for one in (saved, this)
        ],
    }
    return render(request, "assessments/answer_conflict.html", context, status=409)


def too_late(request, submitted):
    """The answer to a form that was open while its self-assessment was submitted."""
    if request.method != "POST":
        return redirect("assessments:result", submitted.pk)
    if wants_json(request):
        return JsonResponse({"state": "submitted"}, status=409)
    context = {
        "self_assessment": submitted,
        "evidence": request.POST.get("evidence", "")[: waiting.TEXT_MAX_LENGTH],
    }
    return render(request, "assessments/answer_too_late.html", context, status=409)


# --- Submitting ------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def check_answers(request, pk):
    """Every answer, every gap in them, who will see them, and the button that submits."""
    draft = own_self_assessment(request, pk)
    if not draft.is_draft:
        return redirect(draft)
    tasks = reading.tasks_of(draft)
    post = request.user.current_post
    line_manager = post.line_manager if post is not None else None
    unanswered = [task for task in tasks if not task.is_given]
    carried = sum(task.is_carried for task in tasks)
    form = SubmitForm(
        request.POST if request.method == "POST" else None,
        initial={"shown_manager": line_manager and line_manager.public_id},
        unanswered=len(unanswered),
        carried=carried,
    )
    if form.is_valid():
        shown = form.cleaned_data["shown_manager"]
        try:
            if shown != (line_manager and line_manager.public_id):
                raise services.LineManagerChanged(line_manager)
            submitted = services.submit_self_assessment(
                self_assessment=draft, by=request.user, shown_manager=line_manager
            )
        except services.LineManagerChanged as changed:
            line_manager = changed.line_manager
            form = _ask_again(form, line_manager, unanswered=len(unanswered), carried=carried)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "Self-assessment submitted.")
            return redirect(submitted)
    scale = reading.scale_of(draft.release)
    for task in tasks:
        task.skill.url = f"{answer_url(draft, task.skill)}?return=check"
        if task.answer is not None:
            task.answer.level_name = reading.level_name(
                task.answer.level, scale, not_applicable=task.answer.not_applicable
            )
    context = {
        "draft": draft,
        "version": reading.role_level_version(draft),
        "areas": reading.by_area(tasks),
        "answered": len(tasks) - len(unanswered),
        "unanswered": unanswered,
        "carried": carried,
        "earlier_stays": sum(task.has_earlier_rating for task in unanswered),
        "unsaved_evidence": [
            task
            for task in unanswered
            if task.answer is not None
            and task.answer.evidence
            and task.answer.carried_rated_at is None
        ],
        "line_manager": line_manager,
        "minimum_count": settings.REPORT_MINIMUM_COUNT,
        "form": form,
    }
    return render(request, "assessments/check_answers.html", context)


def _ask_again(form, line_manager, **counts):
    """The same form naming the new line manager, with an error that says so."""
    data = form.data.copy()
    data["shown_manager"] = str(line_manager.public_id) if line_manager else ""
    again = SubmitForm(data, **counts)
    again.is_valid()
    again.add_error(
        None,
        "Your line manager changed while you were on this page. Nothing has been submitted: check "
        "who will see your answers, then submit again",
    )
    return again


@require_safe
def result(request, pk):
    """A submitted self-assessment, fixed: levels against targets."""
    self_assessment = get_object_or_404(
        SelfAssessment.objects.visible_to(request.user).select_related(
            "person", "release__framework", "submitted_to"
        ),
        pk=pk,
    )
    if self_assessment.is_draft:
        return redirect(self_assessment)
    note_reading(
        audit_actions.RATINGS_READ,
        by=request.user,
        people=[self_assessment.person_id],
        thing=f"self-assessment {self_assessment.pk}",
    )
    standings = reading.standings_of(self_assessment, Rating.objects.visible_to(request.user))
    scale = reading.scale_of(self_assessment.release)
    rated = biggest_gaps_first(standings)
    averages = area_averages(standings)
    context = {
        "self_assessment": self_assessment,
        "version": reading.role_level_version(self_assessment),
        "is_own": self_assessment.person_id == request.user.pk,
        "scale": scale,
        "rated": rated,
        "written": [
            {"standing": one, "level_name": reading.level_name(one.level, scale)}
            for one in rated
            if one.evidence or one.confidence or one.no_opportunity or one.ticked
        ],
        "bars": [LevelBar(one.skill, level=one.level, target=one.target) for one in rated],
        "axes": [Axis(one.area, value=one.level, target=one.target) for one in averages],
        "with_gap": [one for one in rated if one.gap],
        "not_rated": [one for one in standings if one.is_unrated],
        "not_applicable": [one for one in standings if one.not_applicable],
        "total": len(standings),
    }
    return render(request, "assessments/result.html", context)
