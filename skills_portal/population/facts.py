"""The published sizes of the Civil Service's organisations; sources in SOURCES.md."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from accounts.models import Grade

FILE = Path(__file__).with_name("departments.csv")
GRADES = tuple(Grade.values)

# Headcounts at each grade, lowest first, where the grade is known.
EVERYBODY_BY_GRADE = (18_705, 117_895, 127_335, 84_900, 62_630, 54_480, 20_740, 7_385)
DIGITAL_BY_GRADE = (30, 550, 3_360, 5_470, 6_005, 5_505, 1_775, 390)


@dataclass(frozen=True)
class Organisation:
    """One published organisation; `parent` is the department it belongs to, perhaps itself."""

    name: str
    slug: str
    parent: str
    headcount: int
    digital: int
    by_grade: tuple


def organisations():
    """Every organisation, those of one parent together."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return [
            Organisation(
                name=row["organisation"],
                slug=row["slug"],
                parent=row["parent"],
                headcount=int(row["headcount"]),
                digital=int(row["digital"] or 0),
                by_grade=tuple(int(row[grade] or 0) for grade in GRADES),
            )
            for row in csv.DictReader(file)
        ]


def apportion(weights, total):
    """Whole numbers in proportion to the weights that add up to `total`: largest remainders."""
    weights = np.asarray(weights, float)
    exact = weights * (total / weights.sum())
    whole = np.floor(exact).astype(np.int64)
    most = np.argsort(whole - exact, kind="stable")[: total - whole.sum()]
    whole[most] += 1
    return whole


def sizes(listed, people):
    """How many people each organisation has when there are `people`, and how many are digital."""
    headcount = np.array([organisation.headcount for organisation in listed])
    digital = np.array([organisation.digital for organisation in listed])
    size = apportion(headcount, people)
    share = digital / headcount
    return size, np.minimum(
        apportion(size * share, round(people * digital.sum() / headcount.sum())), size
    )


def grade_counts(organisation, size, digital):
    """How many of an organisation's people hold each grade: digital professionals, the others."""
    published = organisation.by_grade if any(organisation.by_grade) else EVERYBODY_BY_GRADE
    of_digital = apportion(DIGITAL_BY_GRADE, digital)
    rest = np.maximum(apportion(published, size) - of_digital, 0)
    # Where an organisation publishes too few at a grade, the others take up what is left over.
    return of_digital, apportion(rest if rest.any() else EVERYBODY_BY_GRADE, size - digital)
