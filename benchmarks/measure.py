"""Measuring: medians of one run, queries counted, memory of a process of its own."""

import contextlib
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from django.test.utils import CaptureQueriesContext

HERE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Figure:
    """One measured value; `key` is what a goal refers to."""

    key: str
    text: str
    value: float
    unit: str  # "s", "ms", "x" for a ratio, "rows/s", "MB", "" for a count


class Book:
    """The figures of one run, told as they are found."""

    def __init__(self, tell=print):
        self.figures = {}
        self.tell = tell

    def add(self, key, text, value, unit):
        self.figures[key] = Figure(key, text, float(value), unit)
        self.tell(f"{shown(value, unit):>12}  {text}")
        return value

    def __getitem__(self, key):
        return self.figures[key].value

    def __contains__(self, key):
        return key in self.figures


def shown(value, unit):
    if unit == "":
        return f"{value:,.0f}" if value == round(value) else f"{value:.2f}"
    if unit in {"rows/s", "MB"}:
        return f"{value:,.0f} {unit}"
    if unit == "x":
        return f"{value:.3g}×" if value < 100 else f"{value:,.0f}×"
    return f"{value:.3g} {unit}"


def seconds(call, *, repeat):
    """The median time of a call in seconds, after one call that warms up unless it is alone."""
    if repeat > 1:
        call()
    return statistics.median(timed(call) for _ in range(repeat))


def timed(call):
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def interleaved(calls, *, repeat):
    """The median time of each call in seconds, taken in turn so that noise meets all alike."""
    times = {name: [] for name in calls}
    for round_ in range(repeat + 1):
        for name, call in calls.items():
            spent = timed(call)
            if round_:  # the first round warms up
                times[name].append(spent)
    return {name: statistics.median(spent) for name, spent in times.items()}


def queries(call):
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


@contextlib.contextmanager
def programs(*lists):
    """Python programs of ours running at the same time; ends with an error when one failed."""
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    running = [
        subprocess.Popen(
            [sys.executable, "-m", *arguments],
            env=environment,
            cwd=HERE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for arguments in lists
    ]
    try:
        yield running
    finally:
        for program in running:
            program.kill()
            program.wait()


def run_programs(*lists):
    """Run them to their ends; what each printed."""
    with programs(*lists) as running:
        printed = [program.communicate()[0] for program in running]
        failed = [program.args for program in running if program.returncode]
    if failed:
        raise RuntimeError(f"A measured program failed: {failed}")
    return printed
