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
sum of its children. The trees of many skills are handled as one array of nodes by counts.
"""

from dataclasses import dataclass, fields

import numpy as np

from reports.suppression import (
    ROUNDING,
    WITHHELD,
    Published,
    generations,
    least_publishable,
)

CELLS_AT_A_TIME = 2_000_000
NODES_AT_A_TIME = 16_384
LINES_REMEMBERED = 200_000
ROUGHLY = 50  # how far apart the least and the greatest sum of gaps may be to tell of levels
GENTLY = 4  # so often only one thing is withdrawn for a node
TIMES = 8  # of tightening at most; nearly all that can be found is found by the third
MARGIN = 1  # solving all sums together still narrows more, in one of some hundred organisations
FREE = 10_000_000  # more than any count, and so small that a hundred of them can be added
SIDES = ("below", "at", "above")
LEVELS = ("levels", "gap_sum")
PUBLISHED = (*SIDES, "rated", "not_applicable", "required", "gap_sum")
COUNTS = (*PUBLISHED, "unrated", "reaching", "not_above", "beyond")
MIX = np.random.default_rng(1).integers(-(2**62), 2**62, 64)  # makes one number of a line


def audit(figures, published, *, parents, tie_break, minimum):
    """`published` without what would let anybody narrow a small count; K is `minimum`."""
    least = least_publishable(minimum)
    parents = np.asarray(parents)
    organisation = Organisation(parents, generations(parents), np.asarray(tie_break))
    kept = Published(
        **{field.name: getattr(published, field.name).copy() for field in fields(Published)}
    )
    tightened = Tightened()
    unit_count, skill_count = published.shown.shape
    width = figures.levels.shape[-1] + len(COUNTS)
    at_a_time = max(1, CELLS_AT_A_TIME // (unit_count * width))
    waiting = np.flatnonzero(kept.shown.any(axis=0))
    skills, tried = waiting[:0], np.zeros(skill_count, int)
    while len(skills) or len(waiting):
        more = at_a_time - len(skills)
        skills, waiting = np.concatenate([skills, waiting[:more]]), waiting[more:]
        tree = _make_tree(figures, kept, skills, organisation, least, tightened)
        exposed = _find_exposed(tree, least)
        times = _how_many(tried[skills])
        tried[skills] += 1
        skills = skills[_withdraw(kept, tree, exposed, skills, organisation, times)]
        skills = skills[kept.shown[:, skills].any(axis=0)]
    return kept


def _how_many(tried):
    """How many things to withdraw for one node at a time: gently at first, to be done in the end.

    Without end: a unit with hundreds below it could otherwise lose one of them in each round.
    """
    return 2 ** np.minimum(np.maximum(0, tried - GENTLY + 1), 30)


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
class Managed:
    """Groups of people posted in one unit, whose manager knows the answers of all of them.

    `leaf` is the node without children that each group belongs to, and `counts` kinds of counts
    by groups. Sorted by leaf.
    """

    leaf: np.ndarray
    counts: np.ndarray


@dataclass(frozen=True)
class Tree:
    """Kinds of counts by nodes: what is true, what is told, and who knows what.

    `unit` and `skill` are positions (of the skill: among those at hand); `is_rest` marks the
    rest of a unit beside its shown units. `largest` is the greatest count among the groups in
    `managed` that are part of a node. The kinds are the people at each level, then `COUNTS`, of
    which some are not published, but sums of such as are: those unrated, those at or above target
    (`reaching`) and at or below it (`not_above`), and the gaps `beyond` everybody's first level.
    """

    unit: np.ndarray
    skill: np.ndarray
    is_rest: np.ndarray
    families: list[Family]
    exact: np.ndarray
    parent: np.ndarray
    tightened: "Tightened"
    managed: Managed
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


def _make_tree(figures, kept, skills, organisation, least, tightened):
    shown = kept.shown[:, skills]
    unit, skill, is_rest, families, leaf = _make_nodes(shown, organisation)
    exact, levels = _exact_counts(figures, skills)
    own = _own_counts(exact, organisation)
    required = levels + COUNTS.index("required")
    groups = np.nonzero((own[required] > 0) & (leaf >= 0))
    leaf = leaf[groups]
    order = np.argsort(leaf, kind="stable")
    managed = Managed(leaf[order], own[:, groups[0][order], groups[1][order]])
    exact = exact[:, unit, skill]
    low, high = _told(kept, unit, skills[skill], exact, levels, least)
    low[:, is_rest], high[:, is_rest] = 0, FREE
    for family in families:
        parts = np.where(is_rest[family.nodes], 0, exact[:, family.nodes])
        rest = exact[:, family.heads] - np.add.reduceat(parts, family.starts, axis=-1)
        exact[:, family.nodes] = np.where(
            is_rest[family.nodes], rest[:, family.parent], exact[:, family.nodes]
        )
    parent = np.full(len(unit), -1)
    for family in families:
        parent[family.nodes] = family.heads[family.parent]
    largest = np.zeros_like(exact)
    leaves, starts = np.unique(managed.leaf, return_index=True)
    largest[:, leaves] = np.maximum.reduceat(managed.counts, starts, axis=1)
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
        tightened=tightened,
        parent=parent,
        managed=managed,
        largest=largest,
        low=low,
        high=high,
        target_low=figures.target_low[unit, skills[skill]].astype(np.int32),
        target_high=figures.target_high[unit, skills[skill]].astype(np.int32),
    )


def _make_nodes(shown, organisation):
    """Unit, skill and whether it is a rest, of each node, and the families they form.

    A shown unit with shown units below it has one child more, its rest. Then, as units by
    skills, the node without children that people posted in a unit belong to, -1 for none.
    """
    roots = np.flatnonzero(organisation.parents < 0)
    place, skill = np.nonzero(shown[roots])
    unit, is_rest, families = roots[place], np.zeros(len(place), bool), []
    node, leaf = np.full((2, *shown.shape), -1)
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
        rest = first + np.flatnonzero(rest)
        leaf[unit[rest], skill[rest]] = rest
        heads, starts, parent = np.unique(above[order], return_index=True, return_inverse=True)
        families.append(Family(slice(first, len(unit)), heads, starts, parent))
    leaf = np.where(leaf < 0, node, leaf)
    for generation in organisation.generations:
        own, above = leaf[generation.children], leaf[generation.heads][generation.family]
        leaf[generation.children] = np.where(own < 0, above, own)
    return unit, skill, is_rest, families, leaf


def _exact_counts(figures, skills):
    """Kinds of counts by units by skills, and how many levels are used at all."""
    used = figures.levels[:, skills].any(axis=(0, 1))
    levels = int(np.flatnonzero(used).max(initial=0)) + 1
    counts = [figures.levels[:, skills, level] for level in range(levels)]
    counts += [getattr(figures, name)[:, skills] for name in (*PUBLISHED, "unrated")]
    rated = figures.rated[:, skills]
    counts += [rated - figures.below[:, skills], rated - figures.above[:, skills]]
    counts += [figures.gap_sum[:, skills] - figures.below[:, skills]]
    return np.array(counts, np.int32), levels


def _own_counts(exact, organisation):
    """Counts of people posted in each unit itself."""
    own = exact.copy()
    for generation in organisation.generations:
        own[:, generation.heads] -= np.add.reduceat(
            exact[:, generation.children], generation.starts, axis=1
        )
    return own


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
    # The sum of gaps is published only where the levels beyond the first are none or enough.
    told = ~withheld[levels + PUBLISHED.index("gap_sum")]
    low[-1] = np.where(told & (exact[-1] > 0), least, 0)
    high[-1] = np.where(told & (exact[-1] == 0), 0, FREE)
    return low.astype(np.int32), high.astype(np.int32)


# --- Who can tell what ------------------------------------------------------------------------


def _find_exposed(tree, least):
    """Which counts of which nodes somebody can narrow to a few values."""
    low, high = _as_anybody(tree, least)
    inside = _as_manager_inside(tree, low, high)
    outside = _as_manager_outside(tree, low, high, *inside)
    exposed = _narrowed(tree.exact, *outside, least)
    small = (tree.exact > 0) & (tree.exact < least)
    # Whoever manages some of the people subtracts them and asks about the others.
    others = tree.exact - tree.largest
    required = tree.kind("required")
    small = np.where(others > 0, others < least, small & (others[required] > 0))
    exposed |= small & (inside[1] - inside[0] + 1 < _enough(least))
    exposed[required:] = False  # not answers
    _find_exposed_to_groups(exposed, tree, low, high, least)
    return exposed


def _find_exposed_to_groups(exposed, tree, low, high, least):
    """Note what managers tell of others in their nodes where people have different targets.

    They know on which side of their target their own people are, and so more than how many of
    them are at each level and on each side. For skills only of which nothing else is exposed.
    """
    answers = slice(0, tree.kind("required"))
    can_be = tree.target_low < tree.target_high
    can_be &= ~np.isin(tree.skill, tree.skill[exposed.any(axis=0)])
    node, group = tree.managed.leaf, np.arange(len(tree.managed.leaf))
    while len(node):
        asked, its_group = node[can_be[node]], group[can_be[node]]
        others = tree.exact[:, asked] - tree.managed.counts[:, its_group]
        has_small = ((others > 0) & (others < least))[answers].any(axis=0)
        asked, others = asked[has_small], others[:, has_small]
        mine = tree.managed.counts[:, its_group[has_small]]
        others_low, others_high = np.maximum(low[:, asked] - mine, 0), high[:, asked] - mine
        _tighten_nodes(others_low, others_high, tree, np.arange(len(asked)), asked)
        kind, place = np.nonzero(_narrowed(others, others_low, others_high, least)[answers])
        exposed[kind, asked[place]] = True
        node = tree.parent[node]
        node, group = node[node >= 0], group[node >= 0]


def _narrowed(counts, low, high, least):
    """Which counts are small and left with a few values."""
    return (counts > 0) & (counts < least) & (high - low + 1 < _enough(least))


def _enough(least):
    """How many values must be left of a small count."""
    return min(5, (least + 1) // 2) + MARGIN


def _as_anybody(tree, least):
    low, high = tree.low.copy(), tree.high.copy()
    rated = tree.kind("rated")
    # What is left of a unit beside its shown units is nobody or at least K: the second gate.
    nobody = tree.exact[rated] == 0
    low[rated, tree.is_rest & ~nobody] = least
    high[rated, tree.is_rest & nobody] = 0
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


def _tighten_nodes(low, high, tree, places, node=None):
    """Tighten some columns of intervals, given by their positions, in place.

    `node` holds each column's node, if these are not the nodes themselves.
    """
    for start in range(0, len(places), NODES_AT_A_TIME):
        some = places[start : start + NODES_AT_A_TIME]
        its_node = some if node is None else node[some]
        targets = np.stack([tree.target_low[its_node], tree.target_high[its_node]])
        lines = np.concatenate([targets, low[:, some], high[:, some]])
        low[:, some], high[:, some] = np.split(tree.tightened.look_up(lines), 2)


class Tightened:
    """Lines tightened before. Those of few people are often alike, and most stay as they were
    when something is withdrawn, so that each different one is tightened once.

    A line is a column of the least and greatest target, then low and high of each kind of count.
    """

    def __init__(self):
        self._forget(0)

    def _forget(self, height):
        self.count, self.mixed, self.place = 0, np.zeros(0, np.int64), np.zeros(0, int)
        self.given = np.zeros((LINES_REMEMBERED if height else 0, height), np.int32)
        self.found = np.zeros((len(self.given), max(0, height - 2)), np.int32)

    def look_up(self, lines):
        """Low, then high of each kind of count, tightened."""
        if self.given.shape[1] != len(lines) or self.count + lines.shape[1] > LINES_REMEMBERED:
            self._forget(len(lines))
        mixed = MIX[: len(lines)] @ lines.astype(np.int64)
        _, first, alike = np.unique(mixed, return_index=True, return_inverse=True)
        new = first[~self._is_known(mixed[first])]
        self._add(mixed[new], lines[:, new])
        place = self.place[np.searchsorted(self.mixed, mixed[first])][alike]
        found = self.found[place].T
        other = np.flatnonzero((lines != self.given[place].T).any(axis=0))
        if len(other):  # mixed to the number of another line
            found = found.copy()
            found[:, other] = _tighten_lines(lines[:, other])
        return found

    def _is_known(self, mixed):
        at = np.minimum(np.searchsorted(self.mixed, mixed), max(0, len(self.mixed) - 1))
        return self.mixed[at] == mixed if len(self.mixed) else np.zeros(len(mixed), bool)

    def _add(self, mixed, lines):
        places = np.arange(self.count, self.count + len(mixed))
        self.given[places], self.found[places] = lines.T, _tighten_lines(lines).T
        at = np.searchsorted(self.mixed, mixed)
        self.mixed, self.place = np.insert(self.mixed, at, mixed), np.insert(self.place, at, places)
        self.count += len(mixed)


def _tighten_lines(lines):
    low, high = np.split(lines[2:], 2)
    low, high = low.copy(), high.copy()
    _tighten(low, high, *lines[:2])
    return np.concatenate([low, high])


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
    gap_sum = levels + COUNTS.index("gap_sum")
    level = np.arange(levels, dtype=np.int32)[:, np.newaxis]
    for tie in _sums(level, target_low, target_high):
        _tie(low, high, *tie)
    told = np.flatnonzero(high[gap_sum] - low[gap_sum] < ROUGHLY)
    if len(told):
        some_low, some_high = low[:, told], high[:, told]
        for tie in _sums_of_gaps(level, target_low[told], target_high[told]):
            _tie(some_low, some_high, *tie)
        low[:, told], high[:, told] = some_low, some_high


def _sums(level, target_low, target_high):
    """Sums that hold among the counts of nodes, as arguments of `_tie`."""
    levels = len(level)
    below, at, above, rated, not_applicable, required, gap_sum, *others = range(
        levels, levels + len(COUNTS)
    )
    unrated, reaching, not_above, _ = others
    at_levels, sides = slice(0, levels), slice(below, above + 1)
    one = np.ones((1, 1), np.int32)
    one_target = (level == target_low) & (target_low == target_high)
    yield at_levels, one, one, rated
    yield sides, one, one, rated
    yield [rated, not_applicable, unrated], one, one, required
    yield [at, above], one, one, reaching
    yield [below, at], one, one, not_above
    yield [below, reaching], one, one, rated
    yield [above, not_above], one, one, rated
    yield at_levels, level >= target_high, level >= target_low, reaching
    yield at_levels, level <= target_low, level <= target_high, not_above
    yield at_levels, level < target_low, level < target_high, below
    yield at_levels, level > target_high, level > target_low, above
    yield at_levels, one_target, (level >= target_low) & (level <= target_high), at
    least_gap, most_gap = (np.maximum(target - level, 0) for target in (target_low, target_high))
    yield at_levels, least_gap, most_gap, gap_sum
    yield slice(below, below + 1), one, target_high, gap_sum


def _sums_of_gaps(level, target_low, target_high):
    """More of them, which tell something where the sum of gaps is roughly known."""
    levels = len(level)
    below, rated, gap_sum, beyond = (
        levels + COUNTS.index(name) for name in ("below", "rated", "gap_sum", "beyond")
    )
    one = np.ones((1, 1), np.int32)
    at_levels = list(range(levels))
    yield [below, beyond], one, one, gap_sum
    yield slice(below, below + 1), 0 * one, target_high - 1, beyond
    # Gaps, or what they are beyond the first level, are k for each of some people and the rest.
    for first, total in ((0, gap_sum), (1, beyond)):
        for k in range(int(target_high.max(initial=0)) + 1 - first):
            of_below = _gaps_of_below(k + first, level, target_low, target_high)
            of_all = [
                np.maximum(target - first - level, 0) - k for target in (target_low, target_high)
            ]
            each = np.full((1, len(target_low)), k)
            for some, weights in ((below, of_below), (rated, of_all)):
                least_weights, most_weights = (np.vstack([part, each]) for part in weights)
                yield [*at_levels, some], least_weights, most_weights, total


def _gaps_of_below(k, level, target_low, target_high):
    """Least and greatest weight at each level of a gap less k of people who are below target."""
    nearest = np.maximum(target_low, level + 1) - level - k
    farthest = target_high - level - k
    low = np.where(level < target_low, nearest, np.minimum(nearest, 0))
    high = np.where(level < target_low, farthest, np.maximum(farthest, 0))
    can_be_below = level < target_high
    return low * can_be_below, high * can_be_below


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
        _withdraw_first(kept, tables, np.array(chain), skill, organisation, times[tree.skill[node]])
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
        having = units[_has_any(kept, table, units, skill)]
        for unit in pick(having):
            for name in table:
                getattr(kept, name)[unit, skill] = WITHHELD
        if len(having):
            return
    for unit in pick(units[kept.shown[units, skill]]):
        _hide(kept, unit, skill, organisation)


def _has_any(kept, table, units, skill):
    """Which of the units have a published figure of a table."""
    has_any = np.zeros(len(units), bool)
    for name in table:
        told = getattr(kept, name)[units, skill] != WITHHELD
        has_any |= told.reshape(len(units), -1).any(axis=1)
    return has_any


def _hide(kept, unit, skill, organisation):
    """Withhold everything about a unit and all below it."""
    for field in fields(Published):
        getattr(kept, field.name)[unit, skill] = False if field.name == "shown" else WITHHELD
    below = organisation.children(unit)
    for child in below[kept.shown[below, skill]]:
        _hide(kept, child, skill, organisation)
