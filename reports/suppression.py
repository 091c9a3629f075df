"""What of a gap report may be published: exact counts in, publishable counts out.

Pure: arrays and numbers in, arrays out; no queries, no clock, no settings.

The rules follow the "10-5 rule" of the Office for National Statistics (hide counts below 10,
round the rest to 5), described in "Comparison of post-tabular statistical disclosure control
methods", with gates against subtraction along the organisation tree:

1. Unit gate, top down: a unit is shown for a skill where at least K people in its subtree have
   rated themselves and the unit above it is shown.
2. Remainder gate: what is left of a shown unit after its shown children are subtracted (hidden
   children and people posted in the unit itself) is 0 or at least K; else the smallest shown
   child is hidden too.
3. Dominance gate: without any one unit below it, or without the people posted in it directly,
   0 or at least K remain, because whoever manages those can subtract them.
4. Counts are rounded to 5. A count below K that is not 0 is withheld. Where more than 90% of the
   raters give one answer, nothing about the answers is published, only how many there are.

Gates 1 to 3 are about how many people have rated themselves, so they start at the top of the
whole organisation and not at the unit that a report is about: otherwise the report of a unit
hidden in its department's report would give it away.

Three things about answers are published beside each other: the number at each level, the number
below, at and above target, and the sum of gaps. They describe the same people, so each could
undo the withholding of another. Therefore

- numbers below, at and above target are one table under rule 4, and so are numbers at levels;
  one answer given by over 90% in either table withholds both, and the gaps;
- the sum of gaps is published where the number below target is, and where the levels missing
  beyond the first (the sum less the number below) are 0 or at least K: else it would tell of a
  few people who are far below. It is rounded to 5 like a count, and the mean is that sum divided
  by the rounded number of raters: a function of what is published already. Where the levels
  are withheld so is the sum, which would tell of them;
- the published figures of one line are then read as an attacker reads them, as intervals and
  sums. Where a withheld count of a table is narrowed to a few values, that table is withdrawn,
  the levels first because the other tables say more in less room.

The number of people required is withheld where the few whose skill is not applicable are: with
the number of raters it would narrow them.

Nothing tells which rule withheld a figure: knowing the reason narrows the count. Checking sums
across units (`reports.disclosure_audit`) works on the same `Published` arrays and only withdraws.
"""

from dataclasses import dataclass, fields

import numpy as np

ROUNDING = 5
ONE_ANSWER_SHARE = 0.9
LOWEST_MINIMUM = 5
WITHHELD = -1
CELLS_AT_A_TIME = 1_000_000


@dataclass(frozen=True)
class Figures:
    """Exact counts of people: arrays of units by skills, and `levels` by level 0 to 8 as well.

    `required` people have the skill in a role level; of them some are `not_applicable`, some
    have rated themselves (the sum of `levels`) and the others have not. `gap_sum` is in levels,
    not people. `target_low` and `target_high` are the least and the greatest target of the
    people required, 0 where there are none.
    """

    required: np.ndarray
    not_applicable: np.ndarray
    levels: np.ndarray
    below: np.ndarray
    at: np.ndarray
    above: np.ndarray
    gap_sum: np.ndarray
    target_low: np.ndarray
    target_high: np.ndarray

    @property
    def rated(self):
        return self.levels.sum(axis=-1, dtype=self.levels.dtype)

    @property
    def unrated(self):
        return self.required - self.not_applicable - self.rated

    def of_skills(self, skills):
        """The same for some skills, given by a slice."""
        return Figures(**{name: counts[:, skills] for name, counts in vars(self).items()})


