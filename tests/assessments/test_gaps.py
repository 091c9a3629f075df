"""Gaps of a person: tables of cases, no database."""

import pytest

from assessments.gaps import AreaAverage, SkillStanding, area_averages, biggest_gaps_first, gap


@pytest.mark.parametrize(
    ("target", "level", "expected"),
    [
        (3, 1, 2),
        (3, 0, 3),  # "not yet" is a rating
        (3, 3, 0),
        (2, 4, 0),  # more than asked is no gap, and no credit elsewhere
        (8, 0, 8),
        (3, None, None),  # unrated or not applicable: unknown, never the whole target
        (None, 2, None),  # a role that lists the skill without a level
        (None, None, None),
    ],
)
def test_a_gap_is_the_levels_missing_and_unknown_without_a_rating(target, level, expected):
    assert gap(target, level) == expected


def standing(skill, target=None, level=None, *, area="Delivery", **rest):
    return SkillStanding(skill=skill, area=area, target=target, level=level, **rest)


def test_a_standing_is_rated_unrated_or_not_applicable():
    assert [
        (one.is_rated, one.is_unrated, one.gap)
        for one in (
            standing("Not yet", 2, 0),
            standing("Never asked", 2),
            standing("Elsewhere", 2, not_applicable=True),
        )
    ] == [(True, False, 2), (False, True, None), (False, False, None)]


def test_biggest_gaps_come_first_then_what_is_needed_most():
    standings = [
        standing("Unrated", 4),
        standing("Not applicable", 4, not_applicable=True),
        standing("No target", None, 1),
        standing("Met", 1, 1),
        standing("Exceeded", 2, 4),
        standing("Small gap, high target", 4, 3),
        standing("Small gap, low target", 1, 0),
        standing("Wide gap", 3, 0),
    ]
    assert [one.skill for one in biggest_gaps_first(standings)] == [
        "Wide gap",
        "Small gap, high target",
        "Small gap, low target",
        "Exceeded",
        "Met",
        "No target",
    ]


def test_equal_gaps_are_ordered_by_name_whatever_order_they_came_in():
    standings = [standing(name, 2, 1) for name in ("Cloud", "Agile", "Buying")]
    for order in (standings, standings[::-1]):
        assert [one.skill for one in biggest_gaps_first(order)] == ["Agile", "Buying", "Cloud"]


def test_areas_average_level_and_target_over_the_same_skills():
    standings = [
        standing("Agile", 3, 1),
        standing("Planning", 2, 2),
        standing("Unrated", 4),
        standing("Elsewhere", 4, not_applicable=True),
        standing("Charts", 2, area="Data"),
        standing("Bought in", 2, area="Buying", not_applicable=True),
    ]
    assert area_averages(standings) == [
        AreaAverage("Delivery", level=1.5, target=2.5, rated=2, skills=3),
        AreaAverage("Data", level=None, target=None, rated=0, skills=1),
    ]


def test_nothing_gives_nothing():
    assert biggest_gaps_first([]) == []
    assert area_averages([]) == []
