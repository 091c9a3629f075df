"""Charts as SVG and a heat map as an HTML table: values in, markup out.

Nothing here knows what a skill or a report is, asks a database or reads a clock. Every text is
escaped. The markup needs no script and no inline style, so it works under a strict content
security policy; shape, dash, pattern and text carry what colour carries.

In a page, load the tags and the style sheet. Each plural tag prints the picture *and* a table
with the same figures; give each chart on a page its own `id` and title:

    {% load charts static %}
    {% block head %}<link rel="stylesheet" href="{% static 'govuk/charts.css' %}">{% endblock %}

A scale is the list of level names from level 1 up: `["Awareness", "Working", "Practitioner",
"Expert"]`, 1 to 8 of them. Level 0 is "Not yet". `None` is unknown, and is never drawn as zero.

**Level bars**: one person's level against the target, a row for each skill.

    rows = [
        LevelBar("Agile working", level=2, target=3, url="/skills/agile-working/"),
        LevelBar("User research", level=0, target=1),
        LevelBar("Data ethics", level=None, target=2),
        LevelBar("Penetration testing", not_applicable=True),
    ]
    {% level_bars rows scale=scale id="my-skills" title="Your levels against the target" %}
    {% level_bar row scale=scale id="agile" %}   {# one picture, for a page's own table #}

**Radar**: 3 to 12 areas, own against target. Fewer or more give the table alone.

    axes = [Axis("Service design", value=2.3, target=3), Axis("Data", value=None, target=2), ...]
    {% radar axes scale=scale id="my-areas" title="Your areas against the target" %}

**Distribution bars**: how many people are at each level. One count for "not yet" and one for each
level; `None` is a withheld count, shown as `[c]`, and drawn with a width that says nothing.

    rows = [Distribution("Agile working", [5, None, 20, 15, 10], target=3, note="50 of 80 rated")]
    {% distribution_bars rows scale=scale id="levels" title="People at each level" %}
    {% distribution_bar row scale=scale id="agile" %}  {# one picture, for a page's own table #}

**Column chart**: amounts over time, one to three series stacked on each other.

    columns = [ChartColumn("January 2026", [120, 300], short="Jan"), ...]
    {% column_chart columns series=series id="year" title="Minutes of learning" unit="Minutes" %}
    # series = ["Own time", "Work time"]

**Heat map**: a table whose cells are tinted by band, 1 (least) to 5 (most).

    limits = [0.2, 0.4, 0.6, 0.8]
    heat_map = HeatMap(
        title="Mean gap by unit and skill",
        columns=[Heading("UCD", meaning="User-centred design"), Heading("Data")],
        rows=[
            HeatRow(Heading("Payments", url="/units/payments/"), [
                Cell("0.7", band_of(0.7, limits)),
                Cell(band=WITHHELD),
            ]),
        ],
        bands=["under 0.2", "0.2 to 0.3", "0.4 to 0.5", "0.6 to 0.7", "0.8 and over"],
        corner="Unit",
    )
    {% heat_map heat_map id="gaps" %}
"""

import math
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

INK = "#0b0c0c"
GREY = "#505a5f"
PALE_GREY = "#b1b4b6"
BLUE = "#1a65a6"
PAPER = "#ffffff"

WITHHELD = "withheld"
NO_DATA = "none"
BAND_COUNT = 5
WITHHELD_TEXT = "[c]"

MAX_LEVELS = 8
MIN_AXES, MAX_AXES = 3, 12
MAX_SERIES = 3


# --- What goes in ----------------------------------------------------------------------------


@dataclass(frozen=True)
class LevelBar:
    """One skill's level and target. `status_text` replaces the sentence about the gap."""

    label: str
    level: int | None = None
    target: int | None = None
    status_text: str = ""
    not_applicable: bool = False
    url: str = ""

    @property
    def status(self) -> str:
        """How the level stands against the target, in words."""
        if self.status_text:
            return self.status_text
        if self.not_applicable:
            return "Not applicable"
        if self.level is None:
            return "Not rated yet"
        if not self.target:
            return "No target"
        return gap_text(self.target - self.level)


