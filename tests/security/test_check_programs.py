"""The programs that read the code find what is planted, with the arguments `./portal test` gives.

What our own Semgrep rules find is in code_rules, beside the rules; Semgrep itself tests that.
"""

import importlib.machinery
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.slow


@pytest.fixture
def script(monkeypatch):
    loader = importlib.machinery.SourceFileLoader("portal_script", str(ROOT / "portal"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader.exec_module(module)
    module.ensure_check_programs()
    return module


def run(argv, folder):
    return subprocess.run(
        list(map(str, argv)), cwd=folder, capture_output=True, text=True, timeout=120
    )


def arguments(script, name, last):
    """The arguments of the check up to `last`: what it reads is another folder in the test."""
    argv = {label: argv for label, argv, _ in script.security_checks()}[name]
    return argv[: argv.index(last) + 1]


def test_a_secret_is_found_and_an_example_is_none(script, tmp_path):
    scan = arguments(script, "secrets", "^password$")
    page = tmp_path / "page.py"
    page.write_text('url = "postgres://user:password@host"\n')
    assert run([*scan, page], tmp_path).returncode == 0
    # In two parts, or it would be found here.
    page.write_text('key = "AKIA' + 'QX3T7WLNE5RZV2KD"\n')
    found = run([*scan, page], tmp_path)
    assert found.returncode == 1
    assert "AWS Access Key" in found.stdout


def test_bandit_finds_a_shell_and_unsafe_loading(script, tmp_path):
    (tmp_path / "page.py").write_text(
        "import pickle, subprocess\n"
        "def page(request):\n"
        "    subprocess.run(request.GET['name'], shell=True)\n"
        "    return pickle.loads(request.body)\n"
    )
    scan = arguments(script, "Bandit", "pyproject.toml")
    found = run([*scan, "-r", tmp_path], ROOT)
    assert found.returncode == 1
    assert "B602" in found.stdout
    assert "B301" in found.stdout


def test_the_list_of_components_names_every_package_of_production(script, tmp_path):
    listed = tmp_path / "sbom.json"
    assert script.list_components(listed) == 0
    components = json.loads(listed.read_text(encoding="utf-8"))["components"]
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.split("==")[0].split("[")[0] for line in lines if line[:1].isalnum()}
    assert {component["name"].split("[")[0] for component in components} == pinned
    assert all(component["externalReferences"] for component in components)
