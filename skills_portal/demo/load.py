"""Putting the demo department into the database.

Everything is drawn from one seeded generator and dated back from one day, so the same seed and
day give the same department. Rows go in set-based: a table a statement or two.
"""

import datetime
import io
import uuid
from dataclasses import dataclass, field

import numpy
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password
from django.core.management import call_command
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts import services
from accounts.models import Grant, Post, Unit, User
from assessments.models import (
    DraftAnswer,
    GradeRoleLevel,
    PostRoleLevel,
    Rating,
    Release,
    Requirement,
    RoleLevelVersion,
    SelfAssessment,
    SkillLevel,
    SkillVersion,
)
from assessments.services.frameworks import load_shipped_frameworks
from skills_portal.bulk import insert_rows
from skills_portal.demo.assignments import add_assignments
from skills_portal.demo.names import make_names
from skills_portal.demo.organisation import DEMO_PEOPLE, DEPARTMENT
from skills_portal.demo.reviews import add_reviews

YEARS = 3
GRADES = ("AA", "AO", "EO", "HEO", "SEO", "G7", "G6", "SCS")
# Shares of grades among people below the heads of teams, from Civil Service Statistics 2023
# (headcount by responsibility level, 31 March 2023), professional teams shifted upwards.
GENERAL_SHARES = (0.05, 0.26, 0.29, 0.20, 0.13, 0.07, 0.0, 0.0)
PROFESSIONAL_SHARES = (0.0, 0.04, 0.16, 0.31, 0.30, 0.19, 0.0, 0.0)
HEAD_GRADES = {0: "SCS", 1: "SCS", 2: "G6"}  # by depth; heads of teams are G7

# What people of a grade tend to reach in a skill of middling difficulty, in levels.
GRADE_ABILITY = dict(zip(GRADES, (0.7, 0.95, 1.2, 1.55, 1.85, 2.1, 2.3, 2.2), strict=True))
# The surveys of civil servants named service design, development and agile delivery as the
# largest gaps, and artificial intelligence as what most have no training in.
AREA_EASE = {
    "Service design": -0.55,
    "Technology and development": -0.5,
    "Development": -0.35,
    "Agile delivery": -0.45,
    "AI and automation": -0.6,
    "Data and evidence": -0.1,
    "Security and privacy": 0.35,
    "Working together and leading change": 0.3,
    "Users and accessibility": 0.1,
}
EVIDENCE = (
    "Used most days in my current work.",
    "Led this on our last project, with help from a colleague in another team.",
    "Took the two-day course in the spring and have used it twice since.",
    "Wrote the guide our team now follows.",
    "Shadowed a colleague and then did it alone for one service.",
    "Ran three sessions for new starters.",
    "Found and fixed two problems this way last quarter.",
    "Presented the results to our board.",
)


@dataclass
class Place:
    """A unit of the demo with who works there and how strong they are."""

    unit: Unit
    depth: int
    size: int
    roles: tuple
    strength: float
    head: User | None = None
    parent: "Place | None" = None
    staff: list = field(default_factory=list)


@dataclass
class Career:
    """One person's posts as (place, grade, from day, until day or None), oldest first."""

    posts: list
    ability: float
    diligence: float


def load_demo(*, password, seed, until):
    """Load the whole demo as it would stand on the day `until`; the department's unit.

    All or nothing. The people to sign in as share `password`; nobody else can sign in.
    """
    with transaction.atomic():
        rng = numpy.random.default_rng(seed)
        began_on = until.replace(year=until.year - YEARS)
        load_shipped_frameworks(published_at=instant(began_on - datetime.timedelta(days=30)))
        places = make_units()
        people = make_people(places, rng, password, began_on)
        careers = make_careers(places, people, rng, began_on, until)
        spare = [user.pk for user in people if user not in careers]
        User.objects.filter(pk__in=spare).delete()
        posts = make_posts(careers)
        held = give_roles(posts, rng)
        answer(careers, posts, held, rng, began_on, until)
        add_reviews(rng, until)
        call_command("import_resources", stdout=io.StringIO())
        add_assignments(rng, until)
        give_grants(places, people)
    return places[0].unit


def instant(day, hour=9, minute=0):
    """A moment of that day by the clock of the portal."""
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time(hour, minute)))


# --- Organisation and people -----------------------------------------------------------------


def make_units():
    """Every unit of the demo as places, parents before children."""
    places = []

    def add(demo_unit, parent, strength):
        strength += demo_unit.strength
        made = services.create_unit(name=demo_unit.name, parent=parent and parent.unit)
        place = Place(
            unit=made,
            depth=parent.depth + 1 if parent else 0,
            size=demo_unit.size,
            roles=demo_unit.roles,
            strength=strength,
            parent=parent,
        )
        places.append(place)
        for child in demo_unit.children:
            add(child, place, strength)

    add(DEPARTMENT, None, 0.0)
    return places


