"""The report's exact figures against a second computation of the same, deliberately naive.

Random small departments: people who move in mid-month, role levels that begin and end, two
frameworks with their own scales, releases published around the very midnight, two role levels
with different targets for one skill, answers "not applicable", "not yet" and none, and answers
given minutes before and after midnight in London in summer and in winter. Line managers' answers
are fixed and superseded around the same midnight; learning is logged around the days on which the
year begins and ends. Instants are made in UTC and judged by the clock in London.
"""

import datetime
from collections import Counter
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Grade, Post, Unit
from assessments.models import (
    GradeRoleLevel,
    PostRoleLevel,
    Rating,
    Release,
    Requirement,
    Review,
    ReviewAnswer,
    SelfAssessment,
    Skill,
)
from learning.models import LogEntry
from reports import aggregate, inputs, study
from tests import factories

DAYS = [
    datetime.date(2026, 1, 31),
    datetime.date(2026, 3, 31),  # two days after the clocks went forward
    datetime.date(2026, 7, 31),  # midnight in London is 23:00 in UTC
    datetime.date(2025, 10, 31),
]
LONDON = ZoneInfo("Europe/London")


# --- A random department ----------------------------------------------------------------------


def make_department(rng, day):
    root = factories.unit()
    units = [root]
    for _ in range(rng.randint(1, 5)):
        units.append(factories.unit(parent=rng.choice(units)))
    role_levels = [
        level for scale in (4, rng.randint(1, 8)) for level in make_framework(rng, day, scale)
    ]
    for _ in range(rng.randint(1, 9)):
        make_person(rng, day, units, role_levels)
    elsewhere = factories.unit()
    make_person(rng, day, [elsewhere], role_levels)
    return root


def make_framework(rng, day, scale):
    """Two releases, the second published near the end of the day; gives the role levels."""
    framework = factories.framework(levels=scale)
    names = ["Alpha", "Beta", "Gamma"]
    changes_at = near_midnight(rng, day)
    first = factories.release(framework=framework, skills=names, targets={})
    first.superseded_at = changes_at
    first.save(update_fields=["superseded_at"])
    second = factories.release(framework=framework, skills=names, targets={})
    Release.objects.filter(pk=second.pk).update(published_at=changes_at)
    skills = list(framework.skills.all())
    role_levels = [
        factories.role_level(f"Role {framework.pk} {number}", release=first) for number in (1, 2)
    ]
    for level in (1, 2):
        factories.role_level(f"Role {framework.pk} {level}", release=second)
    for release in (first, second):
        Requirement.objects.bulk_create(
            Requirement(
                release=release, role_level=level, skill=skill, target=rng.randint(1, scale)
            )
            for level in role_levels
            for skill in skills
            if rng.random() < 0.7
        )
        if rng.random() < 0.7:
            GradeRoleLevel.objects.create(
                release=release, role_level=rng.choice(role_levels), grade="EO"
            )
    return role_levels


def make_person(rng, day, units, role_levels):
    person = factories.person()
    started_on = datetime.date(2024, 1, 8)
    while started_on is not None:
        ended_on = day + datetime.timedelta(days=rng.randint(-20, 3))
        if ended_on <= started_on or rng.random() < 0.4:
            ended_on = None
        post = Post.objects.create(
            person=person,
            unit=rng.choice(units),
            grade=rng.choice(["EO", "HEO"]),
            started_on=started_on,
            ended_on=ended_on,
        )
        for level in rng.sample(role_levels, rng.randint(0, 3)):
            end = rng.choice([None, day, day + datetime.timedelta(days=1)])
            if end is not None and end <= started_on:
                end = None
            PostRoleLevel.objects.create(
                post=post, role_level=level, started_on=started_on, ended_on=end
            )
        started_on = ended_on if rng.random() < 0.8 else None
    make_ratings(rng, day, person, role_levels)


def make_ratings(rng, day, person, role_levels):
    skills = {skill for level in role_levels for skill in level.role.framework.skills.all()}
    for skill in sorted(skills, key=lambda skill: skill.pk):
        instants = sorted({near_midnight(rng, day) for _ in range(rng.randint(0, 3))})
        ends = [*instants[1:], None]
        for rated_at, superseded_at in zip(instants, ends, strict=False):
            scale = skill.framework.scale.count()
            answer = rng.choice([None, *range(scale + 1)])
            Rating.objects.create(
                person=person,
                skill=skill,
                level=answer,
                not_applicable=answer is None,
                self_assessment=SelfAssessment.objects.create(
                    person=person,
                    role_level=role_levels[0],
                    release=skill.framework.releases.first(),
                    submitted_at=rated_at,
                ),
                rated_at=rated_at,
                superseded_at=superseded_at,
            )
    for rating in person.ratings.all():
        make_review_answers(rng, day, rating)
    for _ in range(rng.randint(0, 3)):
        make_log_entry(rng, day, person, sorted(skills, key=lambda skill: skill.pk))


