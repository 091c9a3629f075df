"""Prove that a gap report is what the records say, or say what to think when it is not."""

from django.core.management.base import BaseCommand, CommandError

from reports.models import GapReport
from reports.verifying import verify

CHANGED_SINCE = """\
A report is never changed, so its figures stand as published. Records can still change after a
day is over. In order of likelihood:
  somebody has been erased, or has added, changed or deleted entries of their learning log;
  the organisation's records of that time were put right (posts, units, role levels);
  the method version differs: this version of the portal counts or withholds in another way.
If none of these is known to have happened, find out who has written to the database."""
NOT_INTACT = (
    "What is stored has not the report's digest: figures were changed after the report was "
    "finished. Do not publish them. Restore the report from a backup and find out who has "
    "written to the database."
)


class Command(BaseCommand):
    help = (
        "Compiles a finished gap report again from today's records, with its stored parameters, "
        "and says whether the digest is the same. Writes nothing. Fails when it is not."
    )

    def add_arguments(self, parser):
        parser.add_argument("report", type=int, help="the report's number, as its page says")

    def handle(self, *, report, **options):
        found = GapReport.objects.ready().select_related("unit").filter(pk=report).first()
        if found is None:
            raise CommandError(f"There is no finished gap report {report}.")
        result = verify(found)
        write = self.stdout.write
        write(f"Gap report {found.pk}: {found.unit} as at {found.as_at:%-d %B %Y}")
        write(f"Stored digest    {found.digest}")
        write(f"Compiled again   {result.digest}")
        if not result.is_intact:
            raise CommandError(NOT_INTACT)
        if result.is_same:
            write("The same: the records still give exactly the figures of the report.")
            return
        for name in result.parameters:
            write(f"Another value: {name}")
        write(f"Sections that differ: {len(result.sections)}")
        raise CommandError(f"The digest is not the same.\n{CHANGED_SINCE}")
