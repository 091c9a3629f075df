"""The log as a tagged PDF (PDF/UA-1), set by Typst."""

from pathlib import Path

from govuk.files.pdf import NOT_SHOWN, compile_pdf, has_boxes, shown
from learning.durations import duration_words

from .record import time_word

TEMPLATE = Path(__file__).with_name("cpd.typ")
# A longer log takes a request too long; the page asks for a shorter period.
MOST_ENTRIES = 500


def pdf_bytes(record):
    return compile_pdf(TEMPLATE, _data(record))


def _data(record):
    total = record.total
    period = f"{record.first:%-d %B %Y} to {record.last:%-d %B %Y}"
    entries = "1 entry" if total.entries == 1 else f"{total.entries:,} entries"
    data = {
        "person": shown(record.person.full_name),
        "title": shown(f"Learning log of {record.person.full_name}, {period}"),
        "summary": (
            f"{entries}, {duration_words(total.all)}: {duration_words(total.work)} of work time "
            f"and {duration_words(total.own)} of own time."
        ),
        "by_skill": [
            [
                shown(row.label),
                duration_words(row.work),
                duration_words(row.own),
                duration_words(row.all),
            ]
            for row in record.by_skill
        ],
        "entries": [_entry(entry) for entry in record.entries],
        "notes": ["An entry for several skills counts under each of them."],
    }
    if has_boxes(data):
        data["notes"].append(
            f"A box ({NOT_SHOWN}) stands for a character that this file cannot show. The CSV and "
            "ODS files have every character."
        )
    return data


def _entry(entry):
    facts = [
        f"{entry.done_on:%-d %B %Y}",
        duration_words(entry.duration_minutes),
        f"{time_word(entry)} time",
    ]
    if entry.kind:
        facts.append(entry.get_kind_display().lower())
    return {
        "title": shown(entry.title),
        "facts": ", ".join(facts),
        "skills": shown("; ".join(entry.names)),
        "link": shown(entry.link),
        "reflection": [shown(line) for line in entry.reflection.splitlines() if line.strip()],
    }