def make_review_answers(rng, day, rating):
    """Up to two answers of a line manager, the second in place of the first."""
    instants = {near_midnight(rng, day) for _ in range(rng.randint(0, 2))}
    instants = sorted(at for at in instants if at >= rating.rated_at)
    for fixed_at, superseded_at in zip(instants, [*instants[1:], None], strict=False):
        kind = rng.choice(["agree", "level", "level", "evidence"])
        review = Review.objects.create(
            self_assessment=rating.self_assessment,
            line_manager=rating.person,
            finished_by=rating.person,
            finished_at=fixed_at,
        )
        ReviewAnswer.objects.create(
            review=review,
            rating=rating,
            answered_by=rating.person,
            kind=kind,
            level=rng.randint(0, rating.skill.framework.scale.count()) if kind == "level" else None,
            reason="Seen otherwise" if kind == "level" else "",
            fixed_at=fixed_at,
            superseded_at=superseded_at,
        )


def make_log_entry(rng, day, person, skills):
    began = first_day_of_the_year_until(day)
    factories.log_entry(
        person,
        skills=rng.sample(skills, min(len(skills), rng.randint(0, 2))),
        done_on=rng.choice([began, day]) + datetime.timedelta(days=rng.randint(-1, 1)),
        duration_minutes=rng.choice([1, 30, 600]),
        time=rng.choice(["own", "work"]),
        deleted_at=rng.choice([None, None, factories.LONG_AGO]),
    )


def near_midnight(rng, day):
    """An instant near the midnight that ends the day in London: often within the hour."""
    minutes = rng.choice([-60 * 24 * 40, -61, -59, -1, 0, 1, 59, 61, 60 * 24 * 3])
    midnight = datetime.datetime(day.year, day.month, day.day, tzinfo=LONDON)
    midnight += datetime.timedelta(days=1)  # by the clock on the wall
    return midnight.astimezone(datetime.UTC) + datetime.timedelta(minutes=minutes)


# --- The naive computation --------------------------------------------------------------------


def naive_figures(root, day):
    """Counters by unit path and (framework, skill), of people counted in the whole subtree."""
    figures = {}
    for unit in Unit.objects.all():
        if not unit.path.startswith(root.path):
            continue
        counts = figures[unit.path] = {}
        for post in Post.objects.select_related("unit", "person"):
            if post.unit.path.startswith(unit.path) and holds(post, day):
                for skill, target in targets_of(post, day).items():
                    key = (skill.framework.slug, skill.slug)
                    counter = counts.setdefault(key, Counter())
                    count_person(counter, rating_of(post.person, skill, day), target)
    return figures


def holds(row, day):
    return row.started_on <= day and (row.ended_on is None or day < row.ended_on)


def targets_of(post, day):
    targets = {}
    for release in Release.objects.all():
        on = release.published_at.astimezone(LONDON).date()
        off = release.superseded_at and release.superseded_at.astimezone(LONDON).date()
        if on > day or (off is not None and off <= day):
            continue
        levels = [row.role_level_id for row in post.role_levels.all() if holds(row, day)]
        levels += [row.role_level_id for row in release.grade_role_levels.filter(grade=post.grade)]
        for requirement in release.requirements.select_related("skill__framework"):
            if requirement.role_level_id in levels:
                best = max(targets.get(requirement.skill, 0), requirement.target)
                targets[requirement.skill] = best
    return targets


def rating_of(person, skill, day):
    """The last answer given on the day or before, by the clock in London."""
    given = [
        rating
        for rating in person.ratings.filter(skill=skill)
        if rating.rated_at.astimezone(LONDON).date() <= day
    ]
    return max(given, key=lambda rating: rating.rated_at, default=None)


def count_person(counter, rating, target):
    counter["required"] += 1
    if rating is None:
        counter["unrated"] += 1
    elif rating.not_applicable:
        counter["not_applicable"] += 1
    else:
        counter["rated"] += 1
        counter[f"level {rating.level}"] += 1
        side = "below" if rating.level < target else "at" if rating.level == target else "above"
        counter[side] += 1
        counter["gap_sum"] += max(0, target - rating.level)


def confirmed_level(person, skill, day):
    """What the line manager says of the rating in force, by the clock in London; or None."""
    rating = rating_of(person, skill, day)
    given = [
        answer
        for answer in (rating.review_answers.all() if rating else [])
        if answer.fixed_at.astimezone(LONDON).date() <= day
    ]
    last = max(given, key=lambda answer: answer.fixed_at, default=None)
    return last and last.confirmed_level


