"""Charts: what is drawn, what is said in words, and that both are the same."""

import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.template import Context, Template

from govuk import charts
from govuk.charts import (
    NO_DATA,
    WITHHELD,
    Axis,
    Cell,
    ChartColumn,
    Distribution,
    Heading,
    HeatMap,
    HeatRow,
    LevelBar,
)

SCALE = ["Awareness", "Working", "Practitioner", "Expert"]
EIGHT = [f"Level {n}" for n in range(1, 9)]
BANDS = ["under 0.2", "0.2 to 0.3", "0.4 to 0.5", "0.6 to 0.7", "0.8 and over"]
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{ 1 }} \x00\x1b'
LONG = "Communicating between the technical and the non-technical " * 5
SVG = "{http://www.w3.org/2000/svg}"

LEVELS = [
    LevelBar("Agile working", level=2, target=3, url="/skills/agile/"),
    LevelBar("User research", level=0, target=1),
    LevelBar("Data ethics", level=None, target=2),
    LevelBar("Penetration testing", not_applicable=True),
    LevelBar(HOSTILE, level=4, target=3),
    LevelBar(LONG, level=3, target=3),
    LevelBar("x" * 300, level=1),
]
AREAS = [
    Axis("Service design", 2.3, 3),
    Axis(HOSTILE, None, 2),
    Axis(LONG, 4, 4),
    Axis("y" * 300, 0, 1.5),
]
COUNTS = [
    Distribution("Agile working", [5, None, 20, 1500, 10], target=3, note="50 of 80 rated"),
    Distribution(HOSTILE, [None] * 5, target=2),
    Distribution(LONG, [0] * 5),
    Distribution("At the top", [0, 0, 0, 0, 35], target=4),
]
MONTHS = [
    ChartColumn("January 2026", [120, 1300], short="Jan"),
    ChartColumn("February 2026", [0, None], short="Feb"),
    ChartColumn(HOSTILE, [None, None]),
    ChartColumn(LONG, [7.5, 30]),
]
SERIES = ["Own time", "Work time"]
GAPS = HeatMap(
    title="Mean gap by unit and skill",
    columns=[Heading("UCD", meaning="User-centred design"), Heading("Data"), Heading(HOSTILE)],
    rows=[
        HeatRow(
            Heading("Payments", url="/units/payments/"),
            [Cell("0.7", 4), Cell("3", WITHHELD), Cell(HOSTILE, 1)],
        ),
        HeatRow(Heading(LONG), [Cell("0.1", 1), Cell(), Cell("1.2", 5)]),
    ],
    bands=BANDS,
    corner="Unit",
)

PICTURES = {
    "level bar": lambda id: charts.level_bar(LEVELS[4], scale=SCALE, id=id),
    "level bar, not applicable": lambda id: charts.level_bar(LEVELS[3], scale=SCALE, id=id),
    "level bar, eight levels": lambda id: charts.level_bar(LEVELS[0], scale=EIGHT, id=id),
    "level bar, one level": lambda id: charts.level_bar(LEVELS[1], scale=["Yes"], id=id),
    "radar": lambda id: charts.radar(AREAS, scale=SCALE, id=id, title=HOSTILE),
    "radar of twelve": lambda id: charts.radar(AREAS * 3, scale=EIGHT, id=id, title="Areas"),
    "distribution": lambda id: charts.distribution_bar(COUNTS[0], scale=SCALE, id=id),
    "distribution, withheld": lambda id: charts.distribution_bar(COUNTS[1], scale=SCALE, id=id),
    "distribution, nobody": lambda id: charts.distribution_bar(COUNTS[2], scale=SCALE, id=id),
    "columns": lambda id: charts.column_chart(
        MONTHS, series=SERIES, id=id, title=HOSTILE, unit=HOSTILE
    ),
    "one column of nothing": lambda id: charts.column_chart(
        [ChartColumn("January", [None])], series=["Minutes"], id=id, title="Minutes"
    ),
}
TAGS = {
    "level_bars": ("{% level_bars data scale=scale id='a' %}", LEVELS),
    "radar": ("{% radar data scale=scale id='a' %}", AREAS),
    "distribution_bars": ("{% distribution_bars data scale=scale id='a' %}", COUNTS),
    "column_chart": ("{% column_chart data series=series id='a' title='Minutes' %}", MONTHS),
    "heat_map": ("{% heat_map data id='a' %}", GAPS),
}


def render(source, data):
    context = Context({"data": data, "scale": SCALE, "series": SERIES})
    return Template("{% load charts %}" + source).render(context)