def make_people(places, rng, password, began_on):
    """Every user ever employed: those to sign in as first, then heads, then staff and leavers."""
    seats = sum(place.size or 1 for place in places)
    known = [person.name for person in DEMO_PEOPLE]
    # Over three years nearly a fifth of the seats see somebody leave and somebody come.
    names = known + [name for name in make_names(seats + seats // 4, rng) if name not in set(known)]
    encoded = make_password(password)
    users = []
    for number, name in enumerate(names):
        signs_in = number < len(known)
        email = (
            DEMO_PEOPLE[number].email
            if signs_in
            else f"{name.lower().replace(' ', '.')}@harbours.example"
        )
        users.append(
            User(
                public_id=uuid.UUID(bytes=rng.bytes(16), version=4),
                email=email,
                full_name=name,
                # Where Django would draw something at random that nobody can match.
                password=encoded if signs_in else f"{UNUSABLE_PASSWORD_PREFIX}demo-{number}",
            )
        )
    users = User.objects.bulk_create(users, batch_size=500)
    User.objects.update(created_at=instant(began_on - datetime.timedelta(days=400)))
    EmailAddress.objects.bulk_create(
        [EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users],
        batch_size=500,
    )
    return users


def make_careers(places, people, rng, began_on, until):
    """A career for everybody who was ever employed, keyed by user.

    Heads of units stay; below them people come, move, are promoted and leave.
    """
    by_name = {place.unit.name: place for place in places}
    demo = {person.email: person for person in DEMO_PEOPLE}
    careers = {}
    pool = iter(people[len(DEMO_PEOPLE) :])
    long_ago = began_on - datetime.timedelta(days=365)

    def employ(user, place, grade, started_on):
        careers[user] = Career(
            posts=[(place, grade, started_on, None)],
            ability=float(rng.normal(0, 0.45)),
            diligence=float(rng.beta(5, 2)) if rng.random() > 0.12 else 0.0,
        )
        place.staff.append(user)

    for user in people[: len(DEMO_PEOPLE)]:
        person = demo[user.email]
        employ(user, by_name[person.unit], person.grade, long_ago)
        careers[user].diligence = 1.0
        if person.kind == "Line manager":
            by_name[person.unit].head = user
    for place in places:
        if place.head is None:
            place.head = next(pool)
            employ(place.head, place, HEAD_GRADES.get(place.depth, "G7"), long_ago)
            careers[place.head].diligence = max(careers[place.head].diligence, 0.5)

    teams = [place for place in places if place.size]
    days = (until - began_on).days
    for place in teams:
        shares = PROFESSIONAL_SHARES if place.roles else GENERAL_SHARES
        for _ in range(place.size - len(place.staff)):
            here_before = rng.random() < 0.72
            started_on = long_ago if here_before else later(began_on, rng, days - 30)
            grade = GRADES[rng.choice(len(GRADES), p=shares)]
            employ(next(pool), place, grade, started_on)

    for user, career in list(careers.items()):
        if user.email in demo or any(place.head == user for place in places):
            continue
        change(career, teams, rng, began_on, until)
        if career.posts[-1][3] is not None:  # left: somebody else takes the seat
            place, grade, _, left_on = career.posts[-1]
            starts_on = left_on + datetime.timedelta(days=int(rng.integers(20, 90)))
            if starts_on < until:
                employ(next(pool), place, grade, starts_on)
    return careers


def change(career, teams, rng, began_on, until):
    """Let a move, a promotion and a departure happen to one career, each perhaps."""
    place, grade, started_on, _ = career.posts[0]
    first = max(started_on, began_on) + datetime.timedelta(days=60)
    days = (until - first).days
    if days < 120:
        return
    chance = days / 365
    if rng.random() < 0.07 * chance:
        on = later(first, rng, days // 2)
        same_kind = [team for team in teams if bool(team.roles) == bool(place.roles)]
        goes_to = same_kind[rng.integers(len(same_kind))]
        if goes_to is not place:
            move(career, on, goes_to, grade)
    if rng.random() < 0.06 * chance and grade in GRADES[:5]:
        last_place, _, last_started, _ = career.posts[-1]
        on = later(max(first, last_started + datetime.timedelta(days=30)), rng, days // 2)
        if on < until:
            move(career, on, last_place, GRADES[GRADES.index(grade) + 1])
    if rng.random() < 0.06 * chance:
        place, grade, started_on, _ = career.posts[-1]
        on = later(started_on + datetime.timedelta(days=90), rng, days)
        if on < until:
            career.posts[-1] = (place, grade, started_on, on)


def move(career, on, place, grade):
    old_place, old_grade, started_on, _ = career.posts[-1]
    if on > started_on:
        career.posts[-1] = (old_place, old_grade, started_on, on)
        career.posts.append((place, grade, on, None))


def later(day, rng, within_days):
    return day + datetime.timedelta(days=int(rng.integers(1, max(2, within_days))))


def make_posts(careers):
    """The posts of every career, saved: a list of (post, place) for each user."""
    rows, owners = [], []
    for user, career in careers.items():
        for place, grade, started_on, ended_on in career.posts:
            manager = place.head if place.head != user else place.parent and place.parent.head
            rows.append(
                Post(
                    person=user,
                    unit=place.unit,
                    grade=grade,
                    line_manager=manager,
                    started_on=started_on,
                    ended_on=ended_on,
                )
            )
            owners.append((user, place))
    posts = {user: [] for user in careers}
    for post, (user, place) in zip(
        Post.objects.bulk_create(rows, batch_size=500), owners, strict=True
    ):
        posts[user].append((post, place))
    gone = [user.pk for user, career in careers.items() if career.posts[-1][3] is not None]
    User.objects.filter(pk__in=gone).update(is_active=False)
    return posts


def give_grants(places, people):
    department = places[0].unit
    by_email = {user.email: user for user in people[: len(DEMO_PEOPLE)]}
    everywhere = {"framework_editor", "system_administrator"}
    Grant.objects.bulk_create(
        Grant(
            user=by_email[person.email],
            kind=person.grant,
            unit=None if person.grant in everywhere else department,
        )
        for person in DEMO_PEOPLE
        if person.grant
    )


# --- Roles and answers -----------------------------------------------------------------------


def give_roles(posts, rng):
    """Role levels of the digital framework for people in professional teams: by post."""
    steps = {}
    for version in RoleLevelVersion.objects.filter(
        release__in=Release.objects.current(), release__framework__slug="gdd"
    ).select_related("role_version"):
        steps.setdefault(version.role_version.name, []).append(
            (version.seniority, version.role_level_id)
        )
    rows = []
    for user_posts in posts.values():
        role = None
        for post, place in user_posts:
            if not place.roles:
                continue
            if role not in place.roles:
                role = place.roles[rng.integers(len(place.roles))]
            levels = [role_level for _, role_level in sorted(steps[role])]
            rank = (GRADES.index(post.grade) - 2) / 4  # EO the first step, G6 the last
            step = round(min(max(rank, 0.0), 1.0) * (len(levels) - 1))
            rows.append(
                PostRoleLevel(
                    post=post,
                    role_level_id=levels[step],
                    started_on=post.started_on,
                    ended_on=post.ended_on,
                )
            )
    PostRoleLevel.objects.bulk_create(rows, batch_size=500)
    return {row.post_id: row.role_level_id for row in rows}


@dataclass(frozen=True)
class Asked:
    """What one role level asks for: skills with target, ease of the area and highest level."""

    release_id: int
    skills: tuple


def what_is_asked():
    """What each role level asks for, and the role level that everybody at a grade has."""
    releases = list(Release.objects.current())
    ease = {
        version.skill_id: AREA_EASE.get(version.area.name, 0.0)
        for version in SkillVersion.objects.filter(release__in=releases).select_related("area")
    }
    top = {}
    for skill_id, value in SkillLevel.objects.filter(
        skill_version__release__in=releases
    ).values_list("skill_version__skill", "value"):
        top.setdefault(skill_id, set()).add(value)
    asked, release_of = {}, {}
    for requirement in Requirement.objects.filter(release__in=releases):
        release_of[requirement.role_level_id] = requirement.release_id
        asked.setdefault(requirement.role_level_id, []).append(
            (
                requirement.skill_id,
                requirement.target,
                ease[requirement.skill_id],
                top.get(requirement.skill_id, {1, 2, 3, 4}),
            )
        )
    by_grade = dict(
        GradeRoleLevel.objects.filter(release__in=releases).values_list("grade", "role_level")
    )
    return {
        role_level: Asked(release_id=release_of[role_level], skills=tuple(skills))
        for role_level, skills in asked.items()
    }, by_grade


def answer(careers, posts, held, rng, began_on, until):
    """Self-assessments over the years, their ratings, and some drafts begun and left.

    Once a year the department asks; most answer within weeks, some late, some never.
    """
    asked, by_grade = what_is_asked()
    campaigns = [until - datetime.timedelta(days=days) for days in (1020, 655, 290, 60)]
    submitted, drafts = [], []
    for user, career in careers.items():
        for number, opens_on in enumerate(campaigns):
            on = opens_on + datetime.timedelta(days=int(rng.gamma(2.0, 7.0)))
            found = next(
                (
                    (post, place)
                    for post, place in posts[user]
                    if post.started_on <= on and (post.ended_on is None or on < post.ended_on)
                ),
                None,
            )
            if found is None or on >= until:
                continue
            if rng.random() > career.diligence * (0.62, 0.66, 0.7, 0.5)[number]:
                continue
            last = number == len(campaigns) - 1
            if last and user.email.startswith("civil.servant@"):
                continue  # left for the visitor to do
            post, place = found
            for role_level in sorted({by_grade[post.grade], held.get(post.pk)} - {None}):
                mine = (user, career, post, place, role_level, on)
                (drafts if last and rng.random() < 0.08 else submitted).append(mine)

    # By time, so that the rows lie in the order in which they would have been written.
    submitted.sort(key=lambda entry: (entry[5], entry[0].pk, entry[4]))
    minutes = rng.integers(0, 8 * 60, size=len(submitted))
    made = SelfAssessment.objects.bulk_create(
        [
            SelfAssessment(
                person=user,
                role_level_id=role_level,
                release_id=asked[role_level].release_id,
                submitted_to=post.line_manager,
                submitted_at=instant(on, 9) + datetime.timedelta(minutes=int(minute)),
            )
            for (user, _, post, _, role_level, on), minute in zip(submitted, minutes, strict=True)
        ],
        batch_size=500,
    )
    SelfAssessment.objects.update(  # `auto_now_add` has put the moment of loading there
        started_at=F("submitted_at") - datetime.timedelta(minutes=25)
    )
    insert_rows(
        Rating,
        RATING_FIELDS,
        rating_rows(made, submitted, asked, rng, began_on),
    )
    begin_drafts(drafts, asked, rng, began_on)


ANSWER_FIELDS = (
    "skill",
    "level",
    "not_applicable",
    "not_applicable_reason",
    "no_opportunity",
    "confidence",
    "evidence",
)
RATING_FIELDS = ("self_assessment", "person", "rated_at", "superseded_at", *ANSWER_FIELDS)


def rating_rows(made, submitted, asked, rng, began_on):
    """The ratings of every self-assessment as tuples, each closed by the next of its skill."""
    rows, last_of = [], {}
    for self_assessment, entry in zip(made, submitted, strict=True):
        at = self_assessment.submitted_at
        for answered in answers(entry, asked, rng, began_on):
            key = (self_assessment.person_id, answered[0])
            if key in last_of:
                rows[last_of[key]][3] = at
            last_of[key] = len(rows)
            rows.append([self_assessment.pk, self_assessment.person_id, at, None, *answered])
    return rows


def answers(entry, asked, rng, began_on):
    """One tuple of ANSWER_FIELDS for each skill somebody answers."""
    _, career, post, place, role_level, on = entry
    skills = asked[role_level].skills
    years = (on - began_on).days / 365
    noise = rng.normal(0, 0.55, size=len(skills))
    luck = rng.random(size=(len(skills), 4))
    base = GRADE_ABILITY[post.grade] + career.ability + place.strength * 0.6 + 0.12 * years
    for index, (skill_id, target, ease, defined) in enumerate(skills):
        # A profession is mostly about as good as its role asks; everybody else as their grade.
        expected = 0.75 * target + 0.35 + career.ability if post.pk and place.roles else base
        level = round(min(max(expected + ease + noise[index], 0), 4))
        while level and level not in defined:
            level -= 1
        skipped, not_applicable, told, sure = luck[index]
        if skipped < 0.015:
            continue
        if not_applicable < 0.02:
            yield skill_id, None, True, "My post has no work of this kind.", False, "", ""
            continue
        confidence = ("low", "medium", "high")[int(sure * 3)] if sure < 0.8 else ""
        evidence = EVIDENCE[int(told * 1000) % len(EVIDENCE)] if told < 0.2 and level else ""
        yield skill_id, level, False, "", bool(told > 0.97), confidence, evidence


def begin_drafts(drafts, asked, rng, began_on):
    """Self-assessments that were begun and not finished."""
    made = SelfAssessment.objects.bulk_create(
        SelfAssessment(
            person=user, role_level_id=role_level, release_id=asked[role_level].release_id
        )
        for user, _, _, _, role_level, _ in drafts
    )
    DraftAnswer.objects.bulk_create(
        DraftAnswer(
            self_assessment=self_assessment,
            skill_id=answered[0],
            **dict(zip(ANSWER_FIELDS[1:], answered[1:], strict=True)),
        )
        for self_assessment, entry in zip(made, drafts, strict=True)
        for answered in list(answers(entry, asked, rng, began_on))[: int(rng.integers(1, 15))]
    )
