"""Refresh what the catalogue knows, as the nightly task does."""

from django.core.management.base import BaseCommand

from learning.outcomes import count_outcomes
from learning.services.resources import refresh_skill_names


class Command(BaseCommand):
    help = (
        "Take over new names of skills and count who followed each resource, and how often a "
        "higher rating followed. Repeatable."
    )

    def handle(self, *args, **options):
        refresh_skill_names()
        self.stdout.write(f"{count_outcomes()} resources counted.")
