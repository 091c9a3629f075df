"""Writing many rows at once: tuples, or a whole table's columns as arrays."""

from contextlib import contextmanager

import numpy as np
from django.core.management.color import no_style
from django.db import connection

ROWS_AT_A_TIME = 100_000
# PostgreSQL counts days and microseconds from here; NumPy from 1970.
POSTGRESQL_EPOCH = np.datetime64("2000-01-01")
COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_TRAILER = b"\xff\xff"
COPY_TYPES = {
    "bigint": ">i8",
    "integer": ">i4",
    "smallint": ">i2",
    "boolean": "u1",
    "date": ">i4",
    "timestamp with time zone": ">i8",
    "uuid": "V16",
}


def insert_rows(model, fields, rows):
    """Insert tuples of ready database values, one for each of `fields`; the number of rows.

    For rows that need no primary key back: COPY on PostgreSQL, `executemany` on SQLite, both
    several times quicker than `bulk_create` because no model instance is built. The caller
    answers for the values; the database still checks every constraint. `rows` must not read from
    the database while they are taken: during a COPY the connection would wait for itself.
    """
    columns = [connection.ops.quote_name(model._meta.get_field(name).column) for name in fields]
    table = connection.ops.quote_name(model._meta.db_table)
    count = 0
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
            # Django wraps what its own cursor methods raise; `copy` is the driver's.
            with connection.wrap_database_errors, cursor.copy(statement) as copy:
                for count, row in enumerate(rows, 1):  # noqa: B007
                    copy.write_row(row)
            return count
        adapt = [_sqlite_adapter(model._meta.get_field(name)) for name in fields]
        values = [tuple(fit(value) for fit, value in zip(adapt, row, strict=True)) for row in rows]
        places = ", ".join(["%s"] * len(columns))
        cursor.executemany(
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})",  # noqa: S608
            values,
        )
        return len(values)


def _sqlite_adapter(field):
    """What turns a value of this field into what SQLite stores."""
    if field.get_internal_type() == "DateTimeField":
        return connection.ops.adapt_datetimefield_value
    return lambda value: value


# --- Columns ----------------------------------------------------------------------------------


def insert_columns(model, columns):
    """Insert a table given as one array for each named field, all of one length; the row count.

    Whole numbers and booleans come as they are, days as `datetime64[D]`, instants as
    `datetime64[s]` in UTC, texts as UTF-8 in an `S` array, identifiers as `V16`; what is masked
    in a masked array becomes NULL. Quicker again than `insert_rows`: on PostgreSQL a binary COPY
    whose bytes NumPy lays out, without a loop over rows. Rows that differ in which values they
    have, or in the length of a text, are grouped within blocks of ROWS_AT_A_TIME.
    """
    fields = [model._meta.get_field(name) for name in columns]
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    arrays = [np.ma.asarray(array) for array in columns.values()]
    count = len(arrays[0])
    blocks = (
        [array[start : start + ROWS_AT_A_TIME] for array in arrays]
        for start in range(0, count, ROWS_AT_A_TIME)
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            types = [_postgresql_type(field) for field in fields]
            statement = f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)"
            with connection.wrap_database_errors, cursor.copy(statement) as copy:
                copy.write(COPY_HEADER)
                for block in blocks:
                    for part in _copy_records(types, block):
                        copy.write(part)
                copy.write(COPY_TRAILER)
            return count
        places = ", ".join(["%s"] * len(fields))
        statement = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608
        for block in blocks:
            cursor.executemany(statement, list(zip(*map(_sqlite_values, block), strict=True)))
    return count


def _postgresql_type(field):
    column = field.target_field if field.is_relation else field
    return COPY_TYPES.get(column.rel_db_type(connection))