@dataclass(frozen=True)
class Axis:
    """One area of a radar. `value` and `target` may be fractions; None is unknown."""

    label: str
    value: float | None = None
    target: float | None = None


@dataclass(frozen=True)
class Distribution:
    """People at "not yet" and at each level, in that order; None is a withheld count."""

    label: str
    counts: Sequence[int | None]
    target: int | None = None
    note: str = ""
    url: str = ""


@dataclass(frozen=True)
class ChartColumn:
    """One column's amounts, one for each series; None is no figure, which is not zero."""

    label: str
    values: Sequence[float | None]
    short: str = ""


@dataclass(frozen=True)
class Heading:
    """A row or column heading; `meaning` spells out an abbreviation under the table."""

    label: str
    meaning: str = ""
    url: str = ""


@dataclass(frozen=True)
class Cell:
    """One figure of a heat map and its band: 1 to 5, WITHHELD or NO_DATA."""

    text: str = ""
    band: int | str = NO_DATA

    def __post_init__(self):
        if self.band not in (WITHHELD, NO_DATA) and self.band not in range(1, BAND_COUNT + 1):
            raise ValueError(f"A band is 1 to {BAND_COUNT}, WITHHELD or NO_DATA: {self.band!r}")
        if self.band not in (WITHHELD, NO_DATA) and not str(self.text).strip():
            raise ValueError("A banded cell needs its figure as text; colour alone is not enough")

    @property
    def shown(self) -> str:
        """The text to print: a withheld cell never prints what it was given."""
        if self.band == WITHHELD:
            return WITHHELD_TEXT
        return self.text or "No data"

    @property
    def css_class(self) -> str:
        return f"chart-heat__cell chart-heat__cell--{self.band}"


@dataclass(frozen=True)
class HeatRow:
    heading: Heading
    cells: Sequence[Cell]


@dataclass(frozen=True)
class HeatMap:
    """A whole heat map. `bands` says in words what each of the five bands holds."""

    title: str
    columns: Sequence[Heading]
    rows: Sequence[HeatRow]
    bands: Sequence[str]
    corner: str = ""

    def __post_init__(self):
        if len(self.bands) != BAND_COUNT:
            raise ValueError(f"A heat map has {BAND_COUNT} bands, not {len(self.bands)}")
        for row in self.rows:
            if len(row.cells) != len(self.columns):
                raise ValueError(
                    f"{row.heading.label}: {len(row.cells)} cells for {len(self.columns)} columns"
                )

    @property
    def key(self):
        """The bands as cells, for the key under the table."""
        return [Cell(text, band) for band, text in enumerate(self.bands, start=1)]

    @property
    def abbreviations(self):
        """Each heading that has a meaning, once, in order of appearance."""
        headings = [*self.columns, *(row.heading for row in self.rows)]
        return list(dict.fromkeys((h.label, h.meaning) for h in headings if h.meaning))

    @property
    def has_withheld(self) -> bool:
        return any(cell.band == WITHHELD for row in self.rows for cell in row.cells)

    @property
    def has_no_data(self) -> bool:
        return any(cell.band == NO_DATA for row in self.rows for cell in row.cells)


