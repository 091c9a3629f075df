import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from skills_portal.backups.errors import BackupError
from skills_portal.backups.files import keep_newest, make_backup


class Command(BaseCommand):
    help = (
        "Write the whole database to a new file in a folder, while the portal runs. With "
        "BACKUP_RECIPIENTS set, only the holder of the secret key can read the file."
    )

    def add_arguments(self, parser):
        parser.add_argument("folder", help="where backups are kept; best on another machine")
        parser.add_argument("--keep", type=int, help="delete all but so many of the newest")
        parser.add_argument(
            "--every", type=int, metavar="MINUTES", help="go on, with a backup every so often"
        )

    def handle(self, *, folder, keep, every, **options):
        if keep is not None and keep < 1:
            raise CommandError("--keep must be 1 or more.")
        if every is None:
            return self.back_up(folder, keep)
        if every < 1:
            raise CommandError("--every must be 1 or more.")
        while True:
            began = time.monotonic()
            try:
                self.back_up(folder, keep)
            except CommandError as error:  # the next one may succeed
                self.stderr.write(f"{error}")
            time.sleep(max(0, every * 60 - (time.monotonic() - began)))

    def back_up(self, folder, keep):
        began = time.monotonic()
        try:
            backup = make_backup(folder, at=timezone.now(), recipients=settings.BACKUP_RECIPIENTS)
            gone = keep_newest(folder, keep) if keep else []
        except BackupError as error:
            raise CommandError(error) from None
        self.stdout.write(
            f"{backup.path}: {backup.row_count:,} rows in {len(backup.facts['tables'])} tables, "
            f"{backup.facts['bytes'] / 1e6:.1f} MB, "
            f"{'encrypted' if backup.is_encrypted else 'not encrypted'}, "
            f"{time.monotonic() - began:.1f} s."
        )
        for name in gone:
            self.stdout.write(f"Deleted the old backup {name}.")
