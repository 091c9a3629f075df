"""Criterion P2: pages and files of a report publish exactly the same figures, each read back by a
program that is not ours. What one of them withholds, none tells; so whatever an attacker sees in
one, the attack on the stored sections has seen.
"""

import csv
import io
import re
import zipfile

import pytest
from bs4 import BeautifulSoup
from python_calamine import CalamineWorkbook

from accounts.models import Post
from assessments.models import SkillVersion
from govuk.charts import WITHHELD_TEXT
from reports import compile as compiling
from reports import making, measures, services
from reports.exports.content import content_of
from reports.models import GapReport, GapReportFile
from tests import factories
from tests.pdf_ua import parts_of
from tests.reports.departments import DAY, fill
from tests.reports.test_beside import log, people_in, review
from tests.reports.test_pages import address

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SCALE = ["Awareness", "Working", "Practitioner", "Expert"]
OF_SKILLS = [*measures.OF_A_LINE.values(), *measures.levels_of(SCALE)]
KEYS = {
    **{measure.label: measure.key for measure in OF_SKILLS},
    **{f"{measure.label} (%)": measure.key for measure in OF_SKILLS if measure.unit == "percent"},
}
KEYS_OF_PEOPLE = {
    label: measure.key
    for measure in measures.PEOPLE.values()
    for label in (measure.label, f"{measure.label} (%)")
}


@pytest.fixture
def report(department, digital, operations, report_reader):
    """Two frameworks, two units, two grades, reviews and learning; some of each is withheld."""
    first = factories.release(
        skills=["Agile working", "User focus", "Data ethics"],
        targets={"Agile working": 2, "User focus": 3, "Data ethics": 1},
    )
    second = factories.release(skills=["Cloud", "Design", "Law"])
    for unit in (digital, operations):
        fill(unit, first, people=90)
        fill(unit, second, people=90, shift=1)
        posts = Post.objects.filter(unit=unit).order_by("pk").values_list("pk", flat=True)
        Post.objects.filter(pk__in=list(posts)[::2]).update(grade="HEO")
    people = people_in(digital)
    review([person for person in people if person.ratings.exists()][:80], "User focus", "agree")
    log(people[:60], skill=SkillVersion.objects.get(name="User focus").skill)
    log(people[60:], time="work", minutes=120)
    report, _ = services.enqueue_gap_report(unit=department, as_at=DAY, by=report_reader)
    compiling.compile_report(report.pk)
    report.refresh_from_db()
    assert report.status == GapReport.Status.READY, report.error
    return report


def made(report, extension):
    file = report.files.get(format=extension)
    making.make_file(file.pk)
    return io.BytesIO(
        bytes(GapReportFile.objects.values_list("content", flat=True).get(pk=file.pk))
    )


# --- Each reader: {(whose, skill, measure): value or "[c]"} -----------------------------------


def figure(text):
    """A figure as every reader gives it: without what is only typography."""
    text = str(text).rstrip("%").replace(",", "")
    return text.removesuffix(".0")


def add(found, whose, skill, measure, text):
    # A chart's own table tells some figures a second time: the same ones.
    key = whose, skill, measure
    assert found.setdefault(key, figure(text)) == figure(text), key


def whose(unit, breakdown="", group=""):
    return f"{breakdown}: {group}" if group else unit


def in_csv(report):
    archive = zipfile.ZipFile(made(report, "csv"))
    text = archive.read("figures.csv").decode("utf-8-sig")
    found = {}
    for row in csv.DictReader(io.StringIO(text)):
        who = whose(row["unit"], row["breakdown"], row["group"])
        add(found, who, row["skill"], row["measure"], row["value"])
    return found


def in_workbook(report, extension):
    workbook = CalamineWorkbook.from_filelike(made(report, extension))
    found = {}
    for name in workbook.sheet_names:
        if not re.fullmatch(r"Table \d+", name):
            continue
        rows = workbook.get_sheet_by_name(name).to_python()
        start = next(place for place, row in enumerate(rows) if row[0] == "Unit code")
        for row in rows[start + 1 :]:
            cells = dict(zip(rows[start], row, strict=True))
            who = whose(cells["Unit"], cells.get("Breakdown", ""), cells.get("Group", ""))
            add_row(found, who, cells)
    return found


