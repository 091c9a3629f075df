"""Applying files with units and people: all of it or nothing, a statement for each kind of change.

However many rows the files have, the number of statements is the same.
"""

import datetime
import uuid

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Case, CharField, F, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils import timezone

from accounts import audit, audit_actions
from accounts.insert_select import insert_select
from accounts.json_rows import as_json, json_rows
from accounts.models import Grade, Grant, Notice, OrganisationImport, Post, Unit, User
from accounts.organisation_plan import plan_import
from accounts.permissions import Permission, may
from accounts.services import lock_trees
from govuk.files.tables import SourceFile

CHANGED_MEANWHILE = (
    "The organisation has changed since you looked at this page. Nothing was changed by the file: "
    "look at what it would do now"
)


def keep_for_confirming(*, unit, units_file, people_file, closes_missing, by):
    """The row that holds files without mistakes until whoever chose them confirms."""
    fields = {}
    for name, source in (("units", units_file), ("people", people_file)):
        if source is not None:
            fields[f"{name}_name"] = source.name[:200]
            fields[f"{name}_text"] = source.content.decode("utf-8-sig")
    return OrganisationImport.objects.create(
        person=by, unit=unit, closes_missing=closes_missing, **fields
    )


def plan_again(waiting):
    """The `Plan` of files that wait: the organisation may have changed since they were chosen."""
    return plan_import(
        unit=waiting.unit,
        units_file=_file(waiting.units_name, waiting.units_text),
        people_file=_file(waiting.people_name, waiting.people_text),
        closes_missing=waiting.closes_missing,
        by=waiting.person,
        today=timezone.localdate(),
    )


def _file(name, text):
    return SourceFile(name, text.encode()) if text else None


@transaction.atomic
def confirm_import(*, waiting, digest, by):
    """The plan that was applied: everything in it, or nothing. None when it was applied before.

    `digest` is that of the plan which the importer saw. Raises ValidationError when the
    organisation has changed since, or the importer may no longer manage the unit.
    """
    waiting = OrganisationImport.objects.select_for_update().select_related(None).get(pk=waiting.pk)
    if waiting.confirmed_at is not None:
        return None
    lock_trees(waiting.unit)
    waiting.unit.refresh_from_db()
    waiting.person = by
    if not may(by, Permission.MANAGE_ORGANISATION, unit=waiting.unit):
        raise ValidationError("You no longer look after this part of the organisation")
    plan = plan_again(waiting)
    if plan.errors or plan.digest != digest:
        raise ValidationError(CHANGED_MEANWHILE)
    now = timezone.now()
    _write_units(plan)
    _write_accounts(plan, now)
    _write_posts(plan)
    withdrawn = _close_accounts(plan, now)
    _tell(plan, now, key=waiting.pk)
    _note(plan, withdrawn, by=by, thing=f"organisation import {waiting.pk}")
    waiting.units_text = waiting.people_text = ""
    waiting.confirmed_at = now
    waiting.save(update_fields=["units_text", "people_text", "confirmed_at"])
    return plan


def discard_import(*, waiting, by):
    """Forget the files; repeating it changes nothing."""
    OrganisationImport.objects.filter(pk=waiting.pk, person=by).delete()


# --- Statements --------------------------------------------------------------------------------


def _table(model):
    return connection.ops.quote_name(model._meta.db_table)


def _write(statement, columns, rows, *first):
    """Execute a statement about the rows `given`, which must touch as many rows as there are.

    `first` are the parameters before them. A row that is no longer what the plan was made from
    is passed over by the statement, and then everything is undone.
    """
    rows = list(rows)
    with connection.cursor() as cursor:
        cursor.execute(statement.format(given=json_rows(columns)), [*first, as_json(rows)])
        if cursor.rowcount != len(rows):
            raise ValidationError(CHANGED_MEANWHILE)


