"""An attacker on the figures of assignments, and random organisations to try him on.

He sets assignments, withdraws them and watches every figure, and he knows the method, who works
where, who has which role, who rated themselves on which day, and the ratings of a whole team. The
unknowns are answers: whether somebody was below target (or unrated) from one rating to the next. A
figure tells him its count of answers was one of those that look the same, withheld ones included:
he puts every possible count into the product's own rule and keeps those with the outcome he saw.

He then goes through everything consistent with all of it: the possible counts of each set of
answers that no figure tells apart. That is exact, and needs no more than adding up sets.
"""

import itertools
import random
from dataclasses import dataclass, field

import numpy as np

from learning import disclosure

NARROW = 4  # a small count is exposed where this many values or fewer are left


@dataclass(frozen=True)
class Figure:
    """A published count: of which answers, and which counts would look the same."""

    answers: frozenset
    possible: frozenset


@dataclass(frozen=True)
class Exposure:
    """Answers that no figure tells apart, and the counts that they can have."""

    answers: frozenset
    counts: tuple
    true_count: int

    @property
    def is_certain(self):
        """Whether the attacker knows each of these answers."""
        return self.counts in {(0,), (len(self.answers),)}


def figure(answers, truth, rule):
    """The Figure of the answers' true count; `rule` maps a count to what is shown of it."""
    seen = rule(sum(truth[answer] for answer in answers))
    counts = range(len(answers) + 1)
    return Figure(frozenset(answers), frozenset(n for n in counts if rule(n) == seen))


def attack(figures, truth, known=()):
    """Every Exposure by these figures to somebody who knows the `known` answers.

    Figures without answers in common say nothing about each other and are gone through apart: that
    is all of them, as long as each answer is counted once. Of others, each two are gone through.
    """
    figures, known = [one for one in figures if one.answers], frozenset(known)
    found = set()
    for group in _connected(figures):
        for together in [group] if len(group) == 1 else itertools.combinations(group, 2):
            found |= set(_exposures(list(together), truth, known))
    return found


def _connected(figures):
    """Figures in groups, such that those of two groups have no answer in common."""
    groups = []
    for one in figures:
        touching = [group for group in groups if any(one.answers & f.answers for f in group)]
        groups = [group for group in groups if group not in touching]
        groups.append([one, *itertools.chain(*touching)])
    return groups


def _exposures(figures, truth, known):
    atoms = {}
    for answer in frozenset().union(*(one.answers for one in figures)) - known:
        pattern = tuple(answer in one.answers for one in figures)
        atoms.setdefault(pattern, set()).add(answer)
    start = tuple(sum(truth[a] for a in one.answers & known) for one in figures)
    shape = tuple(len(one.answers) + 1 for one in figures)
    allowed = np.ones(shape, bool)
    for axis, one in enumerate(figures):
        mask = np.zeros(shape[axis], bool)
        mask[list(one.possible)] = True
        allowed &= mask.reshape([-1 if i == axis else 1 for i in range(len(shape))])
    for pattern, answers in atoms.items():
        sums = np.zeros(shape, bool)
        sums[start] = True
        for other, members in atoms.items():
            if other != pattern:
                sums = _or_of_shifts(sums, other, len(members))
        counts = tuple(
            n for n in range(len(answers) + 1) if (_shift(sums, pattern, n) & allowed).any()
        )
        true_count = sum(truth[answer] for answer in answers)
        assert true_count in counts, "The truth is not among the possibilities."
        exposure = Exposure(frozenset(answers), counts, true_count)
        is_small = 0 < true_count < 10 or 0 < len(answers) - true_count < 10
        is_narrow = counts[-1] - counts[0] + 1 <= min(NARROW, len(answers))
        if exposure.is_certain or (is_small and is_narrow):
            yield exposure


def _shift(sums, pattern, by):
    """The sums with `by` more in each figure of the pattern; what falls off cannot be."""
    moved = np.zeros_like(sums)
    to = tuple(slice(by, None) if inside else slice(None) for inside in pattern)
    origin = tuple(
        slice(None, size - by) if inside else slice(None)
        for inside, size in zip(pattern, sums.shape, strict=True)
    )
    moved[to] = sums[origin]
    return moved