@dataclass(frozen=True)
class ChartTable:
    """The figures of a chart as texts: a heading for each column; each row's first is its name."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: bool = False


def band_of(value: float, limits: Sequence[float]) -> int:
    """The band (1 to 5) of a value, given the four values at which bands 2 to 5 begin."""
    if len(limits) != BAND_COUNT - 1 or list(limits) != sorted(limits):
        raise ValueError(f"{BAND_COUNT} bands need {BAND_COUNT - 1} ascending limits: {limits!r}")
    return bisect_right(limits, value) + 1


# --- Words -----------------------------------------------------------------------------------


def number(value: float) -> str:
    """A figure as people read it: 1,250 or 2.3, never 2.0."""
    rounded = round(value, 1)
    return f"{int(rounded):,}" if rounded == int(rounded) else f"{rounded:,.1f}"


def level_name(level: int | None, scale: Sequence[str]) -> str:
    """ "Working (2)", "Not yet (0)" or "Not rated"."""
    if level is None:
        return "Not rated"
    return f"{'Not yet' if level == 0 else scale[level - 1]} ({level})"


def gap_text(gap: int) -> str:
    """ "1 level below target" for a gap of 1, "Above target" for a negative one."""
    if gap > 0:
        return f"{gap} level{'' if gap == 1 else 's'} below target"
    return "At target" if gap == 0 else "Above target"


def level_bar_texts(row: LevelBar, scale: Sequence[str]) -> tuple[str, str, str]:
    """The level, the target and the status of a row, as printed beside its bar and in the table."""
    if row.not_applicable:
        return "Not applicable", "None", row.status
    return (
        level_name(row.level, scale),
        level_name(row.target, scale) if row.target else "None",
        row.status,
    )


def count_text(count: int | None) -> str:
    return WITHHELD_TEXT if count is None else number(count)


def level_bars_table(rows: Sequence[LevelBar], *, scale: Sequence[str], title: str) -> ChartTable:
    """The figures of `level_bars`."""
    return ChartTable(
        title,
        ["Skill", "Level", "Target", "Status"],
        [(row.label, *level_bar_texts(row, scale)) for row in rows],
    )


def radar_table(axes: Sequence[Axis], *, title: str) -> ChartTable:
    """The figures of `radar`; each name has the number its axis has in the picture."""
    return ChartTable(
        title,
        ["Area", "Level", "Target"],
        [
            (
                f"{position}. {axis.label}",
                "Not rated" if axis.value is None else number(axis.value),
                "None" if axis.target is None else number(axis.target),
            )
            for position, axis in enumerate(axes, start=1)
        ],
        numeric=True,
    )


def distribution_table(
    rows: Sequence[Distribution], *, scale: Sequence[str], title: str
) -> ChartTable:
    """The figures of `distribution_bars`: people at each level."""
    return ChartTable(
        title,
        ["Skill", *(level_name(level, scale) for level in range(len(scale) + 1)), "Target"],
        [
            (
                row.label,
                *(count_text(count) for count in row.counts),
                level_name(row.target, scale) if row.target else "None",
            )
            for row in rows
        ],
        numeric=True,
    )


def column_table(
    columns: Sequence[ChartColumn], *, series: Sequence[str], title: str, first: str = "Month"
) -> ChartTable:
    """The figures of `column_chart`, with a total where there are several series."""
    many = len(series) > 1
    rows = []
    for column in columns:
        texts = ["No data" if value is None else number(value) for value in column.values]
        if many:
            known = [value for value in column.values if value is not None]
            texts.append(number(sum(known)) if known else "No data")
        rows.append((column.label, *texts))
    return ChartTable(title, [first, *series, *(["Total"] if many else [])], rows, numeric=True)


def distribution_text(row: Distribution, scale: Sequence[str]) -> str:
    """What the picture of a distribution shows, in words."""
    counts = ", ".join(
        f"{level_name(level, scale)}: {'withheld' if count is None else number(count)}"
        for level, count in enumerate(row.counts)
    )
    return f"{counts}." + (f" Target: {level_name(row.target, scale)}." if row.target else "")


# --- Pictures --------------------------------------------------------------------------------

EMPTY = SafeString("")


def level_bar(
    row: LevelBar, *, scale: Sequence[str], id: str, decorative: bool = False
) -> SafeString:
    """One bar: a box for each level, filled up to the person's level, a marker at the target.

    Rated: filled boxes. Not yet: empty boxes and "0". Not rated: dashed boxes and "?".
    Not applicable: one thin line, no boxes. `decorative` hides the picture from screen readers,
    for places where the same words stand beside it.
    """
    _check_scale(scale)
    _check_level(row.level, scale)
    _check_level(row.target, scale)
    left, right, top, height, gap = 7, 313, 8, 14, 5
    step = (right - left + gap) / len(scale)
    parts = []
    if row.not_applicable:
        middle = top + height / 2
        parts.append(
            format_html(
                '<line class="chart-line" x1="{}" y1="{}" x2="{}" y2="{}" stroke="{}"'
                ' stroke-width="2"/>',
                left, middle, right, middle, GREY,
            )
        )  # fmt: skip
    else:
        for position in range(len(scale)):
            filled = row.level is not None and position < row.level
            parts.append(
                format_html(
                    '<rect class="{}" x="{}" y="{}" width="{}" height="{}" fill="{}" stroke="{}"'
                    ' stroke-width="1.5"{}/>',
                    "chart-own" if filled else "chart-empty",
                    _n(left + position * step), top, _n(step - gap), height,
                    BLUE if filled else PAPER,
                    BLUE if filled else GREY,
                    SafeString(' stroke-dasharray="4 3"') if row.level is None else EMPTY,
                )
            )  # fmt: skip
        if not row.level:
            parts.append(
                _text(left + (step - gap) / 2, top + 11.5, "?" if row.level is None else "0", 12)
            )
        if row.target:
            parts.append(
                _target_marker(
                    left + row.target * step - (gap if row.target == len(scale) else gap / 2),
                    top + height + 4,
                )
            )
    level, target, status = level_bar_texts(row, scale)
    description = f"Level: {level}, of {len(scale)}. Target: {target}. {status}."
    return _svg(id, row.label, description, "0 0 320 28", parts, "chart-bar", decorative=decorative)


def radar(axes: Sequence[Axis], *, scale: Sequence[str], id: str, title: str) -> SafeString:
    """A radar of 3 to 12 areas: own level solid with dots, target dashed with squares.

    Empty for fewer or more areas: the table says it better. An unknown value leaves a break in
    the line. Every axis has a number, which the table repeats; the names stand outside the view
    box, and the style sheet makes room for them or, on a narrow screen, hides them.
    """
    _check_scale(scale)
    if not MIN_AXES <= len(axes) <= MAX_AXES:
        return EMPTY
    for axis in axes:
        _check_level(axis.value, scale)
        _check_level(axis.target, scale)
    centre, radius, top_level = 160, 130, len(scale)

    def point(position, level):
        angle = 2 * math.pi * position / len(axes)
        distance = radius * level / top_level
        return centre + distance * math.sin(angle), centre - distance * math.cos(angle)

    parts = []
    for level in range(1, top_level + 1):
        ring = _points(point(position, level) for position in range(len(axes)))
        parts.append(
            format_html(
                '<polygon class="chart-grid" points="{}" fill="none" stroke="{}"/>',
                ring, PALE_GREY,
            )
        )  # fmt: skip
    for position in range(len(axes)):
        x, y = point(position, top_level)
        parts.append(_line("chart-grid", centre, centre, x, y, PALE_GREY))
    parts += _radar_series(
        [None if a.value is None else point(i, a.value) for i, a in enumerate(axes)], own=True
    )
    parts += _radar_series(
        [None if a.target is None else point(i, a.target) for i, a in enumerate(axes)], own=False
    )
    for level in range(1, top_level + 1):
        # Half way between the first axis and the last, where no data point can stand.
        (x1, y1), (x2, y2) = point(0, level), point(len(axes) - 1, level)
        parts.append(_text((x1 + x2) / 2, (y1 + y2) / 2 + 4, str(level), 12, halo=True))
    for position, axis in enumerate(axes):
        x, y = point(position, top_level * (1 + 16 / radius))
        parts.append(_text(x, y + 5, str(position + 1), 15, bold=True))
        parts.append(_axis_name(axis.label, x, y, centre))
    described = "; ".join(
        f"{position}. {axis.label}: "
        f"{'not rated' if axis.value is None else number(axis.value)}, "
        f"target {'none' if axis.target is None else number(axis.target)}"
        for position, axis in enumerate(axes, start=1)
    )
    description = f"Levels from 0 to {top_level}. {described}."
    return _svg(id, title, description, "0 0 320 320", parts, "chart-radar", overflow=True)


def distribution_bar(
    row: Distribution, *, scale: Sequence[str], id: str, decorative: bool = False
) -> SafeString:
    """A bar of stacked counts from "not yet" to the highest level, each with its level's figure.

    The marker stands where the target level begins: people right of it are at or above target.
    Withheld counts are hatched and all of one width, so the picture gives nothing away.
    """
    _check_scale(scale)
    _check_level(row.target, scale)
    if len(row.counts) != len(scale) + 1:
        raise ValueError(f"{row.label}: {len(row.counts)} counts for {len(scale)} levels and 0")
    if any(count is not None and count < 0 for count in row.counts):
        raise ValueError(f"{row.label}: a count cannot be negative")
    left, right, top, height = 7, 313, 8, 20
    hatch = f"{id}-hatch"
    known = sum(count for count in row.counts if count is not None)
    withheld = sum(count is None for count in row.counts)
    parts = []
    if withheld:
        parts.append(_hatch(hatch))
    if not known:
        # Either nobody at all, or nothing that may be shown: one box for the whole bar.
        parts.append(_segment(left, top, right - left, height, PAPER, hatch if withheld else ""))
        text = WITHHELD_TEXT if withheld else "0"
        parts.append(_text((left + right) / 2, top + 14.5, text, 13, halo=bool(withheld)))
    else:
        withheld_width = 28
        unit = (right - left - withheld * withheld_width) / known
        x, target_x = left, None
        for level, count in enumerate(row.counts):
            if row.target and level == row.target:
                target_x = x
            width = withheld_width if count is None else count * unit
            if width:
                fill = _tint(level, len(scale))
                parts.append(_segment(x, top, width, height, fill, hatch if count is None else ""))
                if width >= 12:
                    parts.append(
                        _text(x + width / 2, top + 14.5, str(level), 13, halo=count is None)
                    )
            x += width
        if target_x is not None:
            parts.append(_target_marker(target_x, top + height + 4))
    description = distribution_text(row, scale)
    return _svg(id, row.label, description, "0 0 320 34", parts, "chart-bar", decorative=decorative)


def column_chart(
    columns: Sequence[ChartColumn],
    *,
    series: Sequence[str],
    id: str,
    title: str,
    unit: str = "",
) -> SafeString:
    """Columns of one to three stacked series, told apart by fill: solid, hatched, empty.

    Labels are left out at even steps where they would run into each other. Empty without columns.
    """
    if not 1 <= len(series) <= MAX_SERIES:
        raise ValueError(f"A column chart has 1 to {MAX_SERIES} series, not {len(series)}")
    for column in columns:
        if len(column.values) != len(series):
            raise ValueError(f"{column.label}: {len(column.values)} values, {len(series)} series")
        if any(value is not None and value < 0 for value in column.values):
            raise ValueError(f"{column.label}: an amount cannot be negative")
    if not columns:
        return EMPTY
    step = _axis_step(max(sum(v or 0 for v in column.values) for column in columns))
    steps = max(1, math.ceil(max(sum(v or 0 for v in c.values) for c in columns) / step - 1e-9))
    highest = step * steps
    left = 12 + 8 * len(number(highest))
    right, top, bottom = 316, 24, 190
    hatch = f"{id}-hatch"
    parts = [_hatch(hatch)] if len(series) > 1 else []
    for position in range(steps + 1):
        y = bottom - (bottom - top) * position / steps
        parts.append(
            _line("chart-axis" if position == 0 else "chart-grid", left, y, right, y,
                  INK if position == 0 else PALE_GREY)
        )  # fmt: skip
        parts.append(_text(left - 5, y + 4.5, number(step * position), 13, anchor="end"))
    if unit:
        parts.append(_text(4, 12, _shorten(unit, 40), 13, anchor="start"))
    slot = (right - left) / len(columns)
    width = min(slot * 0.7, 40)
    shorts = [column.short or column.label for column in columns]
    label_width = 7.5 * min(max(len(short) for short in shorts), 12) + 6
    every = math.ceil(label_width / slot)
    for position, column in enumerate(columns):
        middle = left + slot * (position + 0.5)
        y = bottom
        for number_of_series, value in enumerate(column.values):
            if not value:
                continue
            height = (bottom - top) * value / highest
            y -= height
            fill, css_class = _SERIES[number_of_series]
            parts.append(
                format_html(
                    '<rect class="{}" x="{}" y="{}" width="{}" height="{}" fill="{}" stroke="{}"'
                    ' stroke-width="1"/>',
                    css_class, _n(middle - width / 2), _n(y), _n(width), _n(height),
                    f"url(#{hatch})" if fill == "hatch" else fill, INK,
                )
            )  # fmt: skip
        if position % every == 0:
            # The first and last labels may be wider than their column: keep them in the picture.
            text = _shorten(shorts[position], 12)
            half = 3.75 * len(text)
            parts.append(_text(min(max(middle, half), 320 - half), bottom + 18, text, 13))
    table = column_table(columns, series=series, title=title)
    described = "; ".join(
        f"{row[0]}: "
        + ", ".join(f"{name} {text}" for name, text in zip(table.columns[1:], row[1:], strict=True))
        for row in table.rows
    )
    description = f"{unit + '. ' if unit else ''}{described}."
    return _svg(id, title, description, "0 0 320 216", parts, "chart-columns")


def key_swatch(kind: str, *, id: str) -> SafeString:
    """A small picture for a chart's key; the words stand beside it, so it is hidden from readers.

    Kinds: own, target, not-yet, not-rated, not-applicable, withheld, radar-own, radar-target,
    series-0, series-1, series-2.
    """
    return _svg(id, "", "", "0 0 28 24", _swatch_parts(kind, id), "chart-key__swatch",
                decorative=True)  # fmt: skip


# --- Pieces ----------------------------------------------------------------------------------

_SERIES = [(BLUE, "chart-own"), ("hatch", "chart-hatched"), (PAPER, "chart-empty")]
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def _svg(id, title, description, view_box, parts, css_class, *, decorative=False, overflow=False):
    if not _ID.fullmatch(id):
        raise ValueError(f"A chart's id is a letter, then letters, digits, - and _: {id!r}")
    body = format_html_join("", "{}", ((part,) for part in parts))
    extra = SafeString(' overflow="visible"') if overflow else EMPTY
    if decorative:
        return format_html(
            '<svg xmlns="http://www.w3.org/2000/svg" class="{}" viewBox="{}"{}'
            ' aria-hidden="true">{}</svg>',
            css_class, view_box, extra, body,
        )  # fmt: skip
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" class="{}" viewBox="{}"{} role="img"'
        ' aria-labelledby="{}-title" aria-describedby="{}-desc"><title id="{}-title">{}</title>'
        '<desc id="{}-desc">{}</desc>{}</svg>',
        css_class, view_box, extra, id, id, id, _clean(title), id, _clean(description), body,
    )  # fmt: skip


def _check_scale(scale):
    if not 1 <= len(scale) <= MAX_LEVELS:
        raise ValueError(f"A scale has 1 to {MAX_LEVELS} levels, not {len(scale)}")


def _check_level(level, scale):
    if level is not None and not 0 <= level <= len(scale):
        raise ValueError(f"Level {level!r} is not on a scale of {len(scale)}")


def _n(value):
    """A coordinate, short."""
    return f"{value:.1f}".removesuffix(".0")


def _clean(text):
    """Text without the control characters that XML cannot hold."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]", "", str(text))