def _write_units(plan):
    unit = _table(Unit)
    columns = {"code": "text", "name": "text", "path": "text", "parent": "text"}

    def rows(units):
        return [(one.code, one.name, one.path, one.parent) for one in units]

    _write(
        f"INSERT INTO {unit} (slug, name, path) "  # noqa: S608
        "SELECT given.code, given.name, given.path FROM {given}",
        columns,
        rows(plan.new_units),
    )
    # New ones once more: their parents may be new as well.
    _write(
        f"UPDATE {unit} SET name = given.name, path = given.path, parent_id = "  # noqa: S608
        f"(SELECT above.id FROM {unit} above WHERE above.slug = given.parent) "
        f"FROM {{given}} WHERE {unit}.slug = given.code",
        columns,
        rows([*plan.new_units, *plan.changed_units]),
    )


def _write_accounts(plan, now):
    user, address = _table(User), _table(EmailAddress)
    instant = connection.ops.adapt_datetimefield_value(now)
    _write(
        f"INSERT INTO {user} "  # noqa: S608
        "(created_at, is_active, email, full_name, password, public_id) "
        "SELECT %s, true, given.email, given.name, given.password, given.public_id FROM {given}",
        {"email": "text", "name": "text", "password": "text", "public_id": "uuid"},
        [(one.email, one.name, make_password(None), uuid.uuid4().hex) for one in plan.new_people],
        instant,
    )
    # Whoever looks after them gave the address, so it counts as verified: see `open_account`.
    _write(
        f'INSERT INTO {address} (email, verified, "primary", user_id) '  # noqa: S608
        f"SELECT person.email, true, true, person.id FROM {{given}} "
        f"JOIN {user} person ON person.email = given.email",
        {"email": "text"},
        [(one.email,) for one in plan.new_people],
    )
    _write(
        f"UPDATE {user} SET full_name = given.name, is_active = true "  # noqa: S608
        f"FROM {{given}} WHERE {user}.id = given.pk",
        {"pk": "bigint", "name": "text"},
        [(before.person_id, one.name) for before, one in plan.corrected],
    )


def _write_posts(plan):
    post, user, unit = _table(Post), _table(User), _table(Unit)
    columns = {"post": "bigint", "email": "text", "unit": "text", "grade": "text"}
    columns |= {"manager": "text", "day": "date"}
    same_day, ended, begun = [], [], []
    for before, one in plan.moved:
        held = before.post_id if before else None
        row = (held, one.email, one.unit, one.grade, one.manager, one.first_day.isoformat())
        if held is not None and before.started_on == one.first_day:
            same_day.append(row)  # a correction, as in `start_post`
        else:
            begun.append(row)
            if held is not None:
                ended.append(row)
    _write(
        f"UPDATE {post} SET grade = given.grade, confirmed_at = NULL, unit_id = "  # noqa: S608
        f"(SELECT unit.id FROM {unit} unit WHERE unit.slug = given.unit), line_manager_id = "
        f"(SELECT manager.id FROM {user} manager WHERE manager.email = given.manager) "
        f"FROM {{given}} WHERE {post}.id = given.post AND {post}.ended_on IS NULL",
        columns,
        same_day,
    )
    _end_posts((row[0], row[-1]) for row in ended)
    _write(
        f"INSERT INTO {post} (person_id, unit_id, line_manager_id, grade, started_on) "  # noqa: S608
        "SELECT person.id, unit.id, manager.id, given.grade, given.day FROM {given} "
        f"JOIN {user} person ON person.email = given.email "
        f"JOIN {unit} unit ON unit.slug = given.unit "
        f"LEFT JOIN {user} manager ON manager.email = given.manager",
        columns,
        begun,
    )


def _end_posts(rows):
    """End current posts: (key, first day no longer in it) of each."""
    post = _table(Post)
    _write(
        f"UPDATE {post} SET ended_on = given.day FROM {{given}} "  # noqa: S608
        f"WHERE {post}.id = given.post AND {post}.ended_on IS NULL",
        {"post": "bigint", "day": "date"},
        rows,
    )


