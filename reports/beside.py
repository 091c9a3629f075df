"""What a report publishes beside levels people give themselves: inputs in, publishable tables out.

Pure: no queries, no clock, no settings. Each table passes the rules of `reports.suppression` by
itself, and only where the figures it stands beside are shown:

- *people* of a unit: how many, and how many have answered anything that is asked of them. Shown
  where those who answered pass the gates;
- *reviewed* levels: those that line managers agreed to or saw otherwise. They pass the gates like
  raters, and so must the raters that have not been reviewed: 0 or at least K;
- *study*: see `reports.study`.
"""

from dataclasses import dataclass

import numpy as np

from reports import aggregate, disclosure_audit, study
from reports.suppression import (
    WITHHELD,
    Published,
    least_publishable,
    pass_gates,
    publish_lines,
    round_to_5,
    skills_at_a_time,
)


@dataclass(frozen=True)
class Beside:
    """`people` is units by 3 as `aggregate.count_people` counts them, rounded or WITHHELD."""

    people: np.ndarray
    reviewed: Published
    study: study.PublishedStudy


@dataclass(frozen=True)
class Rules:
    """The organisation as suppression sees it; `suppress` is all of it for one set of figures."""

    parents: np.ndarray
    tie_break: np.ndarray
    minimum: int

    @property
    def least(self):
        return least_publishable(self.minimum)

    def gates(self, rated, *, own_rated, allowed=True):
        return pass_gates(
            rated,
            own_rated=own_rated,
            parents=self.parents,
            tie_break=self.tie_break,
            least=self.least,
            allowed=allowed,
        )


def make_beside(inputs, published, figures, *, minimum):
    """Every table beside the levels of every unit, publishable."""
    units, people = inputs.units, inputs.people
    rules = Rules(units.parents, units.ids, minimum)
    unit_count = len(units.ids)

    own_people = aggregate.count_people(people, unit_count=unit_count)
    all_people = aggregate.add_below(own_people, units.parents)
    answered = all_people[:, 2:]
    told = rules.gates(answered, own_rated=own_people[:, 2:])

    own_totals = study.add_up(
        inputs.study,
        people.unit,
        unit_count=unit_count,
        column_count=people.targets.shape[1] + 1,
    )
    return Beside(
        people=np.where(told, round_to_5(all_people), WITHHELD),
        reviewed=publish_reviewed(people, published, figures, rules),
        study=study.publish_study(
            study.roll_up(own_totals, units.parents),
            own=own_totals,
            parents=rules.parents,
            tie_break=rules.tie_break,
            minimum=minimum,
            allowed=told[:, 0],
        ),
    )


def publish_reviewed(people, published, figures, rules):
    """Publishable figures on line managers' levels; only where the people's own are shown."""
    reviewed = Published.nothing(*figures.levels.shape)
    for skills in skills_at_a_time(figures.levels.shape):
        reviewed.put(skills, _publish_reviewed(people, skills, published, figures, rules))
    return reviewed


def _publish_reviewed(people, skills, published, figures, rules):
    own = aggregate.aggregate_own_reviewed(people, skills, unit_count=len(rules.parents))
    reviewed = aggregate.roll_up(own, rules.parents)
    others = figures.of_skills(skills).rated - reviewed.rated
    allowed = published.shown[:, skills] & ((others == 0) | (others >= rules.least))
    shown = rules.gates(reviewed.rated, own_rated=own.rated, allowed=allowed)
    return disclosure_audit.audit(
        reviewed,
        publish_lines(reviewed, shown, least=rules.least),
        parents=rules.parents,
        tie_break=rules.tie_break,
        minimum=rules.minimum,
    )
