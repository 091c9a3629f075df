"""Writing many rows out of other rows without reading them first."""

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import Value


def insert_select(model, rows, values):
    """How many rows of `model` are new: one for each row of the query `rows`, made by the database.

    `values` maps field names to expressions on `rows`; fields left out take their defaults. A row
    that a unique constraint refuses is there already and is passed over, so repeating is safe.
    """
    wanted = {
        field: given
        for field in model._meta.concrete_fields
        if (given := _expression(field, values)) is not None
    }
    named = {f"insert_{field.attname}": given for field, given in wanted.items()}
    query = rows.order_by().annotate(**named).values_list(*named).query
    try:
        select, parameters = query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:  # Django knows without asking that there is none
        return 0
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in wanted)
    table = quote(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) {select} ON CONFLICT DO NOTHING",
            parameters,
        )
        return cursor.rowcount


def _expression(field, values):
    """What to select for the field; None where the database gives NULL, a key or a default."""
    given = values.get(field.name)
    if field.name not in values and (field.has_default() or not field.has_db_default()):
        given = field.get_default()
    if given is None or hasattr(given, "resolve_expression"):
        return given
    # A value of a relation is the key it points to.
    is_relation = isinstance(field, models.ForeignKey)
    return Value(given, output_field=field.target_field if is_relation else field)
