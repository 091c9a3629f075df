"""Pages about gap reports."""

import datetime

from django.urls import path, register_converter

from reports import smallest_count_views, views


class DayConverter:
    """A day as in 2026-10-31."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value):
        return datetime.date.fromisoformat(value)

    def to_url(self, value):
        return value.isoformat()


register_converter(DayConverter, "day")

app_name = "reports"
urlpatterns = [
    path(
        "departments/smallest-counts/", smallest_count_views.smallest_counts, name="smallest_counts"
    ),
    path(
        "departments/<slug:slug>/smallest-count/",
        smallest_count_views.smallest_count,
        name="smallest_count",
    ),
    path("reports/", views.reports, name="reports"),
    path("reports/running/", views.running, name="running"),
    path("reports/running/progress/", views.running_progress, name="running_progress"),
    path("reports/request/", views.request_report, name="request"),
    path("reports/<slug:slug>/<day:as_at>/", views.report, name="report"),
    path("reports/<slug:slug>/<day:as_at>/progress/", views.progress, name="progress"),
    path("reports/<slug:slug>/<day:as_at>/again/", views.ask_again, name="ask_again"),
    path("reports/<slug:slug>/<day:as_at>/cancel/", views.cancel, name="cancel"),
    path("reports/<slug:slug>/<day:as_at>/files/", views.files, name="files"),
    path(
        "reports/<slug:slug>/<day:as_at>/files/progress/",
        views.files_progress,
        name="files_progress",
    ),
    path("reports/<slug:slug>/<day:as_at>/files/<slug:file>/", views.file, name="file"),
    path(
        "reports/<slug:slug>/<day:as_at>/files/<slug:file>/again/",
        views.make_again,
        name="make_again",
    ),
    path("reports/<slug:slug>/<day:as_at>/groups/", views.groups, name="groups"),
    path(
        "reports/<slug:slug>/<day:as_at>/groups/<slug:dimension>/<slug:group>/",
        views.group,
        name="group",
    ),
    path("reports/<slug:slug>/<day:as_at>/departments/", views.departments, name="departments"),
    path("reports/<slug:slug>/<day:as_at>/units/<slug:unit>/", views.unit, name="unit"),
    path(
        "reports/<slug:slug>/<day:as_at>/units/<slug:unit>/figures/", views.figures, name="figures"
    ),
    path(
        "reports/<slug:slug>/<day:as_at>/units/<slug:unit>/earlier/", views.earlier, name="earlier"
    ),
    path(
        "reports/<slug:slug>/<day:as_at>/units/<slug:unit>/skills/<slug:framework>/<slug:skill>/",
        views.skill,
        name="skill",
    ),
]
