"""The documents that say which test shows what name tests that exist, and leave nothing out."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = ["criteria.md", "threat-model.md", "asvs.md"]
CRITERIA = [*(f"R{n}" for n in range(1, 9)), *(f"D{n}" for n in range(1, 9))]
CRITERIA += [f"S{n}" for n in range(1, 15)]
# How many requirements of levels 1 and 2 each section of ASVS 5.0 has; they are numbered from 1,
# and those of level 3 that the table adds come after them.
ASVS = {
    "1": [2, 9, 11, 3, 2],
    "2": [3, 3, 4, 1],
    "3": [0, 2, 4, 6, 5, 0, 2],
    "4": [3, 1, 2, 4],
    "5": [1, 3, 2, 3],
    "6": [3, 12, 4, 4, 5, 3, 0, 4],
    "7": [3, 4, 2, 5, 2, 2],
    "8": [2, 3, 1, 1],
    "9": [3, 4],
    "10": [2, 2, 4, 11, 5, 2, 3],
    "11": [2, 3, 3, 4, 1, 1],
    "12": [3, 2, 4],
    "13": [1, 5, 2, 5],
    "14": [2, 4, 3],
    "15": [3, 3, 7],
    "16": [1, 5, 4, 3, 3],
    "17": [1, 4, 2],
}
ASVS_LEVEL_3 = {"1.2.10", "3.4.7", "5.2.4", "6.3.8", "14.2.7", "15.4.2"}
ASVS_WORDS = ("Test", "Partly", "Built so, no test", "Not applicable", "Not met")
ASVS_WORDS += ("For whoever deploys it",)
# What a row without a test has to say instead.
REASONS = ("**Not yet**", "**Exception**")


def text_of(name):
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def rows(text):
    """{first cell: the other cells as one text} of every table row in a document."""
    found = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) > 1 and cells[0] and not set(cells[0]) <= set("-: "):
            assert cells[0] not in found, f"{cells[0]} is there twice"
            found[cells[0]] = " | ".join(cells[1:])
    return found


def named_tests(text):
    """Every `tests/file.py` and `tests/file.py::test_name` in the text."""
    return re.findall(r"`(tests/[\w/]+\.py(?:::\w+)?)`", text)


@cache
def names_in(name):
    """Names of the test functions of a file; none where there is no such file."""
    path = ROOT / name
    if not path.exists():
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


def missing(text):
    """What the text names and nobody can run."""
    for named in named_tests(text):
        name, _, test = named.partition("::")
        if not names_in(name) or (test and test not in names_in(name)):
            yield named


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if (ROOT / "docs" / name).exists()])
def test_every_test_that_a_document_names_exists(name):
    text = text_of(name)
    assert len(named_tests(text)) > 10
    assert list(missing(text)) == []


def test_a_test_that_does_not_exist_is_found():
    text = "`tests/test_criteria.py::test_nothing` `tests/none.py` `tests/test_criteria.py`"
    assert list(missing(text)) == ["tests/test_criteria.py::test_nothing", "tests/none.py"]


def test_every_criterion_has_a_row_with_a_test_or_a_reason():
    found = rows(text_of("criteria.md"))
    assert set(CRITERIA) - set(found) == set()
    bare = [
        name
        for name in CRITERIA
        if not named_tests(found[name]) and not any(reason in found[name] for reason in REASONS)
    ]
    assert bare == []


def test_every_requirement_of_asvs_has_a_row_that_says_how_it_stands():
    levels_1_and_2 = {
        f"{chapter}.{section}.{number}"
        for chapter, counts in ASVS.items()
        for section, count in enumerate(counts, 1)
        for number in range(1, count + 1)
    }
    assert len(levels_1_and_2) == 253
    found = {name: text for name, text in rows(text_of("asvs.md")).items() if name[0].isdigit()}
    assert set(found) == levels_1_and_2 | ASVS_LEVEL_3
    for name, text in found.items():
        word = re.search(r"\*\*(.+?)\*\*", text)
        assert word and word[1] in ASVS_WORDS, name
        assert bool(named_tests(text)) or word[1] not in {"Test", "Partly"}, name


def test_the_numbers_of_rows_are_those_of_the_table():
    text = text_of("asvs.md")
    for word in ASVS_WORDS:
        told = int(re.search(rf"^\| {word} \| (\d+) \|", text, re.MULTILINE)[1])
        assert told == text.count(f"**{word}**"), word
