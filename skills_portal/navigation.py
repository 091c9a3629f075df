"""The menu, by what the person may do."""

from django.conf import settings
from django.urls import reverse

from accounts.models import Post
from accounts.permissions import Permission, may


def navigation(request):
    """Context for `base.html`: the service's name and the menu of the person signed in."""
    context = {"service_name": settings.SERVICE_NAME, "navigation": []}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return context
    entries = [("Home", "home"), ("Your skills", "assessments:my_skills")]
    if Post.objects.current().managed_by(user).exists():
        entries.append(("Your team", "assessments:team"))
    if may(user, Permission.READ_GAP_REPORTS):
        entries.append(("Gap reports", "reports:reports"))
    if may(user, Permission.MANAGE_ORGANISATION):
        entries.append(("People", "accounts:people"))
    entries.append(("Frameworks", "assessments:frameworks"))
    for label, name in entries:
        url = reverse(name)
        active = request.path == url or (url != "/" and request.path.startswith(url))
        context["navigation"].append({"label": label, "url": url, "active": active})
    return context
