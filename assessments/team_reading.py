"""What pages about a whole team read: each function says how many queries it takes.

Callers pass posts that they got through `managed_by`; ratings are read through `visible_to`.
"""

import datetime
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import (
    Aggregate,
    F,
    FilteredRelation,
    JSONField,
    OuterRef,
    Q,
    Subquery,
)
from django.utils import timezone

from accounts.models import Post
from assessments import reading
from assessments.models import Rating, Requirement, ReviewAnswer, ScaleLevel, SkillVersion
from assessments.reassessing import is_stale
from assessments.team import Standing, agreement_of, coverage_of, line_count

# Above so many people the line below is for the gap report, not for a page.
LINE_MAX_PEOPLE = 1000


@dataclass(frozen=True)
class TeamSkill:
    """A column of the matrix: a skill as the release in force has it."""

    skill_id: int
    slug: str
    name: str
    area: str
    framework: str
    framework_slug: str
    scale: tuple
    place: tuple

    def level_name(self, level, *, not_applicable=False):
        return reading.level_name(level, self.scale, not_applicable=not_applicable)


@dataclass
class Member:
    """A row of the matrix: one person, what they are measured against and where they stand.

    `submitted` maps role levels' keys to the newest (self-assessment key, instant) shown to the
    reader that still counts.
    """

    post: Post
    measured: list
    targets: dict = field(default_factory=dict)
    standings: dict = field(default_factory=dict)
    submitted: dict = field(default_factory=dict)

    @property
    def person(self):
        return self.post.person

    def rows(self):
        """Each role level with its newest (self-assessment key, instant), or None."""
        return [(one, self.submitted.get(one.role_level_id)) for one in self.measured]

    @property
    def is_waited_for(self):
        return not self.measured or not all(submitted for _, submitted in self.rows())

    def standing(self, skill):
        return self.standings.get(skill.skill_id) or Standing(
            target=self.targets.get(skill.skill_id)
        )


@dataclass
class Team:
    members: list
    skills: list

    def frameworks(self):
        """Pairs of slug and name, the one that most people are measured against first."""
        people = Counter(
            (one.release.framework.slug, one.release.framework.name)
            for member in self.members
            for one in member.measured
        )
        return [pair for pair, _ in sorted(people.items(), key=lambda item: (-item[1], item[0]))]

    def role_levels(self):
        """Pairs of key and name of the role levels that somebody chose, by name."""
        found = {
            one.role_level_id: one.name
            for member in self.members
            for one in member.measured
            if not one.by_grade
        }
        return sorted(found.items(), key=lambda item: item[1])

    def only(self, *, framework="", role_level=None, area="", gaps=False):
        """The part of the team that the filters ask for."""
        members, skills = self.members, self.skills
        if role_level is not None:
            members = [
                one
                for one in members
                if any(row.role_level_id == role_level for row in one.measured)
            ]
            asked = {pk for one in members for pk in one.targets}
            skills = [skill for skill in skills if skill.skill_id in asked]
        elif framework:
            skills = [skill for skill in skills if skill.framework_slug == framework]
        if area:
            skills = [skill for skill in skills if skill.area == area]
        if gaps:
            skills = [
                skill for skill in skills if any(one.standing(skill).has_gap for one in members)
            ]
            members = [
                one for one in members if any(one.standing(skill).has_gap for skill in skills)
            ]
        return Team(members, skills)

    def areas(self):
        return list(dict.fromkeys(skill.area for skill in self.skills))

    def coverage(self):
        """A `Coverage` for each skill, those that nobody or one person can do first."""
        found = [
            coverage_of(
                skill, [(one.person.full_name, one.standing(skill)) for one in self.members]
            )
            for skill in self.skills
        ]
        return sorted(found, key=lambda one: (min(len(one.can), 2), one.skill.place))


def team_of(posts, user, *, day):
    """The `Team` of these posts as `user` may see it. Four queries."""
    measured = reading.measured_against(posts, day=day)
    members = [Member(post, measured[post.pk]) for post in posts]
    skills = _targets(members)
    by_person = {one.post.person_id: one for one in members}
    days, newest = {}, {}  # one submission's ratings share their instant
    for row in _ratings(user, by_person):
        member = by_person[row["person"]]
        if row["rated_at"] not in days:
            rated_on = timezone.localdate(row["rated_at"])
            days[row["rated_at"]] = rated_on, is_stale(rated_on, day, settings.RATING_STALE_MONTHS)
        rated_on, stale = days[row["rated_at"]]
        said, manager_level = row["said"], None
        if said == ReviewAnswer.Kind.AGREE:
            manager_level = row["level"]
        elif said == ReviewAnswer.Kind.OTHER_LEVEL:
            manager_level = row["said_level"]
        member.standings[row["skill"]] = Standing(
            target=member.targets.get(row["skill"]),
            level=row["level"],
            not_applicable=row["not_applicable"],
            manager_level=manager_level,
            is_agreed=said == ReviewAnswer.Kind.AGREE,
            is_evidence_asked=said == ReviewAnswer.Kind.EVIDENCE,
            is_stale=stale,
            rated_on=rated_on,
        )
        key = row["person"], row["self_assessment__role_level"]
        shown = row["self_assessment"], row["rated_at"]
        newest[key] = max(newest.get(key, shown), shown, key=lambda pair: pair[1])
    for (person, role_level), shown in newest.items():
        by_person[person].submitted[role_level] = shown
    return Team(members, skills)


class NamesByValue(Aggregate):
    """A scale in one value, `{"1": "Awareness", …}`, so that it needs no query of its own."""

    function = "jsonb_object_agg"
    output_field = JSONField()

    def as_sqlite(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, function="json_group_object", **context)


