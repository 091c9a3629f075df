"""An attacker on successive reports, and random histories to try him on.

Between the last two days one person he knows came, left, moved or answered again. He knows who
did, from and to which unit, the level it was before where it was one, in which other units
answers changed, and that nothing else did. From all reports together a linear program finds which
levels of that person are possible.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix, vstack

from reports import disclosure_audit, freeze, suppression
from reports.aggregate import People, aggregate_own, roll_up
from reports.suppression import WITHHELD, least_publishable
from tests.reports.disclosure_attack import SCALE, SIDES, random_levels, random_parents

TARGET = 2
JOINS, LEAVES, MOVES, ANSWERS_AGAIN = KINDS = ("joins", "leaves", "moves", "answers again")


@dataclass(frozen=True)
class Day:
    """Everybody rated on a day, by ids; `changed` are the units where many answers changed."""

    person: np.ndarray
    unit: np.ndarray
    level: np.ndarray
    changed: frozenset = frozenset()

    def contributions(self):
        return freeze.Contributions(
            self.person, np.zeros_like(self.person), self.unit, self.level.astype(np.int64)
        )

    def own(self, unit_count):
        order = np.argsort(self.unit, kind="stable")
        people = People(
            unit=self.unit[order],
            profile=np.zeros(len(order), int),
            targets=np.full((1, 1), TARGET, np.int8),
            levels=self.level[order][:, np.newaxis].astype(np.int8),
            asked_by=np.zeros((1, 1), int),
            grade=np.zeros(1, int),
            reviewed=np.zeros((0, 3), int),
        )
        return aggregate_own(people, unit_count=unit_count)


@dataclass(frozen=True)
class History:
    """Days in their order; between the last two, `person` did what `kind` says."""

    parents: np.ndarray
    days: list[Day]
    person: int
    kind: str

    def where(self, day):
        """The person's unit and level on a day; None and None where there is neither."""
        found = np.flatnonzero(self.days[day].person == self.person)
        if not len(found):
            return None, None
        return int(self.days[day].unit[found[0]]), int(self.days[day].level[found[0]])


def random_history(seed, kind, *, days=3, team=(6, 20), most_changed=3):
    """A department of three tiers below it; before each day all of a few teams answer again."""
    rng = np.random.default_rng(seed)
    parents = random_parents(rng, ((2, 3), (2, 3), (2, 3)))
    teams = np.setdiff1d(np.arange(len(parents)), parents)
    unit = np.repeat(teams, rng.integers(*team, len(teams)))
    level = np.maximum(random_levels(rng, unit, len(parents)), 0)
    history = [Day(np.arange(len(unit)), unit, level)]
    alone, target = rng.choice(teams, 2, replace=False)
    for _ in range(days - 1):
        before = history[-1]
        others = teams[(teams != alone) & (teams != target)]
        changed = rng.choice(others, rng.integers(0, most_changed + 1), replace=False)
        again = np.isin(before.unit, changed)
        level = np.where(again, rng.integers(0, SCALE + 1, len(again)), before.level)
        history.append(replace(before, level=level, changed=frozenset(changed.tolist())))
    last = history[-1]
    person = int(last.person[last.unit == alone][0])
    mine = last.person == person
    if kind == JOINS:
        person = len(last.person)
        last = replace(
            last,
            person=np.append(last.person, person),
            unit=np.append(last.unit, alone),
            level=np.append(last.level, rng.integers(0, SCALE + 1)),
        )
    elif kind == LEAVES:
        last = replace(
            last, person=last.person[~mine], unit=last.unit[~mine], level=last.level[~mine]
        )
    elif kind == MOVES:
        last = replace(last, unit=np.where(mine, target, last.unit))
    else:
        last = replace(
            last, level=np.where(mine, (last.level + rng.integers(1, 5)) % 5, last.level)
        )
    return History(parents, [*history[:-1], last], person, kind)


def publish(history, *, minimum, frozen=True, audited=True):
    """What is told anew on each day; what stands adds nothing to the earlier reports."""
    parents, least = history.parents, least_publishable(minimum)
    keys = {"parents": parents, "tie_break": np.arange(len(parents))}
    published, fresh = [], []
    for day in history.days:
        own = day.own(len(parents))
        figures = roll_up(own, parents)
        shown = suppression.pass_gates(figures.rated, own_rated=own.rated, least=least, **keys)
        if frozen:
            earlier = [
                freeze.Earlier(
                    mask,
                    freeze.count_changes(
                        before.contributions(),
                        day.contributions(),
                        parents=parents,
                        column_count=1,
                    ),
                )
                for before, mask in zip(history.days, fresh, strict=False)
            ]
            shown = freeze.find_fresh(earlier, shown=shown, least=least, **keys)
        fresh.append(shown)
        lines = suppression.publish_lines(figures, shown, least=least)
        if audited:
            lines = disclosure_audit.audit(figures, lines, minimum=minimum, **keys)
        published.append(lines)
    return published


