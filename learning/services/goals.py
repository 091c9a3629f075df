"""Writes to a person's goals."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from learning.models import LevelGoal, MinutesGoal


class StaleGoal(Exception):
    """The goal was changed elsewhere since the form was shown; `current` is it now, or None."""

    def __init__(self, current):
        super().__init__("The goal was changed elsewhere.")
        self.current = current


@transaction.atomic
def set_minutes_goal(*, by, minutes_a_month, replaces):
    """The person's goal of minutes a month; setting the same again changes nothing.

    `replaces` is the key of the goal the form was shown with, None for none. Raises StaleGoal
    when that is no longer the current one.
    """
    return _set_goal(MinutesGoal, {}, {"minutes_a_month": minutes_a_month}, by, replaces)


@transaction.atomic
def set_level_goal(*, by, skill, level, reach_by, replaces):
    """The person's goal for the skill; otherwise as `set_minutes_goal`."""
    values = {"level": level, "reach_by": reach_by}
    return _set_goal(LevelGoal, {"skill": skill}, values, by, replaces)


def _set_goal(model, about, values, by, replaces):
    # One change of a person's goals at a time: there may be no row yet to lock.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    current = model.objects.current().filter(person=by, **about).first()
    if current is not None and all(getattr(current, name) == values[name] for name in values):
        return current
    if (current and current.pk) != replaces:
        raise StaleGoal(current)
    if current is not None:
        current.ended_at = timezone.now()
        current.save(update_fields=["ended_at"])
    return model.objects.create(person=by, **about, **values)


def end_goal(*, goal, by):
    """Take a goal away; repeating it changes nothing. The row stays as history."""
    type(goal).objects.current().filter(pk=goal.pk, person=by).update(ended_at=timezone.now())
