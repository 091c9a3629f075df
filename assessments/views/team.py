"""A line manager's direct reports."""

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Post
from assessments import reading
from assessments.models import SelfAssessment


@require_safe
def team(request):
    """People whose current post names the user, what they are measured against and submitted.

    Nothing here tells whether somebody has a draft: a draft is nobody else's business.
    """
    posts = list(
        Post.objects.current()
        .managed_by(request.user)
        .select_related("person", "unit")
        .order_by("person__full_name", "person__pk")
    )
    measured = reading.measured_against(posts, day=timezone.localdate())
    latest = reading.latest_by_role_level(
        SelfAssessment.objects.visible_to(request.user)
        .submitted()
        .filter(person__in=[post.person_id for post in posts])
    )
    people = [
        {
            "post": post,
            "rows": [
                (row, latest.get((post.person_id, row.role_level_id))) for row in measured[post.pk]
            ],
        }
        for post in posts
    ]
    waiting = [
        person
        for person in people
        if not person["rows"] or not all(submitted for _, submitted in person["rows"])
    ]
    context = {"people": people, "waiting": len(waiting)}
    return render(request, "assessments/team.html", context)