def parse(markup):
    """The markup as a tree. Outside pictures HTML allows `<br>` and control characters."""
    forgiven = re.sub(r"<br>|[\x00\x1b]", "", markup)
    return ElementTree.fromstring(f"<page>{forgiven}</page>")  # noqa: S314


def words(element):
    return " ".join("".join(element.itertext()).split())


def table_of(tree):
    return [[words(cell) for cell in row] for row in tree.find(".//table").iter("tr")]


def shapes(svg, css_class):
    return [e for e in parse(svg).iter() if e.get("class") == css_class]


# --- Every picture ---------------------------------------------------------------------------


@pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES)
def test_a_picture_is_well_formed_and_has_a_name_and_a_description(draw):
    svg = ElementTree.fromstring(draw("p"))  # noqa: S314
    assert svg.get("role") == "img"
    assert svg.get("aria-labelledby") == svg.find(f"{SVG}title").get("id") == "p-title"
    assert svg.get("aria-describedby") == svg.find(f"{SVG}desc").get("id") == "p-desc"
    assert words(svg.find(f"{SVG}title"))
    assert words(svg.find(f"{SVG}desc"))


@pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES)
def test_no_number_in_a_picture_is_missing_or_outside_it(draw):
    svg = ElementTree.fromstring(draw("p"))  # noqa: S314
    _, _, width, height = map(float, svg.get("viewBox").split())
    for element in svg.iter():
        assert "nan" not in str(element.attrib)
        if element.tag == f"{SVG}rect" and element.get("x"):
            x, y, w, h = (float(element.get(name)) for name in ("x", "y", "width", "height"))
            assert x >= 0 and y >= 0 and x + w <= width and y + h <= height
            assert w > 0 and h > 0


@pytest.mark.parametrize(("source", "data"), TAGS.values(), ids=TAGS)
def test_a_tag_prints_escaped_markup_without_styles_scripts_or_repeated_ids(source, data):
    html = render(source, data)
    tree = parse(html)
    elements = list(tree.iter())
    assert not [e for e in elements if e.tag.removeprefix(SVG) in ("script", "style", "img")]
    assert not [n for e in elements for n in e.attrib if n == "style" or n.startswith("on")]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    ids = [e.get("id") for e in elements if e.get("id")]
    assert len(ids) == len(set(ids))
    referred = re.findall(r'aria-(?:labelledby|describedby)="([^"]+)"|url\(#([^)]+)\)', html)
    assert {a or b for a, b in referred} <= set(ids)


def test_two_charts_with_two_ids_share_no_id():
    source = "{% level_bars data scale=scale id='a' %}{% level_bars data scale=scale id='b' %}"
    ids = [e.get("id") for e in parse(render(source, LEVELS)).iter() if e.get("id")]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("id", ["", "1a", "a b", 'a"', "a#"])
def test_an_id_that_would_break_the_markup_is_refused(id):
    with pytest.raises(ValueError, match="id is a letter"):
        charts.level_bar(LEVELS[0], scale=SCALE, id=id)


@pytest.mark.parametrize("source", [t[0] for n, t in TAGS.items() if n != "heat_map"])
def test_nothing_to_show_is_said_in_words(source):
    html = render(source, [])
    assert "to show" in html
    assert "<table" not in html and "<svg" not in html


@pytest.mark.parametrize(
    ("source", "data"), [t for n, t in TAGS.items() if n != "heat_map"], ids=list(TAGS)[:-1]
)
def test_one_row_is_shown_with_its_table(source, data):
    table = table_of(parse(render(source, data[:1])))
    assert len(table) == 2
    assert data[0].label in table[1][0]


# --- Level bars ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "filled", "empty", "digit"),
    [
        (LevelBar("Some", 3, 4), 3, 1, None),
        (LevelBar("All", 4, 4), 4, 0, None),
        (LevelBar("Not yet", 0, 4), 0, 4, "0"),
        (LevelBar("Unknown", None, 4), 0, 4, "?"),
        (LevelBar("Not applicable", not_applicable=True, target=4), 0, 0, None),
    ],
)
def test_a_bar_fills_one_box_for_each_level(row, filled, empty, digit):
    svg = charts.level_bar(row, scale=SCALE, id="p")
    assert len(shapes(svg, "chart-own")) == filled
    assert len(shapes(svg, "chart-empty")) == empty
    assert [words(e) for e in shapes(svg, "chart-text")] == ([digit] if digit else [])
    assert len(shapes(svg, "chart-target")) == (0 if row.not_applicable else 1)