def _targets(members):
    """Give each member `targets`; the skills asked for, in page order. One query."""
    pairs = {
        (one.release.pk, one.role_level_id): one for member in members for one in member.measured
    }
    releases = {release for release, _ in pairs}
    scale = (
        ScaleLevel.objects.filter(framework=OuterRef("release__framework"))
        .order_by()
        .values("framework")
        .values(names=NamesByValue("value", "name"))
    )
    skills, targets = {}, defaultdict(dict)
    for row in Requirement.objects.filter(
        release__in=releases,
        role_level__in={role_level for _, role_level in pairs},
        skill__versions__release=F("release"),
    ).values(
        "release",
        "role_level",
        "skill",
        "target",
        "skill__slug",
        "skill__versions__name",
        "skill__versions__area__name",
        "skill__versions__area__position",
        "release__framework__name",
        "release__framework__slug",
        scale=Subquery(scale),
    ):
        if (row["release"], row["role_level"]) not in pairs:
            continue
        targets[row["release"], row["role_level"]][row["skill"]] = row["target"]
        skills[row["skill"]] = TeamSkill(
            skill_id=row["skill"],
            slug=row["skill__slug"],
            name=row["skill__versions__name"],
            area=row["skill__versions__area__name"],
            framework=row["release__framework__name"],
            framework_slug=row["release__framework__slug"],
            scale=tuple(name for _, name in sorted((row["scale"] or {}).items())),
            place=(
                row["release__framework__name"],
                row["skill__versions__area__position"],
                row["skill__versions__name"],
            ),
        )
    for member in members:
        for one in member.measured:
            for skill, target in targets[one.release.pk, one.role_level_id].items():
                member.targets[skill] = max(target, member.targets.get(skill, 0))
    return sorted(skills.values(), key=lambda skill: skill.place)


def _ratings(user, people):
    """Ratings in force of these people that the user may see, with the answer in force to each."""
    return (
        Rating.objects.visible_to(user)
        .current()
        .filter(person__in=list(people))
        .annotate(
            answer=FilteredRelation(
                "review_answers",
                condition=Q(
                    review_answers__fixed_at__isnull=False,
                    review_answers__superseded_at__isnull=True,
                ),
            ),
            said=F("answer__kind"),
            said_level=F("answer__level"),
        )
        .values(
            "person",
            "skill",
            "level",
            "not_applicable",
            "rated_at",
            "self_assessment",
            "self_assessment__role_level",
            "said",
            "said_level",
        )
    )


# --- The whole line below --------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """Counts of the people below a line manager's own team; `counts` is empty where withheld."""

    people: int
    as_at: datetime.date
    counts: list = field(default_factory=list)

    @property
    def is_too_small(self):
        return self.people < settings.REPORT_MINIMUM_COUNT

    @property
    def is_too_large(self):
        return self.people > LINE_MAX_PEOPLE


def line_of(user, *, day, framework=""):
    """The `Line` below the user's own team: groups of people, never a person's level.

    What these people submitted was shown to their own line managers and not to the user, so only
    counts leave this function, by the rules of `assessments.team.line_count`. They stand as at
    the end of the month before, so that they cannot be watched from one submission to the next.
    Five queries.
    """
    as_at = day.replace(day=1) - datetime.timedelta(days=1)
    posts = list(
        Post.objects.current()
        .in_line_below(user)
        .exclude(line_manager=user)
        .only("person", "grade")[: LINE_MAX_PEOPLE + 1]
    )
    line = Line(len(posts), as_at)
    if line.is_too_small or line.is_too_large:
        return line
    measured = reading.measured_against(posts, day=day)
    members = [Member(post, measured[post.pk]) for post in posts]
    skills = _targets(members)
    ends_at = timezone.make_aware(datetime.datetime.combine(day.replace(day=1), datetime.time()))
    levels = {
        (person, skill): (level, not_applicable)
        for person, skill, level, not_applicable in Rating.objects.as_at(ends_at)
        .filter(person__in=[post.person_id for post in posts])
        .values_list("person", "skill", "level", "not_applicable")
    }
    unknown = None, False
    for skill in skills:
        if framework and skill.framework_slug != framework:
            continue
        standings = [
            Standing(
                target=one.targets.get(skill.skill_id),
                level=levels.get((one.post.person_id, skill.skill_id), unknown)[0],
            )
            for one in members
        ]
        line.counts.append(line_count(skill, standings, minimum=settings.REPORT_MINIMUM_COUNT))
    return line


# --- Agreement -------------------------------------------------------------------------------


def agreements_of(user):
    """How the user's levels differ from their own people's, an `Agreement` a skill.

    Their own answers as line manager alone, to people they manage now. Two queries.
    """
    pairs = defaultdict(list)
    for skill, own, kind, other in (
        ReviewAnswer.objects.visible_to(user)
        .fixed()
        .filter(
            answered_by=user,
            superseded_at=None,
            kind__in=[ReviewAnswer.Kind.AGREE, ReviewAnswer.Kind.OTHER_LEVEL],
            rating__level__isnull=False,
            rating__person__in=Post.objects.current().managed_by(user).values("person"),
        )
        .values_list("rating__skill", "rating__level", "kind", "level")
    ):
        pairs[skill].append((own, own if kind == ReviewAnswer.Kind.AGREE else other))
    names = dict(
        SkillVersion.objects.filter(skill__in=pairs, release__published_at__isnull=False)
        .order_by("release__published_at")
        .values_list("skill", "name")
    )
    found = [
        agreement_of(names[skill], given, minimum=settings.AGREEMENT_MINIMUM_ANSWERS)
        for skill, given in pairs.items()
    ]
    return sorted(found, key=lambda one: (one.is_hidden, -abs(one.mean or 0), one.skill))
