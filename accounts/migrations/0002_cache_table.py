"""The table of the database cache, where the sign-in limits are counted.

A migration rather than a deployment step that somebody may forget: without the table every
sign-in would answer with an error.
"""

from django.conf import settings
from django.core.management import call_command
from django.db import migrations


def create(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


def drop(apps, schema_editor):
    table = settings.CACHES["default"]["LOCATION"]
    schema_editor.execute(f"DROP TABLE IF EXISTS {schema_editor.quote_name(table)}")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_start")]

    operations = [migrations.RunPython(create, drop)]