def test_unknown_is_dashed_and_not_yet_is_not():
    unknown = charts.level_bar(LevelBar("Unknown", None, 2), scale=SCALE, id="p")
    not_yet = charts.level_bar(LevelBar("Not yet", 0, 2), scale=SCALE, id="p")
    assert "stroke-dasharray" in unknown
    assert "stroke-dasharray" not in not_yet


@pytest.mark.parametrize(
    ("row", "status"),
    [
        (LevelBar("a", 2, 3), "1 level below target"),
        (LevelBar("a", 0, 3), "3 levels below target"),
        (LevelBar("a", 3, 3), "At target"),
        (LevelBar("a", 4, 3), "Above target"),
        (LevelBar("a", 4), "No target"),
        (LevelBar("a", None, 3), "Not rated yet"),
        (LevelBar("a", not_applicable=True, target=3), "Not applicable"),
        (LevelBar("a", 2, 3, status_text="Reviewed: working"), "Reviewed: working"),
    ],
)
def test_a_row_says_how_it_stands_against_the_target(row, status):
    assert row.status == status


def test_level_bars_say_the_same_in_list_picture_and_table():
    tree = parse(render("{% level_bars data scale=scale %}", LEVELS[:4]))
    assert table_of(tree) == [
        ["Skill", "Level", "Target", "Status"],
        ["Agile working", "Working (2)", "Practitioner (3)", "1 level below target"],
        ["User research", "Not yet (0)", "Awareness (1)", "1 level below target"],
        ["Data ethics", "Not rated", "Working (2)", "Not rated yet"],
        ["Penetration testing", "Not applicable", "None", "Not applicable"],
    ]
    items = [e for e in tree.iter("li") if e.get("class") == "chart-list__item"]
    for item, row in zip(items, table_of(tree)[1:], strict=True):
        assert all(text in words(item) for text in row if text != "None")
        filled = len([e for e in item.iter() if e.get("class") == "chart-own"])
        level = re.search(r"\((\d)\)", row[1])
        assert filled == (int(level[1]) if level else 0)


def test_a_level_that_is_not_on_the_scale_is_refused():
    with pytest.raises(ValueError, match="not on a scale"):
        charts.level_bar(LevelBar("a", 5, 3), scale=SCALE, id="p")
    with pytest.raises(ValueError, match="1 to 8 levels"):
        charts.level_bar(LevelBar("a", 1), scale=[*EIGHT, "Nine"], id="p")


# --- Radar -----------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 13])
def test_too_few_or_too_many_areas_give_the_table_alone(count):
    tree = parse(render("{% radar data scale=scale %}", [Axis("Data", 1, 2)] * count))
    assert len(table_of(tree)) == count + 1
    assert not list(tree.iter(f"{SVG}svg"))


def test_a_radar_has_a_point_for_each_known_figure_at_its_distance():
    axes = [Axis("a", 4, 2), Axis("b", None, 2), Axis("c", 1, None), Axis("d", 2, 2)]
    svg = charts.radar(axes, scale=SCALE, id="p", title="Areas")
    dots = [(float(e.get("cx")), float(e.get("cy"))) for e in shapes(svg, "chart-radar__dot")]
    distances = [((x - 160) ** 2 + (y - 160) ** 2) ** 0.5 / 130 * 4 for x, y in dots]
    assert distances == pytest.approx([4, 1, 2], abs=0.01)
    assert len(shapes(svg, "chart-radar__square")) == 3
    # Broken where a figure is unknown, never drawn through the centre.
    assert {e.tag for e in shapes(svg, "chart-radar__own")} == {f"{SVG}line"}


def test_area_names_fit_into_the_margins_the_style_sheet_makes():
    for count in range(3, 13):
        axes = [Axis(LONG if i % 2 else "m" * 40, 1, 2) for i in range(count)]
        svg = charts.radar(axes, scale=SCALE, id="p", title="Areas")
        for name in shapes(svg, "chart-text chart-radar__name"):
            for line in name:
                x, y = float(line.get("x")), float(line.get("y"))
                width = len(line.text) * 0.56 * charts.NAME_SIZE
                start = {"start": x, "end": x - width, "middle": x - width / 2}
                left = start[name.get("text-anchor")]
                assert left >= -140 and left + width <= 460
                assert -55 + charts.NAME_SIZE <= y <= 375