def in_pdf(report):
    """By way of headings: the unit, or the group, and below it the caption of each table."""
    labels_of = {table.title: [each.label for each in table.fields] for table in tables(report)}
    people = names_of(report)
    found, who, labels = {}, "", []
    for kind, what in parts_of(made(report, "pdf")):
        if kind[0] == "H":
            who = people.get(what, who)
            title = next((title for title in labels_of if what.startswith(title)), "")
            labels = labels_of.get(title, [])
        elif labels and kind == "Table":
            head, *rows = what
            for row in rows:
                add_row(found, who, dict(zip(head, row, strict=True)))
        elif labels and (
            named := re.fullmatch(r"All figures are withheld \(\[c\]\) for: (.+)\.", what)
        ):
            for name in named[1].split("; "):
                row = dict.fromkeys(labels, WITHHELD_TEXT)
                add_row(found, who, {**row, "Skill": name} if "Skill" in row else row)
    return found


def tables(report):
    return content_of(report).tables


def names_of(report):
    """{heading in the PDF: whose figures follow}."""
    content = content_of(report)
    return {subject.name: subject.name for subject in (*content.units(), *content.groups())}


def add_row(found, who, cells):
    keys = KEYS if "Skill" in cells else KEYS_OF_PEOPLE
    for label, cell in cells.items():
        if label in keys:
            add(found, who, cells.get("Skill", ""), keys[label], cell)


def in_pages(client, report):
    found = {}
    for section in report.sections.of_units().select_related("unit"):
        page = client.get(address("figures", report, section.unit.slug))
        add_page(found, section.unit.name, page.text)
    for group in report.sections.of_groups():
        page = client.get(address("group", report, group.dimension, group.group))
        heading = BeautifulSoup(page.text, "html.parser").h1
        kind = group.get_dimension_display()
        add_page(found, f"{kind}: {heading.find(string=True, recursive=False).strip()}", page.text)
    return found


def add_page(found, who, text):
    for table in BeautifulSoup(text, "html.parser").find_all("table", class_="govuk-table"):
        labels = [cell.get_text(strip=True) for cell in table.thead.find_all("th")]
        for row in table.tbody.find_all("tr"):
            cells = [cell.get_text(strip=True) for cell in row.find_all(["th", "td"])]
            if labels[0] == "Skill":
                add_row(found, who, dict(zip(labels, cells, strict=True)))
                if "Target" in labels:
                    add_target(found, who, cells[0], cells[labels.index("Target")])
            elif labels == ["Figure", "Value"]:
                add(found, who, "", KEYS_OF_PEOPLE[cells[0]], cells[1])


def add_target(found, who, skill, text):
    names = [re.sub(r" \(\d\)$", "", each) for each in text.split(" to ")]
    levels = [each if each == WITHHELD_TEXT else SCALE.index(each) + 1 for each in names * 2][:2]
    for key, level in zip(("lowest_target", "highest_target"), levels, strict=True):
        add(found, who, skill, key, level)


# --- Together ---------------------------------------------------------------------------------


def test_pages_csv_ods_xlsx_and_pdf_publish_exactly_the_same_figures(client, report, report_reader):
    client.force_login(report_reader)
    readers = {
        "pages": in_pages(client, report),
        "csv": in_csv(report),
        "ods": in_workbook(report, "ods"),
        "xlsx": in_workbook(report, "xlsx"),
        "pdf": in_pdf(report),
    }
    stored = stored_figures(report)
    for name, figures in readers.items():
        assert figures == stored, name
    told = [value for value in stored.values() if value != WITHHELD_TEXT]
    # Enough of both kinds for the comparison to mean something, groups included.
    assert len(told) > 300
    assert len(stored) - len(told) > 100
    assert {who.split(":")[0] for who, *_ in stored if ":" in who} == {
        *("Role family", "Role level", "Grade")
    }


def test_groups_of_the_same_name_are_told_apart_by_their_framework(client, report, report_reader):
    client.force_login(report_reader)
    page = BeautifulSoup(client.get(address("groups", report)).text, "html.parser")
    links = [link.get_text(" ", strip=True) for link in page.main.select("tbody th a")]
    assert len(links) == len(set(links)) == report.sections.of_groups().count()
    for release in report.facts["releases"]:
        assert f"Delivery manager ({release['name']})" in links
    assert "Executive officer (EO)" in links


