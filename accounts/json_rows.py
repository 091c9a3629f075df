"""Rows of values as a table in a query: one statement and one parameter, however many rows."""

import json

from django.db import connection


def json_rows(columns):
    """SQL of a table `given` with these columns, whose one parameter is what `as_json` returns.

    `columns` maps names to PostgreSQL's types; SQLite keeps what JSON has. Names and types are
    written into the statement, so they come from code alone.
    """
    if connection.vendor == "postgresql":
        cells = ", ".join(
            f"(value ->> {place})::{type_} AS {name}"
            for place, (name, type_) in enumerate(columns.items())
        )
        return f"(SELECT {cells} FROM json_array_elements(%s::json)) AS given"  # noqa: S608
    cells = ", ".join(
        f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(columns)
    )
    return f"(SELECT {cells} FROM json_each(%s)) AS given"  # noqa: S608


def as_json(rows):
    """Rows (tuples in the order of the columns) as `json_rows` takes them."""
    return json.dumps([list(row) for row in rows])
