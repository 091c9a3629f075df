"""Where a team stands: values in, values out.

Levels and targets as in `assessments.gaps`: None is unknown, or not asked for.
"""

from dataclasses import dataclass, field

from assessments.gaps import gap


@dataclass(frozen=True)
class Standing:
    """One person in one skill, as their line manager may see it.

    `target` is what their role needs, None where it asks nothing; `level` what they gave
    themselves; `manager_level` what a line manager sees, agreeing included.
    """

    target: int | None = None
    level: int | None = None
    not_applicable: bool = False
    manager_level: int | None = None
    is_agreed: bool = False
    is_evidence_asked: bool = False
    is_stale: bool = False
    rated_on: object = None

    @property
    def appearance(self):
        """What a cell shows of it, in the order of the fields: all but the day."""
        return (
            self.target,
            self.level,
            self.not_applicable,
            self.manager_level,
            self.is_agreed,
            self.is_evidence_asked,
            self.is_stale,
        )

    @property
    def counted(self):
        """The level that counts for the team: the line manager's where there is one."""
        return self.level if self.manager_level is None else self.manager_level

    @property
    def gap(self):
        return gap(self.target, self.counted)

    @property
    def has_gap(self):
        return bool(self.gap)

    @property
    def is_unrated(self):
        return self.target is not None and self.level is None and not self.not_applicable

    @property
    def is_empty(self):
        """Nothing is asked and nothing was said."""
        return self.target is None and self.level is None and not self.not_applicable

    @property
    def differs(self):
        return self.manager_level is not None and not self.is_agreed


@dataclass
class Coverage:
    """Who of a team can do one skill: names, in the order in which people are given."""

    skill: object
    required: int = 0
    can: list = field(default_factory=list)
    below: int = 0
    unrated: int = 0
    not_applicable: int = 0

    @property
    def is_nobody(self):
        return not self.can

    @property
    def is_single(self):
        return len(self.can) == 1


def coverage_of(skill, standings):
    """The `Coverage` of a skill from pairs of a name and a `Standing`.

    Somebody can do it whose level is at or above what their own role needs. Whose role asks
    nothing can do it at the lowest level that the role of anybody here needs.
    """
    standings = list(standings)
    targets = [one.target for _, one in standings if one.target is not None]
    found = Coverage(skill, required=len(targets))
    lowest = min(targets, default=None)
    for name, one in standings:
        needed = lowest if one.target is None else one.target
        if one.counted is not None and needed is not None and one.counted >= needed:
            found.can.append(name)
        elif one.target is None:
            continue
        elif one.not_applicable:
            found.not_applicable += 1
        elif one.counted is None:
            found.unrated += 1
        else:
            found.below += 1
    return found


@dataclass(frozen=True)
class Agreement:
    """How one line manager's levels differ from people's own in one skill, over many answers.

    `mean` is the manager's level less the own one, in levels; None with too few answers.
    """

    skill: str
    answers: int
    same: int | None = None
    higher: int | None = None
    lower: int | None = None
    mean: float | None = None

    @property
    def is_hidden(self):
        return self.mean is None

    @property
    def in_words(self):
        """Such as "0.4 lower": the mean, to one place, and which way."""
        shown = f"{abs(self.mean):.1f}"
        if shown == "0.0":
            return "the same"
        return f"{shown} {'higher' if self.mean > 0 else 'lower'}"


def agreement_of(skill, pairs, *, minimum):
    """The `Agreement` from pairs of own and manager's level; without figures below `minimum`."""
    differences = [manager - own for own, manager in pairs]
    count = len(differences)
    if count < minimum:
        return Agreement(skill, count)
    return Agreement(
        skill=skill,
        answers=count,
        same=sum(one == 0 for one in differences),
        higher=sum(one > 0 for one in differences),
        lower=sum(one < 0 for one in differences),
        mean=sum(differences) / count,
    )


@dataclass(frozen=True)
class LineCount:
    """One skill over people whom the reader may not know one by one; None is withheld."""

    skill: object
    required: int | None
    rated: int | None = None
    reached: int | None = None


def line_count(skill, standings, *, minimum):
    """Counts of people for one skill, rounded to 5, of whom only groups are shown.

    Below `minimum` people rated nothing is shown of the answers, and neither is it where all or
    none of them reach the level: that would tell about each.
    """
    asked = [one for one in standings if one.target is not None]
    rated = [one for one in asked if one.level is not None]
    reached = sum(one.level >= one.target for one in rated)
    required = rounded(len(asked)) if len(asked) >= minimum else None
    if required is None or len(rated) < minimum:
        return LineCount(skill, required)
    if reached in (0, len(rated)):
        return LineCount(skill, required, rounded(len(rated)))
    return LineCount(skill, required, rounded(len(rated)), rounded(reached))


def rounded(count):
    """The count to the nearest 5."""
    return 5 * round(count / 5)
