"""Which figures may be told anew: hand-worked cases, and a slow count to compare with."""

import numpy as np
import pytest

from reports import freeze
from reports.freeze import NOWHERE, Changes, Contributions, Earlier, count_changes, find_fresh

# A department (0), two directorates (1, 2), and teams 3 and 4 in the first, 5 in the second.
PARENTS = np.array([-1, 0, 0, 1, 1, 2])
K = 10


def day(*rows, column=0):
    """Rows of person, unit and value, all in one column."""
    person, unit, value = np.array(rows or np.zeros((0, 3)), np.int64).reshape(-1, 3).T
    return Contributions(person, np.full_like(person, column), unit, value)


def changes(before, now):
    found = count_changes(before, now, parents=PARENTS, column_count=1)
    return found.own[:, 0].tolist(), found.whole[:, 0].tolist()


@pytest.mark.parametrize(
    ("before", "now", "own", "whole"),
    [
        ([(7, 3, 2)], [(7, 3, 2)], [0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]),
        ([], [(7, 3, 2)], [0, 0, 0, 1, 0, 0], [1, 1, 0, 1, 0, 0]),
        ([(7, 3, 2)], [], [0, 0, 0, 1, 0, 0], [1, 1, 0, 1, 0, 0]),
        ([(7, 3, 2)], [(7, 3, 4)], [0, 0, 0, 1, 0, 0], [1, 1, 0, 1, 0, 0]),
        # A move counts in both teams, and above them only as far as they lie apart.
        ([(7, 3, 2)], [(7, 4, 2)], [0, 0, 0, 1, 1, 0], [0, 0, 0, 1, 1, 0]),
        ([(7, 3, 2)], [(7, 5, 2)], [0, 0, 0, 1, 0, 1], [0, 1, 1, 1, 0, 1]),
        ([(7, 3, 2)], [(7, 1, 2)], [0, 1, 0, 1, 0, 0], [0, 0, 0, 1, 0, 0]),
        # Who moves and answers again counts once wherever both teams are.
        ([(7, 3, 2)], [(7, 4, 1)], [0, 0, 0, 1, 1, 0], [1, 1, 0, 1, 1, 0]),
        ([(7, 3, 2)], [(7, 5, 1)], [0, 0, 0, 1, 0, 1], [1, 1, 1, 1, 0, 1]),
        # Who takes another's place with the same answer is another person.
        ([(7, 3, 2)], [(8, 3, 2)], [0, 0, 0, 2, 0, 0], [2, 2, 0, 2, 0, 0]),
    ],
)
def test_people_whose_contribution_differs(before, now, own, whole):
    assert changes(day(*before), day(*now)) == (own, whole)
    assert changes(day(*now), day(*before)) == (own, whole)


def test_two_organisations_have_nothing_in_common():
    found = count_changes(day((7, 0, 2)), day((7, 1, 2)), parents=[-1, -1], column_count=1)
    assert found.whole[:, 0].tolist() == [1, 1]


def test_changes_are_those_of_a_slow_count():
    for seed in range(30):
        rng = np.random.default_rng(seed)
        days = [random_contributions(rng), random_contributions(rng)]
        found = count_changes(*days, parents=PARENTS, column_count=3)
        for unit in range(len(PARENTS)):
            inside = [each for each in range(len(PARENTS)) if is_within(each, unit)]
            for column in range(3):
                assert found.whole[unit, column] == slow_count(*days, inside, column)
                assert found.own[unit, column] == slow_count(*days, [unit], column)
                assert found.largest[unit, column] == max(
                    slow_count(*days, [each], column) for each in inside
                )


def random_contributions(rng):
    cells = np.flatnonzero(rng.random(60 * 3) < 0.6)
    unit_of = rng.integers(0, len(PARENTS), 60)
    person, column = np.divmod(rng.permutation(cells), 3)
    return Contributions(person, column, unit_of[person], rng.integers(0, 3, len(cells)))


def is_within(unit, top):
    while unit not in (top, NOWHERE):
        unit = PARENTS[unit]
    return unit == top


def slow_count(before, now, inside, column):
    sides = [
        {
            person: value
            for person, unit, value, its_column in zip(
                each.person, each.unit, each.value, each.column, strict=True
            )
            if unit in inside and its_column == column
        }
        for each in (before, now)
    ]
    return sum(sides[0].get(who) != sides[1].get(who) for who in sides[0].keys() | sides[1].keys())


# --- Fresh or standing ------------------------------------------------------------------------


def earlier(*own, fresh=None, parents=PARENTS):
    """An earlier day since which so many people posted in each unit have answered again."""
    own = np.array(own, np.int32)[:, np.newaxis]
    before = day(*((n, unit, 0) for unit, n in people(own)))
    now = day(*((n, unit, 1) for unit, n in people(own)))
    mask = np.array(fresh or np.ones(len(parents)), bool)[:, np.newaxis]
    return Earlier(mask, count_changes(before, now, parents=parents, column_count=1))


def people(own):
    units = np.repeat(np.arange(len(own)), own[:, 0])
    return [(int(unit), number) for number, unit in enumerate(units)]


def fresh(*days, shown=None, tie_break=None, parents=PARENTS):
    found = find_fresh(
        days,
        shown=np.array(shown or np.ones(len(parents)), bool)[:, np.newaxis],
        parents=parents,
        tie_break=tie_break or np.arange(len(parents)),
        least=K,
    )
    return found[:, 0].astype(int).tolist()


