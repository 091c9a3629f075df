"""Nearest role levels: cases worked by hand, and the time for as many as there are."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.nearest import fit, nearest

ROLES = {
    "tester": {"testing": 2, "automation": 1},
    "lead tester": {"testing": 4, "automation": 3, "leading": 2},
    "designer": {"design": 2, "research": 2},
    "chief": {},
}


def test_what_is_missing_met_and_unused_is_told_apart():
    one = fit("lead tester", ROLES["lead tester"], {"testing": 4, "automation": 1, "design": 2})
    assert one.missing == {"automation": 2, "leading": 2}
    assert one.met == {"testing"}
    assert one.unused == {"design": 2}
    assert one.unrated == {"leading"}
    # 2 + 2 levels missing, and half of the 2 levels of design.
    assert one.distance == 5


def test_levels_above_the_target_are_unused_too():
    one = fit("tester", ROLES["tester"], {"testing": 4, "automation": 1})
    assert (one.missing, one.unused, one.distance) == ({}, {"testing": 2}, 1)
    assert one.met == {"testing", "automation"}


@pytest.mark.parametrize("levels", [{}, {"testing": None}])
def test_no_level_counts_from_the_start_and_is_named_as_unrated(levels):
    one = fit("tester", ROLES["tester"], levels)
    assert one.missing == {"testing": 2, "automation": 1}
    assert one.unrated == {"testing", "automation"}
    assert one.distance == 3


def test_not_yet_is_a_rating_and_leaves_nothing_unused():
    one = fit("tester", ROLES["tester"], {"testing": 0, "automation": 0, "design": 0})
    assert (one.unrated, one.unused, one.distance) == (frozenset(), {}, 3)


def test_the_nearest_comes_first_worked_by_hand():
    levels = {"testing": 3, "automation": 2, "research": 1}
    # tester: nothing missing; unused 1 + 1 + 1 → 1.5
    # lead tester: missing 1 + 1 + 2; unused 1 → 4.5
    # designer: missing 2 + 1; unused 3 + 2 → 5.5
    found = nearest(ROLES, levels)
    assert [(one.role_level, one.distance) for one in found] == [
        ("tester", 1.5),
        ("lead tester", 4.5),
        ("designer", 5.5),
    ]


def test_an_expert_is_nearer_to_the_lead_than_to_the_beginner():
    levels = {"testing": 4, "automation": 3, "leading": 1}
    # tester: unused 2 + 2 + 1 → 2.5; lead tester: missing 1 → 1
    assert [one.role_level for one in nearest(ROLES, levels)][:2] == ["lead tester", "tester"]


def test_a_role_level_without_targets_is_left_out():
    assert "chief" not in {one.role_level for one in nearest(ROLES, {"testing": 1})}


def test_at_the_same_distance_less_missing_comes_first_then_the_order_given():
    roles = {"up": {"a": 2}, "down": {"b": 2}, "beside": {"b": 2}, "stay": {"c": 2, "d": 1}}
    # up: missing 1 of a, unused 2 of c → 2; stay: missing 1 of d, unused 1 of a → 1.5
    assert [one.role_level for one in nearest(roles, {"a": 1, "c": 2})] == [
        "stay",
        "up",
        "down",
        "beside",
    ]
    # near: missing 1 → 1; far: nothing missing, unused 2 → 1
    found = nearest({"near": {"a": 3}, "far": {"a": 1, "b": 1}}, {"a": 2, "b": 2})
    assert [(one.role_level, one.distance) for one in found] == [("far", 1.0), ("near", 2.0)]


skills = st.sampled_from("abcdef")
targets = st.dictionaries(skills, st.integers(1, 8), min_size=1)
own = st.dictionaries(skills, st.none() | st.integers(0, 8))


@given(targets, own)
def test_meeting_every_target_exactly_is_no_distance_and_nothing_is_nearer(wanted, levels):
    assert fit("it", wanted, dict(wanted)).distance == 0
    one = fit("it", wanted, levels)
    assert one.distance >= 0
    assert one.required == len(wanted)
    assert (one.distance == 0) == ({k: v for k, v in levels.items() if v} == wanted)


@given(targets, own, skills)
def test_learning_something_a_role_level_lacks_brings_it_nearer(wanted, levels, skill):
    before = fit("it", wanted, levels)
    after = fit("it", wanted, levels | {skill: (levels.get(skill) or 0) + 1})
    if skill in before.missing:
        assert after.distance == before.distance - 1
    else:
        assert after.distance == before.distance + 0.5


def test_two_hundred_and_five_role_levels_take_a_fraction_of_the_time_allowed():
    draw = random.Random(1)
    names = range(150)
    roles = {n: {s: draw.randint(1, 4) for s in draw.sample(names, 9)} for n in range(205)}
    levels = {s: draw.randint(0, 4) for s in draw.sample(names, 60)}
    start = time.process_time()
    assert len(nearest(roles, levels)) == 205
    assert time.process_time() - start < 0.1