@dataclass(frozen=True)
class Published:
    """Counts that may be published, multiples of 5; WITHHELD where one may not.

    Arrays as in `Figures`. Where `shown` is false every figure is withheld.
    """

    shown: np.ndarray
    required: np.ndarray
    rated: np.ndarray
    not_applicable: np.ndarray
    levels: np.ndarray
    below: np.ndarray
    at: np.ndarray
    above: np.ndarray
    gap_sum: np.ndarray

    @classmethod
    def nothing(cls, unit_count, skill_count, level_count):
        """Every figure withheld."""
        shape = unit_count, skill_count
        return cls(
            **{
                field.name: np.zeros(shape, bool)
                if field.name == "shown"
                else np.full(
                    (*shape, level_count) if field.name == "levels" else shape, WITHHELD, np.int32
                )
                for field in fields(cls)
            }
        )

    def put(self, skills, part):
        """Write what is published of some skills, given by a slice, in place."""
        for field in fields(self):
            getattr(self, field.name)[:, skills] = getattr(part, field.name)

    def only(self, units):
        """The same for some units, given by their positions or a mask."""
        return Published(**{field.name: getattr(self, field.name)[units] for field in fields(self)})


def suppress(figures, *, own_rated, parents, tie_break, minimum):
    """The publishable part of exact figures.

    `figures` count whole subtrees and `own_rated` the raters posted in each unit itself;
    `parents` holds the position of each unit's parent, -1 for none, and `minimum` is K.
    `tie_break` is a number for each unit that decides between children of equal size, so that
    the result does not depend on the order of the units. Raises ValueError for K below 5.
    """
    least = least_publishable(minimum)
    published = Published.nothing(*figures.levels.shape)
    for skills in skills_at_a_time(figures.levels.shape):
        some = figures.of_skills(skills)
        shown = pass_gates(
            some.rated,
            own_rated=own_rated[:, skills],
            parents=parents,
            tie_break=tie_break,
            least=least,
        )
        published.put(skills, publish_lines(some, shown, least=least))
    return published