def test_the_radar_table_numbers_the_areas_as_the_picture_does():
    tree = parse(render("{% radar data scale=scale %}", AREAS))
    names = [row[0] for row in table_of(tree)[1:]]
    assert [name.split(".")[0] for name in names] == ["1", "2", "3", "4"]
    assert table_of(tree)[1] == ["1. Service design", "2.3", "3"]
    assert table_of(tree)[2][1:] == ["Not rated", "2"]


# --- Distribution ----------------------------------------------------------------------------


def test_widths_are_in_proportion_and_withheld_widths_say_nothing():
    def widths(counts):
        svg = charts.distribution_bar(Distribution("a", counts), scale=SCALE, id="p")
        return [
            [float(e.get("width")) for e in shapes(svg, name)]
            for name in ("chart-count", "chart-hatched")
        ]

    known, withheld = widths([10, None, 20, None, 30])
    assert known[1] / known[0] == pytest.approx(2, abs=0.01)
    assert known[2] / known[0] == pytest.approx(3, abs=0.01)
    assert withheld == [28, 28]
    assert widths([1000, None, 2000, None, 3000])[1] == [28, 28]


def test_the_target_stands_where_its_level_begins():
    svg = charts.distribution_bar(
        Distribution("a", [25, 25, 50, 0, 100], target=3), scale=SCALE, id="p"
    )
    (marker,) = shapes(svg, "chart-target")
    *_, last = shapes(svg, "chart-count")
    assert float(re.match(r"M([\d.]+)", marker.get("d"))[1]) + 1.5 == float(last.get("x"))


def test_the_distribution_says_the_same_in_list_and_table():
    tree = parse(render("{% distribution_bars data scale=scale %}", COUNTS))
    head, first, second, *_ = table_of(tree)
    assert first == ["Agile working", "5", "[c]", "20", "1,500", "10", "Practitioner (3)"]
    assert second[1:-1] == ["[c]"] * 5
    items = [e for e in tree.iter("li") if e.get("class") == "chart-list__item"]
    for item, row in zip(items, table_of(tree)[1:], strict=True):
        shown = [words(e) for e in item.iter("span") if e.get("class") == "chart-list__count"]
        assert shown == [f"{h}: {c}" for h, c in zip(head[1:-1], row[1:-1], strict=True)]


def test_counts_that_do_not_fit_the_scale_are_refused():
    with pytest.raises(ValueError, match="4 counts"):
        charts.distribution_bar(Distribution("a", [1, 2, 3, 4]), scale=SCALE, id="p")
    with pytest.raises(ValueError, match="negative"):
        charts.distribution_bar(Distribution("a", [1, 2, 3, 4, -1]), scale=SCALE, id="p")


# --- Columns ---------------------------------------------------------------------------------


def test_column_heights_are_the_figures_of_the_table():
    columns = [ChartColumn("Jan", [100, 300]), ChartColumn("Feb", [200, None])]
    tree = parse(render("{% column_chart data series=series title='Minutes' %}", columns))
    assert table_of(tree) == [
        ["Month", "Own time", "Work time", "Total"],
        ["Jan", "100", "300", "400"],
        ["Feb", "200", "No data", "200"],
    ]
    svg = charts.column_chart(columns, series=SERIES, id="p", title="Minutes")
    own = [float(e.get("height")) for e in shapes(svg, "chart-own")]
    (work,) = [float(e.get("height")) for e in shapes(svg, "chart-hatched")]
    # 166 units high for the 400 minutes of the highest grid line.
    assert [*own, work] == pytest.approx([41.5, 83, 124.5], abs=0.1)


@pytest.mark.parametrize("highest", [0, 0.4, 1, 7, 60, 61, 999, 1000, 123456, 5_500_000])
def test_the_scale_of_columns_is_round_and_holds_the_highest(highest):
    svg = charts.column_chart([ChartColumn("a", [highest])], series=["A"], id="p", title="A")
    marks = [
        float(words(e).replace(",", ""))
        for e in shapes(svg, "chart-text")
        if e.get("text-anchor") == "end"
    ]
    assert marks[0] == 0
    assert marks[-1] >= highest
    assert 2 <= len(marks) <= 6


def test_column_labels_do_not_run_into_each_other():
    months = [ChartColumn(f"Month {n}", [n]) for n in range(1, 25)]
    svg = charts.column_chart(months, series=["A"], id="p", title="A")
    places = sorted(
        float(e.get("x")) for e in shapes(svg, "chart-text") if words(e).startswith("Month")
    )
    assert min(b - a for a, b in pairwise(places)) >= 7.5 * len("Month 24")


