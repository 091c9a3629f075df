"""What may be published: tables of cases, then rules that hold for any department."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.suppression import (
    WITHHELD,
    Figures,
    generations,
    least_publishable,
    pass_gates,
    publish_lines,
    round_to_5,
    suppress,
)

C = WITHHELD


# --- Rounding and K ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "rounded"),
    [(0, 0), (2, 0), (3, 5), (7, 5), (8, 10), (12, 10), (13, 15), (1003, 1005)],
)
def test_counts_are_rounded_to_the_nearest_5(count, rounded):
    assert round_to_5(count) == rounded


@pytest.mark.parametrize(
    ("minimum", "least"), [(5, 5), (6, 8), (7, 8), (8, 8), (9, 9), (10, 10), (11, 13), (20, 20)]
)
def test_no_count_falls_below_the_minimum_by_rounding(minimum, least):
    assert least_publishable(minimum) == least


def test_a_minimum_below_5_is_refused():
    with pytest.raises(ValueError, match="is 5, not 4"):
        least_publishable(4)


# --- The gates --------------------------------------------------------------------------------

# Name: (parents, people who rated themselves in each unit itself, units shown) for K = 10.
TREES = {
    "a unit with ten raters is shown": ([-1], [10], [0]),
    "a unit with nine raters is not": ([-1], [9], []),
    "nobody at all": ([-1, 0], [0, 0], []),
    "both children large enough": ([-1, 0, 0], [0, 10, 10], [0, 1, 2]),
    # The remainder would be the nine of the hidden child, so the smaller neighbour goes too.
    "a small child takes its smallest neighbour with it": (
        [-1, 0, 0, 0],
        [0, 9, 12, 30],
        [0, 3],
    ),
    "two small children hide in each other": ([-1, 0, 0, 0], [0, 6, 7, 30], [0, 3]),
    "people posted in the unit itself are a remainder too": (
        [-1, 0, 0],
        [4, 12, 30],
        [0, 2],
    ),
    "ten people posted in the unit itself need no company": (
        [-1, 0, 0],
        [10, 12, 30],
        [0, 1, 2],
    ),
    # Without child 1 only nine are left: its manager could subtract and see them.
    "one child with nearly everybody hides the unit": ([-1, 0, 0], [0, 40, 9], []),
    "one child with everybody does not": ([-1, 0, 0], [0, 40, 0], [0, 1]),
    # Unit 1 would publish the same figures as unit 0, and unit 2's manager could subtract.
    "the same one unit further down": ([-1, 0, 1, 1], [0, 0, 40, 9], []),
    "whoever manages the people posted in the unit itself can subtract too": (
        [-1, 0],
        [40, 9],
        [],
    ),
    # Unit 1 fails (without unit 3 only nine are left), so unit 3 with its thirty goes as well.
    "below a hidden unit nothing is shown": ([-1, 0, 0, 1], [0, 9, 50, 30], [0, 2]),
}


@pytest.mark.parametrize(("parents", "own", "shown"), TREES.values(), ids=TREES)
def test_gates(parents, own, shown):
    own = np.array(own)[:, np.newaxis]
    found = pass_gates(
        subtree_sums(own, parents),
        own_rated=own,
        parents=np.array(parents),
        tie_break=np.arange(len(parents)),
        least=10,
    )
    assert np.flatnonzero(found[:, 0]).tolist() == shown


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [0, 2, 1, 3], [0, 3, 2, 1]])
def test_between_children_of_one_size_the_tie_break_decides_and_not_their_order(order):
    # Nine in one child, so that one of the two with twelve must go.
    own = np.array([0, 12, 12, 9])[order][:, np.newaxis]
    parents = np.array([-1, 0, 0, 0])
    found = pass_gates(
        subtree_sums(own, parents),
        own_rated=own,
        parents=parents,
        tie_break=np.array([100, 7, 5, 1])[order],
        least=10,
    )
    assert [order[unit] for unit in np.flatnonzero(found[:, 0])] == [0, 1]


def subtree_sums(own, parents):
    total = np.array(own)
    for generation in reversed(generations(parents)):
        np.add.at(total, generation.heads[generation.family], total[generation.children])
    return total


# --- Figures of one line ----------------------------------------------------------------------


def line(levels, targets=(2,), *, required=None, not_applicable=0, least=10, shown=True):
    """One unit and skill, published: `levels` people at each level, shared out over targets."""
    counts = np.zeros(9, int)
    counts[: len(levels)] = levels
    sides, gap_sum, who = [0, 0, 0], 0, 0
    for level, people in enumerate(levels):
        for _ in range(people):
            target = targets[who % len(targets)]
            who += 1
            sides[0 if level < target else 1 if level == target else 2] += 1
            gap_sum += max(0, target - level)
    rated = int(counts.sum())

    def cell(value):
        return np.array([[value]])

    published = publish_lines(
        Figures(
            required=cell(rated + not_applicable if required is None else required),
            not_applicable=cell(not_applicable),
            levels=counts[np.newaxis, np.newaxis, :],
            below=cell(sides[0]),
            at=cell(sides[1]),
            above=cell(sides[2]),
            gap_sum=cell(gap_sum),
            target_low=cell(min(targets)),
            target_high=cell(max(targets)),
        ),
        cell(shown),
        least=least,
    )
    return {
        "required": int(published.required[0, 0]),
        "rated": int(published.rated[0, 0]),
        "not_applicable": int(published.not_applicable[0, 0]),
        "levels": published.levels[0, 0, : len(levels)].tolist(),
        "sides": [int(getattr(published, side)[0, 0]) for side in ("below", "at", "above")],
        "gap_sum": int(published.gap_sum[0, 0]),
    }


def test_large_counts_are_published_rounded():
    assert line([12, 23, 31, 14, 0], required=111) == {
        "required": 110,
        "rated": 80,
        "not_applicable": 0,
        "levels": [10, 25, 30, 15, 0],
        "sides": [35, 30, 15],
        "gap_sum": 45,
    }


def test_a_hidden_line_says_nothing():
    found = line([12, 23, 31, 14, 0], shown=False)
    assert found == {
        "required": C,
        "rated": C,
        "not_applicable": C,
        "levels": [C] * 5,
        "sides": [C, C, C],
        "gap_sum": C,
    }


def test_over_90_percent_at_one_level_withholds_the_answers_and_keeps_how_many_gave_one():
    found = line([0, 0, 95, 5, 0], targets=(2, 3))
    assert found["rated"] == 100
    assert found["levels"] == [C] * 5
    assert found["sides"] == [C, C, C]
    assert found["gap_sum"] == C


def test_exactly_90_percent_does_not():
    assert line([0, 10, 90, 0, 0])["sides"] == [10, 90, 0]


def test_over_90_percent_on_one_side_of_the_target_withholds_the_levels_that_would_tell_it():
    found = line([50, 46, 4, 0, 0])
    assert found["sides"] == [C, C, C]
    assert found["levels"] == [C] * 5


def test_a_small_not_applicable_count_is_withheld():
    assert line([12, 23, 31, 14, 0], not_applicable=9)["not_applicable"] == C
    assert line([12, 23, 31, 14, 0], not_applicable=11)["not_applicable"] == 10


def test_a_small_level_hidden_among_others_is_withheld_alone():
    found = line([20, 30, 40, 5, 6], targets=(3,))
    assert found["levels"] == [20, 30, 40, C, C]


def test_levels_go_when_the_number_below_target_would_give_a_withheld_one_away():
    # One person at level 0: 30 at level 1 and 31 below target leave 1 to 4 for level 0.
    found = line([1, 30, 40, 30, 0])
    assert found["sides"] == [30, 40, 30]
    assert found["levels"] == [C] * 5


def test_sides_go_when_the_total_would_give_a_withheld_one_away():
    # 22 to 23 raters of whom at least 10 and 13 to 17 are told leave no room above the target.
    found = line([0, 10, 14, 1, 0])
    assert found["rated"] == 25
    assert found["sides"] == [C, C, C]
    assert found["gap_sum"] == C


def test_the_sum_of_gaps_is_withheld_when_it_would_tell_of_a_few_far_below():
    # 25 below target, 3 of them by two levels: the sum less the number would say so.
    found = line([3, 22, 40, 30, 0])
    assert found["sides"] == [25, 40, 30]
    assert found["gap_sum"] == C


def test_the_sum_of_gaps_is_told_when_nobody_is_more_than_one_level_below():
    assert line([0, 25, 40, 30, 0])["gap_sum"] == 25


# --- For any department -----------------------------------------------------------------------


@st.composite
def departments(draw):
    """Exact figures of a random tree of units, two skills wide; parents and K."""
    units = draw(st.integers(1, 9))
    parents = np.array([-1, *(draw(st.integers(0, unit - 1)) for unit in range(1, units))])
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    scale, skills = 4, 2
    size = draw(st.sampled_from([3, 8, 20, 60]))
    targets = rng.integers(1, scale + 1, size=(skills, 2))
    own = {
        name: np.zeros((units, skills), int)
        for name in ("required", "not_applicable", "below", "at", "above", "gap_sum")
    }
    levels = np.zeros((units, skills, 9), int)
    low, high = np.full((units, skills), 99), np.zeros((units, skills), int)
    for unit in range(units):
        for skill in range(skills):
            people = rng.integers(0, size + 1)
            target = rng.choice(targets[skill], size=people)
            level = rng.choice([-2, -1, 0, 1, 2, 3, 4], size=people, p=[0.1, 0.1, *[0.16] * 5])
            own["required"][unit, skill] = people
            own["not_applicable"][unit, skill] = (level == -1).sum()
            rated = level >= 0
            np.add.at(levels[unit, skill], level[rated], 1)
            own["below"][unit, skill] = (level < target)[rated].sum()
            own["at"][unit, skill] = (level == target)[rated].sum()
            own["above"][unit, skill] = (level > target)[rated].sum()
            own["gap_sum"][unit, skill] = np.maximum(target - level, 0)[rated].sum()
            low[unit, skill] = target.min(initial=99)
            high[unit, skill] = target.max(initial=0)
    figures = Figures(
        **{name: subtree_sums(values, parents) for name, values in own.items()},
        levels=subtree_sums(levels, parents),
        target_low=low,
        target_high=high,
    )
    return figures, levels.sum(axis=-1), parents, draw(st.sampled_from([5, 7, 10, 12]))


COUNTS = ("required", "rated", "not_applicable", "levels", "below", "at", "above", "gap_sum")


@given(departments())
@settings(max_examples=60, deadline=None)
def test_whatever_is_published_obeys_the_rules(department):
    figures, own_rated, parents, minimum = department
    found = suppress(
        figures,
        own_rated=own_rated,
        parents=parents,
        tie_break=np.arange(len(parents)),
        minimum=minimum,
    )
    for name in COUNTS:
        counts = getattr(found, name)
        told = counts[counts != WITHHELD]
        assert ((told == 0) | (told >= minimum)).all(), name
        assert (told % 5 == 0).all(), name
        assert (counts[~found.shown] == WITHHELD).all(), name
    # One would give the other's small counts away.
    levels_withheld = (found.levels == WITHHELD).all(axis=-1)
    assert (found.gap_sum[levels_withheld] == WITHHELD).all()
    assert ((found.required == WITHHELD) == (found.not_applicable == WITHHELD)).all()
    children = np.flatnonzero(parents >= 0)
    assert not (found.shown[children] & ~found.shown[parents[children]]).any()
    least = least_publishable(minimum)
    rated = figures.rated
    for unit in range(len(parents)):
        mine = children[parents[children] == unit]
        left = rated[unit] - np.where(found.shown[mine], rated[mine], 0).sum(axis=0)
        assert ((left == 0) | (left >= least))[found.shown[unit]].all()
        for part in [rated[mine], own_rated[[unit]]]:
            without = rated[unit] - part
            assert ((without == 0) | (without >= least))[:, found.shown[unit]].all()


@given(departments(), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_the_units_does_not_matter(department, rng):
    figures, own_rated, parents, minimum = department
    ids = np.arange(len(parents))
    straight = suppress(
        figures, own_rated=own_rated, parents=parents, tie_break=ids, minimum=minimum
    )
    order = list(ids)
    rng.shuffle(order)
    place = np.argsort(order)
    shuffled = suppress(
        Figures(**{name: values[order] for name, values in vars(figures).items()}),
        own_rated=own_rated[order],
        parents=np.array([place[parent] if parent >= 0 else -1 for parent in parents[order]]),
        tie_break=ids[order],
        minimum=minimum,
    )
    for name in ("shown", *COUNTS):
        assert (getattr(straight, name)[order] == getattr(shuffled, name)).all(), name
