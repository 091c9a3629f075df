from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self):
        from . import notice_kinds  # noqa: F401 - registers the kinds
