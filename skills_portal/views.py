"""The home page, health and error pages."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Notice
from accounts.notices import mark_read
from accounts.permissions import Permission, grants_with, require
from assessments.reading import stale_counts
from learning.audience import name_what_is_asked
from learning.models import AssignedPerson, Assignment
from learning.reach import reach_of
from reports.models import GapReport
from skills_portal import metrics
from skills_portal.navigation import menu_entries

NOTICES_SHOWN = 5
ASSIGNMENTS_SHOWN = 5


@require_safe
def home(request):
    notices = list(Notice.objects.visible_to(request.user)[:NOTICES_SHOWN])
    context = {
        "entries": menu_entries(request.user),
        "stale_count": stale_count(request.user),
        "asked": asked_of(request.user)[:ASSIGNMENTS_SHOWN],
        "notices": notices,
        "has_unread": any(notice.read_at is None for notice in notices),
    }
    return render(request, "home.html", context)


def stale_count(user):
    """How many of the person's ratings are due to be looked at again."""
    if user.current_post is None:
        return 0
    return stale_counts([user.current_post], day=timezone.localdate()).get(user.pk, 0)


def asked_of(user):
    """What the person is asked to learn and has not finished, the first due first."""
    return (
        AssignedPerson.objects.visible_to(user)
        .own(user)
        .unfinished()
        .select_related("assignment__resource", "assignment__set_by")
    )


@require_safe
def ambassador(request):
    """What a digital ambassador looks after: units, assignments, gap reports, what came of it."""
    require(request.user, Permission.ASSIGN_LEARNING)
    units = [grant.unit for grant in grants_with(request.user, Permission.ASSIGN_LEARNING)]
    looked_after = (
        Assignment.objects.visible_to(request.user)
        .looked_after_by(request.user)
        .select_related("unit", "team_of", "set_by", "resource")
    )
    shown = list(looked_after.open()[:ASSIGNMENTS_SHOWN])
    name_what_is_asked(shown)
    reports = GapReport.objects.visible_to(request.user).ready().filter(unit__in=units)
    newest = {report.unit_id: report for report in reports.order_by("as_at")}
    context = {
        "units": [(unit, newest.get(unit.pk)) for unit in units],
        "shown": shown,
        "open_count": looked_after.open().count(),
        "overdue_count": looked_after.overdue().count(),
        "reach": reach_of(request.user, minimum=settings.REPORT_MINIMUM_COUNT),
        "minimum": settings.REPORT_MINIMUM_COUNT,
    }
    return render(request, "ambassador.html", context)


@require_POST
def mark_notices_read(request):
    mark_read(by=request.user)
    return redirect("home")


@login_not_required
@require_safe
def alive(request):
    """200 while this process can answer at all."""
    return JsonResponse({"status": "ok"})


@login_not_required
@require_safe
def ready(request):
    """200 when the database answers and has every migration; 503 otherwise.

    What else is wrong is told, but takes no process out of service: without the broker, or with
    nobody to do background work, every page still works and nothing is lost (criterion R3).
    """
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
        alive = metrics.is_alive()
    except DatabaseError:
        return JsonResponse({"status": "the database does not answer"}, status=503)
    if pending:
        return JsonResponse({"status": "migrations are pending"}, status=503)
    return JsonResponse(
        {
            "status": "ok",
            "broker": "ok" if metrics.queue_length() is not None else "does not answer",
            "background work": "ok" if alive else "no heartbeat",
        }
    )


@login_not_required
@require_safe
def figures(request):
    """The metrics, for whoever brings METRICS_TOKEN; for everybody else there is no such page."""
    given = request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not constant_time_compare(
        given, f"Bearer {settings.METRICS_TOKEN}"
    ):
        raise Http404
    return HttpResponse(metrics.exposition(), content_type=metrics.CONTENT_TYPE)


@login_not_required
@require_safe
def security_txt(request):
    """Leads to the one maintained security.txt, as the GDS Way asks; criterion S13."""
    if not settings.SECURITY_TXT_URL:
        raise Http404
    return redirect(settings.SECURITY_TXT_URL)


def bad_request(request, exception=None):
    return render(request, "400.html", status=400)
