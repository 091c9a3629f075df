"""What makes the database itself refuse to change the audit log.

Migration 0005 puts these in place; a database that has them must not depend on a later version of
this text, so that it is only ever added to.
"""

ENTRIES, HEAD = "accounts_auditentry", "accounts_audithead"

POSTGRESQL = [
    """CREATE FUNCTION audit_log_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'The audit log is only added to.'; END $$""",
    f"""CREATE TRIGGER audit_entries_stay BEFORE UPDATE OR DELETE ON {ENTRIES}
    FOR EACH ROW EXECUTE FUNCTION audit_log_refuses()""",
    f"""CREATE TRIGGER audit_entries_are_not_emptied BEFORE TRUNCATE ON {ENTRIES}
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuses()""",
    f"""CREATE TRIGGER audit_head_goes_on BEFORE UPDATE ON {HEAD}
    FOR EACH ROW WHEN (NEW.count <= OLD.count) EXECUTE FUNCTION audit_log_refuses()""",
    f"""CREATE TRIGGER audit_head_stays BEFORE DELETE ON {HEAD}
    FOR EACH ROW EXECUTE FUNCTION audit_log_refuses()""",
    f"""CREATE TRIGGER audit_head_is_not_emptied BEFORE TRUNCATE ON {HEAD}
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuses()""",
]
POSTGRESQL_BACK = [
    f"DROP TRIGGER audit_entries_stay ON {ENTRIES}",
    f"DROP TRIGGER audit_entries_are_not_emptied ON {ENTRIES}",
    f"DROP TRIGGER audit_head_goes_on ON {HEAD}",
    f"DROP TRIGGER audit_head_stays ON {HEAD}",
    f"DROP TRIGGER audit_head_is_not_emptied ON {HEAD}",
    "DROP FUNCTION audit_log_refuses()",
]

_ABORT = "BEGIN SELECT RAISE(ABORT, 'The audit log is only added to.'); END"
SQLITE = [
    f"CREATE TRIGGER audit_entries_stay_unchanged BEFORE UPDATE ON {ENTRIES} {_ABORT}",
    f"CREATE TRIGGER audit_entries_stay BEFORE DELETE ON {ENTRIES} {_ABORT}",
    # INSERT OR REPLACE deletes without telling the trigger above.
    f"""CREATE TRIGGER audit_entries_are_not_replaced BEFORE INSERT ON {ENTRIES}
    WHEN EXISTS (SELECT 1 FROM {ENTRIES} WHERE number = NEW.number) {_ABORT}""",  # noqa: S608
    f"""CREATE TRIGGER audit_head_goes_on BEFORE UPDATE ON {HEAD}
    WHEN NEW.count <= OLD.count {_ABORT}""",
    f"CREATE TRIGGER audit_head_stays BEFORE DELETE ON {HEAD} {_ABORT}",
    f"""CREATE TRIGGER audit_head_is_not_replaced BEFORE INSERT ON {HEAD}
    WHEN EXISTS (SELECT 1 FROM {HEAD} WHERE id = NEW.id) {_ABORT}""",  # noqa: S608
]
SQLITE_BACK = [
    f"DROP TRIGGER {name}"
    for name in (
        "audit_entries_stay_unchanged",
        "audit_entries_stay",
        "audit_entries_are_not_replaced",
        "audit_head_goes_on",
        "audit_head_stays",
        "audit_head_is_not_replaced",
    )
]


def protect(connection):
    """Put the triggers in place."""
    _run(connection, POSTGRESQL if connection.vendor == "postgresql" else SQLITE)


def unprotect(connection):
    """Take them away: for going back before the migration, and for emptying a test's database."""
    _run(connection, POSTGRESQL_BACK if connection.vendor == "postgresql" else SQLITE_BACK)


def _run(connection, statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
