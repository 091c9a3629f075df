"""Publish the frameworks that the portal ships: `manage.py load_shipped_frameworks`."""

from django.core.management.base import BaseCommand

from assessments.services.frameworks import load_shipped_frameworks


class Command(BaseCommand):
    help = (
        "Publishes Digital essentials and the structure of the Government Digital and Data "
        "framework. Safe to repeat. A framework that an editor has published is left alone."
    )

    def handle(self, **options):
        for release in load_shipped_frameworks():
            counts = release.counts()
            self.stdout.write(
                f"{release}: {counts['skills']:,} skills, {counts['role_levels']:,} role levels, "
                f"{counts['requirements']:,} required levels."
            )