def skills_at_a_time(shape):
    """Slices of skills of which a few arrays of units by skills by levels need little memory."""
    unit_count, skill_count, level_count = shape
    step = max(1, CELLS_AT_A_TIME // (unit_count * level_count))
    for start in range(0, skill_count, step):
        yield slice(start, min(start + step, skill_count))


def least_publishable(minimum):
    """The smallest count that is at least K and still is after rounding.

    10 for 10; 8 for 7, because a count of 7 would be published as 5.
    """
    if minimum < LOWEST_MINIMUM:
        raise ValueError(f"The smallest publishable count is {LOWEST_MINIMUM}, not {minimum}.")
    count = minimum
    while round_to_5(count) < minimum:
        count += 1
    return count


def round_to_5(counts):
    """The nearest multiple of 5."""
    return (counts + ROUNDING // 2) // ROUNDING * ROUNDING


# --- Gates along the tree ---------------------------------------------------------------------


@dataclass(frozen=True)
class Generation:
    """Units of one depth: `children` sorted by parent; those of `heads[i]` begin at `starts[i]`."""

    children: np.ndarray
    starts: np.ndarray
    heads: np.ndarray

    @property
    def family(self):
        """For each child, the position of its parent in `heads`."""
        return np.repeat(
            np.arange(len(self.heads)), np.diff(np.append(self.starts, len(self.children)))
        )


def generations(parents):
    """The units below the roots as `Generation`s, the topmost first."""
    parents = np.asarray(parents)
    found, above = [], np.flatnonzero(parents < 0)
    while True:
        children = np.flatnonzero(np.isin(parents, above))
        if not len(children):
            return found
        children = children[np.argsort(parents[children], kind="stable")]
        heads, starts = np.unique(parents[children], return_index=True)
        found.append(Generation(children, starts, heads))
        above = children


def pass_gates(rated, *, own_rated, parents, tie_break, least, allowed=True):
    """Which units are shown for which skills: gates 1 to 3.

    Only where `allowed`, an array like the result, says that something else does not forbid it.
    """
    parents = np.asarray(parents)
    tree = generations(parents)
    left = left_without_largest_part(rated, own_rated, tree)
    passes = (rated >= least) & ((left == 0) | (left >= least)) & allowed
    rank = np.argsort(np.argsort(np.asarray(tie_break)))[:, np.newaxis]
    shown = passes & (parents < 0)[:, np.newaxis]
    for generation in tree:
        children, starts, heads = generation.children, generation.starts, generation.heads
        family = generation.family
        candidates = passes[children] & shown[heads][family]
        sizes = rated[children].astype(np.int64)
        remainder = rated[heads] - np.add.reduceat(np.where(candidates, sizes, 0), starts)
        too_small = (remainder > 0) & (remainder < least)
        order = np.where(candidates, sizes * len(parents) + rank[children], np.iinfo(np.int64).max)
        smallest = np.minimum.reduceat(order, starts)
        hide = candidates & too_small[family] & (order == smallest[family])
        shown[children] = candidates & ~hide
    return shown


def left_without_largest_part(rated, own_rated, tree):
    """Raters of a unit outside the largest part of it that is not all of it; 0 where none is.

    Parts are the units below at any depth and the people posted directly in a unit. Any depth,
    because a unit whose raters all sit in one child publishes that child's figures.
    """
    largest = np.array(own_rated)
    left = np.zeros_like(largest)
    left_inside = np.zeros_like(largest)
    for generation in reversed(tree):
        children, starts, heads = generation.children, generation.starts, generation.heads
        left[children] = _left(rated, largest, left_inside, children)
        parts = rated[children]
        everybody = parts == rated[heads][generation.family]
        largest[heads] = np.maximum(largest[heads], np.maximum.reduceat(parts, starts))
        left_inside[heads] = np.maximum.reduceat(np.where(everybody, left[children], 0), starts)
    return _left(rated, largest, left_inside, slice(None))


def _left(rated, largest, left_inside, units):
    part = largest[units]
    return np.where(part < rated[units], rated[units] - part, left_inside[units])


# --- Figures of each line ---------------------------------------------------------------------


def publish_lines(figures, shown, *, least):
    """Round and withhold the figures of each shown unit and skill by themselves: rule 4."""
    rated = figures.rated
    sides = np.stack([figures.below, figures.at, figures.above], axis=-1)
    largest = np.maximum(figures.levels.max(axis=-1), sides.max(axis=-1))
    varied = shown & (largest <= ONE_ANSWER_SHARE * rated)

    rated_out = np.where(shown, round_to_5(rated), WITHHELD)
    not_applicable_out = _counts(figures.not_applicable, shown, least)
    # Beside the raters, the people required would narrow the few whose skill is not applicable.
    told = not_applicable_out != WITHHELD
    required_out = np.where(told, round_to_5(figures.required), WITHHELD)

    sides_out = _counts(sides, varied[..., np.newaxis], least)
    cells = np.nonzero(varied & (sides_out == WITHHELD).any(axis=-1))
    exposed = _exposed(sides_out[cells], _total(rated_out[cells], 3, least), least)
    sides_out[tuple(axis[exposed] for axis in cells)] = WITHHELD

    below_out = sides_out[..., 0]
    beyond = figures.gap_sum - figures.below
    gaps_safe = (below_out != WITHHELD) & ((beyond == 0) | (beyond >= least))
    gap_sum_out = np.where(gaps_safe, round_to_5(figures.gap_sum), WITHHELD)

    levels_out = _counts(figures.levels, varied[..., np.newaxis], least)
    cells = np.nonzero(varied & (levels_out == WITHHELD).any(axis=-1))
    sums = _sums_over_levels(
        levels_out.shape[-1],
        rated=rated_out[cells],
        sides=sides_out[cells],
        gap_sum=gap_sum_out[cells],
        target_low=figures.target_low[cells],
        target_high=figures.target_high[cells],
        least=least,
    )
    exposed = _exposed(levels_out[cells], sums, least)
    levels_out[tuple(axis[exposed] for axis in cells)] = WITHHELD
    gap_sum_out[(levels_out == WITHHELD).all(axis=-1)] = WITHHELD

    return Published(
        shown=shown,
        required=required_out,
        rated=rated_out,
        not_applicable=not_applicable_out,
        levels=levels_out,
        below=below_out,
        at=sides_out[..., 1],
        above=sides_out[..., 2],
        gap_sum=gap_sum_out,
    )


def _counts(counts, allowed, least):
    """Counts rounded to 5, withheld where not allowed or where they are from 1 to K - 1."""
    small = (counts > 0) & (counts < least)
    return np.where(allowed & ~small, round_to_5(counts), WITHHELD)


@dataclass(frozen=True)
class _Sum:
    """What a published figure says of counts n: sum(least_weights n) <= high and
    sum(most_weights n) >= low. The two weights differ where people's targets do.
    """

    least_weights: np.ndarray
    most_weights: np.ndarray
    low: np.ndarray
    high: np.ndarray


def _interval(published, least):
    """The exact counts that a published figure allows: 0 is 0, withheld is 1 to K - 1."""
    withheld = published == WITHHELD
    low = np.where(withheld, 1, np.maximum(published - ROUNDING // 2, least))
    high = np.where(withheld, least - 1, published + ROUNDING // 2)
    zero = published == 0
    return np.where(zero, 0, low), np.where(zero, 0, high)


def _total(rated, width, least):
    ones = np.ones((len(rated), width), dtype=np.int64)
    return [_Sum(ones, ones, *_interval(rated, least))]


def _sums_over_levels(width, *, rated, sides, gap_sum, target_low, target_high, least):
    """Each published sum that ties the numbers at levels together."""
    sums = _total(rated, width, least)
    level = np.arange(width)[np.newaxis, :]
    low, high = target_low[:, np.newaxis], target_high[:, np.newaxis]
    one_target = low == high
    weights = [
        (level < low, level < high),
        ((level == low) & one_target, (level >= low) & (level <= high)),
        (level > high, level > low),
    ]
    told = (sides != WITHHELD).any(axis=-1)
    for side, (surely, perhaps) in enumerate(weights):
        side_low, side_high = _interval(sides[:, side], least)
        sums.append(
            _Sum(
                surely.astype(np.int64),
                perhaps.astype(np.int64),
                np.where(told, side_low, 0),
                np.where(told, side_high, np.iinfo(np.int32).max),
            )
        )
    gap_low, gap_high = _interval(gap_sum, least)
    told = gap_sum != WITHHELD
    sums.append(
        _Sum(
            np.maximum(low - level, 0).astype(np.int64),
            np.maximum(high - level, 0).astype(np.int64),
            np.where(told, gap_low, 0),
            np.where(told, gap_high, np.iinfo(np.int32).max),
        )
    )
    return sums


def _exposed(published, sums, least):
    """Which lines let a withheld count of theirs be narrowed to a few values.

    Narrowed means to four values or fewer of the 1 to 9 that K = 10 allows (half of them where
    K is smaller). Bounds are tightened through every sum, three times over.
    """
    withheld = published == WITHHELD
    low, high = _interval(published, least)
    for _ in range(3):
        for tie in sums:
            others = (tie.least_weights * low).sum(axis=-1, keepdims=True)
            others = others - tie.least_weights * low
            room = tie.high[:, np.newaxis] - others
            bound = room // np.maximum(tie.least_weights, 1)
            high = np.where(tie.least_weights > 0, np.minimum(high, bound), high)
            others = (tie.most_weights * high).sum(axis=-1, keepdims=True)
            others = others - tie.most_weights * high
            need = tie.low[:, np.newaxis] - others
            bound = -(-need // np.maximum(tie.most_weights, 1))
            low = np.where(tie.most_weights > 0, np.maximum(low, bound), low)
    enough = min(5, (least + 1) // 2)
    return (withheld & (high - low + 1 < enough)).any(axis=-1)
