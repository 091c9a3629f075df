"""The catalogue from a CSV file."""

import csv
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from assessments.models import SkillVersion
from assessments.services.frameworks import load_shipped_frameworks
from learning.models import Resource
from learning.resource_import import read_resources
from learning.table_files import SourceFile
from tests import factories

pytestmark = pytest.mark.django_db
SHARED = Path(__file__).resolve().parents[3] / "shared" / "framework"
COLUMNS = "title,provider,url,format,duration_minutes,free,skills,level_from,level_to,note"
ROWS = (
    "Working in the open,Lantern,https://example.gov.uk/open,article,20,yes,Agile working,1,2,",
    '"Clouds, explained",Lantern Press,https://example.gov.uk/cloud,video,1h,no,Cloud; Kites,,,',
    "An old course,,https://example.gov.uk/old,course,,,,,,RETIRED: closed in 2020",
)


@pytest.fixture
def load(tmp_path, capsys):
    def import_rows(*rows):
        path = tmp_path / "resources.csv"
        path.write_text("\n".join([COLUMNS, *rows]) + "\n", encoding="utf-8")
        call_command("import_resources", str(path))
        return capsys.readouterr().out

    return import_rows


@pytest.fixture
def release(db):
    return factories.release(skills=("Agile working", "Cloud"))


def test_a_file_becomes_the_catalogue(load, release):
    said = load(*ROWS)
    assert "3 added, 0 changed, 0 unchanged." in said
    assert "Skills that no framework in force has: 1. For example: Kites." in said
    made = Resource.objects.get(url="https://example.gov.uk/open")
    assert (made.title, made.provider, made.format) == (
        "Working in the open",
        "Lantern",
        "article",
    )
    assert (made.duration_minutes, made.cost, made.level_from, made.level_to) == (20, "free", 1, 2)
    assert made.skill_names == "Agile working"
    assert made.is_offered
    assert made.unit is None
    assert not Resource.objects.get(title="An old course").is_offered


def test_repeating_changes_nothing_and_a_changed_row_changes_its_resource(load, release):
    load(*ROWS)
    assert "0 added, 0 changed, 3 unchanged." in load(*ROWS)
    later = ROWS[0].replace("Working in the open", "Working openly")
    retired = ROWS[1] + "RETIRED"
    back = ROWS[2].replace("RETIRED: closed in 2020", "")
    assert "0 added, 3 changed, 0 unchanged." in load(later, retired, back)
    assert {one.title for one in Resource.objects.offered()} == {"Working openly", "An old course"}


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        (",P,https://example.gov.uk/x,article,,,,,,", "title", "The cell is empty"),
        ("T,P,example,article,,,,,,", "url", "holds no link"),
        ("T,P,ftp://example.gov.uk,article,,,,,,", "url", "holds no link"),
        ("T,P,https://example.gov.uk/x,scroll,,,,,,", "format", "“scroll” is not known"),
        ("T,P,https://example.gov.uk/x,article,0,,,,,", "duration_minutes", "no length of time"),
        ("T,P,https://example.gov.uk/x,article,,maybe,,,,", "free", "“maybe” is not known"),
        ("T,P,https://example.gov.uk/x,article,,,,9,9,", "level_from", "“9” is no level"),
        ("T,P,https://example.gov.uk/x,article,,,,3,1,", "level_to", "do not ascend"),
        ("T,P,https://example.gov.uk/x,article,,,,3,,", "level_to", "do not ascend"),
        ("T,P,https://example.gov.uk/open,article,,,,,,", "url", "is on line 2 already"),
    ],
)
def test_each_mistake_has_its_place_and_nothing_is_stored(db, row, column, message):
    text = "\n".join([COLUMNS, ROWS[0], row])
    rows, problems = read_resources(SourceFile("r.csv", text.encode()), skills={})
    assert rows == []
    first = problems.errors[0]
    assert (first.place.line, first.place.column) == (3, column)
    assert message in first.message
    assert first.remedy


def test_a_file_with_a_mistake_stores_nothing(load, capsys):
    with pytest.raises(CommandError, match="Nothing was imported"):
        load(*ROWS, "T,P,example,article,,,,,,")
    assert "line 5, column url" in capsys.readouterr().err
    assert not Resource.objects.exists()


def test_a_missing_file_is_named():
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_resources", "no-such-file.csv")


def test_the_shipped_list_loads_and_serves_every_skill_of_digital_essentials(db, capsys):
    load_shipped_frameworks()
    call_command("import_resources")
    said = capsys.readouterr().out
    assert "no framework in force" not in said
    essentials = SkillVersion.objects.filter(release__framework__slug="digital-essentials")
    unserved = essentials.exclude(skill__in=Resource.objects.offered().skill_ids())
    assert [one.name for one in unserved] == []


@pytest.fixture
def published_list():
    path = SHARED / "learning_resources.csv"
    if not path.exists():
        pytest.skip("the list of real resources is not beside the repository")
    return path


def test_the_list_of_real_resources_loads(published_list, capsys):
    with published_list.open(encoding="utf-8-sig", newline="") as file:
        names = {
            name.strip() for row in csv.DictReader(file) for name in row["skills"].split(";")
        } - {""}
    factories.release(skills=tuple(sorted(names)), targets={})
    call_command("import_resources", str(published_list))
    said = capsys.readouterr().out
    assert "80 added" in said
    assert "no framework in force" not in said
    assert Resource.objects.count() == 80
    assert Resource.objects.offered().count() == 79
    call_command("import_resources", str(published_list))
    assert "80 unchanged" in capsys.readouterr().out
