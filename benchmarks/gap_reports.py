"""Gap reports: against the same counting in memory, in DuckDB and by naive loops; growth; memory.

A report reads the whole organisation of its unit, because what may be published of a part
depends on the rest. So the sizes are those of whole departments.
"""

import datetime
import math

import duckdb
import numpy as np
from django.db.models import Count, Prefetch

from accounts.models import Grade, Post, Unit
from assessments.models import GradeRoleLevel, Rating, Release, Requirement
from benchmarks import measure
from reports import aggregate, inputs, services
from reports.compile import compile_report
from reports.days import end_of_day
from reports.models import GapReport

SIZES = (500, 5_000)  # besides the largest, which the command names


def nearest_departments(sizes):
    """Departments by how many people they have now: the nearest one to each size, once each."""
    roots = {unit.path: unit for unit in Unit.objects.roots()}
    counts = dict.fromkeys(roots, 0)
    rows = Post.objects.current().order_by().values_list("unit__path").annotate(Count("pk"))
    for path, count in rows:
        counts[path.split("/")[0] + "/"] += count
    found = {}
    for size in sizes:
        path = min(counts, key=lambda path: abs(math.log(max(counts[path], 1) / size)))
        found.setdefault(roots[path], counts[path])
    return dict(sorted(found.items(), key=lambda item: item[1]))


def measure_reports(book, *, until, repeat, sizes):
    day = until - datetime.timedelta(days=1)
    departments = nearest_departments(sizes)
    for unit, people in departments.items():
        measure_department(book, unit, people, day, repeat)
    people = list(departments.values())
    book.add("smallest", "people in the smallest department measured", people[0], "")
    book.add("largest", "people in the largest department measured", people[-1], "")
    if len(people) > 2:
        small, large = people[-2], people[-1]
        exponent = math.log(book[f"compile {large}"] / book[f"compile {small}"]) / math.log(
            large / small
        )
        book.add("exponent", f"growth exponent of a compile, {small:,} to {large:,}", exponent, "")
    measure_loops(book, *next(iter(departments.items())), day)
    measure_past(book, *list(departments.items())[-1], day, repeat)
    measure_memory(book, *list(departments.items())[-1], day)


def compile_once(unit, day):
    """A new report, compiled, in the state that its row tells."""
    GapReport.objects.filter(unit=unit, as_at=day).delete()
    report, _ = services.enqueue_gap_report(unit=unit, as_at=day, by=None)
    compile_report(report.pk)
    report.refresh_from_db()
    if report.status != GapReport.Status.READY:
        raise RuntimeError(f"The report of {unit} is {report.status}: {report.error}")
    return report


def measure_department(book, unit, people, day, repeat):
    read = inputs.read(unit=unit, as_at=day)
    columns = flat_columns(read)
    database = duckdb.connect()
    load_duckdb(database, columns)
    check_equal(read, columns, database)
    times = measure.interleaved(
        {
            "memory": lambda: count_in_memory(columns),
            "duckdb": lambda: count_in_duckdb(database),
            "counting": lambda: count_as_a_report(unit, day),
            "compile": lambda: compile_once(unit, day),
        },
        repeat=repeat,
    )
    database.close()
    name = f"{people:,} people"
    book.add(f"memory {people}", f"{name}: counting columns in memory, NumPy", times["memory"], "s")
    book.add(f"duckdb {people}", f"{name}: the same in DuckDB", times["duckdb"], "s")
    book.add(
        f"counting {people}", f"{name}: reading and counting for a report", times["counting"], "s"
    )
    book.add(f"compile {people}", f"{name}: a whole compile, stored", times["compile"], "s")
    for what in ("counting", "compile"):
        ratio = times[what] / times["memory"]
        book.add(
            f"{what} to memory {people}", f"{name}: {what} against NumPy in memory", ratio, "x"
        )
    book.add(
        f"counting to duckdb {people}",
        f"{name}: counting against DuckDB",
        times["counting"] / times["duckdb"],
        "x",
    )
    count = measure.queries(lambda: compile_once(unit, day))
    asking = measure.queries(lambda: services.enqueue_gap_report(unit=unit, as_at=day, by=None))
    book.add(
        f"queries {people}", f"{name}: queries of a compile, asking included", count - asking, ""
    )
    reading = measure.queries(lambda: inputs.read(unit=unit, as_at=day))
    book.add(f"reads {people}", f"{name}: of these to read all it counts", reading, "")