def _shorten(text, length):
    text = _clean(text)
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _points(points):
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)


def _line(css_class, x1, y1, x2, y2, colour):
    return format_html(
        '<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}" stroke="{}"/>',
        css_class, _n(x1), _n(y1), _n(x2), _n(y2), colour,
    )  # fmt: skip


def _text(x, y, text, size, *, anchor="middle", bold=False, halo=False, css_class=""):
    """A text; the halo is an outline of paper that keeps it readable on lines and hatching."""
    return format_html(
        '<text class="chart-text{}" x="{}" y="{}" font-size="{}" text-anchor="{}" fill="{}"{}{}>'
        "{}</text>",
        f" {css_class}" if css_class else "", _n(x), _n(y), size, anchor, INK,
        SafeString(' font-weight="bold"') if bold else EMPTY,
        format_html(' stroke="{}" stroke-width="4" paint-order="stroke"', PAPER) if halo else EMPTY,
        _clean(text),
    )  # fmt: skip


def _target_marker(x, bottom):
    """A black line with a pointer above it, outlined in paper so that it shows on any fill."""
    return format_html(
        '<path class="chart-target" d="M{} {}V7L{} 0H{}L{} 7V{}Z" fill="{}" stroke="{}"'
        ' stroke-width="1"/>',
        _n(x - 1.5), _n(bottom), _n(x - 6), _n(x + 6), _n(x + 1.5), _n(bottom), INK, PAPER,
    )  # fmt: skip


