"""Putting a population into the database: a table at a time, from arrays."""

import datetime

import numpy as np
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password
from django.db import connection, transaction
from django.db.models import Max

from accounts.models import Grade, Grant, Post, Unit, User
from assessments.models import (
    PostRoleLevel,
    Rating,
    Review,
    ReviewAnswer,
    SelfAssessment,
)
from assessments.services.frameworks import load_shipped_frameworks
from learning.models import LogEntry
from skills_portal.bulk import bare_tables, insert_columns, reset_sequences
from skills_portal.demo.load import EVIDENCE, YEARS, instant
from skills_portal.demo.names import FIRST_NAMES, SURNAME_ENDS, SURNAME_STARTS
from skills_portal.population import answers, facts, people, tree

LogEntrySkill = LogEntry.skills.through
TABLES = (
    User,
    EmailAddress,
    Unit,
    Post,
    PostRoleLevel,
    SelfAssessment,
    Rating,
    Review,
    ReviewAnswer,
    LogEntry,
    LogEntrySkill,
)
GRADES = np.array([grade.encode() for grade in Grade.values])
CONFIDENCE = np.array([b"low", b"medium", b"high", b""])
EVIDENCE_POOL = np.array([text.encode() for text in EVIDENCE] + [b""])
NOT_MY_WORK = b"My post has no work of this kind."
REASON = b"From what I have seen in our work together this year."
ACTIVITIES = (
    ("Introduction to accessible documents", "course"),
    ("Spreadsheets beyond the basics", "course"),
    ("How our service assessments work", "reading"),
    ("Talk on plain English", "video"),
    ("Morning with the contact centre", "shadowing"),
    ("Community of practice meeting", "event"),
    ("Conversation with my mentor", "mentoring"),
    ("Prototype for the new form", "project"),
    ("Digital podcast on my way home", "podcast"),
    ("Showed a new colleague our tools", "teaching"),
)
MINUTES = np.array([15, 20, 30, 45, 60, 60, 90, 120, 180, 240, 360])
# Grants in each department, so that a page and a report can be looked at as somebody.
GRANTS = ("ambassador", "report_reader", "organisation_administrator")
REVIEWED = 0.15  # of the last campaign's self-assessments
ENTRIES_EACH = 3


def load_population(*, count, seed, until, password=None, tell=lambda text: None):
    """Load `count` people in post with three years of history before `until`.

    All or nothing; the same arguments on an empty database give the same rows. `tell` is called
    with a line about each finished step. Returns the number of rows of each table.
    """
    rng = np.random.default_rng(seed)
    with transaction.atomic():
        began_on = until - datetime.timedelta(days=365 * YEARS)
        load_shipped_frameworks(published_at=instant(began_on - datetime.timedelta(days=30)))
        asked = answers.read_asked()
        began_on, until = np.datetime64(began_on), np.datetime64(until)
        first = {
            model: (model.objects.aggregate(last=Max("pk"))["last"] or 0) + 1 for model in TABLES
        }

        listed = facts.organisations()
        sizes, digital = facts.sizes(listed, count)
        units = tree.grow(listed, sizes, digital, rng)
        everybody, posts = people.employ(units, listed, digital, rng, began_on, until)
        role_level = answers.give_roles(everybody, posts, asked, rng)
        submissions = answers.submit(everybody, posts, role_level, asked, rng, until)
        strength = rng.normal(0, 0.4, len(units.size))
        answering = answers.Answering(everybody, strength, asked, submissions, posts, seed, rng)
        tell(f"{count:,} people in {len(units.size):,} units thought of")

        with bare_tables(TABLES):
            writer = Writer(first, rng, tell)
            writer.write_units(units)
            writer.write_people(everybody, units, listed, began_on)
            writer.write_posts(posts, role_level, asked)
            writer.write_answers(answering, asked, posts, until)
            writer.write_log(everybody, posts, asked, began_on, until)
            tell("indexes and foreign keys to build")
        reset_sequences(TABLES)
        give_grants(units, writer.person_ids, first[Unit], password)
        tell("indexes and foreign keys built")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for model in TABLES:
                cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")
    return writer.counts


def give_grants(units, person_ids, first_unit, password):
    """Somebody with each kind of grant in each department: its first people."""
    encoded = make_password(password) if password else None
    seats = np.concatenate([[0], np.cumsum(units.size)])
    below = (
        np.searchsorted(np.flatnonzero(units.depth == 0), np.arange(len(units.size)), "right") - 1
    )
    rows, holders = [], []
    for number, root in enumerate(np.flatnonzero(units.depth == 0)):
        last = seats[np.flatnonzero(below == number)[-1] + 1]
        for seat, kind in zip(range(seats[root], last), GRANTS, strict=False):
            holders.append(int(person_ids[seat]))
            rows.append(Grant(user_id=holders[-1], unit_id=int(first_unit + root), kind=kind))
    Grant.objects.bulk_create(rows)
    if encoded:
        User.objects.filter(pk__in=holders).update(password=encoded)


