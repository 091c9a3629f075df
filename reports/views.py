"""Pages about gap reports. Each finds the report again among those the person may read."""

import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit
from accounts.models import Unit
from accounts.permissions import Permission, may, require
from reports import audit_actions, file_reading, headlines, reading, services, tables
from reports.changes import Change, biggest_movers, changes_of
from reports.days import last_month_ends
from reports.definitions import DEFINITIONS, ROUNDED_FIRST, withholding_rules
from reports.departments import LEAST_OTHERS, beside_others
from reports.forms import AreaForm, EarlierReportForm, GapReportForm, UnitSearchForm, listed_units
from reports.models import GapReport, GapReportSection

Dimension = GapReportSection.Dimension

REPORTS_ON_A_PAGE = 25
SKILLS_ON_A_PAGE = 50
GAPS_IN_HEADLINE = 10
GAPS_IN_CHART = 6
MOVERS_SHOWN = 5
STRENGTHS_SHOWN = 5
REPORTS_TO_COMPARE = 36
DAYS_IN_TREND = 13
STOPPED_LATELY = datetime.timedelta(days=31)


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
def running(request):
    """What is being compiled or waits for it, and what lately stopped before it was ready."""
    require(request.user, Permission.READ_GAP_REPORTS)
    mine = GapReport.objects.visible_to(request.user).select_related("unit", "requested_by")
    unfinished = mine.unfinished().order_by("status", "requested_at", "pk")
    stopped = mine.stopped().filter(finished_at__gte=timezone.now() - STOPPED_LATELY)
    page = Paginator(unfinished, REPORTS_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [
            (report, reading.status_sentence(report), _may_cancel(request.user, report))
            for report in page.object_list
        ],
        "stopped": stopped.order_by("-finished_at")[:REPORTS_ON_A_PAGE],
    }
    return render(request, "reports/running.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request, slug, as_at):
    report = _find(request, slug, as_at)
    if not _may_cancel(request.user, report):
        raise PermissionDenied("Only who asked for a report, or a report reader, may cancel it.")
    if request.method == "POST":
        if services.cancel_gap_report(report=report, by=request.user):
            messages.success(request, f"You have cancelled the gap report for {report.unit}.")
        return redirect(report)
    if report.is_finished:
        return redirect(report)
    return render(request, "reports/cancel.html", {"report": report})


def _may_cancel(user, report):
    return report.requested_by_id == user.pk or may(
        user, Permission.REQUEST_GAP_REPORTS, unit=report.unit
    )


@require_safe
def progress(request, slug, as_at):
    """What the script on a waiting report's page asks every two seconds."""
    return JsonResponse(_state(_find(request, slug, as_at)))


@require_safe
def running_progress(request):
    """What the script on the page of running reports asks: the state of each by its key."""
    require(request.user, Permission.READ_GAP_REPORTS)
    keys = [key for key in request.GET.getlist("of") if key.isdecimal() and len(key) < 19]
    found = GapReport.objects.visible_to(request.user).filter(pk__in=keys[:REPORTS_ON_A_PAGE])
    return JsonResponse({str(report.pk): _state(report) for report in found})


def _state(report):
    return {
        "percent": report.progress_percent,
        "step": report.progress_step,
        "sentence": reading.status_sentence(report),
        "finished": report.is_finished,
    }


# --- Reading a report -------------------------------------------------------------------------


@require_safe
def report(request, slug, as_at):
    report = _find(request, slug, as_at)
    if report.status == GapReport.Status.READY:
        return _overview(request, report, report.unit.slug)
    context = {
        "report": report,
        "sentence": reading.status_sentence(report),
        "may_ask_again": report.is_finished
        and may(request.user, Permission.REQUEST_GAP_REPORTS, unit=report.unit),
        "may_cancel": not report.is_finished and _may_cancel(request.user, report),
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
    strengths = headlines.biggest_strengths(lines)
    before = _section_before(request, report, section)
    changes = _changes(lines, before)
    movers = biggest_movers(changes)
    since = before and before.report.as_at
    context = {
        **_context(report, section),
        "parent_url": _parent_url(report, section),
        "headlines": headlines.headlines_of(
            lines, headlines.people_of(section), changes=changes, since=since
        ),
        "is_shown": any(line.is_shown for line in lines),
        "gaps_table": tables.gaps_table(report, section.unit, gaps[:GAPS_IN_HEADLINE], changes),
        "movers_table": tables.changes_table(
            report,
            section.unit,
            movers[:MOVERS_SHOWN],
            since=since,
            caption="Biggest movers",
        )
        if movers
        else None,
        "strengths_table": tables.strengths_table(
            report, section.unit, strengths[:STRENGTHS_SHOWN]
        ),
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
        "earlier_url": tables.url("earlier", report, section.unit),
        "has_groups": section.unit_id == report.unit_id and report.sections.of_groups().exists(),
        "is_department": report.unit.parent_id is None and section.unit_id == report.unit_id,
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
        "tables": tables.figures_tables(
            report, section.unit, page.object_list, tables.counted_in(section)
        ),
        "people_table": tables.people_table(section.unit, headlines.people_of(section)),
    }
    return render(request, "reports/figures.html", context)


@require_safe
def earlier(request, slug, as_at, unit):
    """Every skill of a unit in this report and in an earlier one."""
    report = _find_ready(request, slug, as_at)
    section, _ = _sections(report, unit)
    reports = GapReport.objects.visible_to(request.user).earlier_than(report)
    days = list(reports.values_list("as_at", flat=True)[:REPORTS_TO_COMPARE])
    form = EarlierReportForm(request.GET, days=days) if days else None
    before = form and _section_of(reports.filter(as_at=form.chosen), section)
    changes = _changes(reading.lines_of(section, report.facts), before)
    page = Paginator(_by_change(changes), SKILLS_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        **_context(report, section),
        "form": form,
        "since": form and form.chosen,
        "page": page,
        "sentences": headlines.movers_in_words(changes, before and before.report.as_at),
        "table": before
        and tables.changes_table(
            report,
            section.unit,
            page.object_list,
            since=before.report.as_at,
            caption="Share below target on both days",
        ),
    }
    return render(request, "reports/earlier.html", context)


@require_safe
def departments(request, slug, as_at):
    """Every skill of a department beside the average of the others."""
    report = _find_ready(request, slug, as_at)
    if report.unit.parent_id is not None:
        raise Http404("Only whole departments are compared.")
    section, _ = _sections(report, report.unit.slug)
    lines = reading.biggest_gaps(reading.lines_of(section, report.facts))
    found = beside_others(report, lines)
    page = Paginator(found, SKILLS_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        **_context(report, section),
        "least_others": LEAST_OTHERS,
        "is_told": any(each.is_told for each in found),
        "page": page,
        "table": tables.departments_table(report, section.unit, page.object_list),
    }
    return render(request, "reports/departments.html", context)


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
    trend = _trend(request, report, section, line)
    context = {
        **_context(report, section),
        "line": line,
        "trend": [reading.trend_column(day, at) for day, at in trend],
        "trend_series": ["Percent below target"],
        "trend_table": tables.trend_table(trend),
        "distributions": [
            reading.distribution(each.name, figures) for each, figures in rows if figures.is_shown
        ],
        "tables": tables.skill_tables(report, rows, tables.counted_in(section)),
        "may_assign": may(request.user, Permission.ASSIGN_LEARNING, unit=section.unit),
    }
    return render(request, "reports/skill.html", context)


@require_safe
def groups(request, slug, as_at):
    """The report's own unit by role family, role level and grade."""
    report = _find_ready(request, slug, as_at)
    section, _ = _sections(report, report.unit.slug)
    facts = report.facts
    found = [(group, reading.lines_of(group, facts)) for group in report.sections.of_groups()]
    context = {
        **_context(report, section),
        "maps": [
            tables.groups_heat_map(report, dimension, reading.lines_of(section, facts), found)
            for dimension in (Dimension.ROLE_FAMILY, Dimension.GRADE)
            if any(group.dimension == dimension for group, _ in found)
        ],
        "levels_table": tables.groups_table(report, Dimension.ROLE_LEVEL, found),
    }
    return render(request, "reports/groups.html", context)


@require_safe
def group(request, slug, as_at, dimension, group):
    report = _find_ready(request, slug, as_at)
    section, _ = _sections(report, report.unit.slug)
    found = get_object_or_404(report.sections.of_groups(), dimension=dimension, group=group)
    lines = reading.lines_of(found, report.facts)
    context = {
        **_context(report, section),
        "group": tables.group_name(found),
        "dimension": found.get_dimension_display(),
        "overview": reading.overview_of(lines),
        "charts": reading.distribution_charts(reading.biggest_gaps(lines)[:GAPS_IN_CHART]),
        "tables": tables.figures_tables(report, section.unit, lines, tables.counted_in(found)),
    }
    return render(request, "reports/group.html", context)


# --- Files ------------------------------------------------------------------------------------


@require_safe
def files(request, slug, as_at):
    report = _find_ready(request, slug, as_at)
    found = file_reading.rows_of(report)
    context = {
        "report": report,
        "files": found,
        "state": file_reading.state_of(found),
        "may_make_again": may(request.user, Permission.REQUEST_GAP_REPORTS, unit=report.unit),
    }
    return render(request, "reports/files.html", context)


@require_safe
def files_progress(request, slug, as_at):
    """What the script on the page of files asks every two seconds until all are finished."""
    report = _find_ready(request, slug, as_at)
    return JsonResponse(file_reading.state_of(file_reading.rows_of(report)))


@require_safe
def file(request, slug, as_at, file):
    """A made file, for those who may read its report now."""
    report = _find_ready(request, slug, as_at)
    made = get_object_or_404(report.files.made(), format=file)
    audit.note(audit_actions.REPORT_DOWNLOADED, by=request.user, thing=f"gap report file {made.pk}")
    return HttpResponse(
        bytes(report.files.values_list("content", flat=True).get(pk=made.pk)),
        content_type=file_reading.CONTENT_TYPES[made.format],
        headers={"Content-Disposition": f'attachment; filename="{made.name}"'},
    )


@require_POST
def make_again(request, slug, as_at, file):
    report = _find_ready(request, slug, as_at)
    require(request.user, Permission.REQUEST_GAP_REPORTS, unit=report.unit)
    services.make_file_again(file=get_object_or_404(report.files, format=file))
    return redirect("reports:files", slug, as_at)


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


def _section_before(request, report, section):
    """The unit's section in the latest comparable report before this one; None without one."""
    return _section_of(GapReport.objects.visible_to(request.user).earlier_than(report), section)


def _section_of(reports, section):
    """The unit's section in the first of the reports; None where there is none."""
    first = reports.values("pk")[:1]
    found = GapReportSection.objects.filter(report=first, unit=section.unit_id)
    return found.select_related("report").first()


def _by_change(changes):
    """Clear changes first, the greatest before the others; what cannot be compared last."""
    rest = [change for change in changes if not change.is_clear]
    return [*biggest_movers(changes), *sorted(rest, key=lambda change: change.points is None)]


def _trend(request, report, section, line):
    """The days, oldest first, and lines of the skill in reports up to this one; one query.

    Only reports in which the framework asks the same of everybody.
    """
    found = (
        GapReportSection.objects.filter(
            report__in=GapReport.objects.visible_to(request.user).comparable_with(report),
            report__as_at__lte=report.as_at,
            unit=section.unit_id,
        )
        .select_related("report")
        .order_by("-report__as_at")[:DAYS_IN_TREND]
    )
    trend = []
    for each in reversed(found):
        at = reading.line_of(each, each.report.facts, *line.key)
        if at is not None and (each.report_id == report.pk or Change(line, at).is_comparable):
            trend.append((each.report.as_at, at))
    return trend


def _changes(lines, before):
    if before is None:
        return []
    return changes_of(lines, reading.lines_of(before, before.report.facts))


def _parent_url(report, section):
    """Where a reader who went down to this unit came from; None for the report's own unit.

    A unit is shown only below one that is, so the page is there.
    """
    if section.unit_id == report.unit_id:
        return None
    return tables.unit_url(report, section.unit.parent)


def _context(report, section):
    """What every page of a ready report prints."""
    study_from = report.facts.get("study_from")
    return {
        "study_from": study_from and datetime.date.fromisoformat(study_from),
        "report": report,
        "unit": section.unit,
        "unit_url": tables.unit_url(report, section.unit),
        "about_rows": tables.about_rows(report),
        "definitions": DEFINITIONS,
        "withholding_rules": withholding_rules(report.minimum_count),
        "rounded_first": ROUNDED_FIRST,
    }
