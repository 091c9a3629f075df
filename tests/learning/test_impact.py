"""Before and after, beside comparable people: cases worked by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.impact import Changes, Comparison, compare


def changes(*steps):
    return Changes(
        people=len(steps),
        improved=sum(step > 0 for step in steps),
        total=sum(steps),
        squares=sum(step**2 for step in steps),
    )


def compared(finished, others, **given):
    given = {"known_finished": 0, "known_others": 0, "minimum": 5} | given
    return compare(finished, others, **given)


def test_two_means_of_one_group():
    finished = {"g": changes(*[1] * 6, *[0] * 6)}
    others = {"g": changes(*[1] * 5, *[0] * 15)}
    assert compared(finished, others) == Comparison(12, 20, 0.5, 0.25, is_clear=False)


def test_others_weigh_as_much_as_those_who_finished():
    # 15 of 20 finished in the first group. The others change by 0.5 there and by 0.1 in the second,
    # where most of them are: 15/20 x 0.5 + 5/20 x 0.1 = 0.4, not the plain mean of 9/50.
    finished = {
        "low": changes(*[1] * 10, *[0] * 5),
        "high": changes(*[0] * 5),
    }
    others = {
        "low": changes(*[1] * 5, *[0] * 5),
        "high": changes(*[1] * 4, *[0] * 36),
    }
    found = compared(finished, others)
    assert (found.finished, found.others) == (20, 50)
    assert found.finished_mean == pytest.approx(0.5)
    assert found.others_mean == pytest.approx(0.4)


def test_groups_on_one_side_only_are_left_out():
    finished = {"both": changes(*[1] * 5, *[0] * 5), "mine": changes(*[3] * 50)}
    others = {"both": changes(*[1] * 5, *[0] * 5), "theirs": changes(*[-2] * 50)}
    assert compared(finished, others) == Comparison(10, 10, 0.5, 0.5)


def test_a_clear_difference_needs_more_than_two_standard_errors():
    # Changes of 40 people, 30 of them by 1: mean 0.75, variance 40/39 x 0.75 x 0.25 = 0.1923; of 40
    # others 10 by 1: 0.25 and the same variance. Standard error: sqrt(2 x 0.1923 / 40) = 0.098.
    clear = compared({"g": changes(*[1] * 30, *[0] * 10)}, {"g": changes(*[1] * 10, *[0] * 30)})
    assert clear.is_clear
    # 22 against 18 of 40: a difference of 0.1, standard error 0.113.
    unclear = compared({"g": changes(*[1] * 22, *[0] * 18)}, {"g": changes(*[1] * 18, *[0] * 22)})
    assert not unclear.is_clear


def test_few_people_are_never_a_clear_difference():
    few = compared({"g": changes(*[4] * 15, *[0] * 14)}, {"g": changes(*[1] * 5, *[-4] * 95)})
    assert few.finished_mean - few.others_mean > 4
    assert not few.is_clear


@pytest.mark.parametrize(
    ("up", "same", "known", "is_shown"),
    [
        (10, 10, 0, True),
        (9, 30, 0, False),
        (30, 9, 0, False),
        (13, 17, 4, False),
        (14, 14, 4, True),
    ],
)
def test_means_are_withheld_where_few_went_up_or_few_did_not(up, same, known, is_shown):
    side = {"g": changes(*[1] * up, *[0] * same)}
    plenty = {"g": changes(*[1] * 50, *[0] * 50)}
    mine = compared(side, plenty, minimum=10, known_finished=known)
    theirs = compared(plenty, side, minimum=10, known_others=known)
    for found in (mine, theirs):
        assert (found.finished_mean is not None) is is_shown
        assert (found.others_mean is not None) is is_shown
    assert (mine.finished, mine.others) == (up + same, 100)


def test_nobody_to_compare_is_no_error():
    assert compared({}, {}) == Comparison(0, 0)
    assert compared({"a": changes(1)}, {"b": changes(1)}) == Comparison(0, 0)


steps = st.lists(st.integers(-4, 4), min_size=1, max_size=40)
sides = st.dictionaries(st.integers(0, 3), steps.map(lambda found: changes(*found)), max_size=4)


@given(finished=sides, others=sides)
def test_means_lie_within_what_levels_allow_and_equal_sides_do_not_differ(finished, others):
    found = compared(finished, others)
    if found.finished_mean is not None:
        assert -4 <= found.finished_mean <= 4
        assert -4 <= found.others_mean <= 4
    same = compared(finished, finished)
    if same.finished_mean is not None:
        assert same.finished_mean == pytest.approx(same.others_mean)
        assert not same.is_clear
