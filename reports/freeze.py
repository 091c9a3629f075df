"""Which figures may be told anew: changes since every earlier day in, fresh lines out.

Pure: arrays and numbers in, arrays out; no queries, no clock, no settings.

Two reports between which one known person came, left or answered again give that person's answer
away, however safe each is by itself. So a line, a unit's figures of one skill, is *fresh* on a
day only where enough people's answers differ from those of each earlier day on which it was
fresh; else it stands: what was published last is published again, with its day.

The gates are those of `reports.suppression` along the tree, with people whose contribution
differs in place of raters, between the day and each earlier one:

1. Unit gate, top down: nobody, or at least K people, differ in a unit, and the unit above is fresh.
2. Remainder gate: what is left of a fresh unit after the units below that are fresh on both days
   are subtracted has changed by nobody or at least K people; else the unit below with the fewest
   changes stands, and if that is not enough, all below that changed.
3. Dominance gate: without the people posted in any one unit, whose changes their manager knows,
   nobody or at least K people have changed.

Each earlier day and not only the last: ten answers that change and later change back would
otherwise let two reports stand side by side that differ by the one answer given meanwhile.

The result depends on history alone as long as days are taken in their order and whether or not
anybody asked for them. See docs/decisions/0010-successive-reports.md.
"""

from dataclasses import dataclass

import numpy as np

from reports.aggregate import add_below
from reports.suppression import generations

NOWHERE = -1


@dataclass(frozen=True)
class Contributions:
    """What each person counts as in each column on one day: arrays of equal length.

    `person` holds ids that mean the same on all days, `unit` and `column` positions, and `value`
    any numbers that are equal where the figures cannot tell a difference. One row for each
    person and column; a person who does not count has none.
    """

    person: np.ndarray
    column: np.ndarray
    unit: np.ndarray
    value: np.ndarray


@dataclass(frozen=True)
class Changes:
    """People whose contribution differs between two days, by units and columns.

    `whole` counts those whose contribution to a unit and all below it differs: a move within
    does not count there. `own` counts them for the people posted in each unit itself, `largest`
    is the greatest `own` in a unit and all below it.
    """

    own: np.ndarray
    whole: np.ndarray
    largest: np.ndarray


@dataclass(frozen=True)
class Earlier:
    """An earlier day: which lines were fresh on it, and what has changed since then."""

    fresh: np.ndarray
    changes: Changes


def count_changes(before, now, *, parents, column_count):
    """`Changes` from one day's `Contributions` to another's."""
    parents = np.asarray(parents)
    cells, unit, value = _side_by_side(before, now, column_count)
    moved = unit[0] != unit[1]
    differs = moved | (value[0] != value[1])
    column, unit, moved = cells[differs] % column_count, unit[:, differs], moved[differs]
    same_value = (value[0] == value[1])[differs]

    shape = (len(parents), column_count)
    here = [unit[0] != NOWHERE, moved & (unit[1] != NOWHERE)]
    own = _count(
        np.concatenate([unit[side][here[side]] for side in (0, 1)]),
        np.concatenate([column[here[side]] for side in (0, 1)]),
        shape,
    )

    # Where both units meet a person is counted once if the value differs, and else not at all.
    both = moved & (unit != NOWHERE).all(axis=0)
    meeting = _meeting_point(*unit[:, both], parents)
    meets = meeting != NOWHERE
    times = np.where(same_value[both], 2, 1)[meets]
    within = own - _count(
        np.repeat(meeting[meets], times), np.repeat(column[both][meets], times), shape
    )

    return Changes(own=own, whole=add_below(within, parents), largest=_greatest(own, parents))


def _count(unit, column, shape):
    cells = np.bincount(unit * shape[1] + column, minlength=shape[0] * shape[1])
    return cells.astype(np.int32).reshape(shape)


def _side_by_side(before, now, column_count):
    """Each person and column of either day as one number, and unit and value on both days."""
    days = (before, now)
    keys = [day.person * column_count + day.column for day in days]
    # Two sorted runs, which a stable sort merges; np.unique hashes them, ten times slower.
    cells = np.sort(np.concatenate(keys), kind="stable")
    cells = cells[np.diff(cells, prepend=-1) > 0]
    unit = np.full((2, len(cells)), NOWHERE)
    value = np.zeros((2, len(cells)), np.int64)
    for side, (key, day) in enumerate(zip(keys, days, strict=True)):
        place = np.searchsorted(cells, key)
        unit[side, place], value[side, place] = day.unit, day.value
    return cells, unit, value


def _meeting_point(some, others, parents):
    """For each pair of units, the lowest unit that holds both; NOWHERE between organisations."""
    lineage = _lineage(parents)
    shared = ((lineage[some] == lineage[others]) & (lineage[some] != NOWHERE)).sum(axis=1)
    lowest = lineage[some, np.maximum(shared - 1, 0)]
    return np.where(shared > 0, lowest, NOWHERE)


