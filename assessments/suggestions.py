"""The level that ticked statements suggest: values in, values out.

The rule, in the words the page uses:

1. A level is *shown* when more than half of its statements are ticked.
2. The suggestion is the highest level that is shown together with every level below it.
3. A level that the framework does not describe, or describes without statements, cannot be ticked.
   It is passed over: it is never suggested and never stands in the way of a higher one.
4. Something ticked, but not enough for the lowest level, suggests "not yet" (0).
5. Nothing ticked suggests nothing: unknown is not "not yet".

More than half, because statements of a level are examples of it: nobody's work offers a chance at
every one, and half of two is a coin's toss. Every level below as well, because a level stands on
those before it; where a higher level is shown above one that is not, the suggestion stays below
and the reason says so, for the person to decide.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class LevelTicks:
    """How many of one level's statements are ticked; `value` is the level."""

    value: int
    ticked: int
    total: int

    @property
    def is_shown(self):
        return 2 * self.ticked > self.total


@dataclass(frozen=True)
class Suggestion:
    """The suggested level (None: nothing ticked) and the counts that led to it.

    `stopped_at` is the first level that is not shown, None when all are; `beyond` are levels
    shown above it.
    """

    level: int | None
    counts: tuple[LevelTicks, ...]
    stopped_at: int | None = None
    beyond: tuple[int, ...] = ()


def suggest_level(statements, ticked):
    """The `Suggestion` for ticked statements, by the rule above.

    `statements` maps each level described to the keys of its statements; `ticked` are the keys
    ticked. Keys that belong to no level are passed over.
    """
    ticked = set(ticked)
    counts = tuple(
        LevelTicks(value, ticked=len(ticked & set(keys)), total=len(set(keys)))
        for value, keys in sorted(statements.items())
        if keys
    )
    if not any(count.ticked for count in counts):
        return Suggestion(level=None, counts=counts)
    level, stopped_at, beyond = 0, None, []
    for count in counts:
        if stopped_at is None and count.is_shown:
            level = count.value
        elif stopped_at is None:
            stopped_at = count.value
        elif count.is_shown:
            beyond.append(count.value)
    return Suggestion(level=level, counts=counts, stopped_at=stopped_at, beyond=tuple(beyond))
