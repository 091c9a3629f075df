"""Each benchmark runs, at a tiny size, and says what it found."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from benchmarks.goals import Goal
from benchmarks.measure import shown

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent


def run(*arguments, **environment):
    """The benchmark command in a process of its own; on SQLite, or as DATABASE_URL says."""
    return program("benchmarks", "--seed", "3", "--repeat", "1", *arguments, **environment)


def program(module, *arguments, **environment):
    ours = {"DATABASE_URL", "POSTGRES_DATA"}
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**{n: v for n, v in os.environ.items() if n not in ours}, **environment},
        capture_output=True,
        text=True,
        timeout=900,
    )


def test_every_benchmark_runs_and_writes_its_page(tmp_path):
    page = tmp_path / "RESULTS.md"
    # On the kind of database that this run of the tests is about.
    kind = ["--sqlite"] if connection.vendor == "sqlite" else []
    done = run(*kind, "--people", "120", "--largest", "20", "--write", str(page))
    assert done.returncode == 0, done.stderr
    text = page.read_text()
    for heading in ("1. counting", "2. faster", "4. a past day", "5. team page", "6. generating"):
        assert f"\n| {heading}" in text
    figures = re.findall(r"^\| (.+?) \| ([\d,.]+)", text, re.MULTILINE)
    assert len(figures) > 40
    assert all(float(value.replace(",", "")) > 0 for _, value in figures)
    assert {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor] in text
    assert "Load average" in text


@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="it starts PostgreSQL, and once is enough"
)
def test_the_load_test_signs_people_in_and_finds_what_they_saved(tmp_path):
    file = tmp_path / "load.json"
    done = program(
        *("benchmarks.load", "--people", "120", "--visitors", "4", "--seconds", "4"),
        *("--rate", "4", "--recovery", "5", "--json", str(file)),
    )
    # Whether promises are kept is for a quiet machine to say; 1 says that some were not.
    assert done.returncode in {0, 1}, done.stderr
    assert "kept    L2: loses nothing" in done.stdout
    found = json.loads(file.read_text())
    assert found["saved"] > 0
    assert found["lost"] == 0
    assert found["promised"]["failed"] == {}
    assert {"saving", "answer"} <= set(found["promised"]["median_by_page_ms"])


def test_a_database_with_somebody_in_it_is_left_alone(tmp_path):
    url = f"sqlite:///{tmp_path}/there.sqlite3"
    first = run("--people", "40", "--only", "generating", DATABASE_URL=url)
    assert first.returncode == 0, first.stderr
    second = run("--people", "40", "--only", "generating", DATABASE_URL=url)
    assert second.returncode != 0
    assert "There is somebody in this database" in second.stderr


@pytest.mark.parametrize(
    ("at_least", "values"),
    [(False, {"goal met": 8, "floor met": 25, "missed": 26}), (True, {"missed": 7})],
)
def test_a_goal_is_met_or_missed(at_least, values):
    floor, best = (8, 25) if at_least else (25, 8)
    goal = Goal("", "key", floor, best, "x", at_least=at_least)
    assert {verdict: goal.verdict(value) for verdict, value in values.items()} == {
        verdict: verdict for verdict in values
    }
    assert goal.verdict(best) == "goal met"


def test_figures_are_written_with_their_units():
    assert [shown(12, ""), shown(1.046, ""), shown(8.751, "x"), shown(250, "x")] == [
        "12",
        "1.05",
        "8.75×",
        "250×",
    ]
    assert shown(123_456.7, "rows/s") == "123,457 rows/s"
