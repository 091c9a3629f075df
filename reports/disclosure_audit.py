"""Sums across units: publishable counts in, fewer publishable counts out.

Pure: arrays and numbers in, arrays out; no queries, no clock, no settings.

What `reports.suppression` publishes is read as an attacker reads it, as intervals tied together
by sums: levels to raters, below, at and above to raters and to levels, gaps to levels, raters
and not applicable to required, units to the unit above and what is left of it. Intervals are
tightened through all sums, first as anybody can, then as the manager of any one unit's people
can, who knows those people's answers exactly. Where a count of 1 to K - 1 is narrowed to a few
values, something that exposes it is withdrawn: the levels of a unit, or else the numbers below,
at and above target, or else the unit. Repeated until nothing is exposed; it only withdraws, so
it ends.

Skills are independent of each other. For one skill, the shown units and, for each that has shown
units below it, the rest of it beside those are the nodes of a tree in which every node is the
sum of its children. All skills' trees are handled as one array of nodes by counts.
"""

from dataclasses import dataclass, fields
from itertools import count

import numpy as np

from reports.suppression import (
    ROUNDING,
    WITHHELD,
    Published,
    generations,
    least_publishable,
)

CELLS_AT_A_TIME = 2_000_000
NODES_AT_A_TIME = 4096  # whose intervals stay in the cache of a processor
TIMES = 8  # of tightening at most; nearly all that can be found is found by the third
FREE = 10_000_000  # more than any count, and so small that a hundred of them can be added
# Solving all sums together narrows more than tightening them one after the other: keep a distance.
MARGIN = 2
SIDES = ("below", "at", "above")
LEVELS = ("levels", "gap_sum")
PUBLISHED = (*SIDES, "rated", "not_applicable", "required", "gap_sum")
COUNTS = (*PUBLISHED, "unrated", "reaching", "not_above")
_MIX = np.random.default_rng(1).integers(-(2**62), 2**62, 64)


