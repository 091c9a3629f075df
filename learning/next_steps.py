"""What to learn next for one person: reads what `recommendations` weighs."""

from django.conf import settings

from assessments.models import Rating
from learning.models import LevelGoal, LogEntry, Resource
from learning.outcomes import shown_outcome
from learning.recommendations import Offer, Want, recommend, with_wish, without_offer
from learning.skills import scales, skill_names

# More than anybody reads; a catalogue may be larger.
MOST_OFFERS = 1000


def wants_of(user, needed):
    """A `Want` for each skill the user's role needs or they have a goal for. Five queries at most.

    `needed` comes from `learning.skills.needed_skills`. A skill that the user rated as not
    applicable is left out, unless they have a goal for it.
    """
    rated = {
        rating.skill_id: rating
        for rating in Rating.objects.visible_to(user).current().filter(person=user)
    }
    goals = {
        goal.skill_id: goal
        for goal in LevelGoal.objects.visible_to(user).current().select_related("skill")
    }
    wants = {}
    for skill in needed:
        rating = rated.get(skill.skill_id)
        if rating is None or not rating.not_applicable:
            wants[skill.skill_id] = Want(
                skill_id=skill.skill_id,
                name=skill.name,
                scale=skill.scale,
                target=skill.target,
                needed_by=skill.needed_by,
                level=rating and rating.level,
            )
    only_wished = goals.keys() - wants.keys()
    names = skill_names(only_wished) if only_wished else {}
    of_framework = scales({goals[pk].skill.framework_id for pk in only_wished})
    for pk in only_wished:
        wants[pk] = Want(
            skill_id=pk,
            name=names.get(pk, ""),
            scale=tuple(of_framework.get(goals[pk].skill.framework_id, ())),
            level=rated[pk].level if pk in rated else None,
        )
    return [
        with_wish(want, level=goals[pk].level, by=goals[pk].reach_by) if pk in goals else want
        for pk, want in wants.items()
    ]


def offers_for(user, wants):
    """An `Offer` for each resource for these skills that the user has not logged. Three queries."""
    found = (
        Resource.objects.visible_to(user)
        .offered()
        .for_skills([want.skill_id for want in wants if want.is_open])
        .exclude(
            pk__in=LogEntry.objects.own(user).exclude(resource=None).values("resource"),
        )
        .select_related("outcome")
        .prefetch_related("skills")[:MOST_OFFERS]
    )
    offers = []
    for resource in found:
        shown = shown_outcome(
            getattr(resource, "outcome", None), minimum=settings.REPORT_MINIMUM_COUNT
        )
        offers.append(
            Offer(
                resource_id=resource.pk,
                title=resource.title,
                skill_ids=frozenset(skill.pk for skill in resource.skills.all()),
                level_from=resource.level_from,
                level_to=resource.level_to,
                tenths=shown.tenths,
                improved=shown.improved,
            )
        )
    return offers


def next_steps(user, needed, *, limit):
    """Recommendations and the wanted skills that no resource is for. Eight queries at most."""
    wants = wants_of(user, needed)
    offers = offers_for(user, wants)
    return recommend(wants, offers, limit=limit), without_offer(wants, offers)
