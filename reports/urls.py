"""Pages about gap reports."""

import datetime

from django.urls import path, register_converter

from reports import views


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
    path("reports/", views.reports, name="reports"),
    path("reports/request/", views.request_report, name="request"),
    path("reports/<slug:slug>/<day:as_at>/", views.report, name="report"),
    path("reports/<slug:slug>/<day:as_at>/progress/", views.progress, name="progress"),
    path("reports/<slug:slug>/<day:as_at>/again/", views.ask_again, name="ask_again"),
    path("reports/<slug:slug>/<day:as_at>/report.csv", views.csv_file, name="csv"),
    path("reports/<slug:slug>/<day:as_at>/units/<slug:unit>/", views.unit, name="unit"),
    path(
        "reports/<slug:slug>/<day:as_at>/units/<slug:unit>/figures/", views.figures, name="figures"
    ),
    path(
        "reports/<slug:slug>/<day:as_at>/units/<slug:unit>/skills/<slug:framework>/<slug:skill>/",
        views.skill,
        name="skill",
    ),
]
