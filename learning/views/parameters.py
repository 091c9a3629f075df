"""What addresses ask for, read without trust."""

import datetime
import re

SLUG = re.compile(r"[\w-]{1,100}", re.ASCII)


def number_in(text):
    """The whole number a query parameter holds, or None: never an error for a hostile one."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None


def slug_in(text):
    """The slug a query parameter holds, or None: never an error for a hostile one."""
    return text if text and SLUG.fullmatch(text) else None


def posted_ids(data, name):
    """The whole numbers among a form's values of that name, as a set."""
    return {pk for pk in map(number_in, data.getlist(name)) if pk is not None}


def day_in(text):
    """The day a query parameter holds as 2026-03-31, or None."""
    try:
        return datetime.date.fromisoformat(text or "")
    except ValueError:
        return None
