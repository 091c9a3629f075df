"""Reading a finished report: its stored, publishable figures put into words and tables.

Everything is worked out from what the sections hold, so that no page says more than they do.
Percentages and means are functions of the rounded counts.
"""

from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.text import slugify

from govuk.charts import WITHHELD_TEXT, ChartColumn, Distribution
from reports.measures import OF_A_LINE
from reports.models import GapReport

# --- Lines ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answers:
    """How the levels of some people compare with their targets; None where it is withheld."""

    rated: int | None
    below: int | None
    at: int | None
    above: int | None
    gap_sum: int | None
    levels: list[int | None]

    @property
    def is_shown(self):
        return self.rated is not None

    @property
    def below_share(self):
        """Of the people rated, the percentage below their target."""
        return None if self.below is None else percentage(self.below, self.rated)

    @property
    def above_share(self):
        return None if self.above is None else percentage(self.above, self.rated)

    @property
    def mean_gap(self):
        return None if self.gap_sum is None else self.gap_sum / self.rated


NO_ANSWERS = Answers(None, None, None, None, None, [])


@dataclass(frozen=True)
class Line(Answers):
    """One skill's figures in one unit and all below it; None where a figure is withheld.

    `rated` to `levels` are on the levels people give themselves, `reviewed` on those that line
    managers agreed to or saw otherwise. `asked` is the same in two reports where the frameworks
    ask the same of everybody. Hours are those logged within a year towards the skill.
    """

    skill: str
    slug: str
    area: str
    framework: str
    framework_name: str
    scale: list[str]
    required: int | None
    not_applicable: int | None
    target_low: int | None
    target_high: int | None
    reviewed: Answers
    learners: int | None
    own_hours: int | None
    work_hours: int | None
    asked: str

    @property
    def key(self):
        return self.framework, self.slug

    @property
    def area_key(self):
        return f"{self.framework}.{slugify(self.area)}"

    @property
    def coverage(self):
        """Of the people required to have the skill, the percentage that rated themselves."""
        return None if self.rated is None else percentage(self.rated, self.required)

    @property
    def one_target(self):
        """The target, where everybody has the same."""
        return self.target_low if self.target_low == self.target_high else None

    @property
    def target_text(self):
        if self.target_low is None:
            return WITHHELD_TEXT
        names = [self.scale[level - 1] for level in {self.target_low, self.target_high}]
        return " to ".join(sorted(names, key=self.scale.index))

    @property
    def texts(self):
        """The figures as they are printed, `[c]` for what is withheld."""
        told = {name: measure.text(self) for name, measure in OF_A_LINE.items()}
        return {"target": self.target_text, **told}


def percentage(part, whole):
    """A whole percentage, halves up; None of nothing."""
    return int(100 * part / whole + 0.5) if whole else None


def lines_of(section, facts):
    """A section's figures as `Line`s, in the order of frameworks, areas and skills."""
    releases = {release["framework"]: release for release in facts["releases"]}
    figures = section.figures
    # Method 1 had no reviewed levels and no learning, and groups have none.
    reviewed, study = figures.get("reviewed") or {}, figures.get("study") or {}
    lines = []
    for place, position in enumerate(figures["skill"]):
        skill = facts["skills"][position]
        release = releases[skill["framework"]]
        width = len(release["scale"]) + 1
        lines.append(
            Line(
                skill=skill["name"],
                slug=skill["slug"],
                area=skill["area"],
                framework=skill["framework"],
                framework_name=release["name"],
                scale=release["scale"],
                asked=skill.get("asked", ""),
                reviewed=Answers(**_answers(reviewed, place, width)) if reviewed else NO_ANSWERS,
                **_answers(figures, place, width),
                **{name: figures[name][place] for name in LINE_FIGURES},
                **{name: study[name][place] if study else None for name in STUDY_FIGURES},
            )
        )
    return lines


LINE_FIGURES = ("required", "not_applicable", "target_low", "target_high")
ANSWER_FIGURES = ("rated", "below", "at", "above", "gap_sum")
STUDY_FIGURES = ("learners", "own_hours", "work_hours")


def _answers(columns, place, width):
    return {
        "levels": columns["levels"][place][:width],
        **{name: columns[name][place] for name in ANSWER_FIGURES},
    }


def line_of(section, facts, framework, skill):
    """The line of one skill; None where nobody in the unit is required to have it."""
    for line in lines_of(section, facts):
        if (line.framework, line.slug) == (framework, skill):
            return line
    return None


def biggest_gaps(lines):
    """Lines whose number below target is told, the most people first; then by share and name.

    People rather than shares: two thirds of fifteen people would otherwise stand above half of a
    thousand, and a department acts where most of its people are.
    """
    return sorted(
        (line for line in lines if line.below_share is not None),
        key=lambda line: (-line.below, -line.below_share, line.skill),
    )


