"""What files with units and people would change in a part of the organisation. Reads only.

The number of queries does not depend on the number of rows, in the files or in the database.
"""

import datetime
import hashlib
import re
from dataclasses import dataclass, field, replace

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection
from django.db.models import Max, OuterRef
from django.db.models.expressions import RawSQL

from accounts.json_rows import as_json, json_rows
from accounts.models import Grade, Grant, Post, Unit, User
from accounts.permissions import Permission, kinds_with, may_everywhere
from accounts.services import day_in_words
from govuk.files.csv_cells import plain_cell
from govuk.files.problems import Problems
from govuk.files.tables import read_table

CODE, NAME, PARENT = "Unit code", "Name", "Parent code"
EMAIL, GRADE, MANAGER, FIRST_DAY = "Email", "Grade", "Line manager email", "First day"
UNIT_COLUMNS = (CODE, NAME, PARENT)
PEOPLE_COLUMNS = (EMAIL, NAME, CODE, GRADE, MANAGER)
CODE_PATTERN = re.compile(r"[a-z0-9_-]{1,80}")
# As many as are read, compared and applied while somebody waits for the page.
MOST_ROWS = 5_000
EARLIEST_DAY = datetime.date(1950, 1, 1)
GRADES = {value.lower(): value for value in Grade.values} | {
    label.lower(): value for value, label in Grade.choices
}
# The reader of tables speaks of published files; these files are the administrator's own.
_REMEDIES = {
    "Choose the file as published.": "Start from the file with what the portal has now.",
    "Choose the file as published. It should be a few megabytes at most.": (
        "Import the units below one by one."
    ),
    "The file is damaged: download it again.": (
        "Open it in a spreadsheet program and save it again as “CSV UTF-8”."
    ),
}
# Kinds of changes, in the order in which the preview counts and lists them.
NEW_UNIT, UNIT_NAME, UNIT_MOVE = "New unit", "Unit renamed", "Unit moved"
NEW_PERSON, BACK, MOVE = "New person", "Comes back", "Moves"
GRADE_CHANGE, MANAGER_CHANGE, PERSON_NAME = "New grade", "New line manager", "Name corrected"
LEAVER = "Leaver"
KINDS = (
    *(NEW_UNIT, UNIT_NAME, UNIT_MOVE, NEW_PERSON, BACK, MOVE),
    *(GRADE_CHANGE, MANAGER_CHANGE, PERSON_NAME, LEAVER),
)


@dataclass(frozen=True)
class Change:
    """One difference between the files and the organisation; `line` is None for a leaver."""

    kind: str
    line: int | None
    who: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class HeldPost:
    """A person's account, and the post they hold now (None: no post) in the database."""

    person_id: int
    email: str
    name: str
    is_active: bool
    post_id: int | None = None
    unit: str = ""
    grade: str = ""
    manager: str = ""
    started_on: datetime.date | None = None
    last_ended_on: datetime.date | None = None

    @property
    def facts(self):
        return self.unit, self.grade, self.manager


@dataclass(frozen=True)
class WantedPost:
    """One row of the file of people, checked."""

    line: int
    email: str
    name: str
    unit: str
    grade: str
    manager: str
    first_day: datetime.date | None = None

    @property
    def facts(self):
        return self.unit, self.grade, self.manager


@dataclass(frozen=True)
class WantedUnit:
    """A unit as it will be; `line` is None for one that moves only because one above it does."""

    line: int | None
    code: str
    name: str
    parent: str
    path: str = ""


@dataclass
class Plan:
    """What confirming would do; nothing at all as soon as there is one error."""

    errors: tuple = ()
    errors_left_out: int = 0
    notes: tuple = ()
    changes: list = field(default_factory=list)
    new_units: list = field(default_factory=list)
    changed_units: list = field(default_factory=list)
    new_people: list = field(default_factory=list)
    corrected: list = field(default_factory=list)  # (HeldPost, WantedPost): name or account
    moved: list = field(default_factory=list)  # (HeldPost or None, WantedPost): another post
    leavers: list = field(default_factory=list)

    @property
    def counts(self):
        """(kind, number) of every kind of change that occurs, in the order of KINDS."""
        numbers = dict.fromkeys(KINDS, 0)
        for change in self.changes:
            numbers[change.kind] += 1
        return [(kind, number) for kind, number in numbers.items() if number]

    @property
    def digest(self):
        """Equal for two plans that do the same: what somebody confirms is what they saw."""
        text = repr((self.changes, self.new_units, self.changed_units, self.moved, self.leavers))
        return hashlib.sha256(text.encode()).hexdigest()


