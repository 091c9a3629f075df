"""Offer assignments to a department of 100,000 people: seconds and memory.

    python -m tests.postgres benchmarks/expand_assignment.py [--people 100000]

It fills an empty database and expands, each in a process of its own, an assignment by gap, one for
everyone, and another for everyone whose process is killed half-way so that a second one goes on. It
ends with an error unless each of those who are to have it was asked exactly once and told once, in
less than a minute and 300 MB.
"""

import argparse
import datetime
import os
import resource
import signal
import subprocess
import sys
import time
import uuid
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import django

import tests.environment  # noqa: F401 - settings for the database in DATABASE_URL

django.setup()

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import Notice, Post, User
from assessments.models import PostRoleLevel, Rating, SelfAssessment, Skill
from learning import expand
from learning.audience import posts_to_offer
from learning.models import AssignedPerson, Assignment
from skills_portal.bulk import insert_rows
from tests import factories

UNITS = 200
FIRST_KEY = 1_000_000  # beyond those the database gives
LAST_YEAR = datetime.datetime(2025, 11, 1, tzinfo=datetime.UTC)
DAY = LAST_YEAR.date()
SECONDS_AT_MOST, MEGABYTES_AT_MOST = 60, 300


def fill(people):
    """A department of so many delivery managers; four in five have rated themselves, 0 to 4."""
    release = factories.release()
    role_level = factories.role_level_of(release).pk
    skill = Skill.objects.get(versions__release=release, versions__name="Agile working")
    department = factories.unit("Department")
    units = [factories.unit(parent=department).pk for _ in range(UNITS)]
    keys = range(FIRST_KEY, FIRST_KEY + people)
    insert_rows(
        User,
        ["id", "public_id", "password", "email", "full_name", "is_active", "created_at"],
        (
            (pk, uuid.UUID(int=pk), "!", f"p{pk}@example.gov.uk", f"P {pk}", True, LAST_YEAR)
            for pk in keys
        ),
    )
    insert_rows(
        Post,
        ["id", "person", "unit", "grade", "started_on"],
        ((pk, pk, units[pk % UNITS], "EO", DAY) for pk in keys),
    )
    insert_rows(
        PostRoleLevel, ["post", "role_level", "started_on"], ((pk, role_level, DAY) for pk in keys)
    )
    insert_rows(
        SelfAssessment,
        ["id", "person", "role_level", "release", "started_at", "submitted_at"],
        ((pk, pk, role_level, release.pk, LAST_YEAR, LAST_YEAR) for pk in keys if pk % 5),
    )
    plain = {"not_applicable": False, "not_applicable_reason": "", "no_opportunity": False}
    plain |= {"confidence": "", "evidence": ""}
    insert_rows(
        Rating,
        ["person", "skill", "self_assessment", "level", "rated_at", *plain],
        (
            (pk, skill.pk, pk, level % 5, LAST_YEAR, *plain.values())
            for pk, level in zip(keys, count(), strict=False)
            if pk % 5
        ),
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return department, skill


def set_assignment(department, skill=None):
    by = factories.person()
    return factories.assignment(by, unit=department, skill=skill, status="queued", expanded_at=None)


def start(assignment):
    return subprocess.Popen([sys.executable, __file__, "--worker", str(assignment.pk)])


def work(assignment_id):
    """What a worker's process does; its seconds and megabytes."""
    began = time.monotonic()
    expand.expand_assignment(assignment_id)
    seconds = time.monotonic() - began
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  {seconds:.1f} s, {megabytes:.0f} MB at most")
    return seconds <= SECONDS_AT_MOST and megabytes <= MEGABYTES_AT_MOST


def kill_half_way(assignment):
    """Kill -9 the process once it is past the middle; the lease is left to run out at once."""
    process = start(assignment)
    middle = User.objects.order_by("pk")[User.objects.count() // 2].pk
    while Assignment.objects.get(pk=assignment.pk).cursor < middle and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    half = Assignment.objects.get(pk=assignment.pk)
    print(f"  killed at {half.progress_percent}%, {half.people.count():,} people asked so far")
    Assignment.objects.filter(pk=assignment.pk).update(lease_until=timezone.now())
    return half.status == Assignment.Status.EXPANDING


def is_right(assignment):
    """Whether each of those who are to have it was asked once and told once."""
    wanted = set(posts_to_offer(assignment).values_list("person", flat=True))
    asked = list(assignment.people.values_list("person", flat=True))
    told = list(
        Notice.objects.filter(key=f"assignment:{assignment.pk}:offered").values_list(
            "recipient", flat=True
        )
    )
    print(f"  {len(asked):,} people asked, {len(told):,} told, {len(wanted):,} wanted")
    return sorted(asked) == sorted(told) == sorted(wanted)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        return work(options.worker)
    call_command("migrate", verbosity=0)
    if AssignedPerson.objects.exists() or User.objects.exists():
        sys.exit("This fills the database: give it an empty one.")
    department, skill = fill(options.people)
    print(f"{options.people:,} people on {connection.vendor}, {os.cpu_count()} cores")
    print("By gap:")
    by_gap = set_assignment(department, skill)
    fine = start(by_gap).wait() == 0 and is_right(by_gap)
    print("For everyone:")
    for_everyone = set_assignment(department)
    fine = start(for_everyone).wait() == 0 and is_right(for_everyone) and fine
    print("For everyone, killed half-way, then gone on with:")
    killed = set_assignment(department)
    fine = kill_half_way(killed) and fine
    return start(killed).wait() == 0 and is_right(killed) and fine


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
