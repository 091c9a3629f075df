import re

from django.core.management.base import BaseCommand, CommandError

from accounts.audit import verify

MARK = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})")


class Command(BaseCommand):
    help = (
        "Read the whole audit log and say whether every entry is as it was written, where it was. "
        "Prints a mark of its end: keep it outside the database, and give it to a later run."
    )

    def add_arguments(self, parser):
        parser.add_argument("--expect", help="a mark that an earlier run printed, number:hash")

    def handle(self, *, expect, **options):
        expected = None
        if expect:
            mark = MARK.fullmatch(expect)
            if mark is None:
                raise CommandError("--expect takes a mark as this command prints it, number:hash.")
            expected = int(mark[1]), mark[2]
        found = verify(expected=expected)
        if found.problems:
            raise CommandError("\n".join(["The audit log has been changed.", *found.problems]))
        self.stdout.write(f"{found.count:,} audit entries are as they were written.")
        if found.count:
            self.stdout.write(f"Mark of the end: {found.count}:{found.hash}")
