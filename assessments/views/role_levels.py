"""The page on which people choose what they are measured against."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from assessments import reading
from assessments.models import RoleFamily
from assessments.services import self_assessments as services


def number_in(text):
    """The whole number a query parameter holds, or None: never an error for a hostile one."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None


def role_levels_of(user):
    """What the user is measured against today; nothing between posts."""
    post = user.current_post
    if post is None:
        return []
    return reading.measured_against([post], day=timezone.localdate())[post.pk]


@require_http_methods(["GET", "HEAD", "POST"])
def choose_role_level(request):
    """Find a role level by search or family, see what it asks for, and add or remove it."""
    post = request.user.current_post
    if request.method == "POST":
        return _change_role_levels(request, post)
    measured = role_levels_of(request.user)
    context = {"post": post, "chosen": [row for row in measured if not row.by_grade]}
    if post is None:
        return render(request, "assessments/choose_role_level.html", context)
    if "role_level" in request.GET:
        context |= _one_role_level(request, measured)
        return render(request, "assessments/role_level.html", context)
    choosable = reading.choosable_role_levels()
    query = " ".join(request.GET.get("q", "").replace("\0", " ").split())[:200]
    if query:
        context["q"] = query
        context["found"], context["instead"] = reading.role_levels_found(query)
    elif "family" in request.GET:
        context["family"] = get_object_or_404(
            RoleFamily.objects.filter(role_versions__levels__in=choosable).distinct(),
            pk=number_in(request.GET["family"]),
        )
        context["found"] = choosable.filter(role_version__family=context["family"])
    else:
        context["families"] = (
            RoleFamily.objects.filter(role_versions__levels__in=choosable.order_by())
            .select_related("release__framework")
            .order_by("release__framework__name", "position")
            .distinct()
        )
        context["last_chosen"] = [
            version
            for version in reading.role_levels_last_chosen(request.user, before=post)
            if version.role_level_id not in {row.role_level_id for row in measured}
        ]
    return render(request, "assessments/choose_role_level.html", context)


def _one_role_level(request, measured):
    version = get_object_or_404(
        reading.choosable_role_levels(), role_level=number_in(request.GET["role_level"])
    )
    skills = list(reading.asked_skills(release=version.release, role_level=version.role_level))
    scale = reading.scale_of(version.release)
    for skill in skills:
        skill.target_name = reading.level_name(skill.target, scale) if skill.target else ""
    return {
        "version": version,
        "areas": reading.by_area(skills, skill=lambda skill: skill),
        "count": len(skills),
        "is_chosen": version.role_level_id in {row.role_level_id for row in measured},
        "replaced": _other_levels_of(version.role_level, measured),
    }


def _other_levels_of(role_level, measured):
    """The person's chosen levels of the same role: they hold one level of a role at a time."""
    return [
        row
        for row in measured
        if not row.by_grade
        and row.version.role_level.role_id == role_level.role_id
        and row.role_level_id != role_level.pk
    ]


def _change_role_levels(request, post):
    if post is None:
        return redirect("assessments:choose_role_level")
    chosen = [row for row in role_levels_of(request.user) if not row.by_grade]
    pk = number_in(request.POST.get("role_level", ""))
    if request.POST.get("action") == "remove":
        kept = [row.version.role_level for row in chosen if row.role_level_id != pk]
        done = "Role removed. What you submitted for it stays in your history."
    else:
        version = get_object_or_404(reading.choosable_role_levels(), role_level=pk)
        replaced = {row.role_level_id for row in _other_levels_of(version.role_level, chosen)}
        replaced.add(pk)
        kept = [row.version.role_level for row in chosen if row.role_level_id not in replaced]
        kept.append(version.role_level)
        done = f"You will be measured against {version.name} from today."
    try:
        services.set_role_levels(post=post, role_levels=kept, by=request.user)
    except ValidationError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, done)
    return redirect("assessments:my_skills")
