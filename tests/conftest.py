"""People by what they can do, and fixtures that several rooms share."""

import os

import pytest
from django.db import connections
from django.db.backends.base.operations import BaseDatabaseOperations
from django.test import override_settings

from accounts import audit_triggers
from accounts.models import AuditHead
from accounts.permissions import GrantKind
from tests import factories


@pytest.fixture(autouse=True, scope="session")
def quick_settings():
    """Cheap password hashing, plain static files and no waiting: what few tests are about."""
    with override_settings(
        SAME_ANSWER_SECONDS=0,
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        STORAGES={
            "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        },
    ):
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings):
    """SQLite tests use a file, which the browser's server and real workers can open as well."""
    database = connections["default"].settings_dict
    if database["ENGINE"].endswith("sqlite3"):
        name = f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}.sqlite3"
        database["TEST"]["NAME"] = os.path.join(os.path.dirname(database["NAME"]), name)


@pytest.fixture(autouse=True, scope="session")
def emptied_with_the_audit_log():
    """Let Django empty the database between tests with transactions: the log's triggers refuse."""
    flush = BaseDatabaseOperations.execute_sql_flush

    def without_triggers(self, statements):
        audit_triggers.unprotect(self.connection)
        flush(self, statements)
        audit_triggers.protect(self.connection)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(BaseDatabaseOperations, "execute_sql_flush", without_triggers)
        yield


@pytest.fixture
def audit_log_begun(db):
    """The row of a migration that a test with transactions, run before, may have taken away."""
    AuditHead.objects.get_or_create(pk=AuditHead.ONLY)


@pytest.fixture
def department(db):
    """A department with two directorates; `digital` has a team below it."""
    return factories.unit("Department of Lanterns")


@pytest.fixture
def digital(department):
    return factories.unit("Digital", parent=department)


@pytest.fixture
def operations(department):
    return factories.unit("Operations", parent=department)


@pytest.fixture
def line_manager(digital):
    """Holds a post in Digital and manages `member`."""
    return factories.person("Maud Ferrywell", unit=digital, grade="G7")


@pytest.fixture
def member(digital, line_manager):
    """A civil servant in Digital."""
    return factories.person("Ned Thornbury", unit=digital, grade="HEO", line_manager=line_manager)


@pytest.fixture
def outsider(operations):
    """A civil servant of the same department whom `member` has nothing to do with."""
    return factories.person("Olive Quillmoor", unit=operations, grade="EO")


@pytest.fixture
def ambassador(department):
    return factories.person(
        "Ambrose Linden", unit=department, grade="SEO", grant=GrantKind.AMBASSADOR
    )


@pytest.fixture
def report_reader(department):
    return factories.person(
        "Rhoda Marchbank", unit=department, grade="G6", grant=GrantKind.REPORT_READER
    )


@pytest.fixture
def organisation_administrator(department):
    return factories.person(
        "Orla Stanebridge",
        unit=department,
        grade="EO",
        grant=GrantKind.ORGANISATION_ADMINISTRATOR,
    )


@pytest.fixture
def framework_editor(department):
    return factories.person(
        "Felix Harrowgate", unit=department, grade="G7", grant=GrantKind.FRAMEWORK_EDITOR
    )


@pytest.fixture
def system_administrator(department):
    return factories.person(
        "Sylvie Oakhollow", unit=department, grade="HEO", grant=GrantKind.SYSTEM_ADMINISTRATOR
    )


@pytest.fixture
def leaver(digital):
    """Somebody whose last post has ended and whose account is closed."""
    return factories.leaver("Lionel Ashcombe", unit=digital)
