from django.apps import AppConfig


class AssessmentsConfig(AppConfig):
    name = "assessments"

    def ready(self):
        from . import notice_kinds  # noqa: F401 - registers the kinds
