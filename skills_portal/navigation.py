"""The menu, by what the person may do."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from accounts.permissions import Permission, grants_with, may


@dataclass(frozen=True)
class Entry:
    """A line of the menu and of the home page."""

    label: str
    url: str
    description: str


def menu_entries(user):
    """What this person can do here, in the order of the menu; one query at most."""
    entries = [
        Entry(
            "Your skills",
            reverse("assessments:my_skills"),
            "Rate yourself, see your level against what your role needs.",
        ),
        Entry(
            "Your learning",
            reverse("learning:log"),
            "Log what you learnt, find what to learn next, set yourself goals.",
        ),
    ]
    if user.looks_after_people:
        entries.append(
            Entry(
                "Your team",
                reverse("assessments:team"),
                "See where the people you manage stand and answer what they submitted.",
            )
        )
    assigns = may(user, Permission.ASSIGN_LEARNING)
    if assigns:
        entries.append(
            Entry(
                "Ambassador",
                reverse("ambassador"),
                "Your units, what you have asked people to learn, and what came of it.",
            )
        )
    if user.looks_after_people or assigns:
        entries.append(
            Entry(
                "Assignments",
                reverse("learning:assignments"),
                "Ask people to learn something, without seeing their ratings.",
            )
        )
    if may(user, Permission.READ_GAP_REPORTS):
        entries.append(
            Entry(
                "Gap reports",
                reverse("reports:reports"),
                "See where a department's skills fall short, without seeing who.",
            )
        )
    if may(user, Permission.MANAGE_ORGANISATION):
        entries.append(
            Entry(
                "People",
                reverse("accounts:people"),
                "Look after people, their posts and their units.",
            )
        )
    if may(user, Permission.READ_AUDIT_LOG):
        entries.append(
            Entry("Audit log", reverse("accounts:audit_log"), "See who did what to whose data.")
        )
    administers = grants_with(user, Permission.MANAGE_ORGANISATION)
    if any(grant.unit is None or grant.unit.parent_id is None for grant in administers):
        entries.append(
            Entry(
                "Published counts",
                reverse("reports:smallest_counts"),
                "Choose how small a count a department’s gap reports may publish.",
            )
        )
    entries.append(
        Entry(
            "Frameworks",
            reverse("assessments:frameworks"),
            "Read what each skill means at each level and what roles need.",
        )
    )
    return entries


def navigation(request):
    """Context for `base.html`: the service's name, its footer, the menu of the person signed in."""
    context = {
        "service_name": settings.SERVICE_NAME,
        "navigation": [],
        "footer_links": [
            {"label": "Privacy", "url": reverse("privacy")},
            {"label": "Cookies", "url": reverse("cookies")},
        ],
    }
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return context
    home = Entry("Home", reverse("home"), "")
    context["navigation"] = [
        {
            "label": entry.label,
            "url": entry.url,
            "active": request.path == entry.url
            or (entry is not home and request.path.startswith(entry.url)),
        }
        for entry in [home, *menu_entries(user)]
    ]
    return context