# --- The same counting by other means ---------------------------------------------------------


def flat_columns(read):
    """A row for each person and skill asked of them: unit, skill, target, level."""
    people = read.people
    targets = people.targets[people.profile]
    person, skill = np.nonzero(targets)
    return {
        "unit": people.unit[person].astype(np.int32),
        "skill": skill.astype(np.int32),
        "target": targets[person, skill],
        "level": people.levels[person, skill],
    }


def count_in_memory(columns):
    """How many are required, at each level, below and above their target, and the sum of gaps."""
    level, target = columns["level"], columns["target"]
    skills = int(columns["skill"].max(initial=0)) + 1
    cell = columns["unit"] * skills + columns["skill"]
    rated = level >= 0
    gap = np.maximum(target[rated] - level[rated], 0)
    at = cell[rated]
    return (
        np.bincount(cell),
        np.bincount(at * 9 + level[rated]),
        np.bincount(at[level[rated] < target[rated]]),
        np.bincount(at[level[rated] > target[rated]]),
        np.bincount(at, gap),
    )


def load_duckdb(database, columns):
    database.execute("SET threads TO 2")
    database.register("given", {name: np.ascontiguousarray(c) for name, c in columns.items()})
    database.execute("CREATE TABLE answers AS SELECT * FROM given")
    database.unregister("given")


def count_in_duckdb(database):
    return database.execute(
        """
        SELECT unit, skill, count(*), count(*) FILTER (level >= 0 AND level < target),
            count(*) FILTER (level > target),
            sum(CASE WHEN level BETWEEN 0 AND target THEN target - level ELSE 0 END),
            count(*) FILTER (level = 0), count(*) FILTER (level = 1), count(*) FILTER (level = 2),
            count(*) FILTER (level = 3), count(*) FILTER (level = 4)
        FROM answers GROUP BY unit, skill
        """
    ).fetchnumpy()


def count_as_a_report(unit, day):
    """Everything a report reads, counted for each unit and rolled up."""
    read = inputs.read(unit=unit, as_at=day)
    own = aggregate.aggregate_own(read.people, unit_count=len(read.units.ids))
    return aggregate.roll_up(own, read.units.parents)


def check_equal(read, columns, database):
    """The ways of counting agree, or nothing about them is worth measuring."""
    own = aggregate.aggregate_own(read.people, unit_count=len(read.units.ids))
    required, _, below, above, gap = count_in_memory(columns)
    ours = [int(getattr(own, name).sum()) for name in ("required", "below", "above", "gap_sum")]
    memory = [int(counts.sum()) for counts in (required, below, above, gap)]
    rows = list(count_in_duckdb(database).values())
    if not ours == memory == [int(column.sum()) for column in rows[2:6]]:
        raise RuntimeError("The ways of counting do not agree.")


# --- Naive loops ------------------------------------------------------------------------------


def measure_loops(book, unit, people, day):
    """How much quicker a report counts than a loop in Python, in the smallest department."""
    targets = targets_by_role_level(day)
    counting = book[f"counting {people}"]
    loops = {
        "query": (query_for_each_rating, "a query for each rating"),
        "prefetch": (prefetch_and_loop, "prefetched rows in a loop"),
    }
    expected = int(count_as_a_report(unit, day).rated[0].sum())
    for name, (loop, text) in loops.items():
        spent = measure.timed(lambda loop=loop: check_loop(loop, unit, day, targets, expected))
        book.add(f"loop {name}", f"{people:,} people: {text}", spent, "s")
        book.add(
            f"faster than {name}", f"a report counts faster than {text}", spent / counting, "x"
        )


