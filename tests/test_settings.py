"""Settings come from the environment, strictly; `.env.example` tells of all of them."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from skills_portal import env

ROOT = Path(__file__).resolve().parent.parent


def variables_read():
    """The names that settings.py gives to the functions of env.py, with their defaults."""
    tree = ast.parse((ROOT / "skills_portal/settings.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "env"
        ):
            default = node.args[1] if len(node.args) > 1 else None
            yield node.args[0].value, default


def example_lines():
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    return re.findall(r"^(#?)([A-Z_]+)=(.*)$", text, re.MULTILINE)


def test_the_example_lists_exactly_the_variables_that_are_read():
    listed = [name for _, name, _ in example_lines()]
    assert sorted(listed) == sorted(name for name, _ in variables_read())


def test_the_example_shows_the_defaults_as_they_are():
    read = {
        name: str(default.value)
        for name, default in variables_read()
        if isinstance(default, ast.Constant)
    }
    wrong = [
        f"{name}={value}"
        for mark, name, value in example_lines()
        if mark and name in read and read[name] != value
    ]
    assert wrong == []


def test_settings_read_the_environment_through_env_only():
    source = (ROOT / "skills_portal/settings.py").read_text(encoding="utf-8")
    assert "environ" not in source
    assert "getenv" not in source


@pytest.mark.parametrize("missing", ["SECRET_KEY", "DATABASE_URL", "REDIS_URL"])
def test_the_portal_does_not_start_without(missing):
    environment = {name: value for name, value in os.environ.items() if name != missing}
    ended = subprocess.run(
        [sys.executable, "-c", "import skills_portal.settings"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert ended.returncode != 0
    assert f"{missing} is not set" in ended.stderr


def read(monkeypatch, value, function, *args, **kwargs):
    monkeypatch.setenv("SETTING", value)
    return function("SETTING", *args, **kwargs)


@pytest.mark.parametrize(("value", "flag"), [("true", True), ("false", False), (" true ", True)])
def test_flags_are_the_words_true_and_false(monkeypatch, value, flag):
    assert read(monkeypatch, value, env.flag) is flag


@pytest.mark.parametrize("value", ["True", "1", "yes", "on", "treu"])
def test_a_flag_that_is_another_word_is_refused_by_name(monkeypatch, value):
    with pytest.raises(ImproperlyConfigured, match="SETTING must be 'true' or 'false'"):
        read(monkeypatch, value, env.flag)


@pytest.mark.parametrize("value", ["-1", "11", "5.0", "five", "1e1"])
def test_a_number_out_of_bounds_or_not_whole_is_refused(monkeypatch, value):
    with pytest.raises(ImproperlyConfigured, match="SETTING"):
        read(monkeypatch, value, env.integer, 5, minimum=0, maximum=10)


def test_an_empty_variable_counts_as_missing(monkeypatch):
    assert read(monkeypatch, "  ", env.integer, 5, minimum=0, maximum=10) == 5
    with pytest.raises(ImproperlyConfigured, match="SETTING is not set"):
        read(monkeypatch, "", env.text)


@pytest.mark.parametrize("value", ["http://a.example/", "vdp.example", "https://", "javascript:1"])
def test_an_address_without_https_or_host_is_refused(monkeypatch, value):
    monkeypatch.setenv("SECURITY_TXT_URL", value)
    with pytest.raises(ImproperlyConfigured, match="SECURITY_TXT_URL"):
        env.https_url("SECURITY_TXT_URL", "")
    monkeypatch.setenv("SECURITY_TXT_URL", "https://vdp.example/security.txt")
    assert env.https_url("SECURITY_TXT_URL", "") == "https://vdp.example/security.txt"
    monkeypatch.delenv("SECURITY_TXT_URL")
    assert env.https_url("SECURITY_TXT_URL", "") == ""


@pytest.mark.parametrize("value", ["privacy", "a@b", "a@b.example, c@d.example", "<a@b.example>"])
def test_a_contact_that_is_no_email_address_is_refused(monkeypatch, value):
    with pytest.raises(ImproperlyConfigured, match="SETTING must be an email address"):
        read(monkeypatch, value, env.email_address, "")
    assert read(monkeypatch, "dpo@b.example", env.email_address, "") == "dpo@b.example"
    assert read(monkeypatch, "", env.email_address, "") == ""


def test_lists_leave_out_empty_parts(monkeypatch):
    assert read(monkeypatch, "a.example, ,b.example,", env.words) == ["a.example", "b.example"]


def test_a_choice_is_one_of_the_words(monkeypatch):
    with pytest.raises(ImproperlyConfigured, match="must be one of A, B"):
        read(monkeypatch, "C", env.choice, "A", choices=("A", "B"))


def test_sqlite_runs_in_wal_with_immediate_transactions(monkeypatch):
    config = read(monkeypatch, "sqlite:////srv/a%20b/portal.sqlite3", env.database)
    assert config["NAME"] == "/srv/a b/portal.sqlite3"
    assert config["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in config["OPTIONS"]["init_command"]


def test_postgres_runs_with_a_pool_and_keeps_what_the_url_asks_for(monkeypatch):
    config = read(monkeypatch, "postgres://u:p@db/portal?sslmode=require", env.database)
    assert config["OPTIONS"] == {"pool": True, "sslmode": "require"}
    assert config["CONN_HEALTH_CHECKS"] is True


@pytest.mark.parametrize("value", ["portal.sqlite3", "mysql://u@h/portal", "postgres//x", "://"])
def test_a_database_that_is_neither_is_refused(monkeypatch, value):
    with pytest.raises(ImproperlyConfigured, match="SETTING must"):
        read(monkeypatch, value, env.database)


@pytest.mark.parametrize(("seconds", "options"), [("5", "-c lock_timeout=5s"), ("0", None)])
def test_a_migration_job_can_be_told_not_to_wait_for_locks(seconds, options):
    code = "from skills_portal.settings import DATABASES as d; print(d['default']['OPTIONS'])"
    given = {"DATABASE_URL": "postgres://portal@db/portal", "LOCK_TIMEOUT_SECONDS": seconds}
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **given},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ast.literal_eval(ended.stdout).get("options") == options
