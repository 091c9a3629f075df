"""An attacker on published figures, and random organisations to try him on.

The attacker knows the tree, the method and everything published: from these he writes down all
that must hold of the numbers of people and lets a linear program find the least and the greatest
value that each count can have. He may be an outsider, or manage the people posted in one unit,
whose answers he knows exactly.

He shares no code with `reports.disclosure_audit`, and where a published figure can be read in two
ways he is told the right one, which is more than he could know.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, vstack

from reports.aggregate import NOT_APPLICABLE, UNRATED, People, aggregate_own, roll_up
from reports.suppression import WITHHELD, generations, least_publishable

SCALE = 4
SIDES = ("below", "at", "above")
NARROW = 4  # a small count is exposed where this many values or fewer are left


# --- Random organisations ---------------------------------------------------------------------


@dataclass(frozen=True)
class Organisation:
    parents: np.ndarray
    people: People

    @property
    def own(self):
        return aggregate_own(self.people, unit_count=len(self.parents))

    def figures(self):
        return roll_up(self.own, self.parents)


def random_parents(rng, spans=((2, 4), (2, 4), (2, 5))):
    """A tree of four tiers, each unit after its parent."""
    parents, above = [-1], [0]
    for low, high in spans:
        tier = []
        for unit in above:
            for _ in range(rng.integers(low, high + 1)):
                tier.append(len(parents))
                parents.append(unit)
        above = tier
    return np.array(parents)


def random_organisation(rng, *, skills=1, spans=((2, 4), (2, 4), (2, 5)), team=(4, 15)):
    """Teams of 4 to 15 with skewed levels; here and there people posted in a unit above."""
    parents = random_parents(rng, spans)
    teams = np.setdiff1d(np.arange(len(parents)), parents)
    sizes = np.zeros(len(parents), int)
    sizes[teams] = rng.integers(team[0], team[1] + 1, len(teams))
    if rng.random() < 0.5:
        heads = np.setdiff1d(np.arange(len(parents)), teams)
        sizes[heads] = rng.integers(0, 4, len(heads))
    unit = np.repeat(np.arange(len(parents)), sizes)
    profiles = 3
    targets = np.zeros((profiles, skills), np.int8)
    levels = np.full((len(unit), skills), UNRATED, np.int8)
    profile = rng.integers(0, profiles, len(unit))
    for skill in range(skills):
        lowest = rng.integers(1, SCALE)
        spread = rng.integers(0, 2)
        targets[:, skill] = lowest + rng.integers(0, spread + 1, profiles)
        if rng.random() < 0.3:
            targets[0, skill] = 0
        levels[:, skill] = random_levels(rng, unit, len(parents))
    return Organisation(
        parents,
        People(
            unit,
            profile,
            targets,
            levels,
            asked_by=np.zeros_like(targets),
            grade=np.zeros(profiles, int),
            reviewed=np.zeros((0, 3), int),
        ),
    )


def random_levels(rng, unit, unit_count):
    """One skill's answers: skewed over the organisation, and differently in every unit."""
    overall = rng.dirichlet(np.full(SCALE + 1, rng.choice([0.3, 0.7, 2.0])))
    local = np.array([rng.dirichlet(30 * overall + 0.02) for _ in range(unit_count)])
    cumulated = local.cumsum(axis=1)[unit]
    level = (rng.random((len(unit), 1)) > cumulated[:, :-1]).sum(axis=1).astype(np.int8)
    answer = rng.random(len(unit))
    not_applicable, unrated = rng.choice([0, 0.02, 0.1]), rng.choice([0.02, 0.15, 0.4])
    level[answer < not_applicable + unrated] = UNRATED
    level[answer < not_applicable] = NOT_APPLICABLE
    return level


# --- What the attacker writes down ------------------------------------------------------------


@dataclass(frozen=True)
class Exposure:
    """A small count that the attacker has narrowed to a few values."""

    manager: int | None
    node: int
    is_rest: bool
    count: str
    value: int
    low: int
    high: int


