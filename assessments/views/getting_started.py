"""The first visit: is the post right, and which role is it?"""

from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import ChangeRequest
from accounts.services import confirm_post
from assessments.views.role_levels import role_levels_of


@require_http_methods(["GET", "HEAD", "POST"])
def getting_started(request):
    """Unit, grade and line manager to confirm; then on to the role."""
    post = request.user.current_post
    if request.method == "POST":
        if post is not None:
            confirm_post(post=post, by=request.user)
        has_chosen = any(not row.by_grade for row in role_levels_of(request.user))
        return redirect("assessments:my_skills" if has_chosen else "assessments:choose_role_level")
    context = {
        "post": post,
        "asked": ChangeRequest.objects.visible_to(request.user)
        .open()
        .filter(person=request.user)
        .first(),
        "rows": post
        and [
            {"key": "Unit", "value": str(post.unit)},
            {"key": "Grade", "value": post.get_grade_display()},
            {"key": "Line manager", "value": str(post.line_manager or "None")},
        ],
    }
    return render(request, "assessments/getting_started.html", context)