def _close_accounts(plan, now):
    """The keys of leavers who held grants. As `close_account`, today being their last day."""
    tomorrow = timezone.localdate(now) + datetime.timedelta(days=1)
    _end_posts((one.post_id, tomorrow.isoformat()) for one in plan.leavers)
    people = [(one.person_id, make_password(None)) for one in plan.leavers]
    user = _table(User)
    _write(
        f"UPDATE {user} SET is_active = false, password = given.password "  # noqa: S608
        f"FROM {{given}} WHERE {user}.id = given.pk",
        {"pk": "bigint", "password": "text"},
        people,
    )
    left = _given("pk", "bigint", [(pk,) for pk, _ in people])
    grants = Grant.objects.current().filter(user__in=left)
    withdrawn = list(grants.values_list("user", flat=True))
    grants.update(withdrawn_at=now)
    sessions = UserSession.objects.filter(user__in=left)
    Session.objects.filter(session_key__in=sessions.values("session_key"))._raw_delete(
        connection.alias
    )
    sessions._raw_delete(connection.alias)
    return withdrawn


def _given(name, type_, rows):
    """A subquery of one column, for `__in`."""
    source = json_rows({name: type_})
    return RawSQL(f"SELECT given.{name} FROM {source}", [as_json(rows)])  # noqa: S608, S611


# --- Telling people ----------------------------------------------------------------------------


def _tell(plan, now, *, key):
    """Notices of what happened; e-mails go out with the next sweep, as there may be thousands."""
    opened = [one.email for before, one in plan.moved if before is None or not before.is_active]
    moved = [one.email for before, one in plan.moved if before is not None and before.is_active]
    common = {"recipient": F("person"), "created_at": now}
    service = settings.SERVICE_NAME
    insert_select(
        Notice,
        _current_posts_of(opened),
        common
        | {
            "key": Concat(Value("account-open-"), Cast("pk", CharField())),
            "subject": f"Your account in the {service}",
            "body": Concat(
                Value(
                    f"You have an account in the {service}. To sign in, first choose a password: "
                    "enter "
                ),
                F("person__email"),
                Value(" on this page and follow the link we send you."),
                output_field=CharField(),
            ),
            "link": reverse("account_reset_password"),
        },
    )
    labels = [When(grade=value, then=Value(label)) for value, label in Grade.choices]
    manager = Case(
        When(line_manager=None, then=Value("")),
        default=Concat(Value(" Your line manager is "), F("line_manager__full_name"), Value(".")),
        output_field=CharField(),
    )
    insert_select(
        Notice,
        _current_posts_of(moved),
        common
        | {
            "key": Concat(Value(f"import-{key}-post-"), Cast("pk", CharField())),
            "subject": "Your post has changed",
            "body": Concat(
                *(Value("You are now in "), F("unit__name"), Value(" as ")),
                *(Case(*labels, output_field=CharField()), Value("."), manager),
                output_field=CharField(),
            ),
            "link": reverse("home"),
        },
    )


def _current_posts_of(emails):
    wanted = _given("email", "text", [(email,) for email in emails])
    return Post.objects.current().filter(person__email__in=wanted)


# --- Audit log ---------------------------------------------------------------------------------


def _note(plan, withdrawn, *, by, thing):
    """An entry for everybody whose account, post, name or grants changed, and one for the whole."""
    new = _given("email", "text", [(one.email,) for one in plan.new_people])
    for action, people in (
        (
            audit_actions.PERSON_ADDED,
            User.objects.filter(email__in=new).values_list("pk", flat=True),
        ),
        (
            audit_actions.POST_CHANGED,
            [before.person_id for before, _ in plan.moved if before is not None],
        ),
        (audit_actions.NAME_CHANGED, [before.person_id for before, _ in plan.corrected]),
        (audit_actions.ACCOUNT_CLOSED, [one.person_id for one in plan.leavers]),
        (audit_actions.GRANT_WITHDRAWN, withdrawn),
    ):
        audit.note_all(action, by=by, people=people, thing=thing)
    audit.note(audit_actions.ORGANISATION_IMPORTED, by=by, thing=thing)
