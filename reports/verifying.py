"""Compiling a finished report again, to see whether the same records still give the same figures.

Nothing is written. The stored parameters are used: the report's unit, day and smallest count.
"""

import json
from dataclasses import dataclass

from reports import compile as compiling
from reports import inputs as reading_inputs

PARAMETER_NAMES = {
    "unit": "the address of the unit",
    "unit_name": "the name of the unit",
    "method_version": "the method version",
    "releases": "the framework releases in force on the day",
    "skills": "the skills that somebody was required to have",
}


@dataclass(frozen=True)
class Verification:
    """What compiling again gave.

    `is_intact` says whether what is stored still has the report's digest, `is_same` whether the
    records of today give it. `parameters` and `sections` say what differs: names and paths.
    """

    digest: str
    is_intact: bool
    is_same: bool
    parameters: list[str]
    sections: list[str]


def verify(report):
    """Compile a ready report again from today's records and compare it with what is stored."""
    inputs = reading_inputs.read(unit=report.unit, as_at=report.as_at)
    own_rated, figures = compiling.aggregate(inputs)
    published = compiling.suppress(report, inputs, own_rated, figures)
    parameters = compiling.to_json(compiling.describe(report, inputs))
    beside = compiling.make_beside(report, inputs, published, figures)
    groups = compiling.make_groups(report, inputs, published, figures)
    sections = [
        *compiling.make_sections(report, inputs, published, figures, beside),
        *compiling.make_group_sections(inputs, groups),
    ]
    digest = compiling.digest_of(parameters, sections)

    stored = {section.key: section.payload for section in report.sections.all()}
    again = {key: payload for _, key, payload in sections}
    kept = [(None, key, payload) for key, payload in stored.items()]
    return Verification(
        digest=digest,
        is_intact=compiling.digest_of(report.parameters, kept) == report.digest,
        is_same=digest == report.digest,
        parameters=_differing_parameters(report.facts, json.loads(parameters)),
        sections=sorted(
            key for key in stored.keys() | again.keys() if stored.get(key) != again.get(key)
        ),
    )


def _differing_parameters(stored, again):
    return [
        PARAMETER_NAMES.get(name, name.replace("_", " "))
        for name in sorted(stored.keys() | again.keys())
        if stored.get(name) != again.get(name)
    ]
