"""Backups: one file with the whole database, beside it a small file that says what is in it.

`files` knows the two files, their encryption and which of them to keep. `sqlite` and `postgres`
each offer the same three functions: `snapshot`, `restore` and `rehearse`.
"""

from django.db import connection

from skills_portal.backups import postgres, sqlite

ENGINES = {"sqlite": sqlite, "postgresql": postgres}


def engine():
    """The module that backs up the database in use."""
    return ENGINES[connection.vendor]