def asking_most(post, skill, day):
    """The role level that asks for the most of the skill; a grade's before others, then by age."""
    best = None
    for release in Release.objects.filter(framework=skill.framework):
        on = release.published_at.astimezone(LONDON).date()
        off = release.superseded_at and release.superseded_at.astimezone(LONDON).date()
        if on > day or (off is not None and off <= day):
            continue
        by_grade = [row.role_level_id for row in release.grade_role_levels.filter(grade=post.grade)]
        held = [row.role_level_id for row in post.role_levels.all() if holds(row, day)]
        for requirement in release.requirements.filter(skill=skill):
            if requirement.role_level_id in by_grade + held:
                rank = (
                    requirement.target,
                    requirement.role_level_id in by_grade,
                    -requirement.role_level_id,
                )
                best = max(best or rank, rank)
    return -best[2]


def naive_groups(root, day):
    """Counters of the whole subtree by role level or grade, and skill."""
    groups = {}
    for post in Post.objects.select_related("unit", "person"):
        if post.unit.path.startswith(root.path) and holds(post, day):
            for skill, target in targets_of(post, day).items():
                for group in (asking_most(post, skill, day), post.grade):
                    counter = groups.setdefault((group, skill.pk), Counter())
                    count_person(counter, rating_of(post.person, skill, day), target)
    return groups


def naive_reviewed(root, day):
    counts = {}
    for post in Post.objects.select_related("unit", "person"):
        if post.unit.path.startswith(root.path) and holds(post, day):
            for skill, target in targets_of(post, day).items():
                level = confirmed_level(post.person, skill, day)
                if level is not None:
                    counter = counts.setdefault(skill.pk, Counter())
                    count_person(counter, Rating(level=level), target)
    return counts


def first_day_of_the_year_until(day):
    after = day + datetime.timedelta(days=1)
    return after.replace(year=after.year - 1)


def naive_study(root, day):
    """People, minutes and the most of one person by skill, or None for all, and time."""
    found = {}
    for post in Post.objects.select_related("unit", "person"):
        if not (post.unit.path.startswith(root.path) and holds(post, day)):
            continue
        for entry in LogEntry.objects.filter(person=post.person, deleted_at=None):
            if not first_day_of_the_year_until(day) <= entry.done_on <= day:
                continue
            for skill in [None, *(skill.pk for skill in entry.skills.all())]:
                people, minutes = found.setdefault((skill, entry.time), (set(), Counter()))
                people.add(post.person)
                minutes[post.person] += entry.duration_minutes
    return {
        key: (len(people), sum(minutes.values()), max(minutes.values()))
        for key, (people, minutes) in found.items()
    }


# --- The report's computation in the same shape -----------------------------------------------


def counted(figures, at):
    """The figures of one cell as a counter."""
    counter = Counter(
        {
            name: int(getattr(figures, name)[at])
            for name in (
                *("required", "rated", "not_applicable", "unrated"),
                *("below", "at", "above", "gap_sum"),
            )
        }
    )
    for level, people in enumerate(figures.levels[at]):
        counter[f"level {level}"] = int(people)
    return +counter


def report_figures(read):
    own = aggregate.aggregate_own(read.people, unit_count=len(read.units.ids))
    totals = aggregate.roll_up(own, read.units.parents)
    figures = {}
    for position, path in enumerate(read.units.paths):
        counts = figures[path] = {}
        for column, skill in enumerate(read.skills):
            at = (position, column)
            if not totals.required[at]:
                continue
            counts[skill["framework"], skill["slug"]] = counted(totals, at)
    return figures


def skill_ids(read):
    by_slug = {
        (skill.framework.slug, skill.slug): skill.pk
        for skill in Skill.objects.select_related("framework")
    }
    return [by_slug[skill["framework"], skill["slug"]] for skill in read.skills]


def report_groups(read):
    people = read.people
    role_level_ids = [level and level["id"] for level in read.role_levels]
    everybody = slice(None)
    by_level = aggregate.aggregate_groups(
        people, everybody, people.asked_by, group_count=len(role_level_ids)
    )
    by_grade = aggregate.aggregate_groups(
        people, everybody, people.grade[:, np.newaxis], group_count=len(Grade.values)
    )
    return {
        (name, skill): counted(figures, (row, column))
        for figures, names in ((by_level, role_level_ids), (by_grade, Grade.values))
        for row, name in enumerate(names)
        for column, skill in enumerate(skill_ids(read))
        if figures.required[row, column]
    }


def report_reviewed(read):
    own = aggregate.aggregate_own_reviewed(
        read.people, slice(0, len(read.skills)), unit_count=len(read.units.ids)
    )
    totals = aggregate.roll_up(own, read.units.parents)
    return {
        skill: counted(totals, (0, column))
        for column, skill in enumerate(skill_ids(read))
        if totals.rated[0, column]
    }


