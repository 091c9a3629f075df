"""What of an assignment's figures may be shown: tables of cases, and what must always hold."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.disclosure import (
    STATES,
    Answers,
    Band,
    ShownAnswers,
    may_be_counted_anew,
    most_names,
    offered_band,
    shown_answers,
)

NOBODY = Answers(0, 0, 0, 0)


@pytest.mark.parametrize(
    ("offered", "counted", "known", "expected"),
    [
        (0, 100, 0, None),
        (9, 100, 0, None),
        (10, 100, 0, Band(10)),
        (14, 100, 0, Band(10)),
        (15, 100, 0, Band(15)),
        (89, 100, 0, Band(85)),
        (90, 100, 0, None),
        (100, 100, 0, None),
        # The whole band must be possible, so 24 people are the fewest and only one band is.
        (10, 23, 0, None),
        (12, 24, 0, Band(10)),
        (15, 24, 0, None),
        # A line manager who knows eight of them: 10 + 8 on either side.
        (18, 100, 8, None),
        (19, 100, 8, None),
        (20, 100, 8, Band(20)),
        (79, 100, 8, Band(75)),
        (80, 100, 8, None),
        # All of them are one team's.
        (10, 20, 20, None),
    ],
)
def test_offered_people_are_shown_with_a_margin_on_either_side(offered, counted, known, expected):
    assert offered_band(offered, counted=counted, known=known, minimum=10) == expected


@pytest.mark.parametrize(
    ("answers", "named", "asked", "expected"),
    [
        (
            Answers(20, 15, 12, 30),
            NOBODY,
            75,
            ShownAnswers(Band(20), Band(15), Band(10), Band(30)),
        ),
        # Few declined: they are among those of whom nothing is said.
        (Answers(20, 18, 9, 30), NOBODY, 75, ShownAnswers(accepted=Band(15), done=Band(30))),
        (Answers(45, 20, 0, 15), NOBODY, 80, ShownAnswers(accepted=Band(20), done=Band(15))),
        # Few accepted, or few are left over: those who have done it stand alone.
        (Answers(20, 9, 18, 30), NOBODY, 75, ShownAnswers(done=Band(30))),
        (Answers(5, 20, 4, 30), NOBODY, 59, ShownAnswers(done=Band(30))),
        (Answers(40, 18, 10, 9), NOBODY, 75, ShownAnswers()),
        (Answers(0, 0, 0, 77), NOBODY, 77, ShownAnswers()),
        # Of the 12 who declined, three are named: nine would be left.
        (
            Answers(20, 15, 12, 30),
            Answers(0, 0, 3, 0),
            75,
            ShownAnswers(accepted=Band(15), done=Band(30)),
        ),
        (Answers(20, 15, 12, 34), Answers(0, 0, 0, 25), 75, ShownAnswers(done=None)),
    ],
)
def test_all_states_are_shown_or_those_that_leave_enough_others(answers, named, asked, expected):
    assert shown_answers(answers, named=named, asked=asked, minimum=10) == expected


@pytest.mark.parametrize(("answered", "expected"), [(0, False), (9, False), (10, True)])
def test_one_persons_answer_moves_nothing(answered, expected):
    assert may_be_counted_anew(answered, minimum=10) is expected


def test_people_named_before_the_count_are_not_among_those_it_hides():
    given = {"counted": 100, "known": 0, "minimum": 10}
    assert offered_band(24, named=10, **given) == Band(20)
    assert offered_band(24, named=11, **given) is None


def test_names_leave_enough_people_without_one():
    assert most_names(Band(25), minimum=10) == 15
    assert most_names(None, minimum=10) is None


minimums = st.integers(5, 15)


@given(data=st.data(), counted=st.integers(0, 200), minimum=minimums)
def test_whoever_knows_a_team_is_left_with_five_values_and_k_on_either_side(data, counted, minimum):
    known = data.draw(st.integers(0, counted))
    mine = data.draw(st.integers(0, known))
    offered = data.draw(st.integers(mine, counted - known + mine))
    shown = offered_band(offered, counted=counted, known=known, minimum=minimum)
    if shown is None:
        return
    others = counted - known
    left = [n - mine for n in range(shown.least, shown.most + 1)]
    possible = [n for n in left if 0 <= n <= others]
    assert len(possible) == 5
    assert min(possible) >= minimum
    assert others - max(possible) >= minimum


@given(counted=st.integers(0, 200), known=st.integers(0, 30), minimum=minimums)
def test_what_is_withheld_may_be_small_or_nearly_everybody(counted, known, minimum):
    withheld = [
        offered
        for offered in range(counted + 1)
        if offered_band(offered, counted=counted, known=known, minimum=minimum) is None
    ]
    margin = min(minimum + known, counted + 1)
    assert set(range(margin)) <= set(withheld)
    assert set(range(counted - margin + 1, counted + 1)) <= set(withheld)


@given(states=st.tuples(*[st.integers(0, 60)] * 4), slack=st.integers(0, 4), minimum=minimums)
def test_each_shown_state_leaves_k_people_in_it_and_k_in_others(states, slack, minimum):
    answers = Answers(*states)
    total = sum(states)
    asked = Band(max(total - slack, 0) // 5 * 5)
    shown = shown_answers(answers, named=NOBODY, asked=asked.least, minimum=minimum)
    told = [getattr(shown, state) for state in STATES if getattr(shown, state)]
    assert len(told) in {0, 1, 2, 4}
    for found in told:
        assert found.least >= minimum
        # What is shown leaves K people over, even if the fewest were asked.
        assert asked.least - found.most >= minimum


@pytest.mark.parametrize("total", [20, 33, 47])
def test_no_small_state_can_be_narrowed_by_going_through_all_that_look_the_same(total):
    """With K = 5, each state of 1 to 4 people leaves three values or more; nobody is certain."""
    alike = {}
    for cuts in itertools.combinations(range(total + 3), 3):
        edges = [-1, *cuts, total + 3]
        states = [high - low - 1 for low, high in itertools.pairwise(edges)]
        shown = shown_answers(Answers(*states), named=NOBODY, asked=total, minimum=5)
        alike.setdefault(shown, []).append(states)
    assert len(alike) > 1
    for same in alike.values():
        for state in range(4):
            counts = {states[state] for states in same}
            assert len(counts) >= 3 or not counts & {1, 2, 3, 4}
            assert counts not in ({0}, {total})
