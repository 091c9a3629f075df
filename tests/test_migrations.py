"""A migration must leave the release before it running: criterion D5, docs/operate.md."""

import os
import subprocess
import sys

import pytest
from django.db import connection
from django_migration_linter import MigrationLinter

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="its SQL is what is read"),
]

ROOMS = {"accounts", "assessments", "learning", "reports"}
# From before the first release: nobody ran the portal between these and the ones before them.
# Nothing is added here; a migration that breaks a rule is split over two releases.
BEFORE_THE_FIRST_RELEASE = {
    "assessments.0003_release_source_and_notes",  # widens a column
    "learning.0004_outcomes_stand_still_by_measured",  # drops a column
    "reports.0002_attempt_limit",  # a new column that must have a value
    "reports.0004_sections_of_groups",  # a new unique constraint
}


def test_every_migration_leaves_the_release_before_it_running(capsys):
    linter = MigrationLinter(no_cache=True)
    erroneous = set()
    for migration in linter.migration_loader.disk_migrations.values():
        if migration.app_label in ROOMS:
            errors = linter.nb_erroneous
            linter.lint_migration(migration)
            if linter.nb_erroneous > errors:
                erroneous.add(f"{migration.app_label}.{migration.name}")
    assert erroneous == BEFORE_THE_FIRST_RELEASE, capsys.readouterr().out


def test_there_is_one_line_of_migrations():
    leaves = MigrationLinter(no_cache=True).migration_loader.graph.leaf_nodes()
    ours = [room for room, _ in leaves if room in ROOMS]
    assert sorted(ours) == sorted(ROOMS)


def test_a_statement_does_not_wait_for_a_lock_longer_than_it_was_told():
    """What docker-compose.yml tells the migration job, by way of the settings."""
    program = (
        "import django; django.setup()\n"
        "from django.db import connection\n"
        "with connection.cursor() as cursor:\n"
        "    cursor.execute('SHOW lock_timeout')\n"
        "    print(cursor.fetchone()[0])\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "LOCK_TIMEOUT_SECONDS": "5"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout == "5s\n"
