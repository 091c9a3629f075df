"""Whether learning moved ratings: people who finished an assignment, beside comparable people.

Pure: values in, values out; no queries, no clock, no settings.

Method. People are grouped by the role level that asks most of them in the skill and by their
level before. A person's change is the level after less the level before. Groups in which nobody
finished, or nobody can be compared, are left out on both sides. The mean change of those who
finished is taken over all who are left. The mean change of the others is taken so that each group
weighs as much as among those who finished: the others' mean in each group, weighted by how many
finished there (direct standardisation). So the two means differ neither by role level nor by where
people started.

The difference is called clear when it is more than twice its standard error, about what chance
alone exceeds once in twenty times, and at least 30 people stand on either side. The variance of a
change is taken over all people of a side, and the standard error of the weighted mean from the
weights.

It compares and proves nothing: people who finish may be keener than others.

Withheld are both means, unless on each side at least K people have a higher rating and at least K
have none, not counting as many people as one line manager may know.
"""

import math
from dataclasses import dataclass

# The fewest people on a side from whom a clear difference is spoken of.
FEW = 30


@dataclass(frozen=True)
class Changes:
    """Of some people: how many, how many went up, and sums of changes and of their squares."""

    people: int
    improved: int
    total: int
    squares: int


@dataclass(frozen=True)
class Comparison:
    """How many people are compared on either side; the mean changes, None where withheld.

    `is_clear` says that the difference is more than chance makes likely.
    """

    finished: int
    others: int
    finished_mean: float | None = None
    others_mean: float | None = None
    is_clear: bool = False


def compare(finished, others, *, known_finished, known_others, minimum):
    """The Comparison of two dictionaries {group: Changes}.

    `known_finished` and `known_others` are the most people on each side whose ratings one person
    may know; `minimum` is K.
    """
    groups = [group for group in finished if group in others]
    mine = [finished[group] for group in groups]
    theirs = [others[group] for group in groups]
    people, compared = _all_of(mine), _all_of(theirs)
    if not (
        _is_publishable(people, minimum + known_finished)
        and _is_publishable(compared, minimum + known_others)
    ):
        return Comparison(people.people, compared.people)
    weights = [changes.people / people.people for changes in mine]
    finished_mean = people.total / people.people
    others_mean = sum(
        weight * changes.total / changes.people
        for weight, changes in zip(weights, theirs, strict=True)
    )
    error = math.sqrt(
        _variance(people) / people.people
        + _variance(compared)
        * sum(weight**2 / changes.people for weight, changes in zip(weights, theirs, strict=True))
    )
    is_clear = (
        min(people.people, compared.people) >= FEW and abs(finished_mean - others_mean) > 2 * error
    )
    return Comparison(people.people, compared.people, finished_mean, others_mean, is_clear)


def _all_of(several):
    return Changes(
        people=sum(changes.people for changes in several),
        improved=sum(changes.improved for changes in several),
        total=sum(changes.total for changes in several),
        squares=sum(changes.squares for changes in several),
    )


def _is_publishable(changes, margin):
    return min(changes.improved, changes.people - changes.improved) >= margin


def _variance(changes):
    """Of single changes, as estimated from these people (n - 1)."""
    mean = changes.total / changes.people
    return (changes.squares - changes.people * mean**2) / (changes.people - 1)
