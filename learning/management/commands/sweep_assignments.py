"""Send every assignment with work that nobody does to the workers again."""

from django.core.management.base import BaseCommand

from learning import tasks


class Command(BaseCommand):
    help = (
        "Sends every assignment that is queued, or whose worker has fallen silent, to the workers "
        "again, and fails those without attempts left. Beat does this all the time; cron may too."
    )

    def handle(self, **options):
        tasks.sweep_assignments()
