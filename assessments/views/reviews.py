"""Line managers' side of self-assessments: the queue, answering, and replies."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.audit import note_reading
from accounts.models import Cover, Post
from assessments import audit_actions, reading, review_reading
from assessments.forms.reviews import ReplyForm, ReviewForm, prefix, values_of
from assessments.models import ReviewAnswer, ReviewReply, SelfAssessment
from assessments.services import reviews as services

ANSWERED_SHOWN = 20
# What somebody typed whose session ended before they saved waits here until they are back.
WAITING_REVIEW = "waiting_review"
WAITING_MAX_CHARACTERS = 100_000


@require_safe
def reviews(request):
    """What waits for the user's answer, what people replied, and what was answered."""
    waiting, answered = review_reading.queue_of(request.user)
    posts = list(
        Post.objects.current()
        .managed_by(request.user, with_cover=True)
        .select_related("person")
        .order_by("person__full_name", "person__pk")
    )
    missing = review_reading.missing_of(
        posts,
        request.user,
        day=timezone.localdate(),
        reminded_since=services.a_week_ago(),
    )
    context = {
        "waiting": waiting,
        "answered": answered[:ANSWERED_SHOWN],
        "answered_total": len(answered),
        "replies": review_reading.replies_to_read(request.user),
        "covers": Cover.objects.visible_to(request.user)
        .in_force()
        .filter(cover=request.user)
        .select_related("manager"),
        "manages": bool(posts),
        "missing": missing,
        "may_remind": [one for one in missing if not one.is_reminded],
    }
    return render(request, "assessments/reviews/reviews.html", context)


@require_POST
def remind(request):
    """Ask somebody, or everybody who was not asked this week, to submit what is missing."""
    posts = list(
        Post.objects.current().managed_by(request.user, with_cover=True).select_related("person")
    )
    missing = review_reading.missing_of(
        posts,
        request.user,
        day=timezone.localdate(),
        reminded_since=services.a_week_ago(),
    )
    asked = [
        one.person
        for one in missing
        if request.POST.get("person") in {"all", str(one.person.public_id)}
    ]
    if not asked:
        raise Http404
    told = [one for one in asked if services.nudge(person=one, by=request.user) is not None]
    if told:
        people = f"{len(told)} people" if len(told) > 1 else str(told[0])
        messages.success(request, f"{people} will be asked to submit.")
    else:
        messages.info(request, "They were asked in the last week already.")
    return redirect("assessments:reviews")


# --- Answering -------------------------------------------------------------------------------


@login_not_required  # answers sent after the session ended are kept until the person is back
@require_http_methods(["GET", "HEAD", "POST"])
def review(request, pk):
    """All ratings of a submitted self-assessment, each with the line manager's answer to it."""
    if not request.user.is_authenticated:
        return _keep_until_signed_in(request)
    reviewed = get_object_or_404(
        SelfAssessment.objects.visible_to(request.user)
        .reviewable_by(request.user)
        .select_related("person", "release__framework"),
        pk=pk,
    )
    _note_reading(audit_actions.RATINGS_READ, request, reviewed)
    page = review_reading.review_page(reviewed, request.user)
    if request.method == "POST" and page.rows:
        return _save(request, page)
    context = {}
    data = values_of(page.rows, after=page.after)
    waiting = request.session.get(WAITING_REVIEW, {})
    if waiting.get("path") == request.path:
        # Versions stay those the page came with, so that nothing is overwritten unseen.
        data |= waiting["fields"]
        context["is_restored"] = True
    context["form"] = ReviewForm(initial=data, rows=page.rows)
    return _show(request, page, context)


def _note_reading(action, request, reviewed):
    note_reading(
        action,
        by=request.user,
        people=[reviewed.person_id],
        thing=f"self-assessment {reviewed.pk}",
    )


def _show(request, page, context, status=200):
    context |= {
        "page": page,
        "self_assessment": page.self_assessment,
        "version": reading.role_level_version(page.self_assessment),
        "drafted": len(page.drafted()),
        "open": len(page.open()),
        "as_before": len(page.as_confirmed_before()),
    }
    return render(request, "assessments/reviews/review.html", context, status=status)


def _save(request, page):
    reviewed, action = page.self_assessment, request.POST.get("action", "")
    form = ReviewForm(request.POST, rows=page.rows)
    if not form.is_valid():
        return _show(request, page, {"form": form})
    said = form.changed_answers()
    if action == "agree":
        for row in page.as_confirmed_before():
            said.setdefault(row.rating.pk, services.Said(kind=ReviewAnswer.Kind.AGREE))
    try:
        outcome = services.save_review(
            self_assessment=reviewed,
            by=request.user,
            after=form.cleaned_data["after"],
            said=said,
            finish=action == "finish",
            leave_rest="leave_rest" in request.POST,
        )
    except SelfAssessment.DoesNotExist:
        raise Http404 from None
    except services.ReviewFinished as finished:
        return _finished_elsewhere(request, page, form, said, finished.review)
    if request.session.get(WAITING_REVIEW, {}).get("path") == request.path:
        del request.session[WAITING_REVIEW]
    if outcome.is_finished:
        messages.success(request, f"{reviewed.person} has been sent your answers.")
        return redirect("assessments:review_answers", reviewed.pk)
    if outcome.conflicts or action == "finish":
        return _ask_again(request, reviewed, said, outcome)
    messages.success(request, f"Saved at {timezone.localtime():%H:%M}. Nothing is sent yet.")
    return redirect("assessments:review", reviewed.pk)


