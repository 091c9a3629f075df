from django.core.management.base import BaseCommand, CommandError

from skills_portal.backups.errors import BackupError
from skills_portal.backups.files import make_identity


class Command(BaseCommand):
    help = (
        "Make a pair of keys for backups: the secret one goes to a new file, to be kept away "
        "from the portal; the public one is printed, for BACKUP_RECIPIENTS."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", help="where to write the secret key")

    def handle(self, *, file, **options):
        try:
            self.stdout.write(make_identity(file))
        except BackupError as error:
            raise CommandError(error) from None