# --- The attack -------------------------------------------------------------------------------


def possible_levels(history, published, *, minimum, manager=None, rounding=5):
    """Levels that the person can have, by all reports: on the last day, or the one before.

    `manager` is a unit whose answers the attacker knows on every day.
    """
    rows = _published_rows(history, published, least_publishable(minimum), rounding // 2)
    if manager is not None:
        rows += _own_team(history, manager)
    return [
        level
        for level in range(SCALE + 1)
        if _is_possible(rows, _what_is_known(history, level), _width(history))
    ]


def _width(history):
    return len(history.days) * len(history.parents) * (SCALE + 1)


def _column(history, day, unit, level):
    return (day * len(history.parents) + unit) * (SCALE + 1) + level


def _published_rows(history, published, least, blur):
    """(weights by column, least, greatest) of each published figure."""
    rows = []
    for day, told in enumerate(published):
        for unit in np.flatnonzero(told.shown[:, 0]).tolist():
            inside = _inside(history.parents, unit)
            levels = told.levels[unit, 0, : SCALE + 1]
            sides = [int(getattr(told, side)[unit, 0]) for side in SIDES]
            figures = [
                (range(SCALE + 1), int(told.rated[unit, 0]), False),
                *(([n], int(levels[n]), (levels != WITHHELD).any()) for n in range(SCALE + 1)),
                *(
                    (which, side, any(each != WITHHELD for each in sides))
                    for which, side in zip(
                        (range(TARGET), [TARGET], range(TARGET + 1, SCALE + 1)), sides, strict=True
                    )
                ),
            ]
            for which, value, is_open in figures:
                low, high = _bounds(value, least, is_open, blur)
                weights = {_column(history, day, each, n): 1 for each in inside for n in which}
                rows.append((weights, low, high))
            gap_sum = int(told.gap_sum[unit, 0])
            if gap_sum != WITHHELD:
                weights = {
                    _column(history, day, each, n): TARGET - n
                    for each in inside
                    for n in range(TARGET)
                }
                rows.append((weights, max(gap_sum - blur, 0), gap_sum + blur if gap_sum else 0))
    return rows


def _own_team(history, unit):
    rows = []
    for number, day in enumerate(history.days):
        counts = np.bincount(day.level[day.unit == unit], minlength=SCALE + 1).tolist()
        rows += [
            ({_column(history, number, unit, level): 1}, count, count)
            for level, count in enumerate(counts)
        ]
    return rows


def without(published, *days):
    """The same reports, without those of some days."""
    kept = list(published)
    for day in days:
        nothing = {
            name: np.zeros_like(values) if name == "shown" else np.full_like(values, WITHHELD)
            for name, values in vars(kept[day]).items()
        }
        kept[day] = replace(kept[day], **nothing)
    return kept


def _bounds(value, least, is_open, blur):
    if value == WITHHELD:
        return (1, least - 1) if is_open else (0, np.inf)
    return (max(value - blur, least), value + blur) if value else (0, 0)


def _inside(parents, unit):
    inside = [unit]
    for each in range(unit + 1, len(parents)):
        if parents[each] in inside:
            inside.append(each)
    return inside


def _what_is_known(history, level):
    """Equalities if the person has this level: what changed from one day to the next."""
    known = []
    last = len(history.days) - 1
    (before, old_level), (after, _) = history.where(last - 1), history.where(last)
    for day in range(1, last + 1):
        for unit in range(len(history.parents)):
            if unit in history.days[day].changed:
                continue
            for n in range(SCALE + 1):
                change = 0
                if day == last:
                    gone = old_level if history.kind == ANSWERS_AGAIN else level
                    change += (unit == after and n == level) - (unit == before and n == gone)
                weights = {
                    _column(history, day, unit, n): 1,
                    _column(history, day - 1, unit, n): -1,
                }
                known.append((weights, change, change))
    if before is not None:
        # Somebody at that level was there to leave or move.
        gone = old_level if history.kind == ANSWERS_AGAIN else level
        known.append(({_column(history, last - 1, before, gone): 1}, 1, np.inf))
    return known


def _is_possible(rows, known, width):
    rows = [*rows, *known]
    entries = [(r, c, w) for r, (weights, _, _) in enumerate(rows) for c, w in weights.items()]
    row, column, weight = zip(*entries, strict=True)
    matrix = coo_matrix((weight, (row, column)), (len(rows), width)).tocsr()
    low, high = (np.array([each[side] for each in rows], float) for side in (1, 2))
    equal, upper = low == high, np.isfinite(high) & (low != high)
    lower = low != high
    found = linprog(
        np.zeros(width),
        A_ub=vstack([matrix[upper], -matrix[lower]]),
        b_ub=np.concatenate([high[upper], -low[lower]]),
        A_eq=matrix[equal],
        b_eq=low[equal],
        method="highs",
    )
    return found.status == 0