def _hatch(id):
    return format_html(
        '<defs><pattern id="{}" width="6" height="6" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(45)"><rect class="chart-paper" width="6" height="6" fill="{}"/>'
        '<line class="chart-line" x1="1" y1="0" x2="1" y2="6" stroke="{}" stroke-width="1.5"/>'
        "</pattern></defs>",
        id, PAPER, GREY,
    )  # fmt: skip


def _segment(x, y, width, height, fill, hatch):
    return format_html(
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}" fill="{}" stroke="{}"/>',
        "chart-hatched" if hatch else "chart-count", _n(x), _n(y), _n(width), height,
        f"url(#{hatch})" if hatch else fill, INK,
    )  # fmt: skip


def _tint(level, levels):
    """From paper for "not yet" to the deepest blue that dark text can still be read on."""
    share = level / levels
    return "#" + "".join(f"{round(255 + (end - 255) * share):02x}" for end in (0x3D, 0x87, 0xC4))


def _radar_series(points, *, own):
    """One series: an outline closed where all points are known, broken where one is not."""
    css_class = "chart-radar__own" if own else "chart-radar__target"
    colour = BLUE if own else INK
    dash = EMPTY if own else SafeString(' stroke-dasharray="7 4"')
    parts = []
    if None not in points:
        fill = (
            format_html('fill="{}" fill-opacity="0.15"', BLUE) if own else SafeString('fill="none"')
        )
        parts.append(
            format_html(
                '<polygon class="{}" points="{}" {} stroke="{}" stroke-width="2.5"{}/>',
                css_class, _points(points), fill, colour, dash,
            )
        )  # fmt: skip
    else:
        for start, end in zip(points, [*points[1:], points[0]], strict=True):
            if start and end:
                parts.append(
                    format_html(
                        '<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}" stroke="{}"'
                        ' stroke-width="2.5"{}/>',
                        css_class, _n(start[0]), _n(start[1]), _n(end[0]), _n(end[1]), colour, dash,
                    )
                )  # fmt: skip
    for x, y in filter(None, points):
        if own:
            parts.append(
                format_html(
                    '<circle class="chart-radar__dot" cx="{}" cy="{}" r="4.5" fill="{}"/>',
                    _n(x), _n(y), colour,
                )
            )  # fmt: skip
        else:
            parts.append(
                format_html(
                    '<rect class="chart-radar__square" x="{}" y="{}" width="10" height="10"'
                    ' fill="none" stroke="{}" stroke-width="2"/>',
                    _n(x - 5), _n(y - 5), colour,
                )
            )  # fmt: skip
    return parts


