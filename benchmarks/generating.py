"""Generating a population against `bulk_create`, and importing the official framework files."""

from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from assessments.models import Rating, RoleLevel, SelfAssessment, Skill
from assessments.services.frameworks import load_shipped_frameworks
from benchmarks import measure
from skills_portal.population.load import load_population

SKILLS_EACH = 20


def measure_generating(book, *, people, seed, until):
    slow = rating_rate_of_bulk_create(min(people, 1000))
    book.add("bulk_create", "ratings written by bulk_create", slow, "rows/s")
    counts = {}
    spent = measure.timed(
        lambda: counts.update(load_population(count=people, seed=seed, until=until, tell=print))
    )
    rows = sum(counts.values())
    book.add("generating", f"a population of {people:,}", spent, "s")
    book.add("people", "people generated", people, "")
    book.add("ratings", "ratings generated", counts[Rating], "")
    book.add("all rows", "rows of all tables generated", rows, "")
    book.add("generating rate", "rows generated", rows / spent, "rows/s")
    book.add("database", "size of the database then", database_bytes() / 1e6, "MB")
    text = "generated, against rows written by bulk_create"
    book.add("generating to bulk_create", text, rows / spent / slow, "x")


def database_bytes():
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_database_size(current_database())")
        else:
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        return cursor.fetchone()[0]


def rating_rate_of_bulk_create(people):
    """Rows a second when ratings of so many people are written the usual way, then undone."""
    with transaction.atomic():
        release = load_shipped_frameworks()[0]
        skills = list(Skill.objects.filter(framework=release.framework)[:SKILLS_EACH])
        role_level = RoleLevel.objects.first()
        users = User.objects.bulk_create(
            User(email=f"rated.{number}@measured.example", full_name="Rated")
            for number in range(people)
        )
        now = timezone.now()
        given = SelfAssessment.objects.bulk_create(
            SelfAssessment(person=user, role_level=role_level, release=release, submitted_at=now)
            for user in users
        )

        def write():
            Rating.objects.bulk_create(
                [
                    Rating(
                        person_id=one.person_id,
                        self_assessment=one,
                        skill=skill,
                        level=2,
                        rated_at=now,
                    )
                    for one in given
                    for skill in skills
                ],
                batch_size=2000,
            )

        spent = measure.timed(write)
        transaction.set_rollback(True)
    return people * len(skills) / spent


def measure_import(book, folder, *, repeat):
    """The official files read, checked and made a draft release, then undone."""
    folder = Path(folder)
    files = {"skills": "skills.csv", "roles": "roles.csv", "order": "role_level_order.csv"}
    given = {name: str(folder / file) for name, file in files.items()}

    def read_and_write():
        with transaction.atomic(), (folder / "skills.csv").open():
            with open("/dev/null", "w") as nowhere:
                call_command("import_framework", format="gdd", stdout=nowhere, **given)
            transaction.set_rollback(True)

    spent = measure.seconds(read_and_write, repeat=repeat)
    book.add("import", "importing the official framework files as a draft", spent, "s")
