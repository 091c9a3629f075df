"""Valid rows with the fewest facts. Plain functions; every argument has a default that works."""

import datetime
import itertools

from django.utils import timezone

from accounts import services as accounts_services
from accounts.models import Cover, Post, User
from accounts.permissions import EVERYWHERE_KINDS
from assessments.models import (
    DraftAnswer,
    Framework,
    PostRoleLevel,
    Rating,
    Release,
    Requirement,
    Review,
    ReviewAnswer,
    Role,
    RoleFamily,
    RoleLevel,
    RoleLevelVersion,
    RoleVersion,
    ScaleLevel,
    SelfAssessment,
    Skill,
    SkillArea,
    SkillLevel,
    SkillVersion,
    Statement,
)
from learning.models import AssignedPerson, Assignment, LogEntry, Resource

_number = itertools.count(1)
PASSWORD = "lantern-harbour-7"
LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)

# --- People and organisation -----------------------------------------------------------------


def unit(name=None, *, parent=None):
    return accounts_services.create_unit(name=name or f"Unit {next(_number)}", parent=parent)


def person(
    name=None,
    *,
    unit=None,
    grade="EO",
    line_manager=None,
    grant=None,
    started_on=datetime.date(2024, 1, 8),
):
    """A user who can sign in with PASSWORD and, given a unit, holds a post there."""
    name = name or f"Person {next(_number)}"
    email = f"{name.lower().replace(' ', '.')}.{next(_number)}@example.gov.uk"
    user = User.objects.create_user(email, name, PASSWORD)
    user.emailaddress_set.create(email=email, verified=True, primary=True)
    if unit is not None:
        Post.objects.create(
            person=user, unit=unit, grade=grade, line_manager=line_manager, started_on=started_on
        )
    if grant is not None:
        accounts_services.give_grant(
            user=user, kind=grant, unit=None if grant in EVERYWHERE_KINDS else unit, by=user
        )
    return user


def leaver(name=None, *, unit):
    user = person(name, unit=unit)
    user.posts.update(ended_on=datetime.date(2024, 6, 1))
    User.objects.filter(pk=user.pk).update(is_active=False)
    return User.objects.get(pk=user.pk)


# --- Frameworks ------------------------------------------------------------------------------


def framework(slug=None, *, levels=4):
    """A framework with a scale of `levels` levels and no release yet."""
    slug = slug or f"framework-{next(_number)}"
    made = Framework.objects.create(slug=slug, name=slug.replace("-", " ").capitalize())
    names = ["Awareness", "Working", "Practitioner", "Expert", "Five", "Six", "Seven", "Eight"]
    for value in range(1, levels + 1):
        ScaleLevel.objects.create(framework=made, value=value, name=names[value - 1])
    return made


def release(
    *, framework=None, skills=("Agile working", "User focus"), targets=None, published_at=LONG_AGO
):
    """A published release with one area, one role and one role level called "Delivery manager".

    `targets` maps skill names to required levels; 2 for every skill when left out.
    """
    framework = framework or globals()["framework"]()
    made = Release.objects.create(
        framework=framework, label=f"Release {next(_number)}", published_at=published_at
    )
    area = SkillArea.objects.create(release=made, name="Agile delivery", position=1)
    for name in skills:
        skill(name, release=made, area=area)
    family = RoleFamily.objects.create(release=made, name="Product and delivery", position=1)
    level = role_level("Delivery manager", release=made, family=family)
    targets = dict.fromkeys(skills, 2) if targets is None else targets
    for name, target in targets.items():
        Requirement.objects.create(
            release=made,
            role_level=level,
            skill=Skill.objects.get(versions__release=made, versions__name=name),
            target=target,
        )
    return made


