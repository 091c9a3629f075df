"""Bring a catalogue of learning resources in from a CSV file."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from learning.resource_import import read_resources
from learning.services.resources import store_resources
from learning.skills import all_skills_by_name
from learning.table_files import SourceFile

SHIPPED = Path(__file__).resolve().parents[2] / "catalogue" / "resources.csv"


class Command(BaseCommand):
    help = (
        "Add the resources of a CSV file to the catalogue, for everybody. Columns: title, url and "
        "format; optionally provider, duration_minutes, free (yes or no), skills (names with "
        "“; ” between two), level_from, level_to, description, note (a note that starts with "
        "RETIRED keeps the row for old log entries only). All rows or none. Safe to repeat: a "
        "row is known by its link. Without a file, the list that comes with the portal."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", default=SHIPPED, help="the CSV file")

    def handle(self, *args, file, **options):
        try:
            source = SourceFile.from_path(file)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
        rows, problems = read_resources(source, skills=all_skills_by_name())
        if problems.errors:
            for error in problems.errors:
                self.stderr.write(str(error))
            if problems.errors_left_out:
                self.stderr.write(f"There are {problems.errors_left_out} more.")
            raise CommandError("Nothing was imported.")
        for note in problems.notes:
            self.stdout.write(str(note))
        counts = store_resources(rows)
        self.stdout.write(", ".join(f"{count} {what}" for what, count in counts.items()) + ".")
