"""Pages on which people rate themselves: a draft, its answers, submission and the result."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import Http404, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments import reading
from assessments.forms.self_assessments import AnswerForm, SubmitForm, answer_initial
from assessments.gaps import area_averages, biggest_gaps_first
from assessments.models import DraftAnswer, Rating, SelfAssessment
from assessments.services import self_assessments as services
from assessments.views.role_levels import number_in, role_levels_of
from govuk.charts import Axis, LevelBar

# The text typed by somebody whose session ended before they saved waits here until they are back.
WAITING_ANSWER = "waiting_answer"
WAITING_TEXT_MAX_LENGTH = 10_000


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
    context = {
        "post": request.user.current_post,
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
    """The skills of a draft by area: what is answered, what is left and how long it takes."""
    draft = own_self_assessment(request, pk)
    if not draft.is_draft:
        return redirect(draft)
    tasks = reading.tasks_of(draft)
    scale = reading.scale_of(draft.release)
    left = [task for task in tasks if not task.is_given]
    context = {
        "draft": draft,
        "version": reading.role_level_version(draft),
        "areas": [
            {"area": area, "tasks": [_task_item(draft, task, scale) for task in members]}
            for area, members in reading.by_area(tasks)
        ],
        "total": len(tasks),
        "left": left,
        "answered": len(tasks) - len(left),
        "carried": sum(task.is_carried for task in tasks),
    }
    return render(request, "assessments/task_list.html", context)


def _task_item(draft, task, scale):
    item = {"title": task.skill.name, "url": answer_url(draft, task.skill), "hint": ""}
    answer = task.answer
    if task.is_given:
        item["hint"] = reading.level_name(answer.level, scale, not_applicable=answer.not_applicable)
        if task.is_carried:
            day = timezone.localtime(answer.carried_rated_at)
            return {
                **item,
                "hint": f"{item['hint']}, your answer of {day:%-d %B %Y}",
                "status": "Last time",
                "colour": "teal",
            }
        return {**item, "status": "Completed"}
    if answer is not None:
        return {**item, "hint": "No level chosen yet", "status": "In progress", "colour": "yellow"}
    return {**item, "status": "Not started", "colour": "blue"}


def answer_url(draft, skill):
    return reverse("assessments:answer", args=[draft.pk, skill.skill.slug])


def wants_json(request):
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


@login_not_required  # an answer sent after the session ended is kept until the person is back
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request, pk, slug):
    """One skill of a draft: its levels and the person's answer, saved each time it changes.

    The target level is not shown here. People who know what is expected of them tend to answer
    just that; the result page shows both.
    """
    if not request.user.is_authenticated:
        return _keep_answer_until_signed_in(request)
    draft = own_self_assessment(request, pk)
    if not draft.is_draft:
        return _too_late(request, draft)
    tasks = reading.tasks_of(draft)
    position, task = next(
        (pair for pair in enumerate(tasks, start=1) if pair[1].skill.skill.slug == slug),
        (0, None),
    )
    if task is None:
        raise Http404
    options, missing = reading.level_options(task.skill)
    page = {
        "draft": draft,
        "version": reading.role_level_version(draft),
        "skill": task.skill,
        "answer": task.answer,
        "position": position,
        "total": len(tasks),
        "missing_levels": missing,
        "next_url": _after(request, draft, tasks, slug),
    }
    if request.method == "POST":
        return _save(request, page, options)
    if wants_json(request):
        # A page whose owner signed in again elsewhere asks for a token that is still good.
        return JsonResponse({"csrf_token": get_token(request)})
    initial = answer_initial(task.answer)
    waiting = request.session.get(WAITING_ANSWER, {})
    if waiting.get("path") == request.path:
        initial |= waiting["fields"]
        page["is_restored"] = True
    page["form"] = AnswerForm(initial=initial, options=options)
    return render(request, "assessments/answer.html", page)


def _after(request, draft, tasks, slug):
    """Where "Save and continue" leads: back to the check page, or on to what is unanswered."""
    unanswered = reading.next_unanswered(tasks, after=slug)
    if unanswered is None or request.GET.get("return") == "check":
        return reverse("assessments:check_answers", args=[draft.pk])
    return answer_url(draft, unanswered)


def _save(request, page, options):
    draft, skill = page["draft"], page["skill"]
    as_json = wants_json(request)
    form = AnswerForm(request.POST, options=options, partial=as_json)
    if not form.is_valid():
        if as_json:
            first = next(message for errors in form.errors.values() for message in errors)
            return JsonResponse({"state": "invalid", "message": first}, status=422)
        return render(request, "assessments/answer.html", {**page, "form": form})
    try:
        saved = services.save_answer(
            self_assessment=draft,
            skill=skill.skill,
            by=request.user,
            version=form.cleaned_data["version"],
            **form.values(),
        )
    except services.AlreadySubmitted:
        return _too_late(request, draft)
    except services.StaleAnswer as conflict:
        return _conflict(request, page, options, form, conflict.saved)
    if request.session.get(WAITING_ANSWER, {}).get("path") == request.path:
        del request.session[WAITING_ANSWER]
    if as_json:
        state = {"state": "saved", "version": saved.version}
        if saved.saved_at:
            state["saved_at"] = f"{timezone.localtime(saved.saved_at):%H:%M}"
        return JsonResponse(state)
    if request.POST.get("action") == "later":
        return redirect("assessments:task_list", draft.pk)
    return redirect(page["next_url"])


def _conflict(request, page, options, form, saved):
    """Both answers side by side: the one saved elsewhere meanwhile and the one just sent."""
    if wants_json(request):
        return JsonResponse({"state": "conflict"}, status=409)
    scale = reading.scale_of(page["draft"].release)
    posted = request.POST.copy()
    posted["version"] = str(saved.version)
    this = DraftAnswer(**form.values())
    context = {
        **page,
        "form": None,
        "keep_form": AnswerForm(posted, options=options),
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


def _too_late(request, submitted):
    """The answer to a form that was open while its self-assessment was submitted."""
    if request.method != "POST":
        return redirect("assessments:result", submitted.pk)
    if wants_json(request):
        return JsonResponse({"state": "submitted"}, status=409)
    context = {
        "self_assessment": submitted,
        "evidence": request.POST.get("evidence", "")[:WAITING_TEXT_MAX_LENGTH],
    }
    return render(request, "assessments/answer_too_late.html", context, status=409)


def _keep_answer_until_signed_in(request):
    """Send a signed-out person to sign in, without losing what they typed.

    The text goes into the browser's own session, survives sign-in, and is shown only on this
    page, which only the draft's owner can open. It is not kept in the browser itself: computers
    are shared. Whether the draft exists makes no difference to the answer.
    """
    if wants_json(request):
        return JsonResponse({"state": "signed_out"}, status=401)
    if request.method == "POST":
        fields = {
            name: request.POST[name][:WAITING_TEXT_MAX_LENGTH]
            for name in ("level", "not_applicable_reason", "confidence", "evidence", "version")
            if name in request.POST
        }
        fields["no_opportunity"] = "no_opportunity" in request.POST
        request.session[WAITING_ANSWER] = {"path": request.path, "fields": fields}
    return redirect_to_login(request.get_full_path())


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
    form = SubmitForm(
        request.POST if request.method == "POST" else None,
        initial={"shown_manager": line_manager and line_manager.public_id},
        unanswered=len(unanswered),
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
            form = _ask_again(form, line_manager, len(unanswered))
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
        "carried": sum(task.is_carried for task in tasks),
        "unsaved_evidence": [
            task for task in unanswered if task.answer is not None and task.answer.evidence
        ],
        "line_manager": line_manager,
        "minimum_count": settings.REPORT_MINIMUM_COUNT,
        "form": form,
    }
    return render(request, "assessments/check_answers.html", context)


def _ask_again(form, line_manager, unanswered):
    """The same form naming the new line manager, with an error that says so."""
    data = form.data.copy()
    data["shown_manager"] = str(line_manager.public_id) if line_manager else ""
    again = SubmitForm(data, unanswered=unanswered)
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
            if one.evidence or one.confidence or one.no_opportunity
        ],
        "bars": [LevelBar(one.skill, level=one.level, target=one.target) for one in rated],
        "axes": [Axis(one.area, value=one.level, target=one.target) for one in averages],
        "with_gap": [one for one in rated if one.gap],
        "not_rated": [one for one in standings if one.is_unrated],
        "not_applicable": [one for one in standings if one.not_applicable],
        "total": len(standings),
    }
    return render(request, "assessments/result.html", context)
