"""What the figures mean and why some are withheld: one text for pages and files."""

DEFINITIONS = [
    (
        "People required",
        "People in post whose role levels, or grade, call for the skill. Somebody whom two role "
        "levels call on counts once, at the higher target.",
    ),
    (
        "People rated",
        "Those of them who have submitted a level, “not yet” included. A missing rating is "
        "unknown and never counts as zero.",
    ),
    ("Coverage", "People rated as a share of people required."),
    (
        "Not applicable",
        "People who answered that the skill does not apply to them. They are never counted as a "
        "gap.",
    ),
    (
        "Below, at and above target",
        "People rated, by how their level compares with their own target. The share below target "
        "is out of people rated.",
    ),
    (
        "Gap",
        "Target minus level, in levels, when that is more than 0. The mean gap is the sum of gaps "
        "divided by people rated, those without a gap included.",
    ),
    (
        "Reviewed",
        "People rated whose line manager has agreed to their level or seen another one, counted "
        "at the line manager’s level. Where the line manager asked for evidence, or has not "
        "answered, a rating is not counted here.",
    ),
    (
        "Learning",
        "What people in post have logged of the year that ends with the report’s day: people with "
        "an entry towards the skill, and their hours. An entry towards two skills counts for each "
        "of them. What nobody logs is not counted.",
    ),
    (
        "Role families, role levels and grades",
        "The same figures of the report’s own unit for groups of its people. Somebody whom two "
        "role levels ask for one skill counts once, in the role level that asks for more.",
    ),
    (
        "Change",
        "The share below target less the share in an earlier report, in percentage points. A "
        "skill is compared only where its framework asks the same of everybody on both days. "
        "Figures are rounded, so a change is told only where rounding alone cannot explain it.",
    ),
]


def withholding_rules(minimum_count):
    """Why some figures are withheld, in sentences."""
    return [
        f"A unit is shown for a skill only where at least {minimum_count} people have rated "
        "themselves. A smaller unit can also hide a neighbour, because otherwise it could be "
        "worked out by subtraction.",
        f"Counts below {minimum_count} are withheld, and other counts are rounded to the nearest "
        "5. Totals may therefore not add up.",
        "Where nearly everybody gives the same answer, the answers are withheld.",
        "Figures that would give another one away are withheld too, even large ones: those of a "
        "unit and of the units above and below it are checked together, also as a line manager "
        "could read them who knows the answers of their own team. Levels and the mean gap go "
        "first, then the numbers below, at and above target, then the unit.",
        f"Hours of learning are told only where at least {minimum_count} people logged some and "
        "nobody logged more than half of them.",
    ]


ROUNDING = "Counts of people, and hours of learning, are rounded to the nearest 5."
ROUNDED_FIRST = "Percentages and means are worked out from the rounded counts."