def areas_of(lines):
    """The areas of some lines as choices for a form, in order of reading."""
    many = len({line.framework for line in lines}) > 1
    return list(
        {
            line.area_key: f"{line.area} ({line.framework_name})" if many else line.area
            for line in lines
        }.items()
    )


# --- The headline -----------------------------------------------------------------------------


@dataclass(frozen=True)
class HeadlineRow:
    """One of the biggest gaps, every figure ready to print."""

    skill: str
    area: str
    target: str
    required: str
    rated: str
    coverage: str
    below: str
    below_share: str
    mean_gap: str


def headline_rows(report, limit=10):
    """The biggest gaps of a ready report as `HeadlineRow`s; one query."""
    section = report.sections.get(unit=report.unit_id)
    return headline_rows_of(lines_of(section, report.facts), limit)


def headline_rows_of(lines, limit=10):
    wanted = HeadlineRow.__dataclass_fields__
    return [
        HeadlineRow(
            skill=line.skill,
            area=line.area,
            **{name: text for name, text in line.texts.items() if name in wanted},
        )
        for line in biggest_gaps(lines)[:limit]
    ]


@dataclass(frozen=True)
class Overview:
    """What the lines of one unit come to, in sentences."""

    gaps: list[str]
    coverage: str
    withheld: str


def overview_of(lines):
    return Overview(
        gaps=_gap_sentences(lines), coverage=_coverage(lines), withheld=_withheld(lines)
    )


def _gap_sentences(lines):
    ranked = biggest_gaps(lines)
    if not ranked:
        return []
    first = ranked[0]
    sentences = [
        f"The biggest gap is in {first.skill}: about {first.below:,} of the {first.rated:,} people "
        f"who rated themselves ({first.below_share}%) are below their target."
    ]
    half = sum(line.below_share >= 50 for line in ranked)
    if len(ranked) > 1:
        skills = f"{half} of the {len(ranked)} skills with published figures"
        verb = "half or more of the people who rated themselves are below their target."
        sentences.append(f"In {skills}, {verb}")
    least = min(ranked, key=lambda line: (line.below_share, -line.rated, line.skill))
    if len(ranked) > 1 and least.below_share < 50:
        share = f"about {least.below_share}%" if least.below else "nobody"
        sentences.append(
            f"The smallest share below target is in {least.skill}: {share} of the {least.rated:,} "
            "people who rated themselves."
        )
    return sentences


def _coverage(lines):
    # The people required are withheld where few answered "not applicable".
    shown = [line for line in lines if line.is_shown and line.required is not None]
    if not shown:
        return ""
    rated, required = sum(line.rated for line in shown), sum(line.required for line in shown)
    return (
        f"People have given {percentage(rated, required)}% of the ratings that their role levels "
        "call for, counted over the skills whose people required are published."
    )


def _withheld(lines):
    hidden = sum(not line.is_shown for line in lines)
    partly = sum(line.is_shown and line.below is None for line in lines)
    parts = []
    if hidden:
        parts.append(f"All figures of {_skills(hidden)} are withheld.")
    if partly:
        parts.append(f"The number below target is withheld for {_skills(partly)}.")
    return " ".join(parts)


def _skills(count):
    return "1 skill" if count == 1 else f"{count} skills"


# --- Charts -----------------------------------------------------------------------------------


def distribution_charts(lines):
    """A chart of people at each level for each framework among the lines: scales differ."""
    groups = {}
    for line in lines:
        groups.setdefault(line.framework, []).append(line)
    return [
        {
            "id": f"levels-{framework}",
            "title": f"People at each level: {group[0].framework_name}",
            "scale": group[0].scale,
            "rows": [distribution(line.skill, line) for line in group],
        }
        for framework, group in groups.items()
    ]


def distribution(label, line, url=""):
    rated, required = line.texts["rated"], line.texts["required"]
    return Distribution(
        label,
        line.levels,
        target=line.one_target,
        note=f"{rated} of {required} people have rated themselves",
        url=url,
    )


def trend_column(day, line):
    """The share below target on a day; a withheld share has no column."""
    return ChartColumn(date_format(day, "j F Y"), [line.below_share], date_format(day, "M y"))


# --- Words about the work ---------------------------------------------------------------------


def status_sentence(report):
    """What is happening with the report, and what happens next."""
    if report.status == GapReport.Status.QUEUED:
        if report.error:
            return (
                "An attempt to compile this report did not finish. It will be tried again by "
                "itself, usually within a minute."
            )
        return (
            "This report is waiting to be compiled. It starts by itself, usually within a minute. "
            "You can leave this page."
        )
    if report.status == GapReport.Status.COMPILING:
        return (
            "This report is being compiled. It will be shown here when it is ready. "
            "You can leave this page."
        )
    if report.status == GapReport.Status.READY:
        return "This report is ready."
    if report.status == GapReport.Status.CANCELLED:
        return "This report was cancelled. Nothing more happens unless it is asked for again."
    return "This report could not be compiled. Nothing more happens unless it is asked for again."
