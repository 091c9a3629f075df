"""People with ratings, enough of them for figures to be published."""

import datetime
import itertools

from accounts.models import Post, User
from assessments.models import PostRoleLevel, Rating, SelfAssessment
from tests import factories

DAY = datetime.date(2026, 10, 31)
STARTED_ON = datetime.date(2024, 1, 8)

_number = itertools.count(1)


def fill(unit, release, *, people, shift=0):
    """People in post in `unit` with ratings of the release's skills, spread over levels.

    All but the last three rate the first two skills; nobody rates the others.
    """
    requirements = release.requirements.select_related("role_level", "skill").order_by("pk")
    role_level = requirements[0].role_level
    skills = [requirement.skill for requirement in requirements][:2]
    rated_at = factories.local(2026, 9, 1)
    users = User.objects.bulk_create(
        User(email=f"rated.{number}@example.gov.uk", full_name=f"Rated {number}")
        for number in itertools.islice(_number, people)
    )
    posts = Post.objects.bulk_create(
        Post(person=user, unit=unit, grade="EO", started_on=STARTED_ON) for user in users
    )
    PostRoleLevel.objects.bulk_create(
        PostRoleLevel(post=post, role_level=role_level, started_on=STARTED_ON) for post in posts
    )
    given = SelfAssessment.objects.bulk_create(
        SelfAssessment(person=user, role_level=role_level, release=release, submitted_at=rated_at)
        for user in users[:-3]
    )
    Rating.objects.bulk_create(
        Rating(
            person=assessment.person,
            self_assessment=assessment,
            skill=skill,
            level=(number + shift + place) % 4,
            rated_at=rated_at,
        )
        for number, assessment in enumerate(given)
        for place, skill in enumerate(skills)
    )
