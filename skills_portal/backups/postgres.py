"""Backups of PostgreSQL by its own programs: `pg_dump` makes them, `psql` brings them back."""

import contextlib
import gzip
import os
import re
import secrets
import shutil
import subprocess
import tempfile

import psycopg
from django.db import ProgrammingError, connection, transaction
from psycopg.conninfo import make_conninfo

from skills_portal.backups.errors import BackupError

SUFFIX = "sql"
# An empty schema first, in the same transaction as all that follows: all or nothing.
START_AFRESH = (
    b"SET lock_timeout = '10s';\nDROP SCHEMA IF EXISTS public CASCADE;\nCREATE SCHEMA public;\n"
)
ROWS_AND_CHECKSUM = (
    "count(*) AS row_count, coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint), 0)"
)
# The text of a row must not depend on who asks.
PLAIN_TEXT = (
    "SET LOCAL timezone = 'UTC'",
    "SET LOCAL datestyle = 'ISO'",
    "SET LOCAL intervalstyle = 'postgres'",
    "SET LOCAL bytea_output = 'hex'",
    "SET LOCAL extra_float_digits = 1",
)


@contextlib.contextmanager
def snapshot():
    """Yield a reader of the compressed database, and rows and checksum of each table.

    Both see the same instant, while others go on writing.
    """
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        (name,) = cursor.fetchone()
        tables = _fingerprint(cursor)
        with _program(
            "pg_dump",
            *("--snapshot", name, "--no-owner", "--no-privileges", "--compress", "gzip:6"),
            stdout=subprocess.PIPE,
        ) as dump:
            yield dump.stdout, tables


def restore(stream, *, tables):
    """Put the database of a compressed stream in place of the one in use, all or nothing.

    Raises BackupError, and changes nothing, unless rows and checksum of each table are `tables`.
    """
    connection.close()
    _load(stream, connection.settings_dict["NAME"], tables)
    connection.close_pool()  # its connections have prepared for tables that are no more


def rehearse(stream, *, tables):
    """Restore to a database that is thrown away. Raises BackupError unless it holds `tables`."""
    name = f"portal_rehearsal_{secrets.token_hex(6)}"
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    except ProgrammingError as error:
        raise BackupError(f"The rehearsal needs to make a database: {error}.") from None
    try:
        _load(stream, name, tables)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name}")


def _load(stream, name, tables):
    with _program(
        "psql",
        *("--no-psqlrc", "--quiet", "--single-transaction", "--set", "ON_ERROR_STOP=1"),
        *("--file", "-"),
        database=name,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    ) as psql:
        try:
            psql.stdin.write(START_AFRESH)
            with gzip.open(stream) as script:
                shutil.copyfileobj(script, psql.stdin)
            psql.stdin.write(_check(tables).encode())
        except (EOFError, gzip.BadGzipFile) as error:
            raise BackupError(f"The backup is damaged: {error}.") from error
        except BrokenPipeError:
            pass  # psql has stopped early and says itself why


def _check(tables):
    """SQL that fails unless rows and checksum of each table are as told."""
    values = ", ".join(
        f"('{name}', {int(rows)}, {int(checksum)})"
        for name, (rows, checksum) in tables.items()
        if re.fullmatch(r"\w+", name)
    )
    return f"""
        {"; ".join(PLAIN_TEXT)};
        DO $check$
        DECLARE told record; found record;
        BEGIN
            FOR told IN SELECT * FROM (VALUES {values}) AS told (name, row_count, checksum) LOOP
                EXECUTE format('SELECT {ROWS_AND_CHECKSUM.replace("'", "''")} FROM public.%I t',
                    told.name) INTO found;
                IF found IS DISTINCT FROM (told.row_count::bigint, told.checksum::numeric) THEN
                    RAISE EXCEPTION '% is not as it was', told.name;
                END IF;
            END LOOP;
        END
        $check$;
    """  # noqa: S608 - names are words, the rest numbers


def _parameters():
    known = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()}
    given = connection.get_connection_params()
    return {name: value for name, value in given.items() if name in known}


@contextlib.contextmanager
def _program(name, *arguments, database=None, **streams):
    """One of PostgreSQL's programs at work on our database. Raises BackupError when it fails."""
    path = shutil.which(name)
    if path is None:
        raise BackupError(
            f"{name} is not installed. Install PostgreSQL's client programs, of the server's "
            "version or a newer one."
        )
    parameters = {**_parameters(), **({"dbname": database} if database else {})}
    # A password among the arguments could be read by anybody on the machine.
    password = parameters.pop("password", None)
    with tempfile.TemporaryFile() as errors:
        program = subprocess.Popen(  # noqa: S603 - a program of PostgreSQL's, arguments of ours
            [path, "--dbname", make_conninfo(**parameters), *arguments],
            env={**os.environ, **({"PGPASSWORD": password} if password else {})},
            stderr=errors,
            **streams,
        )
        try:
            yield program
        except BaseException:
            program.kill()  # before its input ends: half of it must not be committed
            raise
        finally:
            for pipe in filter(None, (program.stdin, program.stdout)):
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
            program.wait()
        if program.returncode:
            errors.seek(0)
            said = errors.read().decode(errors="replace").strip()
            raise BackupError(f"{name} failed: {said[-1000:]}")


def _fingerprint(cursor):
    """{table: [rows, checksum]}, computed by the server in constant memory."""
    for statement in PLAIN_TEXT:
        cursor.execute(statement)
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    found = {}
    for (name,) in cursor.fetchall():
        cursor.execute(f'SELECT {ROWS_AND_CHECKSUM} FROM "{name}" t')  # noqa: S608 - it has it
        rows, checksum = cursor.fetchone()
        found[name] = [rows, int(checksum)]
    return found
