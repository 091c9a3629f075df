"""Frameworks: what they say, what a release changes, and imports by framework editors."""

from collections import Counter, defaultdict

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission, may, require
from assessments.forms.frameworks import IMPORT_FORMS
from assessments.models import (
    Framework,
    Release,
    ReleaseChange,
    RoleLevelVersion,
    RoleVersion,
    SkillVersion,
)
from assessments.services import frameworks as services
from govuk.tables import Column, Link, Table

CHANGES_PER_PAGE = 50
COUNT_LABELS = {
    "role_families": "Role families",
    "roles": "Roles",
    "role_levels": "Role levels",
    "role_levels_without_targets": "Role levels without targets",
    "skill_areas": "Skill areas",
    "skills": "Skills",
    "requirements": "Required levels",
}


def _is_editor(request):
    return may(request.user, Permission.EDIT_FRAMEWORKS)


# --- Reading ---------------------------------------------------------------------------------


@require_safe
def frameworks(request):
    editor = _is_editor(request)
    context = {
        "releases": Release.objects.current()
        .select_related("framework")
        .order_by("framework__name"),
        "drafts": Release.objects.drafts().select_related("framework") if editor else [],
        "is_editor": editor,
    }
    return render(request, "assessments/frameworks/frameworks.html", context)


@require_safe
def framework(request, slug):
    # Everybody may read every framework.
    found = get_object_or_404(Framework, slug=slug)  # nosemgrep: object-without-visible-to
    editor = _is_editor(request)
    current = found.releases.current().first()
    draft = found.releases.drafts().first() if editor else None
    if current is None and draft is None:
        raise Http404
    context = {
        "framework": found,
        "current": current,
        "draft": draft,
        "releases": found.releases.published().order_by("-published_at"),
        "is_editor": editor,
    }
    if current is not None:
        context["scale"] = found.scale.all()
        # Both come in the order of their group's position, ready for {% regroup %}.
        context["skills"] = current.skill_versions.select_related("area", "skill")
        context["roles"] = current.role_versions.select_related("family", "role")
    return render(request, "assessments/frameworks/framework.html", context)


def _latest(versions):
    """The version of the newest published release that has one; older ones may be retired."""
    version = (
        versions.exclude(release__published_at=None)
        .select_related("release__framework")
        .order_by("-release__published_at")
        .first()
    )
    if version is None:
        raise Http404
    return version


@require_safe
def skill(request, slug, skill_slug):
    version = _latest(
        SkillVersion.objects.filter(
            skill__framework__slug=slug, skill__slug=skill_slug
        ).select_related("area")
    )
    release = version.release
    scale = list(release.framework.scale.all())
    level_names = {level.value: level.name for level in scale}
    statements = {
        level.value: [statement.text for statement in level.statements.all()]
        for level in version.levels.prefetch_related("statements")
    }
    targets = dict(
        release.requirements.filter(skill=version.skill).values_list("role_level", "target")
    )
    role_levels = _role_levels(release)
    required_by = [
        [
            Link(level.role_version.name, _role_url(release, level.role_version)),
            level.name,
            level_names[targets[level.role_level_id]],
        ]
        for level in role_levels.filter(role_level__in=targets)
    ]
    context = {
        "version": version,
        "release": release,
        "framework": release.framework,
        "levels": [(level, statements.get(level.value)) for level in scale],
        "has_levels": bool(statements),
        "listed_by": role_levels.filter(unlevelled_skills=version.skill),
        "required_by": required_by
        and Table(
            caption="Role levels that require this skill",
            columns=[Column("Role"), Column("Role level"), Column("Level required")],
            rows=required_by,
        ),
    }
    return render(request, "assessments/frameworks/skill.html", context)


def _role_levels(release):
    return (
        RoleLevelVersion.objects.filter(release=release)
        .select_related("role_version__role")
        .order_by("role_version__name", "seniority")
    )


def _role_url(release, role_version):
    return reverse(
        "assessments:framework_role", args=[release.framework.slug, role_version.role.slug]
    )


@require_safe
def role(request, slug, role_slug):
    version = _latest(
        RoleVersion.objects.filter(role__framework__slug=slug, role__slug=role_slug).select_related(
            "family"
        )
    )
    release = version.release
    level_names = dict(release.framework.scale.values_list("value", "name"))
    levels = list(version.levels.order_by("seniority").prefetch_related("unlevelled_skills"))
    targets = defaultdict(dict)
    for role_level_id, skill_id, target in release.requirements.filter(
        role_level__in=[level.role_level_id for level in levels]
    ).values_list("role_level", "skill", "target"):
        targets[skill_id][role_level_id] = level_names[target]
    listed = {one.pk for level in levels for one in level.unlevelled_skills.all()}
    skills = list(
        release.skill_versions.filter(skill__in=listed | targets.keys())
        .select_related("skill")
        .order_by("name")
    )
    context = {
        "version": version,
        "release": release,
        "framework": release.framework,
        "levels": levels,
        "rows": [
            (one, [targets[one.skill_id].get(level.role_level_id) for level in levels])
            for one in skills
            if one.skill_id in targets
        ],
        "listed_skills": [one for one in skills if one.skill_id in listed],
    }
    return render(request, "assessments/frameworks/role.html", context)


