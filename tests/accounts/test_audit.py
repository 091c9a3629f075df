"""The audit log: appended, refused to be changed by the database, and proved by its chain."""

import threading
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction

from accounts import audit, audit_actions, audit_triggers
from accounts.models import AuditEntry, AuditHead
from tests import factories

pytestmark = pytest.mark.django_db
READ = audit_actions.Action("read-in-tests", "read something")


@pytest.fixture
def log(member, line_manager):
    """Five entries."""
    for number in range(1, 6):
        audit.note(READ, by=line_manager, about=member, thing=f"thing {number}")
    connection.check_constraints()  # PostgreSQL changes no table with checks still to be made


def run(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def unprotected(log):
    """What somebody does who owns the database: first the triggers go."""
    audit_triggers.unprotect(connection)


# --- Appending -------------------------------------------------------------------------------


def test_an_entry_says_who_did_what_to_whose_data(member, line_manager):
    audit.note(READ, by=line_manager, about=member, thing="thing 7")
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.subject) == (line_manager, member)
    assert (entry.number, entry.action, entry.thing) == (1, "read-in-tests", "thing 7")
    assert AuditHead.objects.values_list("count", "hash").get() == (1, entry.hash)


def test_an_entry_holds_no_words_of_a_person(member, line_manager):
    audit.note(READ, by=line_manager, about=member)
    stored = str(AuditEntry.objects.values_list().get())
    for person in (member, line_manager):
        assert person.full_name not in stored and person.email not in stored


def test_entries_for_many_take_as_many_queries_as_for_one(
    line_manager, digital, django_assert_num_queries
):
    audit.note(READ, by=line_manager)
    people = [factories.person(unit=digital).pk for _ in range(30)]
    for some in (people[:1], people[1:]):
        with django_assert_num_queries(5):  # with the two of a savepoint
            audit.note_all(READ, by=line_manager, people=some)
    assert AuditEntry.objects.count() == 31
    assert audit.verify().problems == []


def test_reading_is_noted_once_an_hour(member, line_manager, outsider, django_assert_num_queries):
    audit.note_reading(READ, by=line_manager, people=[member.pk, line_manager.pk])
    with django_assert_num_queries(1):
        audit.note_reading(READ, by=line_manager, people=[member.pk])
    audit.note_reading(READ, by=line_manager, people=[member.pk, outsider.pk])
    assert list(AuditEntry.objects.values_list("subject", flat=True)) == [outsider.pk, member.pk]


def test_what_is_rolled_back_is_not_in_the_log(log, member):
    with transaction.atomic():
        audit.note(READ, by=member)
        transaction.set_rollback(True)
    assert audit.verify().count == 5
    assert audit.verify().problems == []


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_chain():
    people = [factories.person() for _ in range(4)]
    failed = []

    def write(person):
        try:
            for _ in range(10):
                audit.note(READ, by=person)
        except Exception as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = audit.verify()
    assert (failed, found.count, found.problems) == ([], 40, [])


# --- Refused by the database -----------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_auditentry SET thing = 'other' WHERE number = 3",
        "UPDATE accounts_auditentry SET actor_id = NULL",
        "DELETE FROM accounts_auditentry WHERE number = 5",
        "DELETE FROM accounts_auditentry",
        "DELETE FROM accounts_audithead",
        "UPDATE accounts_audithead SET count = 4",
        "UPDATE accounts_audithead SET hash = 'other'",
    ],
)
def test_the_database_refuses(log, statement):
    with pytest.raises(DatabaseError, match="only added to"), transaction.atomic():
        run(statement)
    assert audit.verify().problems == []


@pytest.mark.skipif("connection.vendor != 'postgresql'")
@pytest.mark.parametrize("table", [audit_triggers.ENTRIES, audit_triggers.HEAD])
def test_postgresql_refuses_to_empty_the_tables(log, table):
    with pytest.raises(DatabaseError, match="only added to"), transaction.atomic():
        run(f"TRUNCATE {table}")


@pytest.mark.skipif("connection.vendor != 'sqlite'")
def test_sqlite_refuses_to_replace_rows(log):
    for statement in (
        """INSERT OR REPLACE INTO accounts_auditentry
        (number, actor_id, subject_id, action, thing, request_id, noted_at, hash)
        SELECT number, NULL, NULL, action, thing, request_id, noted_at, hash
        FROM accounts_auditentry WHERE number = 2""",
        "INSERT OR REPLACE INTO accounts_audithead (id, count, hash) VALUES (1, 0, '')",
    ):
        with pytest.raises(DatabaseError, match="only added to"), transaction.atomic():
            run(statement)


# --- Found out -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE accounts_auditentry SET thing = 'x' WHERE number = 3", "Entry 3 is not as it"),
        ("UPDATE accounts_auditentry SET actor_id = NULL WHERE number = 1", "Entry 1 is not as"),
        ("UPDATE accounts_auditentry SET subject_id = actor_id WHERE number = 5", "Entry 5 is no"),
        ("UPDATE accounts_auditentry SET hash = 'x' WHERE number = 2", "Entry 2 is not as it was"),
        ("DELETE FROM accounts_auditentry WHERE number = 1", "Entry 1 is missing"),
        ("DELETE FROM accounts_auditentry WHERE number IN (2, 3)", "Entries 2 to 3 are missing"),
        ("DELETE FROM accounts_auditentry WHERE number > 3", "Entries 4 to 5 are missing"),
        ("DELETE FROM accounts_auditentry", "Entries 1 to 5 are missing"),
        ("UPDATE accounts_audithead SET count = 4", "There are entries after the log’s noted end"),
        ("UPDATE accounts_audithead SET hash = 'x'", "Entry 5 is another one"),
    ],
)
def test_a_change_is_found_where_it_is(unprotected, statement, problem):
    run(statement)
    assert any(found.startswith(problem) for found in audit.verify().problems)
    with pytest.raises(CommandError, match=problem):
        call_command("verify_audit_log")


def test_another_order_is_found(unprotected):
    """Two entries change places, each with its own hash."""
    for old, new in ((2, 99), (3, 2), (99, 3)):
        run("UPDATE accounts_auditentry SET number = %s WHERE number = %s", new, old)
    assert audit.verify().problems[0].startswith("Entry 2 is not as it was written")


def test_a_log_written_anew_does_not_have_the_mark_of_the_old_one(unprotected, member):
    printed = StringIO()
    call_command("verify_audit_log", stdout=printed)
    mark = printed.getvalue().split()[-1]
    call_command("verify_audit_log", expect=mark, stdout=StringIO())
    run("DELETE FROM accounts_auditentry")
    run("DELETE FROM accounts_audithead")
    for _ in range(5):
        audit.note(READ, by=member)
    assert audit.verify().problems == []
    with pytest.raises(CommandError, match="Entry 5 is another one than was noted elsewhere"):
        call_command("verify_audit_log", expect=mark)


def test_a_mark_of_something_else_is_refused():
    with pytest.raises(CommandError, match="--expect takes a mark"):
        call_command("verify_audit_log", expect="yesterday")


def test_an_empty_log_is_whole():
    printed = StringIO()
    call_command("verify_audit_log", stdout=printed)
    assert printed.getvalue() == "0 audit entries are as they were written.\n"
