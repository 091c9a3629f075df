"""What a gap report is computed from, read in a few streamed queries into arrays.

Nine queries, whatever the size of the organisation, and one more for each 50,000 people for their
ratings. Rows go from the database into arrays block by block; memory holds one byte for each
person and skill.
"""

import datetime
import hashlib
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
from django.db.models import Case, F, FilteredRelation, IntegerField, Q, Value, When
from django.db.models.functions import Coalesce

from accounts.models import Grade, Post, Unit
from assessments.models import (
    GradeRoleLevel,
    Rating,
    Release,
    Requirement,
    ReviewAnswer,
    RoleLevelVersion,
    SkillVersion,
)
from learning.models import LogEntry
from reports.aggregate import NOT_APPLICABLE, UNRATED, People
from reports.days import end_of_day, year_until
from reports.study import Study

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
    """`role_levels` describe the positions that `people.asked_by` holds."""

    units: Units
    releases: list[dict]
    skills: list[dict]
    role_levels: list[dict]
    people: People
    study: Study


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
    role_levels = read_role_levels(releases, role_level_ids)
    grade_asks = read_grade_asks(releases, role_level_ids, role_targets)
    posts = posts_as_at(unit, as_at)
    progress(0.1)
    person_ids, unit_at, grade_at, role_at = read_posts(posts, as_at, units, role_level_ids)
    profile, targets, asked_by, grade = make_profiles(grade_at, role_at, grade_asks, role_targets)
    progress(0.3)

    used = targets.any(axis=0)
    skills = [
        skill | {"asked": fingerprint(grade_asks, role_level_ids, role_targets, column)}
        for column, skill in enumerate(skills)
        if used[column]
    ]
    skill_ids, targets = skill_ids[used], np.ascontiguousarray(targets[:, used])
    levels = read_ratings(
        posts, ends_at, person_ids, skill_ids, lambda share: progress(0.3 + 0.5 * share)
    )
    by_unit = np.argsort(unit_at, kind="stable")
    place = np.empty_like(by_unit)
    place[by_unit] = np.arange(len(by_unit))
    reviewed = read_reviews(posts, ends_at, person_ids, skill_ids)
    reviewed[:, 0] = place[reviewed[:, 0]]
    progress(0.9)
    study = read_study(posts, as_at, person_ids, skill_ids)
    people = People(
        unit=unit_at[by_unit],
        profile=profile[by_unit],
        targets=targets,
        levels=levels[by_unit],
        asked_by=np.ascontiguousarray(asked_by[:, used]),
        grade=grade,
        reviewed=reviewed,
    )
    return Inputs(units, releases, skills, role_levels, people, study.in_order(place))


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


def read_role_levels(releases, role_level_ids):
    """What each role level is called and which role and family it belongs to, by position.

    Position 0 asks for nothing.
    """
    versions = RoleLevelVersion.objects.filter(release__in=[release["id"] for release in releases])
    rows = versions.values_list(
        "role_level_id",
        "release__framework__slug",
        "role_version__family__name",
        "role_version__family__position",
        "role_version__name",
        "role_level__role__slug",
        "name",
        "role_level__slug",
        "seniority",
    )
    found = {
        pk: {
            "id": pk,
            "framework": framework,
            "family": family,
            "role": role,
            "role_slug": role_slug,
            "name": name,
            "slug": slug,
            "order": [framework, place, role, seniority, name],
        }
        for pk, framework, family, place, role, role_slug, name, slug, seniority in rows
    }
    return [None, *(found.get(pk) for pk in role_level_ids.tolist())]


def read_grade_asks(releases, role_level_ids, role_targets):
    """The role level that sets the target of everybody at a grade, as grades by skills.

    By its position; 0 where a grade asks for nothing.
    """
    rows = _read(
        GradeRoleLevel.objects.filter(release__in=[release["id"] for release in releases]),
        GRADE_NUMBER,
        "role_level_id",
    )
    asked_by = np.zeros((len(Grade.values), role_targets.shape[1]), np.int64)
    role_level, known = _positions(rows[:, 1], role_level_ids)
    for grade, position in sorted(zip(rows[known, 0], role_level[known] + 1, strict=True)):
        asked_by[grade] = _asking_more(asked_by[grade], position, role_targets)
    return asked_by


