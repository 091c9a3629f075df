import time

from django.core.management.base import BaseCommand, CommandError

from skills_portal.backups import engine
from skills_portal.backups.errors import BackupError
from skills_portal.backups.files import check_backup, find_backup, opened, read_identities


class Command(BaseCommand):
    help = (
        "Show that a backup can be restored: bring it back to a scratch database, compare rows "
        "and checksums of every table, and throw it away. The database in use is not touched."
    )

    def add_arguments(self, parser):
        parser.add_argument("backup", help="a backup's file, or a folder for its newest")
        parser.add_argument("--identity", help="the file with the secret key, if it is encrypted")

    def handle(self, *, backup, identity, **options):
        began = time.monotonic()
        try:
            backup = find_backup(backup)
            check_backup(backup)
            identities = read_identities(identity) if identity else []
            with opened(backup, identities=identities) as stream:
                engine().rehearse(stream, tables=backup.facts["tables"])
        except BackupError as error:
            raise CommandError(error) from None
        self.stdout.write(
            f"{backup.path.name} can be restored: {backup.row_count:,} rows in "
            f"{len(backup.facts['tables'])} tables are as they were, in "
            f"{time.monotonic() - began:.1f} s."
        )
