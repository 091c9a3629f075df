"""`manage.py import_framework` and `load_shipped_frameworks`."""

import pytest
from django.core.management import CommandError, call_command

from assessments.models import Framework, Release, Role, Skill
from tests.assessments.framework_files import FILES, SMALL, edited

pytestmark = pytest.mark.django_db

GDD = {
    "format": "gdd",
    "skills": str(FILES / "gdd_skills.csv"),
    "roles": str(FILES / "gdd_roles.csv"),
}


def run(capsys, **options):
    call_command("import_framework", **options)
    return capsys.readouterr().out


def refused(capsys, **options):
    """What the command prints to standard error, with its last words, when it fails."""
    with pytest.raises(CommandError) as error:
        call_command("import_framework", **options)
    assert not Framework.objects.exists()
    assert not Release.objects.exists()
    assert not Skill.objects.exists()
    assert not Role.objects.exists()
    return capsys.readouterr().err + str(error.value)


def test_it_ends_by_printing_what_it_holds_now(capsys):
    printed = run(capsys, **GDD, order=str(FILES / "gdd_order.csv"), publish=True)
    assert "Required level, added: 13 (" in printed
    lines = printed.splitlines()[-8:]
    assert "(published on " in lines[0]
    assert [line.split(maxsplit=1) for line in lines[1:]] == [
        ["3", "role families"],
        ["3", "roles"],
        ["8", "role levels"],
        ["1", "of these without targets"],
        ["4", "skill areas"],
        ["5", "skills"],
        ["13", "required levels"],
    ]


def test_without_publish_it_makes_a_draft(capsys):
    assert "(draft, not published) holds" in run(capsys, **GDD)
    assert Release.objects.get().is_draft


def test_a_draft_can_be_published_by_importing_the_same_again(capsys):
    run(capsys, **GDD)
    assert "a draft says that was there already" in run(capsys, **GDD, publish=True)
    assert Release.objects.current().count() == 1


def test_importing_the_same_again_says_that_nothing_has_changed(capsys):
    run(capsys, **GDD, publish=True)
    assert "Nothing has changed." in run(capsys, **GDD, publish=True)
    assert Release.objects.count() == 1


def test_a_later_import_prints_the_difference(capsys, tmp_path):
    run(capsys, format="portal", file=str(FILES / "small.toml"), publish=True)
    changed = tmp_path / "changed.toml"
    changed.write_bytes(edited(SMALL, "wicks = 2", "wicks = 1"))
    printed = run(capsys, format="portal", file=str(changed), label="Spring")
    assert "Required level, changed: 1 (Junior lamp keeper: Wicks)" in printed
    assert "release “Spring”" in printed


def test_another_draft_is_replaced_only_when_told_to(capsys, tmp_path):
    run(capsys, format="portal", file=str(FILES / "small.toml"))
    changed = tmp_path / "changed.toml"
    changed.write_bytes(edited(SMALL, "wicks = 2", "wicks = 1"))
    with pytest.raises(CommandError, match="already a draft"):
        call_command("import_framework", format="portal", file=str(changed))
    run(capsys, format="portal", file=str(changed), replace_draft=True)
    assert Release.objects.count() == 1


def test_an_error_is_printed_with_its_place_and_leaves_nothing(capsys, tmp_path):
    broken = tmp_path / "roles.csv"
    broken.write_bytes(edited((FILES / "gdd_roles.csv").read_bytes(), ",Expert,", ",Master,"))
    printed = refused(capsys, **GDD | {"roles": str(broken)})
    assert "roles.csv, line 2, column Skill Level: “Master” is not a level. Write" in printed
    assert "Nothing was imported: 3 errors." in printed


def test_a_100_mb_file_is_refused(capsys, tmp_path):
    big = tmp_path / "big.csv"
    with big.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    assert "larger than 5 MB" in refused(capsys, **GDD | {"skills": str(big)})


def test_a_missing_file_or_option_is_named(capsys):
    assert "No such file" in refused(capsys, **GDD | {"skills": "no-such-file.csv"})
    assert "needs --roles FILE" in refused(capsys, format="gdd", skills=GDD["skills"])
    assert "needs --file FILE" in refused(capsys, format="portal")


def test_the_shipped_frameworks_load_by_command(capsys):
    call_command("load_shipped_frameworks")
    assert "188 skills, 205 role levels, 1,781 required levels." in capsys.readouterr().out
