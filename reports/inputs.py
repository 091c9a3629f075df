"""What a gap report is computed from, read in a few streamed queries into arrays.

Six queries, whatever the size of the organisation, and one more for each 50,000 people for their
ratings. Rows go from the database into arrays block by block; memory holds one byte for each
person and skill.
"""

import datetime
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
from django.db.models import Case, FilteredRelation, IntegerField, Q, Value, When
from django.db.models.functions import Coalesce

from accounts.models import Grade, Post, Unit
from assessments.models import GradeRoleLevel, Rating, Release, Requirement, SkillVersion
from reports.aggregate import NOT_APPLICABLE, UNRATED, People
from reports.days import end_of_day

ROWS_AT_A_TIME = 20_000
PEOPLE_PER_QUERY = 50_000


@dataclass(frozen=True)
class Units:
    """A whole organisation's units, each after its parent; `parents` holds positions, -1 for none.

    The whole, because what may be published of a part depends on the rest.
    """

    ids: np.ndarray
    parents: np.ndarray
    slugs: list[str]
    names: list[str]
    paths: list[str]

    def within(self, path):
        """Positions of the unit with this path and of all below it."""
        return np.flatnonzero([each.startswith(path) for each in self.paths])


@dataclass(frozen=True)
class Inputs:
    units: Units
    releases: list[dict]
    skills: list[dict]
    people: People


def read(*, unit, as_at, progress=lambda share: None):
    """Everything that a report of any unit in this unit's organisation counts.

    `progress` is called with the share done, from 0 to 1, and never while a query is open:
    a write beside an open read fails in SQLite as soon as somebody else has written.
    """
    ends_at = end_of_day(as_at)
    units = read_units(unit)
    releases = read_releases(ends_at)
    skills, skill_ids = read_skills(releases)
    role_level_ids, role_targets = read_requirements(releases, skill_ids)
    grade_targets = read_grade_targets(releases, role_level_ids, role_targets)
    posts = posts_as_at(unit, as_at)
    progress(0.1)
    person_ids, unit_at, grade_at, role_at = read_posts(posts, as_at, units, role_level_ids)
    profile, targets = make_profiles(grade_at, role_at, grade_targets, role_targets)
    progress(0.3)

    used = targets.any(axis=0)
    skills = [skill for skill, is_used in zip(skills, used, strict=True) if is_used]
    skill_ids, targets = skill_ids[used], np.ascontiguousarray(targets[:, used])
    levels = read_ratings(
        posts, ends_at, person_ids, skill_ids, lambda share: progress(0.3 + 0.7 * share)
    )
    by_unit = np.argsort(unit_at, kind="stable")
    people = People(unit_at[by_unit], profile[by_unit], targets, levels[by_unit])
    return Inputs(units, releases, skills, people)


# --- Organisation and frameworks --------------------------------------------------------------


def read_units(unit):
    root = unit.paths_from_root()[0]
    rows = list(
        Unit.objects.filter(path__startswith=root).values_list(
            "pk", "parent_id", "slug", "name", "path"
        )
    )
    rows.sort(key=lambda row: row[4].split("/"))
    position = {row[0]: index for index, row in enumerate(rows)}
    return Units(
        ids=np.array([row[0] for row in rows]),
        parents=np.array([position.get(row[1], -1) for row in rows]),
        slugs=[row[2] for row in rows],
        names=[row[3] for row in rows],
        paths=[row[4] for row in rows],
    )


def read_releases(ends_at):
    """The releases in force at the end of the day, each with its framework's scale."""
    last_moment = ends_at - datetime.timedelta(microseconds=1)
    rows = (
        Release.objects.as_at(last_moment)
        .order_by("framework__slug", "pk", "framework__scale__value")
        .values_list("pk", "label", "framework__slug", "framework__name", "framework__scale__name")
    )
    releases = {}
    for pk, label, slug, name, level in rows:
        release = releases.setdefault(
            pk, {"id": pk, "label": label, "framework": slug, "name": name, "scale": []}
        )
        if level is not None:
            release["scale"].append(level)
    return list(releases.values())


def read_skills(releases):
    """Skills as the releases present them, in the order of reading, and their ids."""
    at = {release["id"]: release for release in releases}
    rows = (
        SkillVersion.objects.filter(release__in=list(at))
        .order_by("release__framework__slug", "area__position", "area__name", "name")
        .values_list("skill_id", "skill__slug", "name", "area__name", "release_id")
    )
    skills, ids = [], []
    for skill_id, slug, name, area, release_id in rows:
        framework = at[release_id]["framework"]
        skills.append({"slug": slug, "name": name, "area": area, "framework": framework})
        ids.append(skill_id)
    return skills, np.array(ids, dtype=np.int64)


def read_requirements(releases, skill_ids):
    """Ids of role levels, and targets as role levels by skills; position 0 requires nothing."""
    rows = _read(
        Requirement.objects.filter(release__in=[release["id"] for release in releases]),
        "role_level_id",
        "skill_id",
        "target",
    )
    role_level_ids = np.unique(rows[:, 0])
    targets = np.zeros((len(role_level_ids) + 1, len(skill_ids)), np.int8)
    role_level = np.searchsorted(role_level_ids, rows[:, 0]) + 1
    skill, known = _positions(rows[:, 1], skill_ids)
    np.maximum.at(targets, (role_level[known], skill[known]), rows[known, 2].astype(np.int8))
    return role_level_ids, targets


