"""The files of a backup: the compressed, perhaps encrypted, database and what is in it.

`portal-20261125T130000Z.sql.gz.age` holds everything; `portal-20261125T130000Z.sql.gz.age.json`
holds nothing personal: when it was made, the file's SHA-256, the migrations, and for each table
the number of its rows and a checksum of them, so that a restored database can be compared.
Encryption is that of age (https://age-encryption.org/v1), so that a backup can be opened without
the portal: whoever makes backups needs the public key only.
"""

import contextlib
import hashlib
import io
import json
import os
import re
import shutil
import threading
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

import pyrage
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from skills_portal.backups import engine
from skills_portal.backups.errors import BackupError

NAME = re.compile(r"portal-\d{8}T\d{6}Z\.(sqlite3|sql)\.gz(\.age)?")
FORMAT = 1


@dataclass(frozen=True)
class Backup:
    """One backup in a folder; `facts` is what the file beside it says."""

    path: Path
    facts: dict

    @property
    def is_encrypted(self):
        return self.path.suffix == ".age"

    @property
    def row_count(self):
        return sum(rows for rows, _ in self.facts["tables"].values())


# --- Making ------------------------------------------------------------------------------------


def make_backup(folder, *, at, recipients=()):
    """Write the database to a new file in `folder` and return the Backup.

    Nothing is left under a backup's name unless it is whole. `recipients` are public keys of
    age; without any the file is not encrypted. Raises BackupError.
    """
    keys = [_recipient(text) for text in recipients]
    folder = Path(folder)
    suffix = f".{engine().SUFFIX}.gz" + (".age" if keys else "")
    path = folder / f"portal-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}{suffix}"
    partial = path.with_name(f"{path.name}.partial")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from None
    try:
        with _created(partial) as file, engine().snapshot() as (stream, tables):
            hashed = _Hashed(file)
            if keys:
                pyrage.encrypt_io(stream, hashed, keys)
            else:
                shutil.copyfileobj(stream, hashed)
        facts = {
            "format": FORMAT,
            "made_at": at.isoformat(),
            "database": connection.vendor,
            "bytes": hashed.length,
            "sha256": hashed.digest.hexdigest(),
            "migrations": sorted(f"{app}.{name}" for app, name in _migrations().applied_migrations),
            "tables": tables,
        }
        with _created(_facts_path(path)) as file:
            file.write(json.dumps(facts, indent=1).encode())
        partial.rename(path)
    except OSError as error:
        raise BackupError(
            f"{error.filename or folder} cannot be written: {error.strerror}."
        ) from None
    finally:
        partial.unlink(missing_ok=True)
    return Backup(path, facts)


def _unwritable(folder, error):
    return BackupError(f"{error.filename or folder} cannot be written: {error.strerror}.")


def _recipient(text):
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        raise BackupError(
            f"{text!r} in BACKUP_RECIPIENTS is no public key of age; one looks like age1..."
        ) from None


@contextlib.contextmanager
def _created(path):
    """A new file that its owner alone may read, on the disk when the block has ended."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


class _Hashed:
    """Writes on to a file and keeps count and digest of what went by."""

    def __init__(self, file):
        self.file = file
        self.digest = hashlib.sha256()
        self.length = 0

    def write(self, data):
        self.digest.update(data)
        self.length += len(data)
        return self.file.write(data)

    def flush(self):
        self.file.flush()


# --- Finding and keeping -----------------------------------------------------------------------


def backups_in(folder):
    """Every whole backup in the folder, the newest first."""
    found = [path for path in Path(folder).glob("portal-*") if NAME.fullmatch(path.name)]
    return [
        Backup(path, _read_facts(path))
        for path in sorted(found, reverse=True)
        if _facts_path(path).exists()
    ]


def keep_newest(folder, count):
    """Delete all backups but the newest `count`; the deleted ones' names."""
    gone = backups_in(folder)[count:]
    for backup in gone:
        backup.path.unlink()
        _facts_path(backup.path).unlink()
    return [backup.path.name for backup in gone]


