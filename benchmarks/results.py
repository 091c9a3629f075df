"""The figures of a run as a page: machine and date, goals, everything measured."""

import os
import platform
from pathlib import Path

import numpy
from django import get_version
from django.db import connection

from benchmarks.goals import goals
from benchmarks.measure import shown


def page(book, *, command, began, ended, loads):
    """The run in Markdown."""
    lines = [
        "# What the portal costs",
        "",
        f"Written by `{command}`; run it again rather than change this page.",
        "",
        f"- {began:%-d %B %Y}, {began:%H:%M} to {ended:%H:%M} UTC",
        f"- {machine()}",
        f"- {database()}, Django {get_version()}, Python {platform.python_version()}, "
        f"NumPy {numpy.__version__}",
        f"- Load average at the beginning {loads[0]:.1f}, at the end {loads[1]:.1f}, on "
        f"{os.cpu_count()} cores. Well above the number of processes measured, it means that "
        "others worked on the machine: then only ratios mean much, and those below 1.3 nothing.",
        "",
        "Medians of one run, warm. Ratios compare calls that took turns.",
        "",
        "## Goals",
        "",
        "| | measured | floor | goal | |",
        "|---|---|---|---|---|",
    ]
    missed = []
    for goal in goals(book):
        value = book[goal.key]
        verdict = goal.verdict(value)
        lines.append(
            f"| {goal.text} | {shown(value, goal.unit)} | {shown(goal.floor, goal.unit)} "
            f"| {shown(goal.goal, goal.unit)} | {verdict} |"
        )
        if verdict != "goal met" and goal.reason:
            missed.append(f"- *{goal.text}* ({verdict}): {goal.reason}")
    if missed:
        lines += ["", "Where a goal is not met:", "", *missed]
    lines += ["", "## Everything measured", "", "| | |", "|---|---|"]
    lines += [
        f"| {figure.text} | {shown(figure.value, figure.unit)} |"
        for figure in book.figures.values()
    ]
    return "\n".join(lines) + "\n"


def machine():
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                cpu = line.split(":", 1)[1].strip()
                break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{cpu}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}"


def database():
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SHOW server_version")
            version = cursor.fetchone()[0].split()[0]
            cursor.execute("SHOW shared_buffers")
            return f"PostgreSQL {version} ({cursor.fetchone()[0]} shared buffers, no fsync)"
        cursor.execute("SELECT sqlite_version()")
        return f"SQLite {cursor.fetchone()[0]}"
