"""Which level ticked statements suggest: cases worked by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.suggestions import LevelTicks, Suggestion, suggest_level

# Statements of four levels, by their keys: two, three, four and two of them.
FOUR = {1: ["a1", "a2"], 2: ["b1", "b2", "b3"], 3: ["c1", "c2", "c3", "c4"], 4: ["d1", "d2"]}


def suggested(statements, ticked):
    return suggest_level(statements, ticked.split()).level


@pytest.mark.parametrize(
    ("ticked", "level"),
    [
        ("", None),  # nothing ticked is unknown
        ("a1", 0),  # one of two is not more than half
        ("a1 a2", 1),
        ("a1 a2 b1", 1),  # one of three
        ("a1 a2 b1 b3", 2),  # two of three
        ("a1 a2 b1 b2 b3 c1 c2", 2),  # two of four is half, not more
        ("a1 a2 b1 b2 b3 c1 c2 c4", 3),
        ("a1 a2 b1 b2 c1 c2 c4 d1 d2", 4),
        ("b1 b2 b3", 0),  # the level below is not shown
        ("a1 a2 c1 c2 c3 c4", 1),  # a higher level does not stand on air
        ("d1 d2", 0),
    ],
)
def test_the_suggestion_is_the_highest_level_shown_with_all_below(ticked, level):
    assert suggested(FOUR, ticked) == level


@pytest.mark.parametrize(
    ("statements", "ticked", "level"),
    [
        ({2: ["b1"], 3: ["c1"]}, "b1 c1", 3),  # no level 1 is described
        ({2: ["b1"], 3: ["c1"]}, "c1", 0),
        ({1: ["a1"], 4: ["d1"]}, "a1 d1", 4),  # 2 and 3 are not described
        ({1: ["a1"], 2: [], 3: ["c1"]}, "a1 c1", 3),  # 2 is described without statements
        ({1: ["a1"], 2: []}, "a1", 1),  # and is not suggested
        ({1: ["a1"], 8: ["h1"]}, "a1 h1", 8),  # a longer scale
        ({}, "", None),
        ({1: ["a1"]}, "of-another-skill", None),
    ],
)
def test_undefined_levels_are_passed_over(statements, ticked, level):
    assert suggested(statements, ticked) == level


def test_the_reason_says_what_is_ticked_where_it_stopped_and_what_lies_beyond():
    assert suggest_level(FOUR, ["a1", "a2", "b2", "c1", "c2", "c3"]) == Suggestion(
        level=1,
        counts=(
            LevelTicks(1, ticked=2, total=2),
            LevelTicks(2, ticked=1, total=3),
            LevelTicks(3, ticked=3, total=4),
            LevelTicks(4, ticked=0, total=2),
        ),
        stopped_at=2,
        beyond=(3,),
    )


def test_the_order_and_repetition_of_what_is_given_do_not_matter():
    backwards = {4: ["d1", "d2"], 1: ["a2", "a1"]}
    assert suggest_level(backwards, ["a1", "a2", "a1"]).level == 1
    assert [count.value for count in suggest_level(backwards, []).counts] == [1, 4]


levels = st.dictionaries(st.integers(1, 8), st.integers(0, 5), max_size=8).map(
    lambda sizes: {value: [f"{value}.{n}" for n in range(size)] for value, size in sizes.items()}
)


@given(levels, st.data())
def test_only_described_levels_are_suggested_and_ticking_more_of_them_never_lowers(
    statements, data
):
    keys = [key for level in statements.values() for key in level]
    ticked = data.draw(st.sets(st.sampled_from(keys))) if keys else set()
    first = suggest_level(statements, ticked).level
    assert first in {None, 0, *(value for value, texts in statements.items() if texts)}
    if keys:
        more = suggest_level(statements, ticked | {data.draw(st.sampled_from(keys))}).level
        assert (more or 0) >= (first or 0)
