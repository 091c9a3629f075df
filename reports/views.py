"""Pages about gap reports. Each finds the report again among those the person may read."""

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Unit
from accounts.permissions import Permission, may, require
from reports import reading, services, tables
from reports.days import last_month_ends
from reports.exports.csv_file import csv_lines
from reports.forms import AreaForm, GapReportForm, UnitSearchForm, listed_units
from reports.models import GapReport

REPORTS_ON_A_PAGE = 25
SKILLS_ON_A_PAGE = 50
GAPS_IN_HEADLINE = 10
GAPS_IN_CHART = 6


# --- Finding and asking for reports -----------------------------------------------------------


@require_safe
def reports(request):
    require(request.user, Permission.READ_GAP_REPORTS)
    found = GapReport.objects.visible_to(request.user).select_related("unit")
    context = {
        "page": Paginator(found, REPORTS_ON_A_PAGE).get_page(request.GET.get("page")),
        "may_request": may(request.user, Permission.REQUEST_GAP_REPORTS),
    }
    return render(request, "reports/reports.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def request_report(request):
    require(request.user, Permission.REQUEST_GAP_REPORTS)
    units = Unit.objects.where(request.user, Permission.REQUEST_GAP_REPORTS)
    search_form = UnitSearchForm(request.GET)
    search = search_form.cleaned_data["q"].strip() if search_form.is_valid() else ""
    form = GapReportForm(
        request.POST if request.method == "POST" else None,
        units=units,
        listed=listed_units(units, search),
        days=last_month_ends(timezone.localdate()),
    )
    if form.is_valid():
        report = services.request_gap_report(by=request.user, **form.cleaned_data)
        return redirect(report)
    context = {
        "form": form,
        "search_form": search_form,
        "search": search,
        "listed_count": len(form.fields["unit"].widget.choices) - 1,
        "unit_count": units.count(),
    }
    return render(request, "reports/request_report.html", context)


@require_POST
def ask_again(request, slug, as_at):
    report = _find(request, slug, as_at)
    require(request.user, Permission.REQUEST_GAP_REPORTS, unit=report.unit)
    report = services.request_gap_report(unit=report.unit, as_at=as_at, by=request.user)
    return redirect(report)


# --- While it is not ready --------------------------------------------------------------------


@require_safe
def progress(request, slug, as_at):
    """What the script on a waiting report's page asks every two seconds."""
    report = _find(request, slug, as_at)
    return JsonResponse(
        {
            "percent": report.progress_percent,
            "step": report.progress_step,
            "sentence": reading.status_sentence(report),
            "finished": report.is_finished,
        }
    )


# --- Reading a report -------------------------------------------------------------------------


@require_safe
def report(request, slug, as_at):
    report = _find(request, slug, as_at)
    if report.status == GapReport.Status.READY:
        return _overview(request, report, report.unit.slug)
    context = {
        "report": report,
        "sentence": reading.status_sentence(report),
        "may_ask_again": report.status == GapReport.Status.FAILED
        and may(request.user, Permission.REQUEST_GAP_REPORTS, unit=report.unit),
    }
    return render(request, "reports/waiting.html", context)


@require_safe
def unit(request, slug, as_at, unit):
    return _overview(request, _find_ready(request, slug, as_at), unit)


def _overview(request, report, unit_slug):
    section, children = _sections(report, unit_slug)
    facts = report.facts
    lines = reading.lines_of(section, facts)
    area_form = AreaForm(
        request.GET, areas=reading.areas_of(lines), first="Biggest gaps of all areas"
    )
    gaps = reading.biggest_gaps(lines)
    context = {
        **_context(report, section),
        "parent_url": _parent_url(report, section),
        "overview": reading.overview_of(lines),
        "gaps_table": tables.gaps_table(report, section.unit, gaps[:GAPS_IN_HEADLINE]),
        "charts": reading.distribution_charts(gaps[:GAPS_IN_CHART]),
        "area_form": area_form,
        "heat_map": tables.heat_map(
            report,
            section.unit,
            lines,
            [(child.unit, reading.lines_of(child, facts)) for child in children],
            area=area_form.chosen,
        ),
        "hidden_children": section.unit.children.count() - len(children),
        "figures_url": tables.url("figures", report, section.unit),
    }
    return render(request, "reports/report.html", context)


@require_safe
def figures(request, slug, as_at, unit):
    report = _find_ready(request, slug, as_at)
    section, _ = _sections(report, unit)
    lines = reading.lines_of(section, report.facts)
    area_form = AreaForm(request.GET, areas=reading.areas_of(lines), first="All areas")
    wanted = [line for line in lines if area_form.chosen in {"", line.area_key}]
    page = Paginator(wanted, SKILLS_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        **_context(report, section),
        "area_form": area_form,
        "page": page,
        "tables": tables.figures_tables(report, section.unit, page.object_list),
    }
    return render(request, "reports/figures.html", context)


@require_safe
def skill(request, slug, as_at, unit, framework, skill):
    report = _find_ready(request, slug, as_at)
    section, children = _sections(report, unit)
    facts = report.facts
    line = reading.line_of(section, facts, framework, skill)
    if line is None:
        raise Http404("Nobody in this unit is required to have this skill.")
    found = [(child.unit, reading.line_of(child, facts, framework, skill)) for child in children]
    rows = [(section.unit, line), *(row for row in found if row[1] is not None)]
    context = {
        **_context(report, section),
        "line": line,
        "distributions": [
            reading.distribution(each.name, figures) for each, figures in rows if figures.is_shown
        ],
        "table": tables.skill_table(report, rows),
    }
    return render(request, "reports/skill.html", context)


@require_safe
def csv_file(request, slug, as_at):
    report = _find_ready(request, slug, as_at)
    name = f"gap-report-{report.unit.slug}-{report.as_at.isoformat()}.csv"
    return StreamingHttpResponse(
        csv_lines(report),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


# --- Parts ------------------------------------------------------------------------------------


def _find(request, slug, as_at):
    return get_object_or_404(
        GapReport.objects.visible_to(request.user).select_related("unit"),
        unit__slug=slug,
        as_at=as_at,
    )


def _find_ready(request, slug, as_at):
    report = _find(request, slug, as_at)
    if report.status != GapReport.Status.READY:
        raise Http404("This report is not ready.")
    return report


def _sections(report, unit_slug):
    """The unit's section and those of its shown children; one query. 404 for a unit not shown."""
    found = report.sections.filter(Q(unit__slug=unit_slug) | Q(unit__parent__slug=unit_slug))
    sections = {section.unit.slug: section for section in found.select_related("unit__parent")}
    section = sections.pop(unit_slug, None)
    if section is None:
        raise Http404("This report does not show this unit.")
    return section, sorted(sections.values(), key=lambda child: child.unit.name)


def _parent_url(report, section):
    """Where a reader who went down to this unit came from; None for the report's own unit.

    A unit is shown only below one that is, so the page is there.
    """
    if section.unit_id == report.unit_id:
        return None
    return tables.unit_url(report, section.unit.parent)


def _context(report, section):
    """What every page of a ready report prints."""
    return {
        "report": report,
        "unit": section.unit,
        "unit_url": tables.unit_url(report, section.unit),
        "about_rows": tables.about_rows(report),
    }
