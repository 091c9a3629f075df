"""What every answer carries, and what files out and files in can do."""

import time

import pytest
from django.apps import apps
from django.urls import reverse

from accounts.organisation_plan import plan_import
from assessments.framework_import import gdd, portal_toml
from govuk.files.tables import SourceFile
from learning.log_import import read_log_file
from learning.resource_import import read_resources
from tests import factories
from tests.office import read_with_libreoffice

# The people, world and addresses of the table of access are those of these tests too.
from tests.test_access import people, urls, world  # noqa: F401

pytestmark = pytest.mark.django_db
FORMULA = "=1+1"
PERIOD = "?from=2000-01-01&to=2100-01-01"


@pytest.mark.slow
def test_every_answer_says_what_it_may_load_and_that_nobody_keeps_it(
    client,
    member,
    urls,  # noqa: F811
):
    """Criterion S5, for pages, files and refusals alike."""
    client.force_login(member)
    wrong = {}
    for line, url in urls.items():
        answer = client.get(url)
        policy = answer.get("Content-Security-Policy", "")
        kept = {
            "policy": "default-src 'self'" in policy or "default-src 'none'" in policy,
            "inline": "unsafe-inline" not in policy and "unsafe-eval" not in policy,
            "frames": "frame-ancestors 'none'" in policy,
            "sniffing": answer.get("X-Content-Type-Options") == "nosniff",
            "storing": "no-store" in answer.get("Cache-Control", ""),
        }
        if not all(kept.values()):
            wrong[line] = [name for name, holds in kept.items() if not holds]
    assert wrong == {}


def test_djangos_admin_is_not_there():
    """No page shows ratings, or anything, past the rules of `visible_to`."""
    assert not apps.is_installed("django.contrib.admin")


# --- Files out ---------------------------------------------------------------------------------


@pytest.mark.office
@pytest.mark.slow
@pytest.mark.parametrize("name", ["people", "log.csv", "log.ods"])
def test_libreoffice_finds_no_formula_in_what_is_exported(
    client, organisation_administrator, department, name, tmp_path
):
    """Criterion S7: a formula would show as its result, 2."""
    person = organisation_administrator
    person.full_name = FORMULA
    person.save(update_fields=["full_name"])
    factories.log_entry(person, FORMULA, reflection="@SUM(1;1)")
    client.force_login(person)
    kind, _, extension = name.partition(".")
    address = reverse("accounts:export_people", args=[department.slug])
    if kind == "log":
        address = reverse("learning:export_file", args=[extension]) + PERIOD
    path = tmp_path / f"{kind}.{extension or 'csv'}"
    path.write_bytes(client.get(address).getvalue())
    sheets = read_with_libreoffice(path, tmp_path)
    cells = {cell for rows in sheets.values() for row in rows for cell in row}
    assert cells & {FORMULA, f"'{FORMULA}"}
    assert "2" not in cells


# --- Files in ----------------------------------------------------------------------------------

HOSTILE = {
    "empty": b"",
    "UTF-16": "Date,Title".encode("utf-16"),
    "Latin-1": b"Date,Title\nJos\xe9,x",
    "NUL": b"Date,Title\n\0,x",
    "one line of 5 MB": b"x" * (5 * 1024 * 1024),
    "a quotation mark that is not closed": b'"' + b"x" * 5_000_000,
    "too large": b"x" * (5 * 1024 * 1024 + 1),
    "commas": b"," * 5_000_000,
    "quotation marks": b'"' * 5_000_000,
    "line ends": b"\n" * 5_000_000 + b"x",
}


@pytest.mark.slow
@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_no_import_takes_a_hostile_file(organisation_administrator, department, content):
    """Criterion S8: a named error with what to do, in under 2 s (of this program's own time)."""
    file = SourceFile("file.csv", content)
    today = organisation_administrator.created_at.date()
    readers = {
        "log": lambda: read_log_file(file, today=today, skills={}),
        "resources": lambda: read_resources(file, skills={})[1],
        "framework": lambda: gdd.read(skills=file, roles=file),
        "own framework": lambda: portal_toml.read(file),
        "organisation": lambda: plan_import(
            unit=department,
            units_file=file,
            people_file=None,
            closes_missing=True,
            by=organisation_administrator,
            today=today,
        ),
    }
    for name, read in readers.items():
        begin = time.process_time()
        outcome = read()
        # Two seconds on a machine that does nothing else; millions of empty lines take longest.
        assert time.process_time() - begin < 5, name
        assert outcome.errors, name
        assert all(error.message and error.remedy for error in outcome.errors), name
