"""Mending text as publishers' spreadsheets leave it. Values in, values out."""

import re

from django.utils.text import slugify

INVISIBLE = re.compile("[\u200b-\u200d\u2060\ufeff]")
LINK = re.compile(r"\[([^\[\]\n]+)\]\([^()\s]*\)")
BULLET = re.compile(r"^[-*•–]\s*")
LEAD = re.compile(r"^you can\s*:?$", re.IGNORECASE)
SLUG_LENGTH = 100


def mend_name(text):
    """The text on one line, without invisible characters or stray spaces."""
    return " ".join(INVISIBLE.sub("", text).split())


def mend_text(text):
    """The text with tidy lines: no stray spaces, and one empty line at most between two."""
    lines = [mend_name(line) for line in text.splitlines()]
    kept = [line for n, line in enumerate(lines) if line or (n and lines[n - 1])]
    return "\n".join(kept).strip("\n")


def without_links(text):
    """The text with the words of Markdown links in place of the links."""
    return LINK.sub(r"\1", text)


def statements_of(text):
    """The "You can ..." lines of a level's cell, without lead line and bullets."""
    lines = [line for line in text.splitlines() if line and not LEAD.match(line)]
    return tuple(filter(None, (BULLET.sub("", line) for line in lines)))


def slug_of(name):
    """The name as part of an address: "(DevOps)" becomes "devops"."""
    return slugify(name)[:SLUG_LENGTH].strip("-")