def skill(name=None, *, release, area=None):
    """A skill with two statements at each level of its framework's scale."""
    name = name or f"Skill {next(_number)}"
    area = area or release.areas.first()
    slug = name.lower().replace(" ", "-")
    made, _ = Skill.objects.get_or_create(framework=release.framework, slug=slug)
    version = SkillVersion.objects.create(
        release=release, skill=made, area=area, name=name, description=f"What {name} is about."
    )
    for step in release.framework.scale.all():
        level = SkillLevel.objects.create(skill_version=version, value=step.value)
        for position in (1, 2):
            Statement.objects.create(
                skill_level=level,
                position=position,
                text=f"do {name} thing {step.value}.{position}",
            )
    return made


def role_level(name=None, *, release, family=None, seniority=1):
    """A role of one level, both of that name."""
    name = name or f"Role level {next(_number)}"
    family = family or release.role_families.first()
    slug = name.lower().replace(" ", "-")
    role, _ = Role.objects.get_or_create(framework=release.framework, slug=slug)
    role_version = RoleVersion.objects.create(release=release, role=role, family=family, name=name)
    made, _ = RoleLevel.objects.get_or_create(role=role, slug=slug)
    RoleLevelVersion.objects.create(
        release=release,
        role_level=made,
        role_version=role_version,
        name=name,
        seniority=seniority,
    )
    return made


# --- Time ------------------------------------------------------------------------------------


def local(year, month, day, hour=12, minute=0):
    """An instant given by the clock in London."""
    return timezone.make_aware(datetime.datetime(year, month, day, hour, minute))  # noqa: DTZ001


# --- Self-assessments ------------------------------------------------------------------------


def big_release(*, areas=8, skills_in_each=3, name="Digital essentials"):
    """A published release of the shape of the shipped framework: many skills in many areas."""
    made = release(framework=framework(name.lower().replace(" ", "-")), skills=())
    made.areas.all().delete()
    level = made.role_level_versions.get().role_level
    for position in range(1, areas + 1):
        area = SkillArea.objects.create(release=made, name=f"Area {position}", position=position)
        for number in range(1, skills_in_each + 1):
            skill_made = skill(f"Skill {position} {number}", release=made, area=area)
            Requirement.objects.create(release=made, role_level=level, skill=skill_made, target=2)
    return made


def role_level_of(release):
    """The role level that `release()` makes."""
    return release.role_level_versions.get(name="Delivery manager").role_level


def chosen_role_level(person, role_level, *, started_on=datetime.date(2024, 1, 8)):
    """The role level, chosen in the person's current post."""
    return PostRoleLevel.objects.create(
        post=person.posts.current().get(), role_level=role_level, started_on=started_on
    )


def draft(person, release):
    """A draft for the release's role level, without answers."""
    return SelfAssessment.objects.create(
        person=person, role_level=role_level_of(release), release=release
    )


def answer(draft, name, level=2, **fields):
    """The draft's answer about the skill of that name."""
    return DraftAnswer.objects.create(
        self_assessment=draft,
        skill=Skill.objects.get(versions__release=draft.release, versions__name=name),
        level=level,
        **fields,
    )


def submitted(person, release, levels, *, to=None, at=None):
    """A submitted self-assessment; `levels` maps skill names to levels, None: not applicable."""
    at = at or timezone.now()
    made = SelfAssessment.objects.create(
        person=person,
        role_level=role_level_of(release),
        release=release,
        submitted_to=to,
        submitted_at=at,
    )
    for name, level in levels.items():
        rated = Skill.objects.get(versions__release=release, versions__name=name)
        Rating.objects.current().filter(person=person, skill=rated).update(superseded_at=at)
        Rating.objects.create(
            person=person,
            self_assessment=made,
            skill=rated,
            level=level,
            not_applicable=level is None,
            not_applicable_reason="Not part of my job" if level is None else "",
            rated_at=at,
        )
    return made


# --- Learning --------------------------------------------------------------------------------


