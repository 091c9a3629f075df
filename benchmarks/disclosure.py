"""Disclosure control on a random organisation in memory: what it costs, what stays published.

    python -m benchmarks.disclosure --directorates 12 --divisions 16 --teams 30 --skills 10

Needs no database. The digest of what is published tells whether a change of the audit that should
only make it quicker has changed a figure.
"""

import argparse
import hashlib
import resource
import time
from dataclasses import fields

import numpy as np

from reports import aggregate, disclosure_audit, suppression
from reports.suppression import WITHHELD, generations
from tests.reports.disclosure_attack import random_organisation

TIERS = ("departments", "directorates", "divisions", "teams")


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.disclosure", description=__doc__)
    for name, default in (("directorates", 6), ("divisions", 6), ("teams", 6)):
        parser.add_argument(f"--{name}", type=int, default=default, help=f"({default})")
    parser.add_argument("--skills", type=int, default=8)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--minimum", type=int, default=10)
    options = parser.parse_args()
    some = random_organisation(
        np.random.default_rng(options.seed),
        skills=options.skills,
        spans=[(span, span) for span in (options.directorates, options.divisions, options.teams)],
    )
    print(f"{len(some.people.unit):,} people, {len(some.parents):,} units, {options.skills} skills")
    figures = some.figures()
    found = {}

    def aggregation():
        own = aggregate.aggregate_own(some.people, unit_count=len(some.parents))
        aggregate.roll_up(own, some.parents)

    keys = {
        "parents": some.parents,
        "tie_break": np.arange(len(some.parents)),
        "minimum": options.minimum,
    }

    def suppress():
        found["lines"] = suppression.suppress(figures, own_rated=some.own.rated, **keys)

    def audit():
        found["audited"] = disclosure_audit.audit(figures, found["lines"], **keys)

    spent = {work.__name__: cost(work) for work in (aggregation, suppress, audit)}
    for name, seconds in spent.items():
        print(f"{name}: {seconds:.2f} s, {seconds / spent['aggregation']:.1f} x aggregation")
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    report(some, found["audited"])


def cost(work):
    """Seconds of the processor, which others on the machine blur less than time does."""
    began = time.process_time()
    work()
    return time.process_time() - began


def report(some, published):
    tiers = [[0], *(generation.children for generation in generations(some.parents))]
    for name, units in zip(TIERS, tiers, strict=True):
        levels = (published.levels[units] != WITHHELD).any(axis=-1).mean()
        sides = (published.below[units] != WITHHELD).mean()
        shown = published.shown[units].mean()
        print(f"{name}: shown {shown:.0%}, levels {levels:.0%}, below, at, above {sides:.0%}")
    digest = hashlib.sha256()
    for field in fields(published):
        digest.update(np.ascontiguousarray(getattr(published, field.name), np.int64).tobytes())
    print(f"digest: {digest.hexdigest()[:16]}")


if __name__ == "__main__":
    main()