def test_on_the_first_day_all_that_is_shown_is_fresh():
    assert fresh(shown=[1, 1, 0, 1, 0, 0]) == [1, 1, 0, 1, 0, 0]


def test_where_nobody_has_changed_the_figures_are_equal_and_fresh():
    assert fresh(earlier(0, 0, 0, 0, 0, 0)) == [1, 1, 1, 1, 1, 1]


def test_a_neighbour_stands_where_it_would_tell_of_the_few_beside_it():
    """The first directorate's 22 changes beside 3 elsewhere: the department alone is fresh."""
    assert fresh(earlier(0, 0, 0, 12, 10, 3)) == [1, 0, 0, 0, 0, 0]


def test_what_stands_since_different_days_is_subtracted_together():
    """Of four teams 1 stands since the first day and 2 since the second: 9 changes in all.

    The department less the other two would tell of them, so one of those stands as well.
    """
    teams = np.array([-1, 0, 0, 0, 0])
    first = earlier(0, 4, 20, 40, 40, fresh=[1, 1, 1, 1, 1], parents=teams)
    second = earlier(0, 8, 5, 20, 20, fresh=[1, 0, 1, 1, 1], parents=teams)
    assert fresh(first, second, parents=teams) == [1, 0, 0, 0, 1]
    third = earlier(0, 8, 6, 20, 20, fresh=[1, 0, 1, 1, 1], parents=teams)
    assert fresh(first, third, parents=teams) == [1, 0, 0, 1, 1]


def test_a_unit_stands_where_no_other_below_it_could_make_up_for_the_few():
    """As before, but the only fresh team has told the same already, so it hides nothing."""
    teams = np.array([-1, 0, 0, 0])
    first = earlier(0, 4, 20, 40, fresh=[1, 1, 1, 1], parents=teams)
    second = earlier(0, 20, 5, 20, fresh=[1, 0, 1, 1], parents=teams)
    third = earlier(0, 15, 15, 0, fresh=[1, 0, 0, 1], parents=teams)
    assert fresh(first, second, third, parents=teams) == [0, 0, 0, 0]
    more = earlier(0, 20, 6, 20, fresh=[1, 0, 1, 1], parents=teams)
    assert fresh(first, more, third, parents=teams) == [1, 0, 0, 1]


@pytest.mark.parametrize("joiners", [1, 9])
def test_fewer_than_k_changes_leave_everything_above_standing(joiners):
    """And all below what stands; the other directorate too, for the department stands."""
    assert fresh(earlier(0, 0, 0, joiners, 0, 0)) == [0, 0, 0, 0, 0, 0]


def test_k_changes_in_one_team_are_told_all_the_way_up():
    assert fresh(earlier(0, 0, 0, 10, 0, 0)) == [1, 1, 1, 1, 1, 1]


def test_the_manager_of_those_who_changed_could_subtract_them():
    assert fresh(earlier(0, 0, 0, 30, 0, 1)) == [0, 0, 0, 0, 0, 0]
    assert fresh(earlier(1, 0, 0, 30, 0, 0)) == [0, 0, 0, 0, 0, 0]
    assert fresh(earlier(0, 0, 0, 30, 0, 10))[0] == 1


def test_a_few_changes_beside_fresh_units_make_one_more_of_them_stand():
    """Teams 3 and 4 changed by 12 each, people of the directorate by 3: not told apart."""
    assert fresh(earlier(0, 3, 0, 12, 12, 0)) == [1, 1, 1, 0, 1, 1]
    assert fresh(earlier(0, 3, 0, 13, 12, 0)) == [1, 1, 1, 1, 0, 1]
    ties = [5, 4, 3, 2, 1, 0]
    assert fresh(earlier(0, 3, 0, 12, 12, 0), tie_break=ties) == [1, 1, 1, 1, 0, 1]


def test_a_team_that_was_not_told_before_has_nothing_to_be_compared_with():
    changed = (0, 16, 0, 12, 4, 0)
    assert fresh(earlier(*changed)) == [1, 1, 1, 1, 0, 1]
    assert fresh(earlier(*changed, fresh=[1, 1, 1, 1, 0, 1])) == [1, 1, 1, 1, 1, 1]
    nobody_else = earlier(0, 0, 0, 3, 0, 0, fresh=[0, 0, 0, 0, 0, 0])
    assert fresh(nobody_else) == [1, 1, 1, 1, 1, 1]


def test_answers_that_change_and_change_back_are_compared_with_the_first_day_too():
    last, first = earlier(0, 0, 0, 20, 20, 0), earlier(0, 0, 0, 1, 0, 0)
    assert fresh(last) == [1, 1, 1, 1, 1, 1]
    assert fresh(first, last) == [0, 0, 0, 0, 0, 0]


def test_columns_are_judged_each_by_itself():
    one, other = earlier(0, 0, 0, 10, 0, 0), earlier(0, 0, 0, 1, 0, 0)
    both = Earlier(
        np.hstack([one.fresh, other.fresh]),
        Changes(
            **{
                name: np.hstack([getattr(one.changes, name), getattr(other.changes, name)])
                for name in ("own", "whole", "largest")
            }
        ),
    )
    found = freeze.find_fresh(
        [both],
        shown=np.ones((6, 2), bool),
        parents=PARENTS,
        tie_break=np.arange(6),
        least=K,
    )
    assert found.T.tolist() == [[True] * 6, [False] * 6]
