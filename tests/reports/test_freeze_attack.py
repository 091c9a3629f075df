"""Criteria P2 and P3 over successive days: one known person between two reports gives nothing away.

Sixteen random histories here; FREEZE_HISTORIES=400 tries more.
"""

import os

import numpy as np
import pytest

from reports import freeze, suppression
from tests.reports.disclosure_attack import SCALE
from tests.reports.freeze_attack import (
    ANSWERS_AGAIN,
    JOINS,
    KINDS,
    MOVES,
    possible_levels,
    publish,
    random_history,
    without,
)

pytestmark = pytest.mark.slow

HISTORIES = int(os.environ.get("FREEZE_HISTORIES", "16"))
K = 10
BIG = {"team": (8, 25), "most_changed": 4}


def is_given_away(history, published, **attacker):
    """Whether all reports together leave fewer levels than the last, or those before it, alone."""

    def possible(*left_out):
        told = without(published, *left_out)
        return len(possible_levels(history, told, minimum=K, **attacker))

    last = len(published) - 1
    together = possible()
    return together <= SCALE and together < min(possible(last), possible(*range(last)))


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_learns_more_from_successive_reports_of_a_random_history(kind):
    for seed in range(HISTORIES // len(KINDS)):
        history = random_history(seed, kind, **BIG)
        assert not is_given_away(history, publish(history, minimum=K)), seed


def test_much_is_told_anew_all_the_same():
    """Though in a dozen teams there are often fewer than K changes in all."""
    histories = [random_history(seed, MOVES, **BIG) for seed in range(12)]
    lines = [publish(each, minimum=K, audited=False)[-1] for each in histories]
    assert sum(line.shown[0, 0] for line in lines) >= 6


# A history in which somebody is given away without the freeze.
GIVEN_AWAY = [(JOINS, 20), (ANSWERS_AGAIN, 15)]


@pytest.mark.parametrize(("kind", "seed"), GIVEN_AWAY)
def test_without_the_freeze_the_attack_succeeds(kind, seed):
    history = random_history(seed, kind, **BIG)
    assert not is_given_away(history, publish(history, minimum=K))
    assert is_given_away(history, publish(history, minimum=K, frozen=False))


def test_without_the_dominance_gate_a_manager_succeeds(monkeypatch):
    history, manager = random_history(7, ANSWERS_AGAIN, **BIG), 15
    assert not is_given_away(history, publish(history, minimum=K), manager=manager)

    def passes(changes, least):
        return (changes.whole == 0) | (changes.whole >= least)

    monkeypatch.setattr(freeze, "_passes", passes)
    assert is_given_away(history, publish(history, minimum=K), manager=manager)


def test_without_the_remainder_gate_the_attack_succeeds_on_exact_figures(monkeypatch):
    """Rounding and the audit make up for it here, so they are taken away as well."""
    monkeypatch.setattr(suppression, "round_to_5", lambda counts: counts)
    history = random_history(262, JOINS, **BIG)
    exact = {"minimum": K, "audited": False}
    assert not is_given_away(history, publish(history, **exact), rounding=1)

    def none_must_stand(_, __, fresh, generation, *___):
        return np.zeros((len(generation.children), fresh.shape[1]), bool)

    monkeypatch.setattr(freeze, "_must_stand", none_must_stand)
    assert is_given_away(history, publish(history, **exact), rounding=1)
