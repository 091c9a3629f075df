"""The people of a population and every post they ever held, as arrays.

People are positions: first those in post now, in the order of their units, then those who left.
"""

from dataclasses import dataclass

import numpy as np

from skills_portal.population.facts import GRADES, grade_counts

SENIOR = len(GRADES) - 1
# A year, as shares of people: moves to another team, promotions, departures. The demo's rates.
MOVES, PROMOTIONS, DEPARTURES = 0.07, 0.06, 0.06
HERE_BEFORE = 0.72
DAY = np.timedelta64(1, "D")
NEVER = np.datetime64("NaT", "D")


@dataclass
class People:
    """`unit` and `grade` of the last post, and what somebody is like."""

    unit: np.ndarray
    grade: np.ndarray
    digital: np.ndarray
    ability: np.ndarray
    diligence: np.ndarray
    in_post: int  # how many of them are in post now


@dataclass
class Posts:
    """Posts in order of person and first day; `manager` is a person, -1 for none."""

    person: np.ndarray
    unit: np.ndarray
    grade: np.ndarray
    manager: np.ndarray
    started_on: np.ndarray
    ended_on: np.ndarray  # NaT while it is held


def employ(tree, listed, digital, rng, began_on, until):
    """Everybody who was ever employed between the two days, and their posts."""
    unit = np.repeat(np.arange(len(tree.size)), tree.size)
    owner = tree.organisation[unit]
    heads = np.concatenate([[0], np.cumsum(tree.size)[:-1]])
    is_head = np.zeros(len(unit), bool)
    is_head[heads] = True
    is_digital, staff = _digital(unit, owner, tree, digital)
    grade = _grades(tree, unit, owner, is_head, is_digital, listed, digital, rng)

    seats = len(unit)
    years = (until - began_on).astype(int) / 365
    left = np.flatnonzero(~is_head & (rng.random(seats) < DEPARTURES * years))
    left_on = began_on + 30 * DAY + rng.integers(0, (until - began_on).astype(int) - 120, len(left))
    first_on = np.full(seats, began_on - 365 * DAY) - rng.integers(0, 3000, seats)
    joined = ~is_head & (rng.random(seats) >= HERE_BEFORE)
    first_on[joined] = began_on + rng.integers(1, (until - began_on).astype(int) - 30, joined.sum())
    first_on[left] = left_on + rng.integers(20, 90, len(left))

    everybody = seats + len(left)
    people = People(
        unit=np.concatenate([unit, unit[left]]),
        grade=np.concatenate([grade, grade[left]]),
        digital=np.concatenate([is_digital, is_digital[left]]),
        ability=rng.normal(0, 0.45, everybody),
        diligence=np.where(rng.random(everybody) < 0.1, 0, rng.beta(6, 2, everybody)),
        in_post=seats,
    )
    events = _events(people, owner, staff, is_head, first_on, rng, began_on, until)
    posts = _posts(people, events, first_on, left, left_on, began_on)
    manager = heads[posts.unit]
    above = tree.parent[posts.unit]
    own = manager == posts.person
    manager[own] = np.where(above >= 0, heads[above], -1)[own]
    posts.manager = manager
    return people, posts


def _digital(unit, owner, tree, digital):
    """Who is a digital professional, and the first and last staff of each organisation.

    Those of an organisation's teams come first; people at the heads of larger units are none.
    """
    count = len(digital)
    in_team = tree.is_team[unit] & (owner >= 0)
    position = np.arange(len(unit))
    first = np.full(count, len(unit))
    np.minimum.at(first, owner[in_team], position[in_team])
    last = np.zeros(count, np.int64)
    np.maximum.at(last, owner[in_team], position[in_team] + 1)
    is_digital = in_team & (position < (first + digital)[owner])
    return is_digital, (first, last, np.minimum(first + digital, last))


def _grades(tree, unit, owner, is_head, is_digital, listed, digital, rng):
    """A grade for everybody, so that each organisation has its published shares.

    Whoever heads a unit, and the higher the more surely, comes before their staff.
    """
    grade = np.full(len(unit), SENIOR)
    rank = rng.normal(0, 1, len(unit)) + 2.5 * is_head
    rank += np.where(tree.is_team[unit], 0, 8 - tree.depth[unit])
    for position, organisation in enumerate(listed):
        mine = np.flatnonzero(owner == position)
        if not len(mine):
            continue
        kinds = mine[is_digital[mine]], mine[~is_digital[mine]]
        counts = grade_counts(organisation, len(mine), len(kinds[0]))
        for some, by_grade in zip(kinds, counts, strict=True):
            grade[some[np.argsort(rank[some], kind="stable")]] = np.repeat(
                np.arange(len(GRADES)), by_grade
            )
    return grade


def _events(people, owner, staff, is_head, first_on, rng, began_on, until):
    """The days on which people in post moved and were promoted, and where they moved from."""
    seats = people.in_post
    settled = np.maximum(first_on, began_on) + 60 * DAY
    days = np.maximum((until - settled).astype(int) - 30, 1)
    years = np.where(days > 90, days / 365, 0) * ~is_head

    moved = (rng.random(seats) < MOVES * years) & (owner >= 0)
    first, last, digital_end = staff
    low = np.where(people.digital[:seats], first[owner], digital_end[owner])
    high = np.where(people.digital[:seats], digital_end[owner], last[owner])
    picked = low + (rng.random(seats) * np.maximum(high - low, 1)).astype(np.int64)
    from_unit = people.unit[np.minimum(picked, seats - 1)]
    moved &= (high > low) & (from_unit != people.unit[:seats])

    promoted = (rng.random(seats) < PROMOTIONS * years) & (people.grade[:seats] > 0)
    move_on = settled + (rng.random(seats) * days).astype(int)
    promote_on = settled + (rng.random(seats) * days).astype(int)
    promote_on[promote_on == move_on] += DAY
    return (
        np.where(moved, move_on, NEVER),
        np.where(promoted, promote_on, NEVER),
        from_unit,
    )


def _posts(people, events, first_on, left, left_on, began_on):
    move_on, promote_on, from_unit = events
    seats = people.in_post
    everybody = np.arange(seats)
    moved, promoted = ~np.isnat(move_on), ~np.isnat(promote_on)
    gone = np.arange(seats, seats + len(left))
    long_ago = np.full(len(left), began_on - 365 * DAY)
    person = np.concatenate([everybody, everybody[moved], everybody[promoted], gone])
    started_on = np.concatenate([first_on, move_on[moved], promote_on[promoted], long_ago])
    order = np.lexsort((started_on, person))
    person, started_on = person[order], started_on[order]
    ended_on = np.full(len(person), NEVER)
    again = person[1:] == person[:-1]
    ended_on[:-1][again] = started_on[1:][again]
    ended_on[person >= seats] = left_on

    unit, grade = people.unit[person], people.grade[person]
    now = person < seats
    who = person[now]
    unit[now] = np.where(started_on[now] < move_on[who], from_unit[who], unit[now])
    grade[now] -= started_on[now] < promote_on[who]
    return Posts(person, unit, grade, None, started_on, ended_on)
