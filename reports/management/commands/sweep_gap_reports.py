"""Send every gap report that nobody works on to the workers again."""

from django.core.management.base import BaseCommand

from reports import tasks


class Command(BaseCommand):
    help = (
        "Sends every gap report and file that is queued, or whose worker has fallen silent, to the "
        "workers again, and fails those without attempts left. Workers send for this all the "
        "time; cron may too."
    )

    def handle(self, **options):
        tasks.sweep_gap_reports()