NAME_CHARACTERS, NAME_LINES, NAME_SIZE = 16, 3, 14


def wrap_name(name: str) -> list[str]:
    """An axis name in at most three lines of 16 characters; the table has it whole."""
    lines = [""]
    for word in _clean(name).split():
        word = _shorten(word, NAME_CHARACTERS)
        joined = f"{lines[-1]} {word}".strip()
        if len(joined) <= NAME_CHARACTERS:
            lines[-1] = joined
        else:
            lines.append(word)
    if len(lines) > NAME_LINES:
        lines = lines[:NAME_LINES]
        lines[-1] = _shorten(lines[-1] + "…", NAME_CHARACTERS)
    return lines


def _axis_name(label, x, y, centre):
    """The name beside, above or below its axis's number, growing away from the chart."""
    lines, leading = wrap_name(label), NAME_SIZE + 2
    if abs(x - centre) < 1:
        anchor, name_x = "middle", x
        first = y - 12 - leading * (len(lines) - 1) if y < centre else y + 22
    else:
        anchor = "start" if x > centre else "end"
        name_x = x + 14 if x > centre else x - 14
        first = y + 5 - leading * (len(lines) - 1) / 2
    spans = format_html_join(
        "",
        '<tspan x="{}" y="{}">{}</tspan>',
        ((_n(name_x), _n(first + leading * i), line) for i, line in enumerate(lines)),
    )
    return format_html(
        '<text class="chart-text chart-radar__name" font-size="{}" text-anchor="{}" fill="{}">'
        "{}</text>",
        NAME_SIZE, anchor, INK, spans,
    )  # fmt: skip


