"""Criteria P1 and P3: no attacker narrows a small count, and each rule is needed for that.

Sixty random organisations here; DISCLOSURE_TREES=500 for the nightly run.
"""

import os

import numpy as np
import pytest
from hypothesis import given, settings

from reports import disclosure_audit, suppression
from reports.suppression import WITHHELD, generations
from tests.reports.disclosure_attack import attack, random_organisation
from tests.reports.test_suppression import COUNTS, departments

pytestmark = pytest.mark.slow

TREES = int(os.environ.get("DISCLOSURE_TREES", "60"))
AT_A_TIME = 20
SPANS = ((2, 3), (2, 3), (2, 4))
K = 10


def organisation(seed, spans=SPANS, **kwargs):
    return random_organisation(np.random.default_rng(seed), spans=spans, **kwargs)


def publish(some, *, minimum=K):
    """What a report of the organisation publishes."""
    figures = some.figures()
    keys = {
        "parents": some.parents,
        "tie_break": np.arange(len(some.parents)),
        "minimum": minimum,
    }
    published = suppression.suppress(figures, own_rated=some.own.rated, **keys)
    return disclosure_audit.audit(figures, published, **keys)


# --- P1 ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", range(0, TREES, AT_A_TIME))
def test_nobody_narrows_a_small_count_in_a_random_organisation(first):
    for seed in range(first, min(first + AT_A_TIME, TREES)):
        some = organisation(seed)
        assert attack(some, publish(some), minimum=K) == [], seed


@pytest.mark.parametrize("minimum", [5, 7, 15])
def test_nor_with_another_minimum(minimum):
    for seed in range(2):
        some = organisation(seed)
        assert attack(some, publish(some, minimum=minimum), minimum=minimum) == []


def test_nor_where_people_are_posted_at_every_height_of_a_lopsided_tree():
    some = organisation(11, spans=((1, 3), (0, 3), (0, 4)), team=(2, 25))
    assert attack(some, publish(some), minimum=K) == []


def test_much_is_published_all_the_same():
    """Levels of the department and of many directorates in it, not of most teams."""
    some = organisation(3, spans=((6, 6), (6, 6), (6, 6)), skills=8)
    published = publish(some)
    share = [
        (published.levels[units] != WITHHELD).any(axis=-1).mean()
        for units in [[0], *(generation.children for generation in generations(some.parents))]
    ]
    assert share[0] >= 0.9
    assert share[1] >= 0.5
    assert share[2] >= 0.15
    assert 0 < share[3] < share[2]


# --- P3 ---------------------------------------------------------------------------------------


def no_rounding(monkeypatch):
    monkeypatch.setattr(suppression, "round_to_5", lambda counts: counts)


def no_withholding_of_small_counts(monkeypatch):
    def counts(exact, allowed, least):
        return np.where(allowed, suppression.round_to_5(exact), WITHHELD)

    monkeypatch.setattr(suppression, "_counts", counts)


def no_rule_about_one_answer(monkeypatch):
    monkeypatch.setattr(suppression, "ONE_ANSWER_SHARE", 1.0)


def no_audit(monkeypatch):
    monkeypatch.setattr(disclosure_audit, "audit", lambda figures, published, **_: published)


def no_unit_gate(monkeypatch):
    patch_gates(monkeypatch, unit=False)


def no_remainder_gate(monkeypatch):
    patch_gates(monkeypatch, remainder=False)


def no_dominance_gate(monkeypatch):
    monkeypatch.setattr(
        suppression, "left_without_largest_part", lambda rated, *_: np.zeros_like(rated)
    )


def patch_gates(monkeypatch, *, unit=True, remainder=True):
    """The gates without one of them; top down like the real ones."""

    def pass_gates(rated, *, own_rated, parents, tie_break, least):
        tree = generations(parents)
        left = suppression.left_without_largest_part(rated, own_rated, tree)
        shown = (rated >= (least if unit else 1)) & ((left == 0) | (left >= least))
        for generation in tree:
            children, starts = generation.children, generation.starts
            shown[children] &= shown[parents[children]]
            sizes = np.where(shown[children], rated[children], 0)
            rest = rated[generation.heads] - np.add.reduceat(sizes, starts)
            order = np.where(shown[children], sizes, np.iinfo(sizes.dtype).max)
            smallest = np.minimum.reduceat(order, starts)[generation.family]
            hide = (order == smallest) & ((rest > 0) & (rest < least))[generation.family]
            shown[children] &= ~(hide & remainder)
        return shown

    monkeypatch.setattr(suppression, "pass_gates", pass_gates)


# Each rule taken away, and an organisation where the others do not make up for it.
WITHOUT = {
    "dominance gate": (no_dominance_gate, 3),
    "rounding": (no_rounding, 0),
    "rule about one answer": (no_rule_about_one_answer, 82),
    "audit": (no_audit, 1),
}


@pytest.mark.parametrize(("take_away", "seed"), WITHOUT.values(), ids=WITHOUT)
def test_without_any_one_rule_the_attack_succeeds(take_away, seed, monkeypatch):
    some = organisation(seed)
    assert attack(some, publish(some), minimum=K) == []
    take_away(monkeypatch)
    rounding = 1 if take_away is no_rounding else 5
    assert attack(some, publish(some), minimum=K, rounding=rounding)


@pytest.mark.parametrize(
    "take_away", [no_unit_gate, no_remainder_gate, no_withholding_of_small_counts]
)
def test_without_a_rule_that_the_audit_makes_up_for_it_has_to(take_away, monkeypatch):
    """The audit withdraws what the rule lets through, so it is taken away as well."""
    some = organisation(15)
    no_audit(monkeypatch)
    assert attack(some, publish(some), minimum=K) == []
    take_away(monkeypatch)
    assert attack(some, publish(some), minimum=K)


# --- The audit by itself ----------------------------------------------------------------------


@given(departments())
@settings(max_examples=40, deadline=None)
def test_the_audit_only_withdraws_and_the_second_time_nothing(department):
    figures, own_rated, parents, minimum = department
    keys = {"parents": parents, "tie_break": np.arange(len(parents)), "minimum": minimum}
    before = suppression.suppress(figures, own_rated=own_rated, **keys)
    after = disclosure_audit.audit(figures, before, **keys)
    again = disclosure_audit.audit(figures, after, **keys)
    assert not (after.shown & ~before.shown).any()
    for name in COUNTS:
        counts = getattr(after, name)
        assert ((counts == getattr(before, name)) | (counts == WITHHELD)).all(), name
        assert (counts[~after.shown] == WITHHELD).all(), name
        assert (getattr(again, name) == counts).all(), name
    children = np.flatnonzero(parents >= 0)
    assert not (after.shown[children] & ~after.shown[parents[children]]).any()
    before_again = suppression.suppress(figures, own_rated=own_rated, **keys)
    assert (before_again.levels == before.levels).all()


@given(departments())
@settings(max_examples=20, deadline=None)
def test_skills_are_audited_each_by_itself(department):
    figures, own_rated, parents, minimum = department
    keys = {"parents": parents, "tie_break": np.arange(len(parents)), "minimum": minimum}
    before = suppression.suppress(figures, own_rated=own_rated, **keys)
    together = disclosure_audit.audit(figures, before, **keys)
    order = [1, 0]
    apart = disclosure_audit.audit(
        suppression.Figures(**{name: counts[:, order] for name, counts in vars(figures).items()}),
        suppression.Published(**{name: counts[:, order] for name, counts in vars(before).items()}),
        **keys,
    )
    for name in COUNTS:
        assert (getattr(apart, name)[:, order] == getattr(together, name)).all(), name