def _lineage(parents):
    """Units by depths: the unit above it, or itself, at each depth; NOWHERE further down."""
    tree = generations(parents)
    lineage = np.full((len(parents), len(tree) + 1), NOWHERE)
    roots = np.flatnonzero(parents < 0)
    lineage[roots, 0] = roots
    for depth, generation in enumerate(tree, start=1):
        children = generation.children
        lineage[children] = lineage[parents[children]]
        lineage[children, depth] = children
    return lineage


def _greatest(values, parents):
    greatest = values.copy()
    for generation in reversed(generations(parents)):
        below = np.maximum.reduceat(greatest[generation.children], generation.starts, axis=0)
        greatest[generation.heads] = np.maximum(greatest[generation.heads], below)
    return greatest


def find_fresh(earlier, *, shown, parents, tie_break, least):
    """Which lines are fresh, of those `shown` on the day by themselves: units by columns.

    `earlier` are the `Earlier` days in their order, `least` is the smallest publishable count;
    `tie_break` is a number for each unit that decides between equals. A line that was never
    fresh has told nothing that could be subtracted: it may be fresh as soon as the unit above is.
    """
    parents = np.asarray(parents)
    rank = np.argsort(np.argsort(np.asarray(tie_break)))[:, np.newaxis]
    tree = generations(parents)
    since_told = _since_told(earlier, shown.shape, tree)
    allowed = shown.copy()
    for day in earlier:
        allowed &= ~day.fresh | _passes(day.changes, least)
    while True:
        fresh = allowed.copy()
        given_away = np.zeros_like(fresh)
        for generation in tree:
            children, heads = generation.children, generation.heads
            fresh[children] &= fresh[parents[children]]
            # One that stands can leave too little beside the others on another day.
            for _ in children:
                standing = _must_stand(earlier, since_told, fresh, generation, rank, least)
                if not standing.any():
                    break
                fresh[children] &= ~standing
            low, high = _left_since_told(since_told, fresh, generation)
            given_away[heads] = _is_too_small(fresh[heads], low, high, least)
        if not given_away.any():
            return fresh
        allowed &= ~given_away


def _passes(changes, least):
    left = changes.whole - changes.largest
    enough = (changes.whole >= least) & ((left <= 0) | (left >= least))
    return (changes.whole == 0) | enough


def _is_too_small(fresh, low, high, least):
    return fresh & (high > 0) & (low < least)


@dataclass(frozen=True)
class _SinceTold:
    """Changes since a line was last fresh, 0 where it never was: `whole` and `own` as in
    `Changes`, and `double`, how often somebody counts in more than one part of the unit.
    """

    whole: np.ndarray
    own: np.ndarray
    double: np.ndarray


def _since_told(earlier, shape, tree):
    whole, own, double = np.zeros((3, *shape), np.int64)
    for day in earlier:
        changes = day.changes
        parts = changes.own.astype(np.int64)
        for generation in tree:
            below = changes.whole[generation.children]
            parts[generation.heads] += np.add.reduceat(below, generation.starts)
        whole[day.fresh] = changes.whole[day.fresh]
        own[day.fresh] = changes.own[day.fresh]
        double[day.fresh] = (parts - changes.whole)[day.fresh]
    return _SinceTold(whole, own, double)


def _left_since_told(since_told, fresh, generation):
    """How many have changed in what each fresh unit leaves beside the fresh ones below it, since
    each part of that was told last: at least and at most so many.
    """
    children, heads = generation.children, generation.heads
    standing = np.where(fresh[children], 0, since_told.whole[children])
    high = since_told.own[heads] + np.add.reduceat(standing, generation.starts)
    return high - since_told.double[heads], high


def _must_stand(earlier, since_told, fresh, generation, rank, least):
    """Which units of a generation may not be fresh beside their neighbours: the remainder gate.

    What the fresh ones leave of the unit above is compared with the same on each earlier day;
    then with the same less those only that were fresh on that day as well; then with what each
    of the standing ones told last, whichever day that was.
    """
    children, heads, family = generation.children, generation.heads, generation.family
    standing = np.zeros((len(children), fresh.shape[1]), bool)

    def check(low, high, told, sizes):
        too_small = _is_too_small(fresh[heads], low, high, least)
        changed = told & (sizes > 0)
        order = np.where(changed, sizes * len(rank) + rank[children], np.iinfo(np.int64).max)
        smallest = np.minimum.reduceat(order, generation.starts)[family]
        standing[changed & too_small[family] & (order == smallest)] = True

    for day in earlier:
        changes = day.changes
        sizes = changes.whole[children].astype(np.int64)
        parts = changes.own[heads] + np.add.reduceat(sizes, generation.starts)
        for told in (fresh[children], fresh[children] & day.fresh[children]):
            left = parts - np.add.reduceat(np.where(told, sizes, 0), generation.starts)
            high = np.where(day.fresh[heads], left, 0)
            # Somebody who moved within what is left is in two parts of it, and counted twice.
            check(high - (parts - changes.whole[heads]), high, told, sizes)
    low, high = _left_since_told(since_told, fresh, generation)
    check(low, high, fresh[children], since_told.whole[children])
    return standing
