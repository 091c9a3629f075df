"""What somebody has submitted over time: every submission, each skill, any two days."""

import datetime

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from assessments import reading
from assessments.forms.history import CompareForm
from assessments.models import Rating, ReviewAnswer, SelfAssessment
from govuk.tables import Column, Link, Table


def own_ratings(user):
    return Rating.objects.visible_to(user).filter(person=user)


@require_safe
def history(request):
    """Every submission, and every skill ever rated with its level now."""
    submitted = list(
        SelfAssessment.objects.visible_to(request.user)
        .submitted()
        .filter(person=request.user)
        .select_related("release__framework", "submitted_to")
    )
    names = reading.role_level_names(submitted)
    current = list(own_ratings(request.user).current())
    words = reading.skill_words({rating.skill_id for rating in current})
    current.sort(key=lambda rating: (words[rating.skill_id].framework, words[rating.skill_id].name))
    context = {
        "submissions": Table(
            caption="Every self-assessment you submitted",
            caption_size="hidden",
            columns=[Column(label) for label in ("Submitted on", "Measured against", "Sent to")],
            rows=[
                [
                    Link(day_in_words(one.submitted_at), one.get_absolute_url()),
                    f"{names[one.release_id, one.role_level_id]} ({one.release})",
                    one.submitted_to and str(one.submitted_to),
                ]
                for one in submitted
            ],
        ),
        "skills": Table(
            caption="Your skills now",
            caption_size="hidden",
            columns=[Column(label) for label in ("Skill", "Level", "Rated on")],
            rows=[
                [
                    Link(words[rating.skill_id].name, words[rating.skill_id].history_url),
                    words[rating.skill_id].level_name(rating),
                    day_in_words(rating.rated_at),
                ]
                for rating in current
            ],
        ),
    }
    return render(request, "assessments/history.html", context)


def day_in_words(instant):
    return f"{timezone.localtime(instant):%-d %B %Y}"


@require_safe
def skill_history(request, framework, skill):
    """One skill over time: each rating with its evidence, its release and what was answered."""
    ratings = list(
        own_ratings(request.user)
        .filter(skill__framework__slug=framework, skill__slug=skill)
        .select_related("self_assessment__release__framework", "self_assessment__submitted_to")
        .order_by("-rated_at")
    )
    if not ratings:
        raise Http404
    words = reading.skill_words({ratings[0].skill_id})[ratings[0].skill_id]
    ticked = reading.ticks_of_ratings([rating.pk for rating in ratings])
    names = reading.role_level_names([rating.self_assessment for rating in ratings])
    answers = reading.answers_by_rating(
        ReviewAnswer.objects.visible_to(request.user).filter(rating__in=ratings), words.scale
    )
    for rating in ratings:
        rating.ticked = ticked.get(rating.pk, [])
        rating.level_name = words.level_name(rating)
        rating.answers = answers.get(rating.pk, [])
        submitted = rating.self_assessment
        rating.role = names[submitted.release_id, submitted.role_level_id]
    context = {"name": words.name, "framework": words.framework, "ratings": ratings}
    return render(request, "assessments/skill_history.html", context)


@require_safe
def compare(request):
    """The levels of two days side by side, and how they differ."""
    form = CompareForm(request.GET or None, initial=_usual_days(request.user))
    context = {"form": form}
    if form.is_valid():
        earlier, later = form.cleaned_data["earlier"], form.cleaned_data["later"]
        context |= _comparison(request.user, earlier, later)
    return render(request, "assessments/compare.html", context)


def _usual_days(user):
    """The day of the first submission and today."""
    first = (
        SelfAssessment.objects.visible_to(user)
        .submitted()
        .filter(person=user)
        .order_by("submitted_at")
        .first()
    )
    today = timezone.localdate()
    return {
        "earlier": timezone.localdate(first.submitted_at) if first else None,
        "later": today,
    }


def _comparison(user, earlier, later):
    before, after = (
        {rating.skill_id: rating for rating in own_ratings(user).as_at(end_of(day))}
        for day in (earlier, later)
    )
    words = reading.skill_words(before.keys() | after.keys())
    skills = sorted(words, key=lambda skill: (words[skill].framework, words[skill].name))
    pairs = [(words[skill], before.get(skill), after.get(skill)) for skill in skills]
    changes = [_change(old, new) for _, old, new in pairs]
    return {
        "count": len(pairs),
        "risen": sum(change.endswith("up") for change in changes),
        "fallen": sum(change.endswith("down") for change in changes),
        "table": Table(
            caption="Your levels on both days",
            caption_size="hidden",
            columns=[
                Column("Skill"),
                Column(f"{earlier:%-d %B %Y}"),
                Column(f"{later:%-d %B %Y}"),
                Column("Change"),
            ],
            rows=[
                [
                    Link(word.name, word.history_url),
                    word.level_name(old) if old else reading.NOT_RATED,
                    word.level_name(new) if new else reading.NOT_RATED,
                    change,
                ]
                for (word, old, new), change in zip(pairs, changes, strict=True)
            ],
        ),
    }


def end_of(day):
    """The first instant after the day, by the clock in London."""
    return timezone.make_aware(
        datetime.datetime.combine(day + datetime.timedelta(days=1), datetime.time())
    )


def _change(old, new):
    if old is None:
        return "Rated for the first time" if new else ""
    if new is None:
        return ""
    if old.level is None or new.level is None:
        return "No change" if old.level == new.level else "Not comparable"
    steps = new.level - old.level
    if not steps:
        return "No change"
    count = abs(steps)
    return f"{count} level{'' if count == 1 else 's'} {'up' if steps > 0 else 'down'}"
