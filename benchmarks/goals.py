"""What has been promised about speed, as ratios within one run, and how a run answers.

Floors and goals were set before the portal was written, from a trial of the same shapes.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """`key` names a figure; it is to be at most (or at least) the floor, better the goal."""

    text: str
    key: str
    floor: float
    goal: float
    unit: str
    at_least: bool = False
    reason: str = ""  # why it is missed where it is, and what would be next

    def verdict(self, value):
        better = value >= self.goal if self.at_least else value <= self.goal
        enough = value >= self.floor if self.at_least else value <= self.floor
        return "goal met" if better else "floor met" if enough else "missed"


def goals(book):
    """The goals that this run can answer, with its largest department and its kind of database."""
    largest = int(book["largest"]) if "largest" in book else 0
    smallest = int(book["smallest"]) if "smallest" in book else 0
    listed = [
        Goal(
            f"1. counting against NumPy in memory, {largest:,} people",
            f"counting to memory {largest}",
            25,
            8,
            "x",
            reason=(
                "Reading takes nearly all of it: PostgreSQL makes a row of Python objects for "
                "each rating, about 24 for each person, where the trial had 12. Next: one packed "
                "row of levels for each self-assessment beside the ratings, written at submission."
            ),
        ),
        Goal(
            f"1. a whole compile against NumPy in memory, {largest:,} people",
            f"compile to memory {largest}",
            50,
            25,
            "x",
            reason=(
                "As above; the rest is the tables beside people's own levels and their "
                "disclosure control, which the trial did not have. Next: suppress only the "
                "tables whose counts can be small."
            ),
        ),
        Goal(
            f"2. faster than a query for each rating, {smallest:,} people",
            "faster than query",
            100,
            400,
            "x",
            at_least=True,
        ),
        Goal(
            f"2. faster than prefetched rows in a loop, {smallest:,} people",
            "faster than prefetch",
            8,
            12,
            "x",
            at_least=True,
        ),
        Goal("3. growth exponent", "exponent", 1.05, 1.0, ""),
        Goal(
            "3. queries to read a report",
            f"reads {largest}",
            12,
            8,
            "",
            reason=(
                "One a table, frameworks, reviews and learning included, and one for each 50,000 "
                "people for their ratings. They do not grow otherwise."
            ),
        ),
        Goal("4. a past day against now", "past", 2, 1.5, "x"),
        Goal("4. two processes against one", "two workers", 0.6, 0.52, "x"),
        Goal(f"4. peak memory, {largest:,} people", "memory", 600, 350, "MB"),
        Goal(
            "5. team page against a bare view",
            "team to hello",
            15,
            8,
            "x",
            reason=(
                "The trial's page had half as many cells, four queries and nobody signed in. Here "
                "a fifth is rendering; the rest is Django making eight queries, of which the "
                "one that says whose ratings the reader may see is the dearest. Next: keep what "
                "published releases say in the process, since it never changes."
            ),
        ),
        Goal("5. queries of the team page", "queries of team", 8, 6, ""),
        Goal(
            "5. saving an answer against a bare view",
            "autosave to hello",
            12,
            6,
            "x",
            reason=(
                "Eight queries, each made by Django anew, and a form of seven fields. The trial "
                "had six queries and nobody signed in. Next: check what the script sends without "
                "making a whole form."
            ),
        ),
        Goal("5. queries of saving an answer", "queries of autosave", 10, 8, ""),
    ]
    generating = (5, 9) if "sqlite" in book else (15, 22)
    listed.append(
        Goal(
            "6. generating against bulk_create",
            "generating to bulk_create",
            *generating,
            "x",
            at_least=True,
        )
    )
    if book["people"] >= 500_000:
        listed.append(Goal("6. generating 550,000 people", "generating", 360, 240, "s"))
        every = "1. every department by two processes"
        reason = "Follows from the first two. Next: as there."
        listed.append(Goal(every, "all by 2", 60, 15, "s", reason=reason))
    return [goal for goal in listed if goal.key in book]
