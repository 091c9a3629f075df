"""Gaps of one person or a few: values in, values out.

A level is 0 ("not yet") to 8; None means that the skill has not been rated, which is unknown and
never zero. A target is 1 to 8; None means that the role lists the skill without saying how much
of it. The gap report works on arrays of thousands and must agree with `gap`.
"""

from collections import defaultdict
from dataclasses import dataclass


def gap(target, level):
    """Levels missing to the target: 0 when it is met; None when either of them is unknown."""
    if target is None or level is None:
        return None
    return max(0, target - level)


@dataclass(frozen=True)
class SkillStanding:
    """Where one person stands in one skill against one target, with what they said about it."""

    skill: str
    area: str
    target: int | None = None
    level: int | None = None
    not_applicable: bool = False
    not_applicable_reason: str = ""
    no_opportunity: bool = False
    confidence: str = ""
    evidence: str = ""
    slug: str = ""
    ticked: tuple[str, ...] = ()
    override_reason: str = ""

    @property
    def gap(self):
        return gap(self.target, self.level)

    @property
    def is_rated(self):
        """Whether a level, "not yet" included, has been given."""
        return self.level is not None

    @property
    def is_unrated(self):
        return self.level is None and not self.not_applicable


def biggest_gaps_first(standings):
    """The rated skills: widest gap first, then highest target, then by name.

    Skills without a target come last, as nothing is missing there that anybody asked for.
    """
    return sorted(
        (standing for standing in standings if standing.is_rated),
        key=lambda standing: (
            standing.gap is None,
            -(standing.gap or 0),
            -(standing.target or 0),
            standing.skill,
        ),
    )


@dataclass(frozen=True)
class AreaAverage:
    """Mean level and mean target of one area's rated skills; both None where none is rated."""

    area: str
    level: float | None
    target: float | None
    rated: int
    skills: int


def area_averages(standings):
    """An `AreaAverage` for each area, in the order in which areas first appear.

    Level and target are averaged over the same skills, those with both, so that they can be
    compared; `skills` counts all that apply. An area where nothing applies is left out.
    """
    by_area = defaultdict(list)
    for standing in standings:
        if not standing.not_applicable:
            by_area[standing.area].append(standing)
    averages = []
    for area, members in by_area.items():
        known = [standing for standing in members if standing.gap is not None]
        averages.append(
            AreaAverage(
                area=area,
                level=sum(s.level for s in known) / len(known) if known else None,
                target=sum(s.target for s in known) / len(known) if known else None,
                rated=len(known),
                skills=len(members),
            )
        )
    return averages