def read_grade_targets(releases, role_level_ids, role_targets):
    """Targets that everybody at a grade has, as grades by skills."""
    rows = _read(
        GradeRoleLevel.objects.filter(release__in=[release["id"] for release in releases]),
        GRADE_NUMBER,
        "role_level_id",
    )
    targets = np.zeros((len(Grade.values), role_targets.shape[1]), np.int8)
    role_level, known = _positions(rows[:, 1], role_level_ids)
    np.maximum.at(targets, rows[known, 0], role_targets[role_level[known] + 1])
    return targets


GRADE_NUMBER = Case(
    *(When(grade=grade, then=Value(number)) for number, grade in enumerate(Grade.values)),
    output_field=IntegerField(),
)


# --- People -----------------------------------------------------------------------------------


def posts_as_at(unit, as_at):
    root = unit.paths_from_root()[0]
    return Post.objects.as_at(as_at).filter(unit__path__startswith=root)


def read_posts(posts, as_at, units, role_level_ids):
    """People in order of their ids: unit, grade and up to several role levels of each.

    Role levels come as people by places, 0 for none. Where bad history gives somebody two posts
    on one day, the later one counts.
    """
    held_on = Q(role_levels__started_on__lte=as_at) & (
        Q(role_levels__ended_on=None) | Q(role_levels__ended_on__gt=as_at)
    )
    rows = _read(
        posts.annotate(held=FilteredRelation("role_levels", condition=held_on)),
        "person_id",
        "pk",
        "unit_id",
        GRADE_NUMBER,
        Coalesce("held__role_level_id", 0),
    )
    rows = rows[np.lexsort((rows[:, 4], rows[:, 1], rows[:, 0]))]
    person_ids, first, counts = np.unique(rows[:, 0], return_index=True, return_counts=True)
    last = first + counts - 1
    rows = rows[rows[:, 1] == np.repeat(rows[last, 1], counts)]
    person_ids, first, counts = np.unique(rows[:, 0], return_index=True, return_counts=True)

    by_id = np.argsort(units.ids)
    unit_at = by_id[np.searchsorted(units.ids, rows[first, 2], sorter=by_id)]
    role_level, known = _positions(rows[:, 4], role_level_ids)
    place = np.arange(len(rows)) - np.repeat(first, counts)
    person = np.repeat(np.arange(len(person_ids)), counts)
    role_at = np.zeros((len(person_ids), int(counts.max(initial=1))), np.int64)
    role_at[person[known], place[known]] = role_level[known] + 1
    return person_ids, unit_at, rows[first, 3], role_at


def make_profiles(grade_at, role_at, grade_targets, role_targets):
    """Each person's profile, and targets as profiles by skills.

    People of one grade and the same role levels share a profile; a skill required more than
    once counts at its highest target.
    """
    found, profile = np.unique(grade_at, return_inverse=True)
    targets = grade_targets[found]
    for place in range(role_at.shape[1]):
        code = profile * len(role_targets) + role_at[:, place]
        found, profile = np.unique(code, return_inverse=True)
        before, role_level = np.divmod(found, len(role_targets))
        targets = np.maximum(targets[before], role_targets[role_level])
    return profile, targets


def read_ratings(posts, ends_at, person_ids, skill_ids, progress):
    """Levels as people by skills: a level, NOT_APPLICABLE or UNRATED."""
    levels = np.full((len(person_ids), len(skill_ids)), UNRATED, np.int8)
    for start in range(0, len(person_ids), PEOPLE_PER_QUERY):
        block = person_ids[start : start + PEOPLE_PER_QUERY]
        ratings = Rating.objects.as_at(ends_at).filter(
            person__gte=int(block[0]),
            person__lte=int(block[-1]),
            person__in=posts.values("person"),
        )
        fields = "person_id", "skill_id", Coalesce("level", NOT_APPLICABLE)
        for rows in _blocks(ratings, *fields):
            skill, known = _positions(rows[:, 1], skill_ids)
            person = np.searchsorted(person_ids, rows[known, 0])
            levels[person, skill[known]] = rows[known, 2]
        progress(min(1, (start + PEOPLE_PER_QUERY) / len(person_ids)))
    return levels


# --- Rows into arrays -------------------------------------------------------------------------


def _read(queryset, *fields):
    """All rows of whole numbers as one array."""
    empty = np.empty((0, len(fields)), np.int64)
    return np.concatenate([empty, *_blocks(queryset, *fields)])


def _blocks(queryset, *fields):
    """Yield rows of whole numbers as arrays, a block at a time."""
    rows = queryset.order_by().values_list(*fields).iterator(chunk_size=ROWS_AT_A_TIME)
    while block := list(islice(rows, ROWS_AT_A_TIME)):
        size = len(block) * len(fields)
        numbers = np.fromiter(chain.from_iterable(block), np.int64, size)
        yield numbers.reshape(-1, len(fields))


def _positions(values, ids):
    """The position in `ids` of each value, and a mask of those that are there."""
    if not len(ids):
        return np.zeros(len(values), np.int64), np.zeros(len(values), bool)
    order = np.argsort(ids)
    place = np.minimum(np.searchsorted(ids, values, sorter=order), len(ids) - 1)
    found = order[place]
    return found, ids[found] == values