class Writer:
    """Writes tables one after the other; primary keys go on from `first` of each table."""

    def __init__(self, first, rng, tell):
        self.first, self.rng, self.tell = first, rng, tell
        self.counts = dict.fromkeys(TABLES, 0)
        self.person_ids = None

    def write(self, model, columns):
        """Insert rows; their primary keys, in order."""
        count = len(next(iter(columns.values())))
        keys = np.arange(count) + self.first[model] + self.counts[model]
        insert_columns(model, {"id": keys, **columns})
        self.counts[model] += count
        return keys

    def told(self, model):
        self.tell(f"{self.counts[model]:,} {model._meta.verbose_name_plural}")

    def write_units(self, units):
        self.write(
            Unit,
            {
                "parent": np.ma.array(units.parent + self.first[Unit], mask=units.parent < 0),
                "name": _texts(units.names),
                "slug": _texts(units.slugs),
                "path": _texts(units.paths),
            },
        )
        self.told(Unit)

    def write_people(self, everybody, units, listed, began_on):
        """Users in an order that has nothing to do with where they work."""
        rng, count = self.rng, len(everybody.unit)
        seat = rng.permutation(count)  # of each user, in order of keys
        self.person_ids = np.empty(count, np.int64)
        self.person_ids[seat] = np.arange(count) + self.first[User]
        given = _texts(FIRST_NAMES)[rng.integers(len(FIRST_NAMES), size=count)]
        start = _texts(SURNAME_STARTS)[rng.integers(len(SURNAME_STARTS), size=count)]
        end = _texts(SURNAME_ENDS)[rng.integers(len(SURNAME_ENDS), size=count)]
        surname = np.char.add(start, end)
        hosts = _texts([organisation.slug for organisation in listed] + ["departments"])
        keys = np.arange(count) + self.first[User]
        emails = np.char.lower(given)
        for part in (b".", np.char.lower(surname), b".", keys.astype("S20"), b"@"):
            emails = np.char.add(emails, part)
        emails = np.char.add(emails, hosts[units.organisation[everybody.unit[seat]]])
        emails = np.char.add(emails, b".example")
        known_since = began_on.astype("datetime64[s]") - np.timedelta64(400, "D")
        self.write(
            User,
            {
                "public_id": _identifiers(rng, count),
                "email": emails,
                "full_name": np.char.add(np.char.add(given, b" "), surname),
                "password": np.full(count, f"{UNUSABLE_PASSWORD_PREFIX}population".encode()),
                "is_active": seat < everybody.in_post,
                "created_at": np.full(count, known_since),
            },
        )
        self.write(
            EmailAddress,
            {
                "user": keys,
                "email": emails,
                "verified": np.ones(count, bool),
                "primary": np.ones(count, bool),
            },
        )
        self.told(User)

    def write_posts(self, posts, role_level, asked):
        keys = self.write(
            Post,
            {
                "person": self.person_ids[posts.person],
                "unit": posts.unit + self.first[Unit],
                "line_manager": np.ma.array(self.person_ids[posts.manager], mask=posts.manager < 0),
                "grade": GRADES[posts.grade],
                "started_on": posts.started_on,
                "ended_on": _known(posts.ended_on),
            },
        )
        of_role = np.flatnonzero(role_level >= 0)
        self.write(
            PostRoleLevel,
            {
                "post": keys[of_role],
                "role_level": asked.role_levels[role_level[of_role]],
                "started_on": posts.started_on[of_role],
                "ended_on": _known(posts.ended_on[of_role]),
            },
        )
        self.told(Post)

    def write_answers(self, answering, asked, posts, until):
        made = answering.submissions
        count = len(made.person)
        manager = posts.manager[made.post]
        reviewed = (
            (made.campaign == answers.CAMPAIGNS - 1)
            & (manager >= 0)
            & np.isnat(posts.ended_on[made.post])
            & (self.rng.random(count) < REVIEWED)
        )
        answered_at = made.submitted_at + self.rng.integers(86_400, 30 * 86_400, count)
        reviewed &= answered_at < until
        for start in range(0, count, answers.SUBMISSIONS_AT_A_TIME):
            some = slice(start, min(start + answers.SUBMISSIONS_AT_A_TIME, count))
            levels = made.role_level[made.framework[some], made.person[some], made.campaign[some]]
            keys = self.write(
                SelfAssessment,
                {
                    "person": self.person_ids[made.person[some]],
                    "role_level": asked.role_levels[levels],
                    "release": asked.releases[levels],
                    "submitted_to": np.ma.array(
                        self.person_ids[manager[some]], mask=manager[some] < 0
                    ),
                    "started_at": made.submitted_at[some] - np.timedelta64(25, "m"),
                    "submitted_at": made.submitted_at[some],
                },
            )
            block = answering.block(some.start, some.stop)
            ratings = self.write_ratings(block, keys[0] - start, asked)
            self.write_reviews(
                block, ratings, keys[0] - start, reviewed, answered_at, manager, asked
            )
            if start // answers.SUBMISSIONS_AT_A_TIME % 20 == 19:
                self.told(Rating)
        for model in (SelfAssessment, Rating, Review):
            self.told(model)

    def write_ratings(self, block, first_key, asked):
        absent = block["level"] < 0
        return self.write(
            Rating,
            {
                "self_assessment": block["submission"] + first_key,
                "person": self.person_ids[block["person"]],
                "skill": asked.skills[block["skill"]],
                "level": np.ma.array(block["level"], mask=absent),
                "not_applicable": absent,
                "not_applicable_reason": np.where(absent, NOT_MY_WORK, b""),
                "no_opportunity": block["no_opportunity"] & ~absent,
                "confidence": CONFIDENCE[block["confidence"]],
                "evidence": EVIDENCE_POOL[np.minimum(block["evidence"], len(EVIDENCE))],
                "rated_at": block["rated_at"],
                "superseded_at": _known(block["superseded_at"]),
            },
        )

    def write_reviews(self, block, ratings, first_key, reviewed, answered_at, manager, asked):
        """What line managers answered to the block's self-assessments, rating by rating."""
        rows = np.flatnonzero(reviewed[block["submission"]])
        if not len(rows):
            return
        submission = block["submission"][rows]
        which, of_row = np.unique(submission, return_inverse=True)
        line_manager = self.person_ids[manager[which]]
        reviews = self.write(
            Review,
            {
                "self_assessment": which + first_key,
                "line_manager": line_manager,
                "finished_by": line_manager,
                "started_at": answered_at[which] - np.timedelta64(15, "m"),
                "finished_at": answered_at[which],
            },
        )
        level, skill = block["level"][rows], block["skill"][rows]
        chance = self.rng.random(len(rows))
        seen = asked.nearest[skill, np.clip(level + np.where(chance < 0.08, -1, 1), 0, 4)]
        other = (chance < 0.12) & (level >= 0) & (seen != level)
        agrees = (chance < 0.92) & (level >= 0) & ~other
        self.write(
            ReviewAnswer,
            {
                "review": reviews[of_row],
                "rating": ratings[rows],
                "answered_by": line_manager[of_row],
                "kind": np.select([other, agrees], [b"level", b"agree"], b"evidence"),
                "level": np.ma.array(seen, mask=~other),
                "reason": np.where(other, REASON, b""),
                "version": np.ones(len(rows), int),
                "saved_at": answered_at[submission],
                "fixed_at": answered_at[submission],
            },
        )

    def write_log(self, everybody, posts, asked, began_on, until):
        """Entries on days on which people were in post, oldest first."""
        rng = self.rng
        length = (np.where(np.isnat(posts.ended_on), until, posts.ended_on) - began_on).astype(int)
        begins = np.maximum((posts.started_on - began_on).astype(int), 0)
        days = np.maximum(length - begins, 0)
        year = (until - began_on).astype(int)
        entries = rng.poisson(ENTRIES_EACH * days / year)
        post = np.repeat(np.arange(len(days)), entries)
        day = begins[post] + (rng.random(len(post)) * days[post]).astype(int)
        order = np.argsort(day, kind="stable")
        post, done_on = post[order], began_on + day[order]
        what = rng.integers(len(ACTIVITIES), size=len(post))
        saved_at = done_on.astype("datetime64[s]") + np.timedelta64(17, "h")
        keys = self.write(
            LogEntry,
            {
                "person": self.person_ids[posts.person[post]],
                "title": _texts([title for title, _ in ACTIVITIES])[what],
                "kind": _texts([kind for _, kind in ACTIVITIES])[what],
                "done_on": done_on,
                "duration_minutes": MINUTES[rng.integers(len(MINUTES), size=len(post))],
                "time": np.where(rng.random(len(post)) < 0.3, b"own", b"work"),
                "link": np.full(len(post), b""),
                "reflection": np.full(len(post), b""),
                "version": np.ones(len(post), int),
                "form_key": _identifiers(rng, len(post)),
                "created_at": saved_at,
                "saved_at": saved_at,
            },
        )
        essentials = np.where(asked.by_grade[posts.grade[post]] >= 0)[0]
        level = asked.by_grade[posts.grade[post[essentials]]]
        counts = (asked.target > 0).sum(axis=1)
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        place = (rng.random(len(level)) * counts[level]).astype(int)
        skill = np.nonzero(asked.target)[1][starts[level] + place]
        self.write(LogEntrySkill, {"logentry": keys[essentials], "skill": asked.skills[skill]})
        self.told(LogEntry)


def _texts(texts):
    return np.array([text.encode() for text in texts])


def _known(instants):
    """An array of days or instants in which NaT is NULL."""
    return np.ma.array(instants, mask=np.isnat(instants))


def _identifiers(rng, count):
    """Random version 4 UUIDs."""
    octets = np.frombuffer(rng.bytes(16 * count), np.uint8).reshape(count, 16).copy()
    octets[:, 6] = octets[:, 6] & 0x0F | 0x40
    octets[:, 8] = octets[:, 8] & 0x3F | 0x80
    return octets.view("V16").ravel()