def _copy_records(types, block):
    """Yield the rows of a block as PostgreSQL's binary COPY format, group by group.

    Each value is preceded by its length in bytes, and NULL is the length -1.
    Source: PostgreSQL 15 documentation, COPY, "Binary Format".
    """
    rows = len(block[0])
    values, lengths = [], []
    for type_, array in zip(types, block, strict=True):
        data = array.data
        if type_ is None:
            size = np.char.str_len(data)
        else:
            data = _copy_numbers(data).astype(type_, copy=False)
            size = np.full(rows, data.dtype.itemsize)
        if array.mask is not np.ma.nomask:
            size = np.where(array.mask, -1, size)
        values.append(data)
        lengths.append(size.astype(np.int32))
    for group in _alike(lengths, rows):
        sizes = [int(size[group[0]]) for size in lengths]
        layout = [("fields", ">i2")]
        for place, (data, size) in enumerate(zip(values, sizes, strict=True)):
            layout.append((f"length{place}", ">i4"))
            if size > 0:
                layout.append((f"value{place}", data.dtype if types[place] else f"S{size}"))
        records = np.zeros(len(group), layout)
        records["fields"] = len(sizes)
        for place, (data, size) in enumerate(zip(values, sizes, strict=True)):
            records[f"length{place}"] = size
            if size > 0:
                records[f"value{place}"] = data[group]
        yield records.tobytes()


def _copy_numbers(data):
    if data.dtype.kind != "M":
        return data
    if np.datetime_data(data.dtype)[0] == "D":
        return (data - POSTGRESQL_EPOCH).astype(np.int64)
    return (data - POSTGRESQL_EPOCH).astype("timedelta64[us]").astype(np.int64)


def _alike(lengths, rows):
    """Yield the positions of rows whose values all have the same lengths."""
    code = np.zeros(rows, np.int64)
    for size in lengths:
        first = size[0]
        if (size != first).any():
            found, position = np.unique(size, return_inverse=True)
            _, code = np.unique(code * len(found) + position, return_inverse=True)
    order = np.argsort(code, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(code[order])) + 1)


def _sqlite_values(array):
    """A column as the values that Django stores in SQLite."""
    data = array.data
    if data.dtype.kind == "M":
        if np.datetime_data(data.dtype)[0] == "D":
            values = np.datetime_as_string(data).tolist()
        else:
            values = np.char.replace(np.datetime_as_string(data, unit="s"), "T", " ").tolist()
    elif data.dtype.kind == "S":
        values = np.char.decode(data, "utf-8").tolist()
    elif data.dtype.kind == "V":
        values = [value.tobytes().hex() for value in data]
    else:
        values = data.tolist()
    if array.mask is np.ma.nomask:
        return values
    return [None if gone else value for gone, value in zip(array.mask, values, strict=True)]


@contextmanager
def bare_tables(models):
    """Drop the tables' indexes, unique constraints and foreign keys, and build them again after.

    For one large load inside a transaction, which locks the tables. Each is built again from
    the definition the database gave of it, so that a row which breaks one is found then and
    everything is undone. SQLite keeps what is part of the table's own definition, and its
    foreign keys.
    """
    tables = [model._meta.db_table for model in models]
    connection.check_constraints()  # PostgreSQL changes no table for which it still owes a check
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            drop, build = _postgresql_statements(cursor, tables)
            cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        else:
            drop, build = _sqlite_statements(cursor, tables)
        for statement in drop:
            cursor.execute(statement)
    yield
    with connection.cursor() as cursor:
        for statement in build:
            cursor.execute(statement)


def _postgresql_statements(cursor, tables):
    cursor.execute(
        """
        SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
        FROM pg_constraint
        WHERE contype IN ('u', 'f') AND conrelid = ANY(%s::regclass[])
        ORDER BY contype DESC, conname
        """,
        [tables],
    )
    constraints = cursor.fetchall()
    cursor.execute(
        """
        SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
        FROM pg_index
        WHERE NOT indisprimary AND indrelid = ANY(%s::regclass[])
            AND NOT EXISTS (SELECT FROM pg_constraint WHERE contype = 'u' AND conindid = indexrelid)
        ORDER BY 1
        """,
        [tables],
    )
    indexes = cursor.fetchall()
    drop = [f"ALTER TABLE {table} DROP CONSTRAINT {name}" for table, name, _ in constraints]
    drop += [f"DROP INDEX {name}" for name, _ in indexes]
    build = [definition for _, definition in indexes]
    build += [
        f"ALTER TABLE {table} ADD CONSTRAINT {name} {how}" for table, name, how in constraints
    ]
    return drop, build


def _sqlite_statements(cursor, tables):
    cursor.execute(
        "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql <> ''"
    )
    indexes = [(name, sql) for name, table, sql in cursor.fetchall() if table in tables]
    return (
        [f"DROP INDEX {connection.ops.quote_name(name)}" for name, _ in indexes],
        [sql.replace("%", "%%") for _, sql in indexes],
    )


def reset_sequences(models):
    """Let the database go on numbering after the highest primary key that is there."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
