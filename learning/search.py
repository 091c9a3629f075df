"""Finding resources by words, best first: PostgreSQL's full-text search or SQLite's FTS5.

Both stem English words, let a word of three letters or more stand for any that begins with it,
ask for all words, and weigh the title most, then skills, provider and description. The indexes
are made by the migration `search`, and kept by the database itself.
"""

import re

from django.db import connection
from django.db.models.expressions import RawSQL

MOST_WORDS = 10
# The same expression as the index in the migration, or PostgreSQL does not use it.
_VECTOR = " || ".join(
    f"setweight(to_tsvector('english'::regconfig, learning_resource.{column}), '{weight}')"
    for column, weight in (
        ("title", "A"),
        ("skill_names", "B"),
        ("provider", "C"),
        ("description", "D"),
    )
)


def words_of(text):
    """The words to look for, in lower case; letters and digits only, so nothing is an operator."""
    return re.findall(r"[^\W_]+", text.lower())[:MOST_WORDS]


def matching(resources, text):
    """The resources that have every word of the text, best first; none when it has no word.

    `resources` must be a query on the table itself, not a slice or a union.
    """
    words = words_of(text)
    if not words:
        return resources.none()
    found = _in_postgresql if connection.vendor == "postgresql" else _in_sqlite
    return found(resources, words).order_by("rank", "title", "pk")


def _in_postgresql(resources, words):
    query = " & ".join(f"{word}:*" if len(word) > 2 else word for word in words)
    matches = f"({_VECTOR}) @@ to_tsquery('english', %s)"
    rank = f"-ts_rank({_VECTOR}, to_tsquery('english', %s))"
    return resources.filter(
        pk__in=RawSQL(f"SELECT id FROM learning_resource WHERE {matches}", [query])  # noqa: S608, S611
    ).annotate(rank=RawSQL(rank, [query]))  # noqa: S611


def _in_sqlite(resources, words):
    query = " ".join(f'"{word}"*' if len(word) > 2 else f'"{word}"' for word in words)
    index = "learning_resource_search"
    return resources.filter(
        pk__in=RawSQL(f"SELECT rowid FROM {index} WHERE {index} MATCH %s", [query])  # noqa: S608, S611
    ).annotate(
        rank=RawSQL(  # noqa: S611
            f"SELECT bm25({index}, 10.0, 5.0, 3.0, 1.0) FROM {index} "  # noqa: S608
            f"WHERE {index} MATCH %s AND rowid = learning_resource.id",
            [query],
        )
    )