def check_loop(loop, unit, day, targets, expected):
    found = loop(unit, day, targets)
    if found != expected:
        raise RuntimeError(f"A loop found {found} ratings and the report {expected}.")


def targets_by_role_level(day):
    """Skills asked by each role level, and role levels by grade, as dicts."""
    releases = list(Release.objects.as_at(end_of_day(day)))
    asked, by_grade = {}, {grade: [] for grade in Grade.values}
    for row in Requirement.objects.filter(release__in=releases):
        asked.setdefault(row.role_level_id, {})[row.skill_id] = row.target
    for row in GradeRoleLevel.objects.filter(release__in=releases):
        by_grade[row.grade].append(row.role_level_id)
    return asked, by_grade


def skills_of(post, held, targets):
    asked, by_grade = targets
    skills = set()
    for role_level in [*by_grade[post.grade], *held]:
        skills |= asked.get(role_level, {}).keys()
    return skills


def query_for_each_rating(unit, day, targets):
    found = 0
    for post in Post.objects.as_at(day).within(unit):
        held = post.role_levels.as_at(day).values_list("role_level", flat=True)
        for skill in skills_of(post, held, targets):
            rating = Rating.objects.as_at(end_of_day(day)).filter(
                person=post.person_id, skill=skill
            )
            first = rating.first()
            found += first is not None and first.level is not None
    return found


def prefetch_and_loop(unit, day, targets):
    found = 0
    posts = (
        Post.objects.as_at(day)
        .within(unit)
        .select_related("person")
        .prefetch_related(
            "role_levels",
            Prefetch("person__ratings", Rating.objects.as_at(end_of_day(day)), to_attr="given"),
        )
    )
    for post in posts:
        held = [
            row.role_level_id
            for row in post.role_levels.all()
            if row.started_on <= day and (row.ended_on is None or row.ended_on > day)
        ]
        skills = skills_of(post, held, targets)
        found += sum(
            rating.skill_id in skills and rating.level is not None for rating in post.person.given
        )
    return found


# --- Past days, memory, many reports ----------------------------------------------------------


def measure_past(book, unit, people, day, repeat):
    past = day - datetime.timedelta(days=540)
    times = measure.interleaved(
        {
            "now": lambda: count_as_a_report(unit, day),
            "past": lambda: count_as_a_report(unit, past),
        },
        repeat=repeat,
    )
    text = f"{people:,} people: a day 18 months ago against yesterday"
    book.add("past", text, times["past"] / times["now"], "x")


def measure_memory(book, unit, people, day):
    GapReport.objects.filter(unit=unit, as_at=day).delete()
    report, _ = services.enqueue_gap_report(unit=unit, as_at=day, by=None)
    (printed,) = measure.run_programs(["benchmarks.worker", str(report.pk)])
    text = f"{people:,} people: peak memory of the process that compiles"
    book.add("memory", text, float(printed.split()[-1]), "MB")


def measure_everything(book, *, until):
    """Every department's report: by one process, then by two that share the work."""
    day = until - datetime.timedelta(days=1)
    units = list(Unit.objects.roots())
    for workers in (1, 2):
        GapReport.objects.all().delete()
        made = [services.enqueue_gap_report(unit=unit, as_at=day, by=None)[0] for unit in units]
        keys = [str(report.pk) for report in sorted(made, key=people_of, reverse=True)]
        spent = measure.timed(
            lambda keys=keys, workers=workers: measure.run_programs(
                *[["benchmarks.worker", *keys]] * workers
            )
        )
        if GapReport.objects.exclude(status=GapReport.Status.READY).exists():
            raise RuntimeError("Not every report is ready.")
        name = "one process" if workers == 1 else "two processes"
        book.add(f"all by {workers}", f"all {len(units)} departments by {name}", spent, "s")
    text = "two processes against one"
    book.add("two workers", text, book["all by 2"] / book["all by 1"], "x")


def people_of(report):
    return Post.objects.current().within(report.unit).count()