def report_study(read):
    skills = [*skill_ids(read), None]
    own = study.add_up(
        read.study, read.people.unit, unit_count=len(read.units.ids), column_count=len(skills)
    )
    totals = study.roll_up(own, read.units.parents)
    return {
        (skill, time): tuple(
            int(getattr(totals, f"{time}_{name}")[0, column])
            for name in ("learners", "minutes", "largest")
        )
        for column, skill in enumerate(skills)
        for time in ("own", "work")
        if getattr(totals, f"{time}_learners")[0, column]
    }


@pytest.mark.slow
@pytest.mark.django_db
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rng=st.randoms(use_true_random=False), day=st.sampled_from(DAYS))
def test_the_figures_equal_a_naive_computation(db, rng, day):
    with transaction.atomic():
        root = make_department(rng, day)
        read = inputs.read(unit=root, as_at=day)
        told = report_figures(read)
        expected = naive_figures(root, day)
        assert told == {
            path: {key: +counter for key, counter in counts.items()}
            for path, counts in expected.items()
        }
        assert report_groups(read) == {
            key: +counter for key, counter in naive_groups(root, day).items()
        }
        assert report_reviewed(read) == {
            key: +counter for key, counter in naive_reviewed(root, day).items()
        }
        known = {None, *skill_ids(read)}
        assert report_study(read) == {
            key: totals for key, totals in naive_study(root, day).items() if key[0] in known
        }
        transaction.set_rollback(True)


@pytest.mark.slow
def test_the_random_departments_are_not_all_empty(db):
    import random

    found, reviewed, studied = Counter(), Counter(), set()
    for seed in range(12):
        with transaction.atomic():
            root = make_department(random.Random(seed), DAYS[2])
            for counts in naive_figures(root, DAYS[2]).values():
                for counter in counts.values():
                    found += counter
            reviewed += sum(naive_reviewed(root, DAYS[2]).values(), Counter())
            studied |= {time for _, time in naive_study(root, DAYS[2])}
            transaction.set_rollback(True)
    assert {"required", "rated", "not_applicable", "unrated", "below", "at", "above"} <= set(found)
    assert {"below", "at", "above"} <= set(reviewed)
    assert studied == {"own", "work"}


def test_gaps_in_arrays_agree_with_gaps_of_a_person():
    from assessments.gaps import gap

    for target in range(1, 9):
        for level in range(9):
            assert aggregate.array_gap(np.int8(target), np.int8(level)) == gap(target, level)


def test_a_skill_that_two_role_levels_require_counts_once_at_its_highest_target():
    targets = np.array([[0, 0], [2, 0], [3, 1]], np.int8)
    profile, found, asked_by, _ = inputs.make_profiles(
        np.zeros(2, np.int64), np.array([[1, 2], [1, 0]]), np.zeros((8, 2), np.int64), targets
    )
    assert found[profile].tolist() == [[3, 1], [2, 0]]
    assert asked_by[profile].tolist() == [[2, 2], [1, 0]]


def test_people_of_whom_nothing_is_required_give_empty_figures(member):
    read = inputs.read(unit=member.current_post.unit, as_at=DAYS[0])
    own = aggregate.aggregate_own(read.people, unit_count=len(read.units.ids))
    assert len(read.people.unit) == 2  # the member and their line manager
    assert own.required.shape == (2, 0)


def test_nobody_in_post_gives_empty_figures(department):
    factories.release()
    read = inputs.read(unit=department, as_at=DAYS[0])
    own = aggregate.aggregate_own(read.people, unit_count=1)
    assert own.required.shape == (1, 0)
    assert aggregate.roll_up(own, read.units.parents).rated.size == 0


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize(("seconds", "target"), [(-1, 3), (0, 1), (1, 1)])
def test_a_release_counts_from_the_day_of_its_publication_in_london(db, day, seconds, target):
    midnight = datetime.datetime(day.year, day.month, day.day, tzinfo=LONDON)
    midnight += datetime.timedelta(days=1)
    changes_at = midnight.astimezone(datetime.UTC) + datetime.timedelta(seconds=seconds)
    framework = factories.framework()
    old = factories.release(framework=framework, skills=["Alpha"], targets={"Alpha": 1})
    Release.objects.filter(pk=old.pk).update(superseded_at=changes_at)
    new = factories.release(
        framework=framework, skills=["Alpha"], targets={}, published_at=changes_at
    )
    required = old.requirements.get()
    new.requirements.create(role_level=required.role_level, skill=required.skill, target=3)
    unit = factories.unit()
    person = factories.person(unit=unit)
    PostRoleLevel.objects.create(
        post=person.current_post,
        role_level=required.role_level,
        started_on=person.current_post.started_on,
    )
    read = inputs.read(unit=unit, as_at=day)
    assert read.people.targets.tolist() == [[target]]