def plan_import(*, unit, units_file, people_file, closes_missing, by, today):
    """The `Plan` of these files (either may be None) for `unit` and all below it."""
    return _Planner(unit, closes_missing, by, today).plan(units_file, people_file)


class _Planner:
    def __init__(self, unit, closes_missing, by, today):
        self.top, self.closes_missing, self.by, self.today = unit, closes_missing, by, today
        self.everywhere = may_everywhere(by, Permission.MANAGE_ORGANISATION)
        self.problems = Problems()

    def plan(self, units_file, people_file):
        unit_rows = self._rows(units_file, UNIT_COLUMNS) if units_file else []
        optional = (FIRST_DAY,)
        people_rows = self._rows(people_file, PEOPLE_COLUMNS, optional) if people_file else []
        if unit_rows is None or people_rows is None:
            return self._outcome(Plan())
        plan = Plan()
        self._plan_units(plan, unit_rows)
        self._plan_people(plan, people_rows, has_file=people_file is not None)
        plan.changes.sort(key=lambda change: KINDS.index(change.kind))
        return self._outcome(plan)

    def _outcome(self, plan):
        problems = self.problems
        if problems.errors:
            plan = Plan()
        plan.errors = tuple(
            replace(error, remedy=_REMEDIES.get(error.remedy, error.remedy))
            for error in problems.errors
        )
        plan.errors_left_out, plan.notes = problems.errors_left_out, tuple(problems.notes)
        return plan

    def _rows(self, source, columns, optional=()):
        rows = read_table(source, columns, self.problems, optional=optional)
        if rows is not None and len(rows) > MOST_ROWS:
            self._error(
                *(rows[MOST_ROWS], "", f"The file has more than {MOST_ROWS:,} rows."),
                "Import the units below one by one.",
            )
            return None
        for row in rows or ():
            for name, cell in row.cells.items():
                row.cells[name] = plain_cell(" ".join(cell.split()))
        return rows

    def _error(self, row, column, message, remedy):
        self.problems.error(row.place(column), message, remedy)

    def _text(self, row, column, longest):
        text = row.cells[column]
        if not text:
            self._error(row, column, "The cell is empty.", "Fill it in.")
        elif len(text) > longest:
            message = f"The text has {len(text):,} characters."
            self._error(row, column, message, f"Shorten it to {longest:,} or fewer.")
        return text

    # --- Units ---------------------------------------------------------------------------------

    def _plan_units(self, plan, rows):
        now = {
            slug: WantedUnit(None, slug, name, parent or "", path)
            for slug, name, parent, path in Unit.objects.within(self.top).values_list(
                "slug", "name", "parent__slug", "path"
            )
        }
        wanted, row_of = dict(now), {}
        elsewhere = self._codes_elsewhere([row.cells[CODE].lower() for row in rows], now)
        for row in rows:
            code = row.cells[CODE].lower()
            if not CODE_PATTERN.fullmatch(code):
                self._error(
                    *(row, CODE, f"“{row.cells[CODE]}” is no code." if code else "It is empty."),
                    "Write up to 80 letters from a to z, digits and hyphens.",
                )
            elif code in row_of:
                message = f"Line {row_of[code].line} has this code too."
                self._error(row, CODE, message, "Give each unit one row and a code of its own.")
            elif code in elsewhere:
                message = "A unit in another part of the organisation has this code."
                self._error(row, CODE, message, "Choose another code.")
            else:
                row_of[code] = row
                parent = row.cells[PARENT].lower()
                if code == self.top.slug:
                    parent = now[code].parent
                wanted[code] = WantedUnit(row.line, code, self._text(row, NAME, 200), parent)
        self._set_paths(wanted, row_of, now)
        self._refuse_names_twice(wanted, row_of)
        self.units = wanted
        for code, unit in wanted.items():
            before = now.get(code)
            if before is None:
                plan.new_units.append(unit)
                place = str(wanted[unit.parent].name) if unit.parent in wanted else ""
                plan.changes.append(Change(NEW_UNIT, unit.line, unit.name, "", f"below {place}"))
                continue
            if (before.name, before.parent, before.path) != (unit.name, unit.parent, unit.path):
                plan.changed_units.append(unit)
            if before.name != unit.name:
                plan.changes.append(
                    Change(UNIT_NAME, unit.line, before.name, before.name, unit.name)
                )
            if before.parent != unit.parent and unit.parent in wanted:
                places = (f"below {wanted[parent].name}" for parent in (before.parent, unit.parent))
                plan.changes.append(Change(UNIT_MOVE, unit.line, unit.name, *places))

    def _codes_elsewhere(self, codes, now):
        given = as_json({(code,) for code in codes if code not in now})
        table = connection.ops.quote_name(Unit._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT given.code FROM {json_rows({'code': 'text'})} "  # noqa: S608
                f"JOIN {table} unit ON unit.slug = given.code",
                [given],
            )
            return {code for (code,) in cursor.fetchall()}

    def _set_paths(self, wanted, row_of, now):
        """Fill in the path of every unit, from the top down; what never meets the top is wrong."""
        paths = {self.top.slug: self.top.path}
        longest = Unit._meta.get_field("path").max_length
        for start in wanted:
            way, code = [], start
            while code not in paths and code in wanted and code not in way:
                way.append(code)
                code = wanted[code].parent
            if code in way:
                ring = way[way.index(code) :]
                row = next(row_of[one] for one in ring if one in row_of)
                message = f"“{ring[0]}” would be below itself: {' → '.join([*ring, ring[0]][:6])}."
                self._error(row, PARENT, message, "Write the code of a unit that is above it.")
            elif code not in paths:
                row = row_of[way[-1]]
                message = f"No unit here has the code “{row.cells[PARENT]}”."
                if not row.cells[PARENT]:
                    message = "The cell is empty."
                self._error(
                    *(row, PARENT, message),
                    f"Write the code of a unit of this file, or of {self.top} or one below it.",
                )
            # What hangs on a wrong unit is not reported again.
            above = paths.get(code, self.top.path)
            for one in reversed(way):
                above = paths[one] = f"{above}{one}/"
                if len(above) > longest and one in row_of:
                    message = "This unit would be too many levels down."
                    self._error(row_of[one], PARENT, message, "Put it below a higher unit.")
        for code, unit in wanted.items():
            line = unit.line if code in row_of else None
            wanted[code] = replace(unit, path=paths[code], line=line)

    def _refuse_names_twice(self, wanted, row_of):
        seen = {}
        for code, unit in sorted(wanted.items(), key=lambda item: item[0] in row_of):
            twin = seen.setdefault((unit.parent, unit.name.lower()), code)
            if twin != code and code in row_of:
                message = f"“{twin}” has the same name and is directly below the same unit."
                self._error(row_of[code], NAME, message, "Give one of them another name.")

    # --- People --------------------------------------------------------------------------------

    def _plan_people(self, plan, rows, *, has_file):
        held = self._held_here() if has_file else {}
        wanted = {}
        row_of = {}
        for row in rows:
            self._read_person(row, wanted, row_of)
        mentioned = {one for post in wanted.values() for one in (post.email, post.manager) if one}
        known, taken = self._known_elsewhere(mentioned - held.keys())
        missing = [email for email in held if email not in wanted] if self.closes_missing else []
        leavers = self._may_leave([held[email] for email in missing])
        leaving = {post.email for post in leavers}
        for email, post in wanted.items():
            row, before = row_of[email], held.get(email)
            if before is None and (email in known or email in taken):
                if not self.everywhere or email not in known:
                    self._error(
                        *(row, EMAIL, f"{email} has an account that you do not look after."),
                        "Ask a system administrator to move the person, and take the row out.",
                    )
                    continue
                before = known[email]
            self._check_manager(row, post, before, (held, wanted, known, leaving))
            self._plan_person(plan, row, before, post)
        plan.leavers = leavers
        plan.changes += [
            Change(LEAVER, None, f"{post.name} ({post.email})", self.units[post.unit].name)
            for post in leavers
            if post.unit in self.units
        ]
        self._refuse_manager_circles((held, wanted, known, leaving), row_of)

    def _read_person(self, row, wanted, row_of):
        email, manager = row.cells[EMAIL].lower(), row.cells[MANAGER].lower()
        for column, address in ((EMAIL, email), (MANAGER, manager)):
            if (address or column == EMAIL) and not _is_email(address):
                message = f"“{row.cells[column]}” is no email address."
                if not address:
                    message = "The cell is empty."
                self._error(row, column, message, "Write it like name@example.gov.uk.")
        if not _is_email(manager):
            manager = ""
        name = self._text(row, NAME, 200)
        unit = row.cells[CODE].lower()
        if unit not in self.units:
            self._error(
                *(row, CODE, f"No unit here has the code “{row.cells[CODE]}”."),
                f"Write the code of {self.top} or of a unit below it.",
            )
        grade = GRADES.get(row.cells[GRADE].lower())
        if grade is None:
            message = f"“{row.cells[GRADE]}” is no grade."
            self._error(row, GRADE, message, f"Write one of {', '.join(Grade.values)}.")
        first_day = self._day(row, row.cells.get(FIRST_DAY, ""))
        if email in row_of:
            message = f"Line {row_of[email].line} has this address too."
            self._error(row, EMAIL, message, "Give each person one row.")
            return
        row_of[email] = row
        wanted[email] = WantedPost(row.line, email, name, unit, grade or "", manager, first_day)

    def _day(self, row, text):
        if not text:
            return None
        for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
            try:
                day = datetime.datetime.strptime(text, pattern).date()  # noqa: DTZ007 (a day)
            except ValueError:
                continue
            if not EARLIEST_DAY <= day <= self.today:
                message = f"{text} is {'in the future' if day > self.today else 'long ago'}."
                self._error(row, FIRST_DAY, message, "Write a day up to today, or leave it empty.")
            return day
        self._error(
            *(row, FIRST_DAY, f"“{text}” is not a date."),
            "Write the date as day/month/year, such as 31/03/2026, or leave it empty.",
        )
        return None

    def _held_here(self):
        """{address: HeldPost} of everybody with a current post in the unit and below."""
        return {
            values[1]: HeldPost(*values[:7], values[7] or "", values[8])
            for values in Post.objects.current()
            .within(self.top)
            .order_by("person__email")
            .values_list(
                *("person", "person__email", "person__full_name", "person__is_active", "pk"),
                *("unit__slug", "grade", "line_manager__email", "started_on"),
            )
            .iterator(chunk_size=5000)
        }

    def _known_elsewhere(self, emails):
        """{address: HeldPost} of these people with accounts, and addresses that others use too."""
        given = as_json((email,) for email in sorted(emails))
        user, address = (
            connection.ops.quote_name(name)
            for name in (User._meta.db_table, "account_emailaddress")
        )
        source = json_rows({"email": "text"})
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT person.id FROM {source} "  # noqa: S608
                f"JOIN {user} person ON person.email = given.email",
                [given],
            )
            ids = [pk for (pk,) in cursor.fetchall()]
            cursor.execute(
                f"SELECT given.email FROM {source} "  # noqa: S608
                f"JOIN {address} address ON lower(address.email) = given.email",
                [given],
            )
            taken = {email for (email,) in cursor.fetchall()}
        current = Post.objects.current().filter(person=OuterRef("pk"))
        people = User.objects.filter(pk__in=_those_of(ids)).annotate(
            **{
                f"held_{name}": current.values(path)[:1]
                for name, path in (
                    *(("post", "pk"), ("unit", "unit__slug"), ("grade", "grade")),
                    *(("manager", "line_manager__email"), ("started_on", "started_on")),
                )
            },
            last_ended_on=Max("posts__ended_on"),
        )
        known = {
            one.email: HeldPost(
                *(one.pk, one.email, one.full_name, one.is_active, one.held_post),
                *(one.held_unit or "", one.held_grade or "", one.held_manager or ""),
                *(one.held_started_on, one.last_ended_on),
            )
            for one in people
        }
        return known, taken

    def _may_leave(self, posts):
        """Those of these whose accounts the importer may close; the others are noted and stay."""
        if not posts:
            return []
        kept = {self.by.pk}
        if not may_everywhere(self.by, Permission.MANAGE_GRANTS):
            kept.update(
                Grant.objects.current()
                .filter(unit=None, kind__in=kinds_with(Permission.MANAGE_GRANTS))
                .values_list("user", flat=True)
            )
        for post in posts:
            if post.person_id in kept:
                self.problems.oddity(
                    "People whom the file does not name and who stay, because you may not close "
                    "their accounts",
                    None,
                    post.email,
                )
        return [post for post in posts if post.person_id not in kept]

    def _check_manager(self, row, post, before, people):
        held, wanted, known, leaving = people
        manager = post.manager
        if not manager or (before is not None and before.manager == manager):
            return
        if manager == post.email:
            message = "Nobody can be their own line manager."
            self._error(row, MANAGER, message, "Write their line manager’s address.")
        elif manager == self.by.email:
            self._error(
                *(row, MANAGER, "You cannot make yourself somebody’s line manager."),
                "Leave the cell empty and ask another administrator to fill it in.",
            )
        elif manager in leaving:
            message = f"{manager} is not in the file, so counts as a leaver."
            self._error(row, MANAGER, message, "Add a row for them, or name somebody else.")
        elif not (
            manager in wanted
            or (manager in held and held[manager].is_active)
            or (self.everywhere and manager in known and known[manager].post_id)
        ):
            self._error(
                *(row, MANAGER, f"“{manager}” has no post in this part of the organisation."),
                "Add a row for them, or name somebody who is in the file.",
            )

    def _plan_person(self, plan, row, before, post):
        who = f"{post.name} ({post.email})"
        unit = self.units[post.unit].name if post.unit in self.units else ""
        first_day = post.first_day or self.today
        if before is None:
            plan.new_people.append(post)
            plan.moved.append((None, replace(post, first_day=first_day)))
            plan.changes.append(Change(NEW_PERSON, row.line, who, "", f"{unit}, {post.grade}"))
            return
        if before.name != post.name:
            plan.changes.append(Change(PERSON_NAME, row.line, who, before.name, post.name))
        if before.name != post.name or not before.is_active:
            plan.corrected.append((before, post))
        if before.post_id is not None and before.facts == post.facts and before.is_active:
            return
        earliest = before.started_on or before.last_ended_on
        if earliest is not None and first_day < earliest:
            self._error(
                *(row, FIRST_DAY, f"{day_in_words(first_day)} is before the last post began."),
                f"Write {day_in_words(earliest)} or a later day, or leave the cell empty.",
            )
            return
        plan.moved.append((before, replace(post, first_day=first_day)))
        if before.post_id is None or not before.is_active:
            plan.changes.append(Change(BACK, row.line, who, "", f"{unit}, {post.grade}"))
            return
        if before.unit != post.unit:
            old = self.units[before.unit].name if before.unit in self.units else before.unit
            plan.changes.append(Change(MOVE, row.line, who, old, unit))
        if before.grade != post.grade:
            plan.changes.append(Change(GRADE_CHANGE, row.line, who, before.grade, post.grade))
        if before.manager != post.manager:
            places = (before.manager or "None", post.manager or "None")
            plan.changes.append(Change(MANAGER_CHANGE, row.line, who, *places))

    def _refuse_manager_circles(self, people, row_of):
        held, wanted, known, leaving = people
        manager_of = self._managers_above(known) if wanted else {}
        manager_of |= {email: post.manager for email, post in held.items()}
        manager_of |= {email: post.manager for email, post in wanted.items()}
        manager_of = {one: above for one, above in manager_of.items() if one not in leaving}
        clear = set()
        for start in wanted:
            way, seen, email = [], set(), start
            while email and email not in clear and email not in seen:
                way.append(email)
                seen.add(email)
                email = manager_of.get(email, "")
            if email in seen and email not in clear:
                ring = way[way.index(email) :]
                rows = [row_of[one] for one in ring if one in row_of]
                # A circle of one is named as such already.
                if rows and len(ring) > 1:
                    row = min(rows, key=lambda one: one.line)
                    first = row.cells[EMAIL].lower()
                    at = ring.index(first)
                    named = [*ring[at:], *ring[:at], first]
                    shown = " → ".join(named if len(named) <= 6 else [*named[:5], "…", first])
                    message = f"The line managers go round in a circle: {shown}."
                    self._error(row, MANAGER, message, "Name another line manager for one of them.")
            clear.update(way)

    def _managers_above(self, known):
        """{address: line manager's} of `known` and of who manages somebody here, and above them.

        `UNION` keeps each post once, so that a circle, should there ever be one, ends.
        """
        post, user, unit = (
            connection.ops.quote_name(model._meta.db_table) for model in (Post, User, Unit)
        )
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                WITH RECURSIVE above (person_id, manager_id) AS (
                    SELECT post.person_id, post.line_manager_id FROM {post} post
                    WHERE post.ended_on IS NULL AND post.person_id IN (
                        SELECT here.line_manager_id FROM {post} here
                        JOIN {unit} unit ON unit.id = here.unit_id
                        WHERE here.ended_on IS NULL AND substr(unit.path, 1, %s) = %s
                        UNION SELECT given.pk FROM {json_rows({"pk": "bigint"})}
                    )
                    UNION
                    SELECT post.person_id, post.line_manager_id FROM {post} post
                    JOIN above ON post.person_id = above.manager_id
                    WHERE post.ended_on IS NULL
                )
                SELECT person.email, manager.email FROM above
                JOIN {user} person ON person.id = above.person_id
                JOIN {user} manager ON manager.id = above.manager_id
                """,  # noqa: S608 - the tables' names are the models'
                [
                    len(self.top.path),
                    self.top.path,
                    as_json((post.person_id,) for post in known.values()),
                ],
            )
            return dict(cursor.fetchall())


def _is_email(text):
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= 254


def _those_of(ids):
    source = json_rows({"pk": "bigint"})
    return RawSQL(f"SELECT given.pk FROM {source}", [as_json((pk,) for pk in ids)])  # noqa: S608, S611