def resource(title=None, *, skills=(), unit=None, **fields):
    """A resource that is offered to everybody, or to a unit."""
    values = {
        "title": title or f"Resource {next(_number)}",
        "format": "article",
        "skill_names": " ".join(str(skill).replace("-", " ") for skill in skills),
        "approved_at": LONG_AGO,
    } | fields
    made = Resource.objects.create(unit=unit, **values)
    made.skills.set(skills)
    return made


def suggestion(title=None, *, by, **fields):
    """A resource that somebody has suggested from their unit, not yet decided on."""
    return resource(
        title, suggested_by=by, unit=by.current_post.unit, **({"approved_at": None} | fields)
    )


def log_entry(person, title=None, *, skills=(), shared_with=None, **fields):
    """An hour of work time, logged for today."""
    values = {
        "title": title or f"Entry {next(_number)}",
        "done_on": timezone.localdate(),
        "duration_minutes": 60,
        "time": "work",
        "shared_with": shared_with,
        "shared_at": timezone.now() if shared_with else None,
    } | fields
    made = LogEntry.objects.create(person=person, **values)
    made.skills.set(skills)
    return made


def assignment(by, *, unit=None, team_of=None, skill=None, people=(), **fields):
    """An assignment, due in four weeks, that was offered to `people` and to nobody else.

    For everyone in the unit, or in the unit of `by`; below target where a skill is given.
    """
    if unit is None and team_of is None:
        unit = by.current_post.unit
    values = {
        "audience": "below" if skill else "everyone",
        "title": "" if fields.get("resource") else f"Assignment {next(_number)}",
        "reason": "Our services need it.",
        "due_on": timezone.localdate() + datetime.timedelta(days=28),
        "status": "expanded",
        "expanded_at": timezone.now(),
    } | fields
    made = Assignment.objects.create(set_by=by, unit=unit, team_of=team_of, skill=skill, **values)
    for person in people:
        assigned_person(made, person)
    return made


def assigned_person(assignment, person, **fields):
    """The assignment, offered to the person and not answered."""
    values = {"offered_at": timezone.now()} | fields
    return AssignedPerson.objects.create(assignment=assignment, person=person, **values)


# --- Reviews and cover -----------------------------------------------------------------------


def cover(manager, by, *, first_day=None, last_day=None):
    """`by` covers for the line manager, for today unless days are given."""
    first_day = first_day or timezone.localdate()
    last_day = last_day or first_day
    return Cover.objects.create(
        manager=manager,
        cover=by,
        given_by=manager,
        starts_on=first_day,
        ends_on=last_day + datetime.timedelta(days=1),
    )


def reviewed(self_assessment, answers, *, by, for_manager=None, at=None):
    """A finished review; `answers` maps skill names to "agree", "evidence" or another level."""
    at = at or timezone.now()
    made = Review.objects.create(
        self_assessment=self_assessment,
        line_manager=for_manager or by,
        finished_by=by,
        finished_at=at,
    )
    for name, said in answers.items():
        rating = self_assessment.ratings.get(
            skill__versions__name=name, skill__versions__release=self_assessment.release
        )
        rating.review_answers.fixed().filter(superseded_at=None).update(superseded_at=at)
        is_level = isinstance(said, int)
        ReviewAnswer.objects.create(
            review=made,
            rating=rating,
            answered_by=by,
            kind="level" if is_level else said,
            level=said if is_level else None,
            reason="Seen in the last project" if is_level else "",
            fixed_at=at,
        )
    return made


def unfinished_answer(self_assessment, name, *, by):
    """The line manager's answer so far to the rating of that skill, in a draft of a review."""
    review, _ = Review.objects.get_or_create(
        self_assessment=self_assessment, line_manager=by, finished_at=None
    )
    rating = self_assessment.ratings.get(
        skill__versions__name=name, skill__versions__release=self_assessment.release
    )
    return ReviewAnswer.objects.create(review=review, rating=rating, answered_by=by, kind="agree")