def _ask_again(request, reviewed, said, outcome):
    """The page as saved now, with what is missing or was answered differently elsewhere."""
    page = review_reading.review_page(reviewed, request.user)
    changed = {pk: said[pk] for pk in outcome.conflicts}
    data = values_of(page.rows, after=page.after, changed=changed)
    if "leave_rest" in request.POST:
        data["leave_rest"] = "on"
    form = ReviewForm(data, rows=page.rows, unanswered=outcome.unanswered)
    form.is_valid()
    for row in page.rows:
        if row.rating.pk in outcome.conflicts:
            row.conflict = row.draft
            form.add_error(
                f"{prefix(row)}-kind",
                f"{row.skill.name} was answered elsewhere while this page was open: save again to "
                "keep the answer on this page",
            )
        elif row.rating.pk in outcome.problems:
            part, message = outcome.problems[row.rating.pk]
            form.add_error(f"{prefix(row)}-{part}", f"{row.skill.name}: {message}")
    if outcome.unanswered and "leave_rest" not in request.POST:
        form.add_error(
            "leave_rest", "Answer every skill, or confirm that you leave the rest without an answer"
        )
    if not form.errors:
        form.add_error(None, "Answer at least one skill before you finish")
    status = 409 if outcome.conflicts else 200
    return _show(request, page, {"form": form}, status=status)


def _finished_elsewhere(request, page, form, said, newest):
    """A second press of the button is told what the first did; other text is shown, not lost."""
    fixed = {answer.rating_id: answer for answer in newest.answers.all()}
    if all(pk in fixed and one.equals(fixed[pk]) for pk, one in said.items()):
        return redirect("assessments:review_answers", page.self_assessment.pk)
    names = {row.rating.pk: row for row in page.rows}
    context = {
        "self_assessment": page.self_assessment,
        "not_saved": [
            {
                "skill": names[pk].skill.name,
                "kind": ReviewAnswer(kind=one.kind).get_kind_display(),
                "level": dict(names[pk].levels).get(one.level, ""),
                "reason": one.reason,
            }
            for pk, one in said.items()
        ],
    }
    return render(request, "assessments/reviews/too_late.html", context, status=409)


def _keep_until_signed_in(request):
    """Send a signed-out person to sign in, without losing what they typed.

    As with answers in a self-assessment: it is kept in the browser's own session and shown only
    on this page, to whoever may answer this self-assessment.
    """
    if request.method == "POST":
        fields = {
            name: value
            for name, value in request.POST.items()
            if name == "after" or name.startswith("rating-")
        }
        if sum(len(name) + len(value) for name, value in fields.items()) <= WAITING_MAX_CHARACTERS:
            request.session[WAITING_REVIEW] = {"path": request.path, "fields": fields}
    return redirect_to_login(request.get_full_path())


# --- Reading and replying --------------------------------------------------------------------


@require_safe
def review_answers(request, pk):
    """Everything line managers have answered to a self-assessment, for its author and them."""
    reviewed = get_object_or_404(
        SelfAssessment.objects.visible_to(request.user)
        .submitted()
        .select_related("person", "release__framework"),
        pk=pk,
    )
    _note_reading(audit_actions.REVIEW_READ, request, reviewed)
    skills = review_reading.finished_answers(reviewed, request.user)
    answers = [answer for one in skills for answer in one.answers]
    context = {
        "self_assessment": reviewed,
        "version": reading.role_level_version(reviewed),
        "is_own": reviewed.person_id == request.user.pk,
        "answered": [one for one in skills if one.answers],
        "unanswered": [one for one in skills if not one.answers],
        "summary": services.summary_of(
            [one for one in answers if one.superseded_at is None],
            unanswered=sum(not one.answers for one in skills),
        )
        if answers
        else "",
    }
    return render(request, "assessments/reviews/answers.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def review_answer(request, pk):
    """One finished answer with what was replied to it."""
    answer = get_object_or_404(
        ReviewAnswer.objects.visible_to(request.user)
        .fixed()
        .select_related(
            "review__self_assessment__person",
            "review__self_assessment__release",
            "review__line_manager",
            "rating",
            "answered_by",
        ),
        pk=pk,
    )
    form = ReplyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            services.reply_to_answer(
                answer=answer,
                by=request.user,
                text=form.cleaned_data["reply"],
                form_key=form.cleaned_data["form_key"],
            )
        except ReviewAnswer.DoesNotExist:
            raise Http404 from None
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "Your reply is sent.")
            return redirect(answer)
    reviewed = answer.review.self_assessment
    _note_reading(audit_actions.REVIEW_READ, request, reviewed)
    scale = reading.scale_of(reviewed.release)
    review_reading.name_skills([answer])
    replies = list(
        ReviewReply.objects.visible_to(request.user).filter(answer=answer).select_related("author")
    )
    is_own = reviewed.person_id == request.user.pk
    context = {
        "answer": answer,
        "self_assessment": reviewed,
        "is_own": is_own,
        "level_name": reading.level_name(
            answer.rating.level, scale, not_applicable=answer.rating.not_applicable
        ),
        "confirmed_name": review_reading.confirmed_name(answer, scale),
        "replies": replies,
        "may_reply": not answer.is_superseded and len(replies) < services.REPLIES_MAX,
        "reader": services.line_manager_who_sees(reviewed) if is_own else reviewed.person,
        "back_url": reverse("assessments:review_answers", args=[reviewed.pk]),
        "form": form,
    }
    return render(request, "assessments/reviews/answer.html", context)