def stored_figures(report):
    """Straight from the sections as they are stored, with no word of the exports."""
    facts = report.facts
    found = {}
    for section in report.sections.all():
        figures = section.figures
        who = figures.get("name")
        if section.group:
            who = f"{section.get_dimension_display()}: {name_of_group(figures['facts'])}"
        for place, position in enumerate(figures["skill"]):
            skill = facts["skills"][position]["name"]
            for key, value in line_of(figures, place):
                add(found, who, skill, key, WITHHELD_TEXT if value is None else value)
        if "people" in figures:
            for key, value in people_of(figures):
                add(found, who, "", key, WITHHELD_TEXT if value is None else value)
    return found


def name_of_group(facts):
    name, role = facts["name"], facts.get("role", "")
    return name if name.startswith(role) else f"{role}: {name}"


def line_of(figures, place):
    one = {
        name: values[place]
        for name, values in figures.items()
        if isinstance(values, list) and name != "people"
    }
    yield "lowest_target", one["target_low"]
    yield "highest_target", one["target_high"]
    yield "people_required", one["required"]
    yield "people_not_applicable", one["not_applicable"]
    yield "coverage", share(one["rated"], one["required"])
    yield from answers(one, "people_rated", "people_{}_target", "share_{}_target")
    yield "share_above_target", share(one["above"], one["rated"])
    yield "sum_of_gaps", one["gap_sum"]
    yield "mean_gap", mean(one)
    for level in range(len(SCALE) + 1):
        yield f"people_at_level_{level}", one["levels"][level]
    if "reviewed" in figures:
        columns = figures["reviewed"]
        names = ("rated", "below", "at", "above", "gap_sum")
        one = {name: columns[name][place] if columns else None for name in names}
        yield from answers(one, "people_reviewed", "reviewed_{}_target", "reviewed_share_{}_target")
        yield "reviewed_sum_of_gaps", one["gap_sum"]
        yield "reviewed_mean_gap", mean(one)
    if "study" in figures:
        study = figures["study"]
        yield "people_who_logged_learning", study["learners"][place]
        yield "hours_own_time", study["own_hours"][place]
        yield "hours_work_time", study["work_hours"][place]


def answers(one, rated, count, share_name):
    yield rated, one["rated"]
    for name in ("below", "at", "above"):
        yield count.format(name), one[name]
    yield share_name.format("below"), share(one["below"], one["rated"])


def people_of(figures):
    in_post, asked, answered = figures["people"]
    learners, own_learners, own_hours, work_hours = figures["study"]["all"]
    yield from (("people_in_post", in_post), ("people_asked", asked), ("people_answered", answered))
    yield "response_rate", share(answered, asked)
    yield "people_who_logged_any_learning", learners
    yield "people_who_learnt_in_own_time", own_learners
    yield "share_who_learnt_in_own_time", share(own_learners, in_post)
    yield "all_hours_own_time", own_hours
    yield "all_hours_work_time", work_hours


def share(part, whole):
    return None if None in (part, whole) else (200 * part + whole) // (2 * whole)


def mean(one):
    return None if one["gap_sum"] is None else f"{one['gap_sum'] / one['rated']:.1f}"


# --- Sentences --------------------------------------------------------------------------------


def test_the_sentences_of_pages_and_files_tell_no_other_figure(client, report, report_reader):
    client.force_login(report_reader)
    published = set(stored_figures(report).values()) - {WITHHELD_TEXT}
    page = BeautifulSoup(client.get(report.get_absolute_url()).text, "html.parser")
    said = {each.get_text(" ", strip=True) for each in page.main.select(".govuk-grid-row p")}
    content = content_of(report)
    assert len(content.overview) > 4
    assert set(content.overview) <= said
    for sentence in content.overview:
        # What the survey found, and how many skills there are, is no figure of people.
        counted = re.sub(
            r"In the .*? knows only.*|In \d+ of the \d+ skills|\d+ skills?", "", sentence
        )
        for number in re.findall(r"\d[\d,]*", counted):
            assert number.replace(",", "") in {*published, *overall(report)}, sentence


def overall(report):
    """The share of ratings given, over all skills whose people required are published."""
    figures = report.sections.get(unit=report.unit).figures
    both = [
        (rated, required)
        for rated, required in zip(figures["rated"], figures["required"], strict=True)
        if None not in (rated, required)
    ]
    rated, required = map(sum, zip(*both, strict=True))
    return {str(share(rated, required))}