def _axis_step(highest):
    """A round step (1, 2, 2.5 or 5 times a power of ten) that gives at most five."""
    if highest <= 0:
        return 1
    raw = highest / 5
    power = 10 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw - 1e-9)
    return max(step, 1)


def _swatch_parts(kind, id):
    box = (
        '<rect class="{}" x="2" y="5" width="24" height="14" fill="{}" stroke="{}"'
        ' stroke-width="1.5"{}/>'
    )
    dashed = SafeString(' stroke-dasharray="4 3"')
    if kind in ("own", "series-0"):
        return [format_html(box, "chart-own", BLUE, INK if kind == "series-0" else BLUE, EMPTY)]
    if kind in ("withheld", "series-1"):
        hatch = f"{id}-hatch"
        return [_hatch(hatch), format_html(box, "chart-hatched", f"url(#{hatch})", INK, EMPTY)]
    if kind == "series-2":
        return [format_html(box, "chart-empty", PAPER, INK, EMPTY)]
    if kind == "target":
        return [_target_marker(14, 23)]
    if kind == "not-yet":
        return [format_html(box, "chart-empty", PAPER, GREY, EMPTY), _text(14, 16.5, "0", 12)]
    if kind == "not-rated":
        return [format_html(box, "chart-empty", PAPER, GREY, dashed), _text(14, 16.5, "?", 12)]
    if kind == "not-applicable":
        return [
            format_html(
                '<line class="chart-line" x1="2" y1="12" x2="26" y2="12" stroke="{}"'
                ' stroke-width="2"/>',
                GREY,
            )
        ]
    if kind == "radar-own":
        line = '<line class="chart-radar__own" x1="0" y1="12" x2="28" y2="12" stroke="{}" '
        return [
            format_html(line + 'stroke-width="2.5"/>', BLUE),
            format_html(
                '<circle class="chart-radar__dot" cx="14" cy="12" r="4.5" fill="{}"/>', BLUE
            ),
        ]
    if kind == "radar-target":
        return [
            format_html(
                '<line class="chart-radar__target" x1="0" y1="12" x2="28" y2="12" stroke="{}"'
                ' stroke-width="2.5" stroke-dasharray="7 4"/>',
                INK,
            ),
            format_html(
                '<rect class="chart-radar__square" x="9" y="7" width="10" height="10" fill="none"'
                ' stroke="{}" stroke-width="2"/>',
                INK,
            ),
        ]
    raise ValueError(f"There is no swatch {kind!r}")