# --- Heat map --------------------------------------------------------------------------------


def test_a_heat_map_is_a_table_with_headings_that_scrolls_by_keyboard():
    tree = parse(render("{% heat_map data id='gaps' %}", GAPS))
    region = tree.find(".//div[@role='region']")
    assert region.get("tabindex") == "0"
    assert region.get("aria-labelledby") == tree.find(".//caption").get("id") == "gaps-caption"
    assert [e.get("scope") for e in tree.find(".//thead/tr")] == ["col"] * 4
    assert [e.get("scope") for e in tree.iter("th")].count("row") == 2


def test_every_cell_has_its_text_and_the_class_of_its_band():
    tree = parse(render("{% heat_map data %}", GAPS))
    cells = [
        (words(e), e.get("class").rpartition("--")[2]) for e in tree.iter("td") if e.get("class")
    ]
    assert cells[0] == ("0.7", "4")
    assert cells[1] == ("[c] withheld", "withheld")
    assert cells[3:] == [("0.1", "1"), ("No data", "none"), ("1.2", "5")]


def test_the_key_explains_bands_withheld_figures_and_abbreviations():
    tree = parse(render("{% heat_map data %}", GAPS))
    key = tree.find(".//dl")
    assert all(band in words(key) for band in BANDS)
    assert "[c] Withheld" in words(key)
    assert "UCD User-centred design" in words(key)
    assert "Payments" not in words(key)


def test_a_withheld_cell_never_prints_what_it_was_given():
    assert Cell("3", WITHHELD).shown == "[c]"


def test_a_heat_map_without_rows_says_so():
    empty = HeatMap("Gaps", [Heading("Data")], [], BANDS)
    assert "nothing to show" in render("{% heat_map data %}", empty)


def test_cells_that_colour_alone_would_tell_are_refused():
    with pytest.raises(ValueError, match="colour alone"):
        Cell("", 3)
    with pytest.raises(ValueError, match="A band is"):
        Cell("9", 6)
    with pytest.raises(ValueError, match="1 cells for 2 columns"):
        HeatMap("a", [Heading("a"), Heading("b")], [HeatRow(Heading("c"), [Cell()])], BANDS)


@pytest.mark.parametrize(
    ("value", "band"), [(-1, 1), (0.19, 1), (0.2, 2), (0.4, 3), (0.79, 4), (0.8, 5), (9, 5)]
)
def test_a_band_begins_at_its_limit(value, band):
    assert charts.band_of(value, [0.2, 0.4, 0.6, 0.8]) == band


# --- Style sheet -----------------------------------------------------------------------------

CSS = (Path(charts.__file__).parent / "static/govuk/charts.css").read_text()


def luminance(colour):
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def rule(selector):
    """The declarations of the first rule with exactly this selector."""
    return re.search(rf"^{re.escape(selector)} \{{(.*?)^\}}", CSS, re.S | re.M)[1]


@pytest.mark.parametrize("band", [1, 2, 3, 4, 5, WITHHELD, NO_DATA])
def test_text_in_every_band_has_enough_contrast(band):
    own = rule(f".chart-heat__cell--{band}")
    text = re.search(r"(?<!-)color: (#\w{6})", own + rule(".chart-heat__cell"))[1]
    grounds = re.findall(r"#\w{6}", re.sub(r"(?<!-)color: #\w{6};", "", own))
    assert grounds
    assert all(contrast(text, ground) >= 4.5 for ground in grounds)


def test_bands_differ_from_their_neighbours():
    grounds = [re.search(r"#\w{6}", rule(f".chart-heat__cell--{n}"))[0] for n in range(1, 6)]
    assert all(contrast(a, b) >= 1.25 for a, b in pairwise(grounds))


def test_figures_on_tinted_segments_and_shapes_on_paper_have_enough_contrast():
    assert all(contrast(charts.INK, charts._tint(level, 8)) >= 4.5 for level in range(9))
    assert all(contrast(c, charts.PAPER) >= 3 for c in (charts.INK, charts.GREY, charts.BLUE))


def test_every_class_of_a_shape_is_mended_for_readers_with_their_own_colours():
    forced = CSS.partition("@media (forced-colors: active)")[2].partition("@media print")[0]
    drawn = "".join(draw("p") for draw in PICTURES.values())
    shapes_drawn = re.findall(r'<(?:rect|line|path|circle|polygon)[^>]* class="([\w-]+)"', drawn)
    assert shapes_drawn
    assert all(f".{name}" in forced for name in shapes_drawn)