def find_backup(path):
    """The Backup that a file's name, or a folder for its newest, leads to. Raises BackupError."""
    path = Path(path)
    if path.is_dir():
        found = backups_in(path)
        if not found:
            raise BackupError(f"There is no backup in {path}.")
        return found[0]
    if not path.exists():
        raise BackupError(f"{path} does not exist.")
    if not _facts_path(path).exists():
        raise BackupError(f"{_facts_path(path).name} is missing beside {path.name}. Bring both.")
    return Backup(path, _read_facts(path))


def _facts_path(path):
    return path.with_name(f"{path.name}.json")


def _read_facts(path):
    try:
        facts = json.loads(_facts_path(path).read_bytes())
        if facts["format"] == FORMAT:
            return facts
    except (ValueError, KeyError, TypeError):
        pass
    raise BackupError(f"{_facts_path(path)} is damaged, or of another release of the portal.")


# --- Reading back ------------------------------------------------------------------------------


def check_backup(backup):
    """Raise BackupError unless the file is undamaged and this release can use it here."""
    if backup.facts["database"] != connection.vendor:
        raise BackupError(
            f"The backup is one of {backup.facts['database']} and this is {connection.vendor}."
        )
    known = {f"{app}.{name}" for app, name in _migrations().disk_migrations}
    newer = [name for name in backup.facts["migrations"] if name not in known]
    if newer:
        raise BackupError(
            f"A newer release of the portal made this backup: {newer[0]} is not known here. "
            "Install that release first."
        )
    with backup.path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != backup.facts["sha256"]:
            raise BackupError(f"{backup.path.name} is damaged: its SHA-256 is another.")


def _migrations():
    return MigrationLoader(connection)


@contextlib.contextmanager
def opened(backup, *, identities=()):
    """A reader of the backup's compressed bytes, decrypted on the way. Raises BackupError."""
    with backup.path.open("rb") as file:
        if not backup.is_encrypted:
            yield file
            return
        if not identities:
            raise BackupError("The backup is encrypted. Name the file of its key with --identity.")
        with _decrypted(file, identities) as stream:
            yield stream


@contextlib.contextmanager
def _decrypted(file, identities):
    """A reader of what a thread decrypts, through a pipe: nothing of it is on a disk."""
    outlet, inlet = os.pipe()
    problems = []

    def decrypt():
        with os.fdopen(inlet, "wb") as writer:
            try:
                pyrage.decrypt_io(file, writer, identities)
            except (pyrage.DecryptError, OSError) as error:
                problems.append(error)

    thread = threading.Thread(target=decrypt, daemon=True)
    thread.start()
    with _UnlessProblems(outlet, thread, problems) as reader:
        yield reader
    thread.join()


class _UnlessProblems(io.FileIO):
    """Reads a pipe that ends well only when the thread writing to it did.

    Who reads must not take an early end for the end: half a database would be restored.
    """

    def __init__(self, outlet, thread, problems):
        super().__init__(outlet)
        self.thread = thread
        self.problems = problems

    def readinto(self, buffer):
        length = super().readinto(buffer)
        return length or self._at_the_end()

    def read(self, size=-1):
        data = super().read(size)
        return data or self._at_the_end() or data

    def _at_the_end(self):
        self.thread.join()
        if self.problems:
            raise BackupError(f"The backup cannot be decrypted: {self.problems[0]}.")
        return 0


def read_identities(path):
    """The secret keys in a file as age-keygen writes it. Raises BackupError."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
        return [
            pyrage.x25519.Identity.from_str(line.strip())
            for line in lines
            if line.strip() and not line.startswith("#")
        ]
    except OSError as error:
        raise BackupError(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, pyrage.IdentityError):
        raise BackupError(f"{path} holds no secret key of age.") from None


def make_identity(path):
    """Write a new secret key to a file that must not exist yet; the public key."""
    identity = pyrage.x25519.Identity.generate()
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"# public key: {identity.to_public()}\n{identity}\n")
    except FileExistsError:
        raise BackupError(f"{path} exists already; a key is never overwritten.") from None
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror}.") from None
    return str(identity.to_public())