def audit(figures, published, *, parents, tie_break, minimum):
    """`published` without what would let anybody narrow a small count; K is `minimum`."""
    least = least_publishable(minimum)
    parents = np.asarray(parents)
    organisation = Organisation(parents, generations(parents), np.asarray(tie_break))
    kept = Published(
        **{field.name: getattr(published, field.name).copy() for field in fields(Published)}
    )
    unit_count, skill_count = published.shown.shape
    width = figures.levels.shape[-1] + len(COUNTS)
    step = max(1, CELLS_AT_A_TIME // (unit_count * width))
    for start in range(0, skill_count, step):
        skills = np.arange(start, min(start + step, skill_count))
        skills = skills[kept.shown[:, skills].any(axis=0)]
        for times in _once_then_more():
            if not len(skills):
                break
            tree = _make_tree(figures, kept, skills, organisation, least)
            exposed = _find_exposed(tree, least)
            skills = skills[_withdraw(kept, tree, exposed, skills, organisation, times)]
    return kept


def _once_then_more():
    """How many things to withdraw for one node at a time: gently at first, to be done in the end.

    Without end: a unit with hundreds below it could otherwise lose one of them in each round.
    """
    yield from (1, 1, 1, 1)
    yield from (2**step for step in count(1))


@dataclass(frozen=True)
class Organisation:
    parents: np.ndarray
    generations: list
    tie_break: np.ndarray

    def children(self, unit):
        return np.flatnonzero(self.parents == unit)


# --- The tree of nodes ------------------------------------------------------------------------


@dataclass(frozen=True)
class Family:
    """Nodes of one depth: `nodes` is a slice of all, sorted by parent; `heads` are the parents,
    `starts` where the children of each begin, `parent` the position in `heads` for each child.
    """

    nodes: slice
    heads: np.ndarray
    starts: np.ndarray
    parent: np.ndarray

    def total(self, counts):
        return np.add.reduceat(counts[..., self.nodes], self.starts, axis=-1)


@dataclass(frozen=True)
class Tree:
    """Kinds of counts by nodes: what is true, what is told, and who knows what.

    `unit` and `skill` are positions (of the skill: among those at hand); `is_rest` marks the
    rest of a unit beside its shown units. `largest` is the greatest count among groups of people
    posted in one unit. The kinds are the people at each level, then `COUNTS`, of which some are
    not published, but sums of such as are: those unrated, those at or above target (`reaching`)
    and those at or below it (`not_above`).
    """

    unit: np.ndarray
    skill: np.ndarray
    is_rest: np.ndarray
    families: list[Family]
    exact: np.ndarray
    largest: np.ndarray
    low: np.ndarray
    high: np.ndarray
    target_low: np.ndarray
    target_high: np.ndarray

    @property
    def levels(self):
        return len(self.exact) - len(COUNTS)

    def kind(self, name):
        return self.levels + COUNTS.index(name)

    @property
    def is_leaf(self):
        leaf = np.ones(len(self.unit), bool)
        for family in self.families:
            leaf[family.heads] = False
        return leaf


def _make_tree(figures, kept, skills, organisation, least):
    shown = kept.shown[:, skills]
    unit, skill, is_rest, families = _make_nodes(shown, organisation)
    exact, levels = _exact_counts(figures, skills)
    largest = _largest_groups(exact, shown, organisation)[:, unit, skill]
    exact = exact[:, unit, skill]
    low, high = _told(kept, unit, skills[skill], exact, levels, least)
    low[:, is_rest], high[:, is_rest] = 0, FREE
    for family in families:
        parts = np.where(is_rest[family.nodes], 0, exact[:, family.nodes])
        rest = exact[:, family.heads] - np.add.reduceat(parts, family.starts, axis=-1)
        exact[:, family.nodes] = np.where(
            is_rest[family.nodes], rest[:, family.parent], exact[:, family.nodes]
        )
    for family in reversed(families):
        largest[:, family.heads] = np.maximum.reduceat(
            largest[:, family.nodes], family.starts, axis=-1
        )
    return Tree(
        unit=unit,
        skill=skill,
        is_rest=is_rest,
        families=families,
        exact=exact,
        largest=largest,
        low=low,
        high=high,
        target_low=figures.target_low[unit, skills[skill]].astype(np.int32),
        target_high=figures.target_high[unit, skills[skill]].astype(np.int32),
    )


def _make_nodes(shown, organisation):
    """Unit, skill and whether it is a rest, of each node, and the families they form.

    A shown unit with shown units below it has one child more, its rest.
    """
    roots = np.flatnonzero(organisation.parents < 0)
    place, skill = np.nonzero(shown[roots])
    unit, is_rest, families = roots[place], np.zeros(len(place), bool), []
    node = np.full(shown.shape, -1)
    node[unit, skill] = np.arange(len(unit))
    for generation in organisation.generations:
        place, its_skill = np.nonzero(shown[generation.children])
        if not len(place):
            break
        its_unit = generation.children[place]
        above = node[organisation.parents[its_unit], its_skill]
        heads = np.unique(above)
        above = np.concatenate([above, heads])
        order = np.argsort(above, kind="stable")
        first, rest = len(unit), order >= len(place)
        unit = np.concatenate([unit, np.concatenate([its_unit, unit[heads]])[order]])
        skill = np.concatenate([skill, np.concatenate([its_skill, skill[heads]])[order]])
        is_rest = np.concatenate([is_rest, rest])
        added = first + np.flatnonzero(~rest)
        node[unit[added], skill[added]] = added
        heads, starts, parent = np.unique(above[order], return_index=True, return_inverse=True)
        families.append(Family(slice(first, len(unit)), heads, starts, parent))
    return unit, skill, is_rest, families


def _exact_counts(figures, skills):
    """Kinds of counts by units by skills, and how many levels are used at all."""
    used = figures.levels[:, skills].any(axis=(0, 1))
    levels = int(np.flatnonzero(used).max(initial=0)) + 1
    counts = [figures.levels[:, skills, level] for level in range(levels)]
    counts += [getattr(figures, name)[:, skills] for name in (*PUBLISHED, "unrated")]
    rated = figures.rated[:, skills]
    counts += [rated - figures.below[:, skills], rated - figures.above[:, skills]]
    return np.array(counts, np.int32), levels


def _largest_groups(exact, shown, organisation):
    """The greatest count among people posted in one unit, over a unit and the hidden below it."""
    largest = exact.copy()
    for generation in organisation.generations:
        largest[:, generation.heads] -= np.add.reduceat(
            exact[:, generation.children], generation.starts, axis=1
        )
    for generation in reversed(organisation.generations):
        children = generation.children
        below = np.where(shown[children], 0, largest[:, children])
        below = np.maximum.reduceat(below, generation.starts, axis=1)
        largest[:, generation.heads] = np.maximum(largest[:, generation.heads], below)
    return largest


def _told(kept, unit, skill, exact, levels, least):
    """Least and greatest value of each count that the published figure of it allows."""
    table = np.full(exact.shape, WITHHELD, np.int32)
    table[:levels] = kept.levels[unit, skill, :levels].T
    for kind, name in enumerate(PUBLISHED, start=levels):
        table[kind] = getattr(kept, name)[unit, skill]
    withheld = table == WITHHELD
    # A count withheld alone is small. One withheld with its whole table may be anything.
    small = withheld & (exact > 0) & (exact < least)
    small[:levels] &= (kept.levels[unit, skill] != WITHHELD).any(axis=1)
    small[levels : levels + 3] &= ~withheld[levels : levels + 3].all(axis=0)
    small[levels + 5 :] = False  # others are never withheld as small
    low = np.where(table == 0, 0, np.maximum(table - ROUNDING // 2, least))
    high = np.where(table == 0, 0, table + ROUNDING // 2)
    low = np.where(withheld, np.where(small, 1, 0), low)
    high = np.where(withheld, np.where(small, least - 1, FREE), high)
    return low.astype(np.int32), high.astype(np.int32)


# --- Who can tell what ------------------------------------------------------------------------


def _find_exposed(tree, least):
    """Which counts of which nodes somebody can narrow to a few values."""
    low, high = _as_anybody(tree, least)
    inside = _as_manager_inside(tree, low, high)
    outside = _as_manager_outside(tree, low, high, *inside)
    enough = min(5, (least + 1) // 2) + MARGIN
    small = (tree.exact > 0) & (tree.exact < least)
    exposed = small & (outside[1] - outside[0] + 1 < enough)
    # Whoever manages some of the people subtracts them and asks about the others.
    others = tree.exact - tree.largest
    required = tree.kind("required")
    small = np.where(others > 0, others < least, small & (others[required] > 0))
    exposed |= small & (inside[1] - inside[0] + 1 < enough)
    exposed[required:] = False  # not answers
    return exposed


def _as_anybody(tree, least):
    low, high = tree.low.copy(), tree.high.copy()
    rated = tree.kind("rated")
    # What is left of a unit beside its shown units is nobody or at least K: the second gate.
    low[rated, tree.is_rest & (tree.exact[rated] > 0)] = least
    changed = np.arange(low.shape[1])
    for _ in range(TIMES):
        if not len(changed):
            break
        _tighten_nodes(low, high, tree, changed)
        before_low, before_high = low.copy(), high.copy()
        for family in reversed(tree.families):
            heads = family.heads
            low[:, heads] = np.maximum(low[:, heads], family.total(low))
            high[:, heads] = np.minimum(high[:, heads], family.total(high))
        for family in tree.families:
            here, heads, parent = family.nodes, family.heads, family.parent
            room = (high[:, heads] - family.total(low))[:, parent] + low[:, here]
            need = (low[:, heads] - family.total(high))[:, parent] + high[:, here]
            np.minimum(high[:, here], room, out=high[:, here])
            np.maximum(low[:, here], need, out=low[:, here])
        changed = _where_different(low, high, before_low, before_high)
    return low, high


def _where_different(low, high, before_low, before_high):
    return np.flatnonzero(((low != before_low) | (high != before_high)).any(axis=0))


def _as_manager_inside(tree, low, high):
    """What the best placed manager of some of a node's people can tell about the node."""
    leaf, required = tree.is_leaf, tree.kind("required")
    inside_low = np.where(leaf, np.maximum(low, tree.largest), low)
    manages_all = leaf & (tree.exact[required] == tree.largest[required])
    inside_high = np.where(manages_all, tree.exact, high)
    changed = _where_different(inside_low, inside_high, low, high)
    _tighten_nodes(inside_low, inside_high, tree, changed)
    for family in reversed(tree.families):
        here, heads = family.nodes, family.heads
        gain = inside_low[:, here] - low[:, here]
        gain = np.maximum.reduceat(gain, family.starts, axis=1)
        loss = high[:, here] - inside_high[:, here]
        loss = np.maximum.reduceat(loss, family.starts, axis=1)
        inside_low[:, heads] = np.maximum(low[:, heads], family.total(low) + gain)
        inside_high[:, heads] = np.minimum(high[:, heads], family.total(high) - loss)
        changed = _where_different(
            *(bounds[:, heads] for bounds in (inside_low, inside_high, low, high))
        )
        _tighten_nodes(inside_low, inside_high, tree, heads[changed])
    return inside_low, inside_high


def _as_manager_outside(tree, low, high, inside_low, inside_high):
    """What the best placed manager of other people can tell about a node."""
    outside_low, outside_high = low.copy(), high.copy()
    for family in tree.families:
        here, heads, parent = family.nodes, family.heads, family.parent
        others_low = family.total(low)[:, parent] - low[:, here]
        others_high = family.total(high)[:, parent] - high[:, here]
        gain = _greatest_of_others(inside_low[:, here] - low[:, here], family)
        loss = _greatest_of_others(high[:, here] - inside_high[:, here], family)
        most, least = high[:, heads][:, parent], low[:, heads][:, parent]
        most_outside, least_outside = (
            outside_high[:, heads][:, parent],
            outside_low[:, heads][:, parent],
        )
        room = np.minimum(most - gain, most_outside) - others_low
        need = np.maximum(least + loss, least_outside) - others_high
        outside_high[:, here] = np.minimum(high[:, here], room)
        outside_low[:, here] = np.maximum(low[:, here], need)
        changed = _where_different(
            *(bounds[:, here] for bounds in (outside_low, outside_high, low, high))
        )
        _tighten_nodes(outside_low, outside_high, tree, here.start + changed)
    return outside_low, outside_high


def _greatest_of_others(values, family):
    """For each node of a family, the greatest value among its brothers and sisters; 0 of none."""
    first = np.maximum.reduceat(values, family.starts, axis=1)[:, family.parent]
    is_first = values == first
    several = np.add.reduceat(is_first.astype(np.int32), family.starts, axis=1) > 1
    second = np.maximum.reduceat(np.where(is_first, 0, values), family.starts, axis=1)
    only = is_first & ~several[:, family.parent]
    return np.where(only, second[:, family.parent], first)


# --- Tightening the counts of one node --------------------------------------------------------


def _tighten_nodes(low, high, tree, nodes):
    """Tighten intervals of some nodes, given by their positions, in place.

    Nodes of few people are often alike, so each different one is tightened once.
    """
    for start in range(0, len(nodes), NODES_AT_A_TIME):
        some = nodes[start : start + NODES_AT_A_TIME]
        targets = np.stack([tree.target_low[some], tree.target_high[some]])
        lines = np.concatenate([targets, low[:, some], high[:, some]])
        first, alike = _different(lines)
        target_low, target_high, *_ = lines = lines[:, first]
        some_low, some_high = np.split(lines[2:], 2)
        _tighten(some_low, some_high, target_low, target_high)
        low[:, some], high[:, some] = some_low[:, alike], some_high[:, alike]


def _different(lines):
    """Positions of one column of each kind, and for each column the position of its like."""
    _, first, alike = np.unique(
        _MIX[: len(lines)] @ lines.astype(np.int64), return_index=True, return_inverse=True
    )
    if (lines[:, first][:, alike] != lines).any():  # different ones that mix to the same number
        return np.arange(lines.shape[1]), np.arange(lines.shape[1])
    return first, alike


def _tighten(low, high, target_low, target_high):
    """Tighten intervals of counts through the sums among the counts of a node, in place."""
    nodes = np.arange(low.shape[1])
    for _ in range(TIMES):
        if not len(nodes):
            break
        some_low, some_high = low[:, nodes], high[:, nodes]
        _tighten_once(some_low, some_high, target_low[nodes], target_high[nodes])
        changed = ((some_low != low[:, nodes]) | (some_high != high[:, nodes])).any(axis=0)
        low[:, nodes], high[:, nodes] = some_low, some_high
        nodes = nodes[changed]


def _tighten_once(low, high, target_low, target_high):
    levels = len(low) - len(COUNTS)
    below, at, above, rated, not_applicable, required, gap_sum, unrated, reaching, not_above = (
        range(levels, levels + len(COUNTS))
    )
    at_levels, sides = slice(0, levels), slice(below, above + 1)
    level = np.arange(levels, dtype=np.int32)[:, np.newaxis]
    one = np.ones((1, 1), np.int32)
    one_target = (level == target_low) & (target_low == target_high)
    farthest = int(target_high.max(initial=0))
    ties = [
        (at_levels, one, one, rated),
        (sides, one, one, rated),
        ([rated, not_applicable, unrated], one, one, required),
        ([at, above], one, one, reaching),
        ([below, at], one, one, not_above),
        ([below, reaching], one, one, rated),
        ([above, not_above], one, one, rated),
        (at_levels, level >= target_high, level >= target_low, reaching),
        (at_levels, level <= target_low, level <= target_high, not_above),
        (at_levels, level < target_low, level < target_high, below),
        (at_levels, level > target_high, level > target_low, above),
        (at_levels, one_target, (level >= target_low) & (level <= target_high), at),
        (
            at_levels,
            np.maximum(target_low - level, 0),
            np.maximum(target_high - level, 0),
            gap_sum,
        ),
        (slice(below, below + 1), one, target_high, gap_sum),
        *(
            (slice(0, levels + 1), *_beyond(k, level, target_low, target_high), gap_sum)
            for k in range(1, farthest + 1)
        ),
    ]
    for parts, least_weights, most_weights, total in ties:
        _tie(low, high, parts, least_weights, most_weights, total)


def _beyond(k, level, target_low, target_high):
    """Weights of people at each level, and of those below target, that make up the sum of gaps.

    Gaps are k for each person below target, and target - level - k more.
    """
    nearest = np.maximum(target_low, level + 1) - level - k
    farthest = target_high - level - k
    low = np.where(level < target_low, nearest, np.minimum(nearest, 0))
    high = np.where(level < target_low, farthest, np.maximum(farthest, 0))
    can_be_below = level < target_high
    below = np.full((1, len(target_low)), k)
    return np.vstack([low * can_be_below, below]), np.vstack([high * can_be_below, below])


def _tie(low, high, parts, least_weights, most_weights, total):
    """Tighten parts and total where least_weights . parts <= total <= most_weights . parts."""
    part_low, part_high = low[parts], high[parts]
    least_weights = np.asarray(least_weights, np.int32)
    most_weights = np.asarray(most_weights, np.int32)
    signed = least_weights.min(initial=0) < 0
    if signed:
        least_of = np.where(least_weights < 0, part_high, part_low) * least_weights
        most_of = np.where(most_weights < 0, part_low, part_high) * most_weights
    else:
        least_of, most_of = part_low * least_weights, part_high * most_weights
    sum_low, sum_high = least_of.sum(axis=0), most_of.sum(axis=0)
    np.maximum(low[total], sum_low, out=low[total])
    np.minimum(high[total], sum_high, out=high[total])
    room = high[total] - sum_low + least_of
    need = low[total] - sum_high + most_of
    if signed or most_weights.max(initial=0) > 1:
        room //= np.maximum(np.abs(least_weights), 1)
        fall = -need // np.maximum(np.abs(most_weights), 1)
        np.maximum(part_low, -room, out=part_low, where=least_weights < 0)
        np.minimum(part_high, fall, out=part_high, where=most_weights < 0)
        need = -fall
    np.minimum(part_high, room, out=part_high, where=least_weights > 0)
    np.maximum(part_low, need, out=part_low, where=most_weights > 0)
    low[parts], high[parts] = part_low, part_high


# --- Withdrawing ------------------------------------------------------------------------------


def _withdraw(kept, tree, exposed, skills, organisation, times):
    """Take away something for each exposed node with none exposed below it; the skills touched.

    From below, so that the figures of large units stay where a small one's will do.
    """
    is_exposed = exposed.any(axis=0)
    covered = np.zeros(len(is_exposed), bool)
    for family in reversed(tree.families):
        here = (is_exposed | covered)[family.nodes]
        covered[family.heads] |= np.logical_or.reduceat(here, family.starts)
    levels = tree.levels
    for node in np.flatnonzero(is_exposed & ~covered):
        unit, skill = tree.unit[node], skills[tree.skill[node]]
        chain = [unit]
        if tree.is_rest[node]:
            children = organisation.children(unit)
            children = children[kept.shown[children, skill]]
            size = kept.rated[children, skill]
            chain = [*children[np.lexsort((organisation.tie_break[children], size))], unit]
        if exposed[:levels, node].any() or exposed[tree.kind("rated"), node]:
            tables = LEVELS, SIDES
        elif exposed[levels : levels + 3, node].any():
            tables = SIDES, LEVELS
        else:
            tables = ("required",), ("not_applicable",)
        _withdraw_first(kept, tables, chain, skill, organisation, times)
    touched = np.zeros(len(skills), bool)
    touched[tree.skill[is_exposed]] = True
    return touched


def _withdraw_first(kept, tables, units, skill, organisation, times):
    """Withdraw the first table that any of the units has, or else units themselves.

    From so many units at a time, and from the last one, above the others, only in the end.
    """

    def pick(units):
        return units[:times] if len(units) <= 1 else units[:-1][:times]

    for table in tables:
        having = [
            unit
            for unit in units
            if any((getattr(kept, name)[unit, skill] != WITHHELD).any() for name in table)
        ]
        for unit in pick(having):
            for name in table:
                getattr(kept, name)[unit, skill] = WITHHELD
        if having:
            return
    for unit in pick([unit for unit in units if kept.shown[unit, skill]]):
        _hide(kept, unit, skill, organisation)


def _hide(kept, unit, skill, organisation):
    """Withhold everything about a unit and all below it."""
    for field in fields(Published):
        getattr(kept, field.name)[unit, skill] = False if field.name == "shown" else WITHHELD
    below = organisation.children(unit)
    for child in below[kept.shown[below, skill]]:
        _hide(kept, child, skill, organisation)
