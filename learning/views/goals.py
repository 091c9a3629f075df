"""Goals: time a month, and a level of a skill by a date."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from assessments.models import Rating
from assessments.reading import level_name
from learning import totals
from learning.durations import duration_words
from learning.forms.goals import GoalSkillForm, LevelGoalForm, MinutesGoalForm
from learning.models import LevelGoal, LogEntry, MinutesGoal
from learning.services import goals as services
from learning.skills import current_skills, scales, skill_names

from .parameters import number_in


def standing_of_goals(user):
    """Each current level goal with its skill's name and the level now, in words. Four queries."""
    goals = list(LevelGoal.objects.visible_to(user).current().select_related("skill"))
    names = skill_names({goal.skill_id for goal in goals})
    of_framework = scales({goal.skill.framework_id for goal in goals})
    levels = dict(
        Rating.objects.visible_to(user)
        .current()
        .filter(person=user, skill__in={goal.skill_id for goal in goals})
        .values_list("skill", "level")
    )
    today = timezone.localdate()
    rows = []
    for goal in goals:
        scale = of_framework.get(goal.skill.framework_id, ())
        level = levels.get(goal.skill_id)
        rows.append(
            {
                "goal": goal,
                "name": names.get(goal.skill_id, ""),
                "wanted": level_name(goal.level, scale),
                "level": level_name(level, scale),
                "is_reached": level is not None and level >= goal.level,
                "is_late": goal.reach_by < today,
            }
        )
    return rows


@require_http_methods(["GET", "HEAD", "POST"])
def goals(request):
    """The person's goals with how far they are, and the form for time a month."""
    goal = MinutesGoal.objects.visible_to(request.user).current().first()
    if request.method == "POST":
        form = MinutesGoalForm(request.POST)
        if form.is_valid():
            try:
                services.set_minutes_goal(by=request.user, **form.cleaned_data)
            except services.StaleGoal as conflict:
                goal = conflict.current
                form = _ask_again(MinutesGoalForm, request.POST, goal, "minutes_a_month")
            else:
                messages.success(request, "Goal saved.")
                return redirect("learning:goals")
    else:
        form = MinutesGoalForm(
            initial=goal and {"minutes_a_month": goal.minutes_a_month, "replaces": goal.pk}
        )
    own = LogEntry.objects.visible_to(request.user).own(request.user)
    context = {
        "form": form,
        "goal": goal,
        "month": totals.total_of(own.done_between(*totals.month_bounds(timezone.localdate()))),
        "rows": standing_of_goals(request.user),
        "skill_form": GoalSkillForm(),
    }
    return render(request, "learning/goals.html", context)


def _ask_again(form_class, data, current, field, **kwargs):
    """The form as it was sent, with an error that says what the goal is now."""
    posted = data.copy()
    posted["replaces"] = str(current.pk) if current else ""
    form = form_class(posted, **kwargs)
    form.is_valid()
    if current is None:
        now = "taken away"
    elif isinstance(current, MinutesGoal):
        now = f"changed to {duration_words(current.minutes_a_month)} a month"
    else:
        level = level_name(current.level, kwargs["scale"])
        now = f"changed to {level} by {current.reach_by:%-d %B %Y}"
    form.add_error(
        field,
        f"This goal was {now} in another tab or on another device. Nothing has been overwritten: "
        "save again if you want what stands here",
    )
    return form


@require_http_methods(["GET", "HEAD", "POST"])
def level_goal(request):
    """A goal for one skill: its level and the day. Without a skill, asks which."""
    pk = number_in(request.GET.get("skill"))
    if pk is None:
        form = GoalSkillForm(request.GET if "skill" in request.GET else None)
        return render(request, "learning/goal_skill.html", {"form": form})
    version = current_skills().filter(skill=pk).select_related("skill__framework").first()
    if version is None:
        raise Http404
    scale = scales([version.skill.framework_id])[version.skill.framework_id]
    goal = LevelGoal.objects.visible_to(request.user).current().filter(skill=pk).first()
    if request.method == "POST":
        form = LevelGoalForm(request.POST, scale=scale)
        if form.is_valid():
            try:
                services.set_level_goal(by=request.user, skill=version.skill, **form.cleaned_data)
            except services.StaleGoal as conflict:
                form = _ask_again(
                    LevelGoalForm, request.POST, conflict.current, "level", scale=scale
                )
            else:
                messages.success(request, "Goal saved.")
                return redirect("learning:goals")
    else:
        form = LevelGoalForm(
            initial=goal
            and {"level": str(goal.level), "reach_by": goal.reach_by, "replaces": goal.pk},
            scale=scale,
        )
    context = {"form": form, "version": version, "goal": goal}
    return render(request, "learning/level_goal.html", context)


@require_POST
def end_minutes_goal(request, pk):
    return _end(request, MinutesGoal.objects.visible_to(request.user), pk)


@require_POST
def end_level_goal(request, pk):
    return _end(request, LevelGoal.objects.visible_to(request.user), pk)


def _end(request, goals, pk):
    goal = get_object_or_404(goals, pk=pk)
    services.end_goal(goal=goal, by=request.user)
    messages.success(request, "Goal removed.")
    return redirect(reverse("learning:goals"))
