"""Import a framework from files: `manage.py import_framework --help`."""

from collections import Counter

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from assessments.framework_import import gdd, portal_toml
from assessments.models import ReleaseChange
from assessments.services.frameworks import (
    DraftExists,
    Outcome,
    checked,
    discard_draft,
    draft_release,
    publish_release,
)
from govuk.files.tables import SourceFile

EXAMPLES = 5
HELD = {
    "role_families": "role families",
    "roles": "roles",
    "role_levels": "role levels",
    "role_levels_without_targets": "of these without targets",
    "skill_areas": "skill areas",
    "skills": "skills",
    "requirements": "required levels",
}


class Command(BaseCommand):
    help = (
        "Reads a framework from files, says what is wrong with them or what differs from the "
        "release in force, and makes a draft release. All or nothing; repeating it changes "
        "nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument("--format", required=True, choices=["gdd", "portal"])
        parser.add_argument("--skills", metavar="FILE", help="gdd: “Skill description” CSV")
        parser.add_argument("--roles", metavar="FILE", help="gdd: “Role content” CSV")
        parser.add_argument(
            "--order", metavar="FILE", help="gdd: CSV with the order of role levels"
        )
        parser.add_argument("--file", metavar="FILE", help="portal: TOML file")
        parser.add_argument("--label", default="", help="what to call the release")
        parser.add_argument("--publish", action="store_true", help="publish the release at once")
        parser.add_argument(
            "--replace-draft", action="store_true", help="discard a draft made earlier"
        )

    def handle(self, **options):
        reading = checked(self.read(options))
        if reading.errors:
            for error in reading.errors:
                self.stderr.write(str(error))
            if reading.errors_left_out:
                self.stderr.write(f"... and {reading.errors_left_out:,} more.")
            count = len(reading.errors) + reading.errors_left_out
            raise CommandError(
                f"Nothing was imported: {count:,} {'error' if count == 1 else 'errors'}."
            )
        try:
            made, release = self.write(reading, options)
        except (DraftExists, ValidationError) as error:
            raise CommandError("\n".join(getattr(error, "messages", [str(error)]))) from error
        self.report(made, release, reading)

    def read(self, options):
        wanted = {"gdd": ("skills", "roles"), "portal": ("file",)}[options["format"]]
        for name in wanted:
            if not options[name]:
                raise CommandError(f"--format {options['format']} needs --{name} FILE.")
        files = {}
        for name in ("skills", "roles", "order", "file"):
            if options[name]:
                try:
                    files[name] = SourceFile.from_path(options[name])
                except OSError as error:
                    raise CommandError(f"{options[name]}: {error.strerror}.") from error
        if options["format"] == "gdd":
            files.pop("file", None)
            return gdd.read(**files)
        return portal_toml.read(files["file"])

    @transaction.atomic
    def write(self, reading, options):
        try:
            made = draft_release(reading, by=None, label=options["label"][:60])
        except DraftExists as exists:
            if not options["replace_draft"]:
                raise
            discard_draft(exists.release, by=None)
            made = draft_release(reading, by=None, label=options["label"][:60])
        release = made.release
        if options["publish"] and release.is_draft:
            release = publish_release(release, by=None)
        return made, release

    def report(self, made, release, reading):
        for note in reading.notes:
            self.stdout.write(f"Note: {note}")
        if made.outcome is Outcome.DRAFTED:
            self.print_changes(release)
        elif made.outcome is Outcome.SAME_AS_CURRENT:
            self.stdout.write("The files say what the release in force says. Nothing has changed.")
        else:
            self.stdout.write("The files say what a draft says that was there already.")
        state = "draft, not published"
        if release.published_at:
            day = date_format(timezone.localtime(release.published_at), "j F Y")
            state = f"published on {day}"
        self.stdout.write(f"{release.framework}, release “{release.label}” ({state}) holds:")
        for kind, count in release.counts().items():
            self.stdout.write(f"{count:>7,} {HELD[kind]}")

    def print_changes(self, release):
        changes = list(release.changes.all())
        if not changes:
            self.stdout.write("No skill, role or required level differs.")
        counts = Counter((change.subject, change.kind) for change in changes)
        for subject in ReleaseChange.Subject:
            for kind in ReleaseChange.Kind:
                count = counts[subject, kind]
                if not count:
                    continue
                names = [
                    change.name
                    for change in changes
                    if (change.subject, change.kind) == (subject, kind)
                ]
                shown = "; ".join(names[:EXAMPLES])
                more = f"; and {count - EXAMPLES:,} more" if count > EXAMPLES else ""
                self.stdout.write(
                    f"{subject.label}, {kind.label.lower()}: {count:,} ({shown}{more})"
                )
