"""Every figure that a report publishes, said once: pages and files print the same ones.

A measure is about one skill (its figures come from a `Line`), or about all people of a unit
(from `People`). No queries; which of them a section has is for the section to tell.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

from govuk.charts import WITHHELD_TEXT, level_name


@dataclass(frozen=True)
class Measure:
    """`key` is its name in files, `read` gives its value: a number, or None where withheld."""

    key: str
    label: str
    meaning: str
    unit: str
    read: Callable

    def value(self, source):
        found = self.read(source)
        # Means are told to one place, on pages and in files.
        return round(found, 1) if isinstance(found, float) else found

    def text(self, source):
        return text_of(self.value(source), self.unit)


def text_of(value, unit=""):
    """A figure as it is printed, `[c]` for what is withheld."""
    if value is None:
        return WITHHELD_TEXT
    if isinstance(value, float):
        return f"{value:.1f}"
    return f"{value:,}%" if unit == "percent" else f"{value:,}"


def _measures(*rows):
    """From an attribute of a line or of people, a key, a label, what it means and its unit."""
    return {
        attribute: Measure(key, label, meaning, unit, attrgetter(attribute))
        for attribute, key, label, meaning, unit in rows
    }


TARGETS = _measures(
    ("target_low", "lowest_target", "Lowest target", "The lowest level called for", "level"),
    ("target_high", "highest_target", "Highest target", "The highest level called for", "level"),
)
RESPONSE = _measures(
    (
        "required",
        "people_required",
        "People required",
        "People whose role levels or grade call for the skill",
        "people",
    ),
    (
        "rated",
        "people_rated",
        "People rated",
        "Those of them who have submitted a level",
        "people",
    ),
    ("coverage", "coverage", "Coverage", "People rated out of people required", "percent"),
    (
        "not_applicable",
        "people_not_applicable",
        "Not applicable",
        "Those who answered that the skill does not apply to them",
        "people",
    ),
)
ANSWERS = _measures(
    (
        "below",
        "people_below_target",
        "Below target",
        "People rated below their own target",
        "people",
    ),
    ("at", "people_at_target", "At target", "People rated at their own target", "people"),
    (
        "above",
        "people_above_target",
        "Above target",
        "People rated above their own target",
        "people",
    ),
    (
        "below_share",
        "share_below_target",
        "Share below target",
        "People below target out of people rated",
        "percent",
    ),
    (
        "above_share",
        "share_above_target",
        "Share above target",
        "People above target out of people rated",
        "percent",
    ),
    ("gap_sum", "sum_of_gaps", "Sum of gaps", "Gaps of all people rated, added up", "levels"),
    (
        "mean_gap",
        "mean_gap",
        "Mean gap in levels",
        "Sum of gaps divided by people rated",
        "levels",
    ),
)
REVIEWED = _measures(
    (
        "reviewed.rated",
        "people_reviewed",
        "People reviewed",
        "People rated whose line manager agreed to their level or saw another one",
        "people",
    ),
    (
        "reviewed.below",
        "reviewed_below_target",
        "Below target, reviewed",
        "Those whose line manager sees them below their own target",
        "people",
    ),
    (
        "reviewed.at",
        "reviewed_at_target",
        "At target, reviewed",
        "Those whose line manager sees them at their own target",
        "people",
    ),
    (
        "reviewed.above",
        "reviewed_above_target",
        "Above target, reviewed",
        "Those whose line manager sees them above their own target",
        "people",
    ),
    (
        "reviewed.below_share",
        "reviewed_share_below_target",
        "Share below target, reviewed",
        "Below target, reviewed, out of people reviewed",
        "percent",
    ),
    (
        "reviewed.gap_sum",
        "reviewed_sum_of_gaps",
        "Sum of gaps, reviewed",
        "Gaps on line managers’ levels, added up",
        "levels",
    ),
    (
        "reviewed.mean_gap",
        "reviewed_mean_gap",
        "Mean gap in levels, reviewed",
        "Sum of gaps, reviewed, divided by people reviewed",
        "levels",
    ),
)
LEARNING = _measures(
    (
        "learners",
        "people_who_logged_learning",
        "People who logged learning",
        "People in post with an entry towards the skill within the year",
        "people",
    ),
    (
        "own_hours",
        "hours_own_time",
        "Hours in own time",
        "Hours they logged as their own time",
        "hours",
    ),
    (
        "work_hours",
        "hours_work_time",
        "Hours in work time",
        "Hours they logged as work time",
        "hours",
    ),
)
OF_A_LINE = {**TARGETS, **RESPONSE, **ANSWERS, **REVIEWED, **LEARNING}

# Of all people of a unit, whatever the skill.
PEOPLE = _measures(
    (
        "in_post",
        "people_in_post",
        "People in post",
        "People in post on the report’s day",
        "people",
    ),
    (
        "asked",
        "people_asked",
        "People asked",
        "Those of them whose role levels or grade call for a skill",
        "people",
    ),
    (
        "answered",
        "people_answered",
        "People who have answered",
        "Those of them who have answered for a skill called for",
        "people",
    ),
    (
        "response_rate",
        "response_rate",
        "Response rate",
        "People who have answered out of people asked",
        "percent",
    ),
    (
        "learners",
        "people_who_logged_any_learning",
        "People who logged any learning",
        "People in post with an entry within the year, towards any skill or none",
        "people",
    ),
    (
        "own_learners",
        "people_who_learnt_in_own_time",
        "People who learnt in their own time",
        "Those of them with an entry in their own time",
        "people",
    ),
    (
        "own_time_share",
        "share_who_learnt_in_own_time",
        "Share who learnt in their own time",
        "People who learnt in their own time out of people in post",
        "percent",
    ),
    (
        "own_hours",
        "all_hours_own_time",
        "Hours in own time",
        "Hours logged as own time, towards any skill or none",
        "hours",
    ),
    (
        "work_hours",
        "all_hours_work_time",
        "Hours in work time",
        "Hours logged as work time, towards any skill or none",
        "hours",
    ),
)


def levels_of(scale):
    """How many people rated are at each level of a scale, "not yet" first."""
    return [
        Measure(
            f"people_at_level_{level}",
            level_name(level, scale),
            f"People rated whose level is {level}",
            "people",
            lambda line, level=level: line.levels[level],
        )
        for level in range(len(scale) + 1)
    ]