def _or_of_shifts(sums, pattern, most):
    found = np.zeros_like(sums)
    for by in range(most + 1):
        found |= _shift(sums, pattern, by)
    return found


# --- Organisations, and what is published of them ---------------------------------------------


@dataclass
class Person:
    key: int
    unit: str
    role: str
    manager: int
    answer: int = 0


@dataclass
class World:
    """An organisation of some days, with rules that can be taken away one by one."""

    rng: random.Random
    minimum: int = 10
    once: bool = True
    margin: bool = True
    dominance: bool = True
    people: list = field(default_factory=list)
    truth: dict = field(default_factory=dict)
    counted: set = field(default_factory=set)
    managers_of: dict = field(default_factory=dict)
    share: float = 0.4

    def answer_anew(self, person, is_below=None):
        """A rating of somebody, another one than before."""
        person.answer = len(self.truth)
        below = self.rng.random() < self.share if is_below is None else is_below
        self.truth[person.answer] = bool(below)
        self.managers_of.setdefault(person.answer, set()).add(person.manager)

    def join(self, unit, role, manager, is_below=None):
        person = Person(len(self.managers_of), unit, role, manager)
        self.answer_anew(person, is_below)
        self.people.append(person)
        return person

    def assign(self, unit, role=None):
        """The Figure of an assignment below target in the unit, and below, for the role."""
        eligible = [
            person
            for person in self.people
            if person.unit.startswith(unit) and role in {None, person.role}
        ]
        answers = {person.answer for person in eligible}
        if self.once:
            answers -= self.counted
            self.counted |= answers
        known = 0
        if self.dominance:
            blocks = [sum(m in self.managers_of[a] for a in answers) for m in self.managers()]
            known = 1 + max(blocks, default=0)

        def rule(count):
            return disclosure.offered_band(
                count,
                counted=len(answers),
                known=known if self.margin else -self.minimum,
                minimum=self.minimum,
            )

        return figure(answers, self.truth, rule)

    def managers(self):
        return sorted(set().union(*self.managers_of.values()))

    def known_to(self, manager):
        """The answers of everybody the person has ever been line manager of."""
        return {answer for answer, managers in self.managers_of.items() if manager in managers}


def random_world(seed, **rules):
    """Two directorates of teams of 4 to 12, two roles; skewed differently from team to team."""
    rng = random.Random(seed)
    world = World(rng, **rules)
    overall = rng.choice([0.1, 0.4, 0.5, 0.6, 0.9])
    for team in range(rng.randint(8, 20)):
        unit = f"d/{'ab'[team % 2]}/{team}/"
        world.share = min(max(overall + rng.uniform(-0.3, 0.3), 0), 1)
        for _ in range(rng.randint(4, 12)):
            world.join(unit, rng.choice("xy"), manager=team)
    world.share = overall
    return world


def watch(world, *, days):
    """Figures of assignments on successive days, with one move, joiner, leaver or rating a day.

    Units and roles overlap, and most are asked again: what was withdrawn the day before.
    """
    rng, figures = world.rng, []
    places = ["d/", "d/a/", "d/b/", *sorted({person.unit for person in world.people})]
    for _ in range(days):
        for _ in range(2):
            unit = rng.choice(places[:3]) if rng.random() < 0.7 else rng.choice(places)
            figures.append(world.assign(unit, rng.choice([None, None, None, "x", "y"])))
        person = rng.choice(world.people)
        event = rng.choice(["move", "join", "leave", "rate"])
        if event == "move":
            person.unit, person.manager = rng.choice(
                [(other.unit, other.manager) for other in world.people]
            )
            world.managers_of[person.answer].add(person.manager)
        elif event == "join":
            world.join(person.unit, rng.choice("xy"), person.manager)
        elif event == "leave":
            world.people.remove(person)
        else:
            world.answer_anew(person)
    return figures