@require_safe
def release(request, slug, pk):
    found = get_object_or_404(
        Release.objects.select_related("framework", "imported_by"), framework__slug=slug, pk=pk
    )
    editor = _is_editor(request)
    if found.is_draft and not editor:
        raise Http404
    earlier = found.framework.releases.published().exclude(pk=found.pk)
    if not found.is_draft:
        earlier = earlier.filter(published_at__lt=found.published_at)
    subject = request.GET.get("show")
    if subject not in ReleaseChange.Subject:
        subject = None
    changes = found.changes.all()
    page = Paginator(
        changes.filter(subject=subject) if subject else changes, CHANGES_PER_PAGE
    ).get_page(request.GET.get("page"))
    notes = list(found.notes.all()) if editor else []
    context = {
        "release": found,
        "framework": found.framework,
        "before": earlier.order_by("-published_at").first(),
        "is_editor": editor,
        "counts": [
            {"key": COUNT_LABELS[kind], "value": f"{count:,}"}
            for kind, count in found.counts().items()
        ],
        "differences": _difference_table(found),
        "shown": ReleaseChange.Subject(subject).label if subject else "",
        "page": page,
        "changes": Table(
            caption="Changes, one by one",
            columns=[Column("What"), Column("Change"), Column("Kind"), Column("Detail")],
            rows=[
                [
                    change.name,
                    change.get_kind_display(),
                    change.get_subject_display(),
                    "; ".join(change.detail.splitlines()) or None,
                ]
                for change in page
            ],
            caption_size="hidden",
        ),
        "notes": notes
        and Table(
            caption="What was mended or passed over",
            columns=[
                Column("Note"),
                Column("File"),
                Column("First line", numeric=True),
                Column("Column"),
            ],
            rows=[[note.text, note.file or None, note.line, note.column or None] for note in notes],
            first_cell_is_header=False,
        ),
    }
    return render(request, "assessments/frameworks/release.html", context)


def _difference_table(release):
    """How many of each subject are added, changed and retired; None when nothing is."""
    counts = Counter(release.changes.order_by().values_list("subject", "kind"))
    if not counts:
        return None
    return Table(
        caption="How many things differ",
        columns=[
            Column("What"),
            *(Column(kind.label, numeric=True) for kind in ReleaseChange.Kind),
        ],
        rows=[
            [
                Link(subject.label, f"{release.get_absolute_url()}?show={subject.value}#changes"),
                *(f"{counts[subject.value, kind.value]:,}" for kind in ReleaseChange.Kind),
            ]
            for subject in ReleaseChange.Subject
        ],
        caption_size="hidden",
    )


# --- Editing ---------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def import_framework(request):
    require(request.user, Permission.EDIT_FRAMEWORKS)
    chosen = request.GET.get("format")
    if chosen not in IMPORT_FORMS:
        chosen = "gdd"
    form = IMPORT_FORMS[chosen](
        *((request.POST, request.FILES) if request.method == "POST" else ())
    )
    context = {"form": form, "chosen": chosen}
    if form.is_valid():
        reading = services.checked(form.read())
        if reading.errors:
            context |= {"problems": _problem_table(reading), "reading": reading}
        else:
            try:
                made = services.draft_release(
                    reading, by=request.user, label=form.cleaned_data.get("label", "")
                )
            except services.DraftExists as exists:
                context["draft"] = exists.release
            except ValidationError as error:
                form.add_error(None, error)
            else:
                _say_what_came_of_it(request, made)
                return redirect(made.release)
    context["has_errors"] = "problems" in context or "draft" in context
    return render(request, "assessments/frameworks/import_framework.html", context)


def _say_what_came_of_it(request, made):
    if made.outcome is services.Outcome.DRAFTED:
        messages.success(
            request, "The files were read. Check what they change, then publish or discard."
        )
    elif made.outcome is services.Outcome.SAME_AS_DRAFT:
        messages.info(request, "The files say the same as this draft. Nothing was changed.")
    else:
        messages.info(
            request,
            "The files say the same as this release, which is in force. Nothing was changed.",
        )


def _problem_table(reading):
    return Table(
        caption="What is wrong with the files",
        columns=[
            Column("File"),
            Column("Line", numeric=True),
            Column("Column"),
            Column("Problem"),
            Column("What to do"),
        ],
        rows=[
            [
                error.place.file or None,
                error.place.line,
                error.place.column or None,
                error.message,
                error.remedy,
            ]
            for error in reading.errors
        ],
        first_cell_is_header=False,
    )


def _draft_to_change(request, slug, pk):
    """The release somebody wants to publish or discard; None when it is gone."""
    require(request.user, Permission.EDIT_FRAMEWORKS)
    return Release.objects.select_related("framework").filter(framework__slug=slug, pk=pk).first()


@require_POST
def publish_release(request, slug, pk):
    draft = _draft_to_change(request, slug, pk)
    if draft is None:
        return _draft_is_gone(request)
    try:
        published = services.publish_release(draft, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("assessments:frameworks")
    messages.success(request, f"{published.framework}, “{published.label}”, is now in force.")
    return redirect(published)


@require_POST
def discard_release(request, slug, pk):
    draft = _draft_to_change(request, slug, pk)
    if draft is None:
        return _draft_is_gone(request)
    try:
        services.discard_draft(draft, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("assessments:frameworks")
    messages.success(request, f"The draft “{draft.label}” was discarded.")
    return redirect("assessments:frameworks")


def _draft_is_gone(request):
    messages.error(request, "This draft is no longer there: it has been discarded.")
    return redirect("assessments:frameworks")
