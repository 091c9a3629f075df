"""A unit's figures in sentences: biggest gaps and movers, strengths, coverage, response, study.

Values in, values out, from published figures alone.
"""

from dataclasses import dataclass

from django.utils.formats import date_format

from reports import reading
from reports.changes import biggest_movers

# Share of civil servants who study in their own time to get the digital skills for their role.
# Source: Sopra Steria, Government Digital Trends Survey 2017 (2015: 24%, 2017: 36%),
# https://www.soprasteria.co.uk/newsroom/press-release/sopra-steria-research-findings-civil-servants-taking-it-upon-themselves-to-combat-digital-skills-gap
SURVEY_OWN_TIME = {2015: 24, 2017: 36}
SURVEY_NAME = "Government Digital Trends Survey"


@dataclass(frozen=True)
class People:
    """A unit's people and what they did; None where a figure is withheld."""

    in_post: int | None = None
    asked: int | None = None
    answered: int | None = None
    learners: int | None = None
    own_learners: int | None = None
    own_hours: int | None = None
    work_hours: int | None = None

    @property
    def response_rate(self):
        """Of the people who are asked for anything, the percentage that have answered."""
        return None if self.answered is None else reading.percentage(self.answered, self.asked)

    @property
    def own_time_share(self):
        """Of the people in post, the percentage that logged study in their own time."""
        if None in (self.in_post, self.own_learners):
            return None
        return reading.percentage(self.own_learners, self.in_post)


def people_of(section):
    """The people of a section; all withheld for reports of method 1, which did not count them."""
    figures = section.figures
    study = figures.get("study") or {}
    return People(*figures.get("people", [None] * 3), *study.get("all", [None] * 4))


@dataclass(frozen=True)
class Headlines:
    """Sentences by what they are about; empty where nothing can be said."""

    overview: reading.Overview
    response: str
    strengths: str
    movers: list[str]
    study: list[str]


def headlines_of(lines, people, *, changes=(), since=None):
    """`changes` are those since the day of the earlier report, where there is one."""
    return Headlines(
        overview=reading.overview_of(lines),
        response=_response(people),
        strengths=_strengths(lines),
        movers=movers_in_words(changes, since),
        study=_study(people),
    )


def _response(people):
    if people.response_rate is None:
        return ""
    return (
        f"About {people.answered:,} of the {people.asked:,} people whose role levels or grade "
        f"call for a skill have answered ({people.response_rate}%)."
    )


def biggest_strengths(lines):
    """Lines with people above their target, the most people first; then by share and name."""
    return sorted(
        (line for line in lines if line.above),
        key=lambda line: (-line.above, -line.above_share, line.skill),
    )


def _strengths(lines):
    strengths = biggest_strengths(lines)
    if not strengths:
        return ""
    first = strengths[0]
    return (
        f"A strength to lend to others is {first.skill}: about {first.above:,} of the "
        f"{first.rated:,} people who rated themselves ({first.above_share}%) are above their "
        "target."
    )


def movers_in_words(changes, since):
    """What changed most since the day of an earlier report; empty without one."""
    if since is None:
        return []
    day = date_format(since, "j F Y")
    movers = biggest_movers(changes)
    if not movers:
        if not any(change.points is not None for change in changes):
            return [f"No skill can be compared with the report as at {day}."]
        return [f"Since {day} no share below target has changed by more than rounding explains."]
    sentences = []
    better = next((change for change in movers if change.points < 0), None)
    worse = next((change for change in movers if change.points > 0), None)
    for change, way in ((better, "fallen most"), (worse, "risen most")):
        if change is not None:
            sentences.append(
                f"Since {day} the share below target has {way} in {change.line.skill}: from "
                f"{change.before.below_share}% to {change.line.below_share}%."
            )
    return sentences


def _study(people):
    sentences = []
    if people.own_time_share is not None:
        about = f"about {people.own_time_share}%" if people.own_learners else "nobody"
        (first, then), (first_share, then_share) = zip(*SURVEY_OWN_TIME.items(), strict=True)
        sentences.append(
            f"Of the {people.in_post:,} people in post, {about} logged study in their own time "
            f"within the year. In the {SURVEY_NAME}, {first_share}% of civil servants said so in "
            f"{first} and {then_share}% in {then}. The survey asked everybody, while the portal "
            "knows only what is logged."
        )
    if None not in (people.own_hours, people.work_hours):
        sentences.append(
            f"About {people.learners:,} people logged learning: {people.work_hours:,} hours in "
            f"work time and {people.own_hours:,} hours in their own."
        )
    return sentences
