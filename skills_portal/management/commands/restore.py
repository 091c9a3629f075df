from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.models import User
from skills_portal.backups import engine
from skills_portal.backups.errors import BackupError
from skills_portal.backups.files import check_backup, find_backup, opened, read_identities


class Command(BaseCommand):
    help = (
        "Put the database back as it was when a backup was made, all or nothing. Stop the "
        "portal first. Rows and checksums of every table are compared before anything is changed."
    )

    def add_arguments(self, parser):
        parser.add_argument("backup", help="a backup's file, or a folder for its newest")
        parser.add_argument("--identity", help="the file with the secret key, if it is encrypted")
        parser.add_argument(
            "--replace", action="store_true", help="give up what the database holds now"
        )

    def handle(self, *, backup, identity, replace, **options):
        try:
            backup = find_backup(backup)
            check_backup(backup)
            identities = read_identities(identity) if identity else []
            if self.holds_people() and not replace:
                raise CommandError(
                    "The database holds people. To give up what it holds now, add --replace."
                )
            with opened(backup, identities=identities) as stream:
                engine().restore(stream, tables=backup.facts["tables"])
        except BackupError as error:
            raise CommandError(error) from None
        self.stdout.write(
            f"Restored {backup.path.name}: {backup.row_count:,} rows in "
            f"{len(backup.facts['tables'])} tables, as at {backup.facts['made_at']}."
        )
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write("The backup is of an earlier release: run manage.py migrate next.")

    def holds_people(self):
        tables = connection.introspection.table_names()
        return User._meta.db_table in tables and User.objects.exists()
