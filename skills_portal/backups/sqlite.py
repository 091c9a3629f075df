"""Backups of SQLite by its online backup: a consistent copy, while others read and write."""

import contextlib
import gzip
import hashlib
import shutil
import sqlite3
import tempfile
import time
from pathlib import Path

from django.db import connection

from skills_portal.backups.errors import BackupError, expect

SUFFIX = "sqlite3"
PATIENCE_SECONDS = 10


@contextlib.contextmanager
def snapshot():
    """Yield a reader of the compressed database, and rows and checksum of each table."""
    with _folder() as folder:
        copy = folder / "copy"
        with _opened(_path()) as live, _opened(copy) as target:
            # All pages in one step: between two, a writer would make it begin again.
            live.backup(target)
            _check(target)
            tables = _fingerprint(target)
        packed = folder / "packed"
        with copy.open("rb") as source, gzip.open(packed, "wb", compresslevel=6) as sink:
            shutil.copyfileobj(source, sink)
        copy.unlink()
        with packed.open("rb") as stream:
            yield stream, tables


def restore(stream, *, tables):
    """Put the database of a compressed stream in place of the one in use, all or nothing.

    Raises BackupError, and changes nothing, unless rows and checksum of each table are `tables`.
    """
    with _unpacked(stream) as copy:
        connection.close()
        try:
            with _opened(copy) as source, _opened(_path()) as live:
                expect(tables, _fingerprint(source))
                source.backup(live, progress=_impatient())
        except sqlite3.OperationalError as error:
            raise BackupError(f"The database cannot be written: {error}.") from None


def _impatient():
    """Progress that gives up waiting for others: `backup` itself would wait for ever."""
    deadline = time.monotonic() + PATIENCE_SECONDS

    def progress(status, remaining, total):
        if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED} and time.monotonic() > deadline:
            raise BackupError("The database is in use. Stop the portal first.")

    return progress


def rehearse(stream, *, tables):
    """Restore to a file that is thrown away. Raises BackupError unless it holds `tables`."""
    with _unpacked(stream) as copy, _opened(copy) as restored:
        expect(tables, _fingerprint(restored))


def _path():
    return Path(connection.settings_dict["NAME"])


@contextlib.contextmanager
def _folder():
    """A scratch folder beside the database: with room for it, and no less private."""
    with tempfile.TemporaryDirectory(dir=_path().parent, prefix="backup-") as folder:
        yield Path(folder)


@contextlib.contextmanager
def _opened(path):
    with contextlib.closing(sqlite3.connect(path, timeout=PATIENCE_SECONDS)) as opened:
        yield opened


@contextlib.contextmanager
def _unpacked(stream):
    with _folder() as folder:
        copy = folder / "copy"
        try:
            with gzip.open(stream) as source, copy.open("wb") as sink:
                shutil.copyfileobj(source, sink)
            with _opened(copy) as opened:
                _check(opened)
        except (EOFError, gzip.BadGzipFile, sqlite3.DatabaseError) as error:
            raise BackupError(f"The backup is damaged: {error}.") from error
        yield copy


def _check(opened):
    (answer,) = opened.execute("PRAGMA integrity_check(1)").fetchone()
    if answer != "ok":
        raise BackupError(f"The database is damaged: {answer}.")


class _Checksum:
    """An SQL aggregate over all columns: the same for the same rows in any order."""

    def __init__(self):
        self.sum = 0

    def step(self, *values):
        digest = hashlib.blake2b(repr(values).encode(), digest_size=8).digest()
        self.sum = (self.sum + int.from_bytes(digest)) % 2**62

    def finalize(self):
        return self.sum


def _fingerprint(opened):
    """{table: [rows, checksum]}; tables that only present others (virtual ones) left out."""
    opened.create_aggregate("checksum", -1, _Checksum)
    names = opened.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
        "AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
    ).fetchall()
    found = {}
    for (name,) in names:
        columns = opened.execute("SELECT name FROM pragma_table_info(?)", [name]).fetchall()
        listed = ", ".join(f'"{column}"' for (column,) in columns)
        query = f'SELECT count(*), checksum({listed}) FROM "{name}"'  # noqa: S608 - names it has
        rows, checksum = opened.execute(query).fetchone()
        found[name] = [rows, checksum if rows else 0]
    return found
