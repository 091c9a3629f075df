"""The log as a tagged PDF (PDF/UA-1), set by Typst."""

import json
import unicodedata
from pathlib import Path

import typst

from learning.durations import duration_words

from .record import time_word

TEMPLATE = Path(__file__).with_name("cpd.typ")
# A longer log takes a request too long; the page asks for a shorter period.
MOST_ENTRIES = 500
# PDF/UA-1 refuses a character that no font shows. These are the ones that the fonts shipped with
# Typst show, found by trying each; a test compiles them all.
SHOWN = (
    (0x20, 0x7E),
    (0xA0, 0xAC),
    (0xAE, 0x24F),
    (0x370, 0x377),
    (0x37A, 0x37F),
    (0x384, 0x38A),
    (0x38C, 0x38C),
    (0x38E, 0x3A1),
    (0x3A3, 0x482),
    (0x48A, 0x4FF),
    (0x1E00, 0x1EFF),
    (0x2010, 0x2027),
    (0x2030, 0x2040),
    (0x20A0, 0x20BF),
    (0x2122, 0x2122),
    (0x2126, 0x2126),
    (0x2190, 0x22FF),
)
NOT_SHOWN = "\u25a1"
_SHOWN = {chr(code) for first, last in SHOWN for code in range(first, last + 1)}


def shown(text):
    """The text with a box for each character that the PDF cannot show; invisible ones go."""
    composed = unicodedata.normalize("NFC", " ".join(text.split()))
    return "".join(
        character if character in _SHOWN else NOT_SHOWN
        for character in composed
        if unicodedata.category(character) not in ("Cc", "Cf")
    )


def pdf_bytes(record):
    data = _data(record)
    return typst.compile(
        TEMPLATE,
        root=TEMPLATE.parent,
        format="pdf",
        sys_inputs={"data": json.dumps(data)},
        pdf_standards=["ua-1"],
        # The same file on every machine.
        ignore_system_fonts=True,
    )


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
    if NOT_SHOWN in json.dumps(data, ensure_ascii=False):
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