class Attack:
    """One skill of one organisation's published figures, as unknowns and inequalities.

    Unknowns are people by level and target (and not applicable, and unrated) in each leaf: a
    shown unit without shown children, or the rest of a shown unit beside its shown children.
    """

    def __init__(self, organisation, published, *, skill, minimum, rounding=5):
        self.organisation, self.published, self.skill = organisation, published, skill
        self.own, self.parents = organisation.own, organisation.parents
        self.least = least_publishable(minimum)
        self.blur = rounding // 2
        self.narrow = min(NARROW, (self.least + 1) // 2 - 1)
        self.shown = np.flatnonzero(published.shown[:, skill])
        self.figures = roll_up(self.own, self.parents)
        self.leaf_of, self.pool = self._leaves(), []
        self.leaves = np.unique(self.leaf_of[self.leaf_of >= 0])
        self._make_unknowns()
        self._make_rows()

    def _leaves(self):
        """For each unit, the shown unit whose rest or whole holds the people posted there."""
        leaf = np.full(len(self.parents), -1)
        shown = self.published.shown[:, self.skill]
        for unit in np.argsort(self._depths(), kind="stable"):
            if shown[unit]:
                leaf[unit] = unit
            elif self.parents[unit] >= 0:
                leaf[unit] = leaf[self.parents[unit]]
        return leaf

    def _depths(self):
        depth = np.zeros(len(self.parents), int)
        for number, generation in enumerate(generations(self.parents), start=1):
            depth[generation.children] = number
        return depth

    def _make_unknowns(self):
        self.columns, start = {}, 0
        for leaf in self.leaves:
            low = int(self.figures.target_low[leaf, self.skill])
            high = int(self.figures.target_high[leaf, self.skill])
            cells = [(level, t) for level in range(SCALE + 1) for t in range(low, high + 1)]
            self.columns[leaf] = {cell: start + i for i, cell in enumerate([*cells, "na", "un"])}
            start += len(cells) + 2
        self.width = start

    def _counts_in(self, leaf):
        """Each count of a leaf as (column, weight) pairs."""
        columns = self.columns[leaf]
        cells = [cell for cell in columns if isinstance(cell, tuple)]
        counts = {
            f"level {level}": [(columns[cell], 1) for cell in cells if cell[0] == level]
            for level in range(SCALE + 1)
        }
        counts["below"] = [(columns[c], 1) for c in cells if c[0] < c[1]]
        counts["at"] = [(columns[c], 1) for c in cells if c[0] == c[1]]
        counts["above"] = [(columns[c], 1) for c in cells if c[0] > c[1]]
        counts["rated"] = [(columns[c], 1) for c in cells]
        counts["gap_sum"] = [(columns[c], c[1] - c[0]) for c in cells if c[0] < c[1]]
        counts["not_applicable"] = [(columns["na"], 1)]
        counts["required"] = [(column, 1) for column in columns.values()]
        return counts

    def exact(self, figures, unit):
        """The true counts of a unit, or of the people posted in it."""
        found = {f"level {n}": figures.levels[unit, self.skill, n] for n in range(SCALE + 1)}
        for name in ("below", "at", "above", "rated", "gap_sum", "not_applicable", "required"):
            found[name] = getattr(figures, name)[unit, self.skill]
        return {name: int(count) for name, count in found.items()}

    def told(self, unit):
        """What is published of a unit, as least and greatest value of each count."""
        published, skill, least = self.published, self.skill, self.least
        exact = self.exact(self.figures, unit)
        bounds = {}

        def read(name, value, withheld):
            if value == WITHHELD:
                bounds[name] = withheld
            elif value == 0 == exact[name]:
                bounds[name] = 0, 0
            else:
                bounds[name] = value - self.blur, value + self.blur
                if exact[name] >= least:
                    bounds[name] = max(value - self.blur, least), value + self.blur

        small, free = (1, least - 1), (0, np.inf)
        levels = published.levels[unit, skill]
        for level in range(SCALE + 1):
            open_table = (levels[: SCALE + 1] != WITHHELD).any()
            read(f"level {level}", levels[level], small if open_table else free)
        sides = {name: getattr(published, name)[unit, skill] for name in SIDES}
        open_table = any(side != WITHHELD for side in sides.values())
        for name, side in sides.items():
            read(name, side, small if open_table else free)
        read("rated", published.rated[unit, skill], (0, np.inf))
        read("required", published.required[unit, skill], free)
        read("gap_sum", published.gap_sum[unit, skill], free)
        few = 0 < exact["not_applicable"] < least
        read("not_applicable", published.not_applicable[unit, skill], small if few else free)
        return bounds

    def _make_rows(self):
        """Inequalities low <= row . unknowns <= high, and the counts asked about."""
        rows, lows, highs = [], [], []
        self.nodes, self.node_rows = [], []
        sums = {}
        leaf_counts = {leaf: self._counts_in(leaf) for leaf in self.leaves}
        inside = {unit: [] for unit in self.shown}
        for leaf in self.leaves:
            unit = leaf
            while unit >= 0:
                inside[unit].append(leaf)
                unit = self.parents[unit]
        for unit in self.shown:
            sums[unit] = {}
            for name in leaf_counts[self.leaves[0]]:
                row = np.zeros(self.width)
                for leaf in inside[unit]:
                    for column, weight in leaf_counts[leaf][name]:
                        row[column] += weight
                sums[unit][name] = row
            bounds = self.told(unit)
            for name, row in sums[unit].items():
                rows.append(row), lows.append(bounds[name][0]), highs.append(bounds[name][1])
            # The rules of the method itself.
            if np.isfinite(bounds["gap_sum"][1]):
                beyond = sums[unit]["gap_sum"] - sums[unit]["below"]
                exact = self.exact(self.figures, unit)
                some = exact["gap_sum"] > exact["below"]
                rows.append(beyond), lows.append(self.least if some else 0)
                highs.append(np.inf if some else 0)
            self.nodes.append((unit, False))
            self.node_rows.append(sums[unit])
        for unit in self.shown:
            if any(self.parents[child] == unit for child in self.shown):
                rest = {}
                for name in leaf_counts[unit]:
                    row = np.zeros(self.width)
                    for column, weight in leaf_counts[unit][name]:
                        row[column] += weight
                    rest[name] = row
                self.nodes.append((unit, True))
                self.node_rows.append(rest)
                true_rest = self.figures.rated[unit, self.skill] - sum(
                    self.figures.rated[child, self.skill]
                    for child in self.shown
                    if self.parents[child] == unit
                )
                rows.append(rest["rated"])
                lows.append(self.least if true_rest >= self.least else 0)
                highs.append(np.inf if true_rest else 0)
            for child in self.shown:
                if self.parents[child] == unit:
                    left = sums[unit]["rated"] - sums[child]["rated"]
                    rated = self.figures.rated[:, self.skill]
                    some = rated[unit] - rated[child] >= self.least
                    rows.append(left), lows.append(self.least if some else 0)
                    highs.append(np.inf)
        self.rows = csr_matrix(np.array(rows))
        self.lows, self.highs = np.array(lows, float), np.array(highs, float)
        self.truth = self._true_unknowns()

    # --- What needs no solving ---------------------------------------------------------------

    def small_figures(self):
        """Published numbers of people that are under K."""
        for unit in self.shown:
            for name, (low, high) in self.told(unit).items():
                told = self._figure(unit, name)
                if told != WITHHELD and 0 < told < self.least:
                    yield Exposure(None, int(unit), False, f"figure {name}", int(told), low, high)

    def small_groups(self):
        """Fewer than K raters that are left when some known people are subtracted.

        Outsiders subtract shown units from the one above; whoever manages a unit with all below
        it, or the people posted in it, subtracts those from each shown unit above.
        """
        rated = self.figures.rated[:, self.skill]
        for unit in self.shown:
            below = [child for child in self.shown if self.parents[child] == unit]
            left = {None: rated[unit] - rated[below].sum()}
            for manager in range(len(self.parents)):
                if self._is_within(manager, unit):
                    left[manager] = rated[unit] - rated[manager]
                    left[f"{manager} alone"] = rated[unit] - self.own.rated[manager, self.skill]
            for manager, raters in left.items():
                if 0 < raters < self.least:
                    value = int(raters)
                    yield Exposure(manager, int(unit), True, "group", value, value, value)

    def single_answers(self):
        """Shown units of which it is published that over 90% gave one answer."""
        for unit in self.shown:
            bounds = self.told(unit)
            for name in [*(f"level {level}" for level in range(SCALE + 1)), *SIDES]:
                low, high = bounds[name]
                if low > 0.9 * bounds["rated"][1]:
                    yield Exposure(None, int(unit), False, f"only {name}", int(low), low, high)

    def _figure(self, unit, name):
        if name.startswith("level "):
            return self.published.levels[unit, self.skill, int(name[6:])]
        return getattr(self.published, name)[unit, self.skill]

    def _is_within(self, unit, top):
        while unit >= 0 and unit != top:
            unit = self.parents[unit]
        return unit == top

    # --- The linear programs --------------------------------------------------------------------

    def _true_unknowns(self):
        """Not known to the attacker: true counts of each node, to tell which are small."""
        truth = []
        for unit, is_rest in self.nodes:
            counts = self.exact(self.figures, unit)
            if is_rest:
                for child in self.shown:
                    if self.parents[child] == unit:
                        for name, count in self.exact(self.figures, child).items():
                            counts[name] -= count
            truth.append(counts)
        return truth

    def managers(self):
        """Units whose own people a manager could know, where that tells anything."""
        return [
            unit
            for unit in range(len(self.parents))
            if self.leaf_of[unit] >= 0 and self.own.required[unit, self.skill]
        ]

    def exposures(self, manager=None):
        """Every small count that is left with a few possible values."""
        if not len(self.shown):
            return []
        known, lower = None, np.zeros(self.width)
        if manager is not None:
            known = self.exact(self.own, manager)
            self._put_own_people(manager, lower)
        targets = []
        for (unit, is_rest), rows, truth in zip(
            self.nodes, self.node_rows, self.truth, strict=True
        ):
            holds = known is not None and self._holds(unit, is_rest, manager)
            for name, count in truth.items():
                if name in ("gap_sum", "required"):
                    continue
                mine = known[name] if holds else 0
                if 0 < count - mine < self.least:
                    targets.append((unit, is_rest, name, rows[name], mine, count - mine))
        if not targets:
            return []
        matrix = np.array([target[3] for target in targets])
        program = Program(self.rows, self.lows, self.highs, lower, self.pool)
        low, high = program.bounds(matrix, enough=self.narrow + 1)
        found = []
        for number, (unit, is_rest, name, _, mine, value) in enumerate(targets):
            least = int(np.ceil(low[number] - mine - 1e-6))
            most = int(np.floor(high[number] - mine + 1e-6))
            if most - least + 1 <= self.narrow:
                found.append(Exposure(manager, int(unit), is_rest, name, value, least, most))
        return found

    def _put_own_people(self, manager, lower):
        """Note how many people the manager's leaf has at least, by what they answered."""
        columns, people = self.columns[self.leaf_of[manager]], self.organisation.people
        mine = np.flatnonzero(people.unit == manager)
        for person in mine:
            target = int(people.targets[people.profile[person], self.skill])
            level = int(people.levels[person, self.skill])
            if target:
                cell = {NOT_APPLICABLE: "na", UNRATED: "un"}.get(level, (level, target))
                lower[columns[cell]] += 1

    def _holds(self, unit, is_rest, manager):
        leaf = self.leaf_of[manager]
        return leaf == unit if is_rest else self._is_within(leaf, unit)


class Program:
    """Least and greatest values of counts under inequalities."""

    def __init__(self, rows, lows, highs, lower, pool):
        finite_high, finite_low = np.isfinite(highs), lows > 0
        self.matrix = vstack([rows[finite_high], -rows[finite_low]]).tocsr()
        self.limits = np.concatenate([highs[finite_high], -lows[finite_low]])
        self.lower, self.pool = lower, pool
        self.box = np.column_stack([lower, np.full(len(lower), 1e5)])

    def solve(self, objective):
        """A possible distribution of people with the least value of the objective."""
        found = linprog(
            objective, A_ub=self.matrix, b_ub=self.limits, bounds=self.box, method="highs"
        )
        if found.status != 0:
            raise AssertionError(f"The truth is not among the possibilities: {found.message}")
        self.pool.append(found.x)
        return found.x

    def bounds(self, targets, *, enough):
        """Least and greatest value of each target; where far enough apart, only so far.

        Every solution is a witness for all targets, and those found for somebody who knows less
        are tried first, so that few programs are solved.
        """
        points = np.array([p for p in self.pool if (p >= self.lower - 1e-7).all()])
        low, high = np.full(len(targets), np.inf), np.full(len(targets), -np.inf)

        def witness(points):
            if len(points):
                values = targets @ points.T
                np.minimum(low, values.min(axis=1), out=low)
                np.maximum(high, values.max(axis=1), out=high)

        def undecided():
            return ~(np.floor(high + 1e-6) - np.ceil(low - 1e-6) + 1 >= enough)

        witness(points)
        left = undecided()
        sign = 1
        for _ in range(6):
            if left.sum() < 3:
                break
            witness(self.solve(sign * targets[left].sum(axis=0))[np.newaxis])
            sign, left = -sign, undecided()
        for number in range(len(targets)):
            for sign in (1, -1):
                if undecided()[number]:
                    witness(self.solve(sign * targets[number])[np.newaxis])
        return low, high


def attack(organisation, published, *, minimum, managers=True, rounding=5):
    """Everything that the outsider and each manager can tell from a report."""
    found = []
    for skill in range(published.shown.shape[1]):
        one = Attack(organisation, published, skill=skill, minimum=minimum, rounding=rounding)
        found += [*one.small_figures(), *one.small_groups(), *one.single_answers()]
        for manager in [None, *(one.managers() if managers else [])]:
            found += one.exposures(manager)
    return found
