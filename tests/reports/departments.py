"""People with ratings, enough of them for figures to be published."""

import datetime

from assessments.models import PostRoleLevel, Rating, SelfAssessment
from tests import factories

DAY = datetime.date(2026, 10, 31)


def fill(unit, release, *, people, shift=0):
    """People in post in `unit` with ratings of the release's skills, spread over levels."""
    role_level = release.requirements.first().role_level
    skills = [row.skill for row in release.requirements.select_related("skill").order_by("pk")]
    rated_at = factories.local(2026, 9, 1)
    ratings = []
    for number in range(people):
        person = factories.person(unit=unit)
        PostRoleLevel.objects.create(
            post=person.current_post, role_level=role_level, started_on=datetime.date(2024, 1, 8)
        )
        given = SelfAssessment.objects.create(
            person=person, role_level=role_level, release=release, submitted_at=rated_at
        )
        # The first two skills by everybody but the last three; the third by nobody.
        if number < people - 3:
            ratings += [
                Rating(
                    person=person,
                    self_assessment=given,
                    skill=skill,
                    level=(number + shift + place) % 4,
                    rated_at=rated_at,
                )
                for place, skill in enumerate(skills[:2])
            ]
    Rating.objects.bulk_create(ratings)
