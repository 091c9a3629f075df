"""A line manager's team: who stands where, what the team can do, and who is still to submit."""

import csv

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.audit import note_reading
from accounts.models import Post
from assessments import audit_actions, team_reading
from assessments.forms.team import TeamFilterForm
from govuk.files.csv_cells import safe_cell

PEOPLE_PER_PAGE = 20
COLUMNS = (
    *("Person", "Unit", "Grade", "Line manager", "Framework", "Skill area", "Skill"),
    *("Needed", "Own level", "Line manager’s level", "Answer", "Rated on", "Old"),
)


def posts_looked_after(user):
    """Current posts of the people whom the user manages or covers for."""
    return list(
        Post.objects.current()
        .managed_by(user, with_cover=True)
        .select_related("person", "unit", "line_manager")
        .order_by("person__full_name", "person__pk")
    )


@require_safe
def team(request):
    """People × skills of the team, by what each submitted, with what the team can do.

    Nothing here tells whether somebody has a draft: a draft is nobody else's business.
    """
    day = timezone.localdate()
    if request.GET.get("whole") == "1":
        return _whole_line(request, day)
    posts = posts_looked_after(request.user)
    request.user.looks_after_people = bool(posts)  # the menu needs no query of its own
    whole = team_reading.team_of(posts, request.user, day=day)
    _note_reading(audit_actions.TEAM_READ, request, whole)
    form = TeamFilterForm(request.GET, team=whole)
    shown = whole.only(**form.filters())
    page = Paginator(shown.members, PEOPLE_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "team": whole,
        "shown": shown,
        "page": page,
        "coverage": shown.coverage(),
        "waited_for": sum(member.is_waited_for for member in whole.members),
        "covered": sorted(
            {
                post.line_manager.full_name
                for post in posts
                if post.line_manager_id != request.user.pk
            }
        ),
        "query": request.GET.urlencode(),
    }
    return render(request, "assessments/team.html", context)


def _note_reading(action, request, team):
    """An entry for each person of whom the team shows something, in a fixed number of queries."""
    people = [member.person.pk for member in team.members if member.standings]
    note_reading(action, by=request.user, people=people)


def _whole_line(request, day):
    """Counts of the people below the user's own team, without names: see `line_of`."""
    line = team_reading.line_of(request.user, day=day)
    context = {"line": line, "minimum_count": settings.REPORT_MINIMUM_COUNT}
    return render(request, "assessments/team_line.html", context)


@require_safe
def team_csv(request):
    """The matrix as CSV, a row for each person and skill, filtered as on the page."""
    whole = team_reading.team_of(
        posts_looked_after(request.user), request.user, day=timezone.localdate()
    )
    shown = whole.only(**TeamFilterForm(request.GET, team=whole).filters())
    _note_reading(audit_actions.TEAM_DOWNLOADED, request, shown)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="team.csv"'
    response.write("\ufeff")  # Excel reads UTF-8 only with this mark
    rows = csv.writer(response)
    rows.writerow(COLUMNS)
    for member in shown.members:
        for skill in shown.skills:
            one = member.standing(skill)
            if not one.is_empty:
                rows.writerow([safe_cell(text) for text in _csv_row(member, skill, one)])
    return response


def _csv_row(member, skill, one):
    if one.is_evidence_asked:
        said = "Evidence asked for"
    elif one.manager_level is not None:
        said = "Agreed" if one.is_agreed else "Another level"
    else:
        said = ""
    return (
        member.person.full_name,
        member.post.unit.name,
        member.post.grade,
        member.post.line_manager.full_name,
        skill.framework,
        skill.area,
        skill.name,
        "" if one.target is None else skill.level_name(one.target),
        skill.level_name(one.level, not_applicable=one.not_applicable),
        "" if one.manager_level is None else skill.level_name(one.manager_level),
        said,
        one.rated_on.isoformat() if one.rated_on else "",
        "yes" if one.is_stale else "no",
    )


@require_safe
def agreement(request):
    """How far, and which way, the user's levels differ from their own people's, by skill."""
    found = team_reading.agreements_of(request.user)
    context = {
        "agreements": [one for one in found if not one.is_hidden],
        "hidden": [one for one in found if one.is_hidden],
        "minimum_answers": settings.AGREEMENT_MINIMUM_ANSWERS,
    }
    return render(request, "assessments/team_agreement.html", context)
