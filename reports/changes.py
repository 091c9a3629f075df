"""What changed between two reports of one unit: lines in, changes out.

Worked out from the published figures of both, so that it says no more than they do.
"""

from dataclasses import dataclass

from reports.reading import WITHHELD_TEXT, Line
from reports.suppression import ROUNDING

# A count is up to this much more or less than it is published as.
ROUNDED_BY = ROUNDING // 2


@dataclass(frozen=True)
class Change:
    """One skill now and before; `before` is None where there was nothing to compare with."""

    line: Line
    before: Line | None

    @property
    def is_comparable(self):
        """Whether the framework asks the same of everybody on both days."""
        before = self.before
        return bool(
            before
            and self.line.asked
            and (self.line.asked, self.line.scale) == (before.asked, before.scale)
        )

    @property
    def points(self):
        """The change of the share below target in percentage points; negative is better."""
        if not self.is_comparable or None in (self.line.below_share, self.before.below_share):
            return None
        return self.line.below_share - self.before.below_share

    @property
    def is_clear(self):
        """Whether the shares differ by more than rounding to 5 can explain."""
        if self.points is None:
            return False
        now, before = _bounds(self.line), _bounds(self.before)
        return now[1] < before[0] or before[1] < now[0]

    @property
    def text(self):
        if self.before is None:
            return "No figures before"
        if not self.is_comparable:
            return "Not comparable"
        if self.points is None:
            return WITHHELD_TEXT
        if not self.is_clear:
            return "About the same"
        return points_text(self.points)


def points_text(points):
    if points is None:
        return WITHHELD_TEXT
    unit = "point" if abs(points) == 1 else "points"
    return f"{points:+d} {unit}".replace("-", "\N{MINUS SIGN}").replace("+0", "0")


def _bounds(line):
    """The least and the greatest share below target that the rounded counts allow."""
    least = max(line.below - ROUNDED_BY, 0) / (line.rated + ROUNDED_BY)
    most = (line.below + ROUNDED_BY if line.below else 0) / max(line.rated - ROUNDED_BY, 1)
    return least, most


def changes_of(lines, before):
    """Each line with the line of the same skill among `before`, in the lines' order."""
    earlier = {line.key: line for line in before}
    return [Change(line, earlier.get(line.key)) for line in lines]


def biggest_movers(changes):
    """Clear changes, the greatest first whichever way it goes; then by name."""
    return sorted(
        (change for change in changes if change.is_clear),
        key=lambda change: (-abs(change.points), change.line.skill),
    )
