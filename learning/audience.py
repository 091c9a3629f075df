"""For whom an assignment is, as queries that nobody has to run to make one.

Who is below target is decided inside the database when rows are made. No function here counts
those people or gives them to a page: a count that anybody can ask for again, over one unit and
then over another, would tell single ratings.
"""

from collections import defaultdict

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import Post
from assessments.models import GradeRoleLevel, PostRoleLevel, Rating, Release, Requirement
from learning.models import Assignment
from learning.outcomes import rounded
from learning.skills import role_names, skill_names

# --- Queries ----------------------------------------------------------------------------------


def posts_for(assignment):
    """Current posts of the unit or team that the assignment is for, whatever it asks besides.

    The assignment need not be saved. No ratings are read: the same posts for everybody.
    """
    posts = Post.objects.current().filter(person__is_active=True)
    if assignment.team_of_id is not None:
        return posts.managed_by(assignment.team_of)
    return posts.within(assignment.unit)


def posts_concerned(assignment):
    """Of these, the posts that have the role, and where it is by gap, that require the skill.

    Facts of the organisation and the framework; no ratings are read. Two queries, not counting
    its own, where it is by gap.
    """
    posts = posts_with_role(assignment)
    if assignment.is_by_gap:
        required = Q(pk__in=[])
        for where in _required_levels(assignment.skill_id).values():
            required |= where
        posts = posts.filter(required)
    return posts


def posts_with_role(assignment):
    """Of the posts it is for, those with the role that narrows it, if one does."""
    posts = posts_for(assignment)
    if assignment.role_id is None:
        return posts
    return posts.filter(_measured_against(role_level__role=assignment.role_id))


def posts_to_offer(assignment):
    """Of these, the posts of people to offer it to. Only for making rows, never for a page.

    By gap, it is people with a rating below their highest target and people without a rating;
    "not applicable" is an answer and no gap.
    """
    if assignment.audience == Assignment.Audience.NAMED:
        return Post.objects.none()
    posts = posts_with_role(assignment)
    if not assignment.is_by_gap:
        return posts
    rated = Rating.objects.current().filter(person=OuterRef("person"), skill=assignment.skill_id)
    below = Q(pk__in=[])
    for target, required in _required_levels(assignment.skill_id).items():
        answered = rated.filter(Q(level__gte=target) | Q(not_applicable=True))
        below |= required & ~Q(Exists(answered))
    return posts.filter(below)


def _required_levels(skill_id):
    """For each target level, which posts require it: by grade, or by a role level of the post.

    Releases in force, as gap reports read them. Two queries; at most one entry a level.
    """
    role_levels = defaultdict(set)
    in_force = Release.objects.current()
    requirements = Requirement.objects.filter(release__in=in_force, skill=skill_id)
    for role_level, target in requirements.values_list("role_level", "target"):
        role_levels[target].add(role_level)
    grades = defaultdict(set)
    links = GradeRoleLevel.objects.filter(
        release__in=in_force, role_level__in=requirements.values("role_level")
    )
    for grade, role_level in links.values_list("grade", "role_level"):
        for target, members in role_levels.items():
            if role_level in members:
                grades[target].add(grade)
    return {
        target: Q(grade__in=grades[target]) | _chosen(role_level__in=members)
        for target, members in role_levels.items()
    }


def _measured_against(**role_level):
    """Posts with such a role level, by grade or chosen."""
    links = GradeRoleLevel.objects.filter(release__in=Release.objects.current(), **role_level)
    return Q(grade__in=links.values("grade")) | _chosen(**role_level)


def _chosen(**role_level):
    today = timezone.localdate()
    links = PostRoleLevel.objects.as_at(today).filter(post=OuterRef("pk"), **role_level)
    return Q(Exists(links))


# --- In words ---------------------------------------------------------------------------------


def name_what_is_asked(assignments):
    """Give each assignment `skill_name`, `role_name` and `for_whom`, in words. Two queries.

    Units, and line managers of teams, must be loaded.
    """
    skills = skill_names({one.skill_id for one in assignments if one.skill_id})
    roles = role_names({one.role_id for one in assignments if one.role_id})
    for one in assignments:
        one.skill_name = skills.get(one.skill_id, "")
        one.role_name = roles.get(one.role_id, "")
        one.for_whom = _for_whom(one)


def _for_whom(assignment):
    place = assignment.place
    role = f" with the role “{assignment.role_name}”" if assignment.role_name else ""
    if assignment.audience == Assignment.Audience.NAMED:
        return f"Some people in {place}, by name"
    if not assignment.is_by_gap:
        return f"Everyone in {place}{role}"
    return (
        f"People in {place}{role} whose role needs “{assignment.skill_name}” and who are below "
        "their target level in it, or have not rated it"
    )


def how_many(assignment, *, named=0):
    """How many people it concerns, as a sentence for whoever is about to set it.

    By gap, it is the people whose role requires the skill: how many of them are below target is
    never counted here. Rounded, and withheld below the smallest publishable count. The people of
    a team are known to its line manager, and named people to whoever names them, so these are
    exact.
    """
    if assignment.audience == Assignment.Audience.NAMED:
        return f"You name {named} {'person' if named == 1 else 'people'}."
    count = posts_concerned(assignment).count()
    if not assignment.is_by_gap:
        is_known = assignment.team_of_id is not None and assignment.role_id is None
        return f"It is offered to {_people(count, is_exact=is_known)}."
    return (
        f"{_people(count)[:1].upper()}{_people(count)[1:]} there have a role that needs "
        f"“{assignment.skill_name}”. Those of them who rated themselves below their target level, "
        "or have not rated themselves, are offered it. Nobody is shown who they are, or how many."
    )


def _people(count, *, is_exact=False):
    if is_exact:
        return f"{count} {'person' if count == 1 else 'people'}"
    least = settings.REPORT_MINIMUM_COUNT
    if count < least:
        return f"fewer than {least} people, perhaps nobody,"
    return f"about {rounded(count):,} people"
