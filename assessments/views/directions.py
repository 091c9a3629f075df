"""Where somebody could go from here: role levels near to what they can do today."""

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from assessments import reading
from assessments.gaps import SkillStanding, biggest_gaps_first
from assessments.models import Rating
from assessments.views.role_levels import role_levels_of
from govuk.charts import LevelBar
from govuk.tables import Column, Link, Table

NEAREST_SHOWN = 10


def own_levels(user):
    """The user's own ratings in force: a level (None: not applicable) by the skill's key."""
    ratings = Rating.objects.visible_to(user).current().filter(person=user)
    return dict(ratings.values_list("skill", "level"))


@require_safe
def directions(request):
    """The nearest role levels, what each would take, and a search for any other."""
    levels = own_levels(request.user)
    fits = reading.nearest_role_levels(levels)
    chosen = {row.role_level_id for row in role_levels_of(request.user)}
    fits = [one for one in fits if one.version.role_level_id not in chosen]
    query = " ".join(request.GET.get("q", "").replace("\0", " ").split())[:200]
    everything = request.GET.get("show") == "all"
    context = {
        "q": query,
        "has_ratings": bool(fits),
        "total": len(fits),
        "table": _table(fits if everything else fits[:NEAREST_SHOWN]),
        "everything": everything,
    }
    if query:
        context["found"], context["instead"] = reading.role_levels_found(query)
    return render(request, "assessments/directions.html", context)


def _table(fits):
    return Table(
        caption="Roles nearest to what you can do today",
        caption_size="hidden",
        columns=[
            Column("Role"),
            Column("Skills met", numeric=True),
            Column("Levels to gain", numeric=True),
            Column("Skills not rated", numeric=True),
            Column("Levels not used", numeric=True),
        ],
        rows=[
            [
                Link(one.version.name, f"{one.version.role_level_id}/"),
                f"{len(one.fit.met)} of {one.fit.required}",
                one.fit.missing_levels,
                len(one.fit.unrated),
                one.fit.unused_levels,
            ]
            for one in fits
        ],
    )


@require_safe
def direction(request, pk):
    """One role level as a target: what is met, missing, unknown and would go unused."""
    version = get_object_or_404(reading.choosable_role_levels(), role_level=pk)
    ratings = {
        rating.skill_id: rating
        for rating in Rating.objects.visible_to(request.user).current().filter(person=request.user)
    }
    skills = list(reading.asked_skills(release=version.release, role_level=version.role_level))
    standings = [_standing(skill, ratings.get(skill.skill_id)) for skill in skills]
    rated = biggest_gaps_first(standings)
    scale = reading.scale_of(version.release)
    context = {
        "version": version,
        "scale": scale,
        "is_chosen": version.role_level_id
        in {row.role_level_id for row in role_levels_of(request.user)},
        "bars": [
            LevelBar(
                one.skill, level=one.level, target=one.target, not_applicable=one.not_applicable
            )
            for one in [*rated, *(one for one in standings if not one.is_rated)]
        ],
        "met": [one for one in rated if one.gap == 0],
        "missing": [one for one in rated if one.gap],
        "unknown": [one for one in standings if not one.is_rated],
        "unused": reading.unused_levels(skills, ratings, version.release, scale),
        "total": len(standings),
    }
    return render(request, "assessments/direction.html", context)


def _standing(skill, rating):
    return SkillStanding(
        skill=skill.name,
        area=skill.area.name,
        target=skill.target,
        level=rating.level if rating else None,
        not_applicable=rating.not_applicable if rating else False,
        slug=skill.skill.slug,
    )