def _asking_more(asked_by, others, role_targets):
    """Of two role levels for each skill, the one with the higher target; the first of equals."""
    skill = np.arange(role_targets.shape[1])
    more = role_targets[others, skill] > role_targets[asked_by, skill]
    return np.where(more, others, asked_by)


def fingerprint(asked_by_grade, role_level_ids, role_targets, column):
    """Changes when a release asks for another level of a skill of anybody; 12 characters.

    Figures of two days are comparable where it is the same.
    """
    targets = role_targets[:, column]
    asks = np.flatnonzero(targets)
    told = [
        np.append(0, role_level_ids)[asks],
        targets[asks],
        np.append(0, role_level_ids)[asked_by_grade[:, column]],
    ]
    text = "|".join(",".join(map(str, numbers.tolist())) for numbers in told)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


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


def make_profiles(grade_at, role_at, grade_asks, role_targets):
    """Each person's profile; targets, and the role levels that set them, as profiles by skills;
    and each profile's grade.

    People of one grade and the same role levels share a profile; a skill required more than
    once counts at its highest target.
    """
    grade, profile = np.unique(grade_at, return_inverse=True)
    asked_by = grade_asks[grade]
    for place in range(role_at.shape[1]):
        code = profile * len(role_targets) + role_at[:, place]
        found, profile = np.unique(code, return_inverse=True)
        before, role_level = np.divmod(found, len(role_targets))
        grade = grade[before]
        asked_by = _asking_more(asked_by[before], role_level[:, np.newaxis], role_targets)
    targets = role_targets[asked_by, np.arange(role_targets.shape[1])]
    return profile, targets, asked_by, grade


# A rating as one number, because three for each of millions take half as long again to read:
# room for 2**26 skills and 2**33 people, levels from NOT_APPLICABLE up.
SKILLS, LEVELS = 2**26, 2**4
PACKED_RATING = (
    (F("person_id") * SKILLS + F("skill_id")) * LEVELS
    + Coalesce("level", NOT_APPLICABLE)
    - NOT_APPLICABLE
)


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
        for rows in _blocks(ratings, PACKED_RATING):
            who, what = np.divmod(rows[:, 0], SKILLS * LEVELS)
            skill_id, level = np.divmod(what, LEVELS)
            skill, known = _positions(skill_id, skill_ids)
            person = np.searchsorted(person_ids, who[known])
            levels[person, skill[known]] = level[known] + NOT_APPLICABLE
        progress(min(1, (start + PEOPLE_PER_QUERY) / len(person_ids)))
    return levels


def read_reviews(posts, ends_at, person_ids, skill_ids):
    """Line managers' levels in force: rows of person, skill and level, by positions."""
    answers = ReviewAnswer.objects.levels_as_at(ends_at).filter(
        rating__person__in=posts.values("person")
    )
    rows = _read(answers, "rating__person_id", "rating__skill_id", "confirmed")
    skill, known = _positions(rows[:, 1], skill_ids)
    person = np.searchsorted(person_ids, rows[known, 0])
    found = np.stack([person, skill[known], rows[known, 2]], axis=-1)
    return found[np.lexsort((found[:, 1], found[:, 0]))]


def read_study(posts, as_at, person_ids, skill_ids):
    """What people in post have logged of the year that ends with the day.

    An entry towards several skills counts for each with all its minutes.
    """
    entries = LogEntry.objects.kept().done_between(*year_until(as_at))
    rows = _read(
        entries.filter(person__in=posts.values("person")),
        "pk",
        "person_id",
        Coalesce("skills", 0),
        "duration_minutes",
        Case(When(time=LogEntry.Time.OWN, then=Value(1)), default=0, output_field=IntegerField()),
    )
    _, first = np.unique(rows[:, 0], return_index=True)
    skill, known = _positions(rows[:, 2], skill_ids)
    whole = rows[first]
    person = np.searchsorted(person_ids, np.concatenate([whole[:, 1], rows[known, 1]]))
    return Study(
        person=person,
        skill=np.concatenate([np.full(len(whole), len(skill_ids)), skill[known]]),
        minutes=np.concatenate([whole[:, 3], rows[known, 3]]),
        is_own=np.concatenate([whole[:, 4], rows[known, 4]]) == 1,
    )


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
