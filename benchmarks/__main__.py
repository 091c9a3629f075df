"""Measure the portal: `python -m benchmarks --help`.

Starts a PostgreSQL of its own, or with --sqlite makes a file, generates a population there,
measures, and leaves nothing behind but the page it is told to write.
"""

import argparse
import datetime
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import environment

UNTIL = datetime.date(2026, 11, 20)
PARTS = ("generating", "import", "reports", "everything", "pages")


def main(arguments):
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--people", type=int, default=550_000, help="in the population (550000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=3, help="calls for each median (3)")
    parser.add_argument("--sqlite", action="store_true", help="on SQLite instead of PostgreSQL")
    parser.add_argument(
        "--largest", type=int, default=100_000, help="people of the largest report (100000)"
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART")
    parser.add_argument("--gdd-files", type=Path, help="folder of the official framework files")
    parser.add_argument("--write", type=Path, help="the page to write, as benchmarks/RESULTS.md")
    options = parser.parse_args(arguments)
    if options.sqlite:
        with tempfile.TemporaryDirectory(prefix="portal-benchmark-") as folder:
            os.environ["DATABASE_URL"] = f"sqlite:///{folder}/portal.sqlite3"
            return measure_all(options, arguments)
    if "DATABASE_URL" not in os.environ:
        argv = [sys.executable, "-m", "tests.postgres", "-m", "benchmarks", *arguments]
        return subprocess.run(argv).returncode
    return measure_all(options, arguments)


def measure_all(options, arguments):
    environment.set_up()
    from django.core.management import call_command
    from django.db import connection

    from accounts.models import User
    from benchmarks import gap_reports, generating, measure, pages, results

    call_command("migrate", verbosity=0)
    if User.objects.exists():
        sys.exit("There is somebody in this database. Give an empty one: DATABASE_URL.")
    began, load = datetime.datetime.now(datetime.UTC), os.getloadavg()[0]
    book = measure.Book()
    if connection.vendor == "sqlite":
        book.add("sqlite", "on SQLite", 1, "")
    people, repeat = options.people, options.repeat
    generating.measure_generating(book, people=people, seed=options.seed, until=UNTIL)
    if "import" in options.only and options.gdd_files:
        generating.measure_import(book, options.gdd_files, repeat=repeat)
    if "pages" in options.only:
        pages.measure_pages(book, repeat=7 * repeat)
    if "reports" in options.only:
        sizes = [size for size in gap_reports.SIZES if size < options.largest]
        sizes.append(options.largest)
        gap_reports.measure_reports(book, until=UNTIL, repeat=repeat, sizes=sizes)
    if "everything" in options.only:
        gap_reports.measure_everything(book, until=UNTIL)
    ended = datetime.datetime.now(datetime.UTC)
    text = results.page(
        book,
        command=" ".join(["python -m benchmarks", *arguments]),
        began=began,
        ended=ended,
        loads=(load, os.getloadavg()[0]),
    )
    print(f"\n{text}")
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
