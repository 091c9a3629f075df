"""Lengths of time as people write and read them. Values in, values out."""

import re

_CLOCK = re.compile(r"(?P<hours>\d{1,3}):(?P<minutes>[0-5]\d)")
_WORDS = re.compile(
    r"(?:(?P<hours>\d{1,4}(?:\.\d{1,2})?)\s*(?:hours?|hrs?|h)\.?)?"
    r"(?:\s*(?:and)?\s*)?"
    r"(?:(?P<minutes>\d{1,5})\s*(?:minutes?|mins?|m)?\.?)?"
)


def minutes_from(text):
    """Whole minutes from "90", "90 minutes", "1h 30m", "1.5 hours" or "1:30".

    ValueError for anything else, a bare decimal included: 1.5 may be meant either way.
    """
    text = text.strip().lower()
    match = _CLOCK.fullmatch(text) or _WORDS.fullmatch(text)
    if not text.isascii() or match is None or not any(match.groupdict().values()):
        raise ValueError(f"{text!r} is not a length of time")
    return round(float(match["hours"] or 0) * 60) + int(match["minutes"] or 0)


def duration_words(minutes):
    """ "1 hour 30 minutes" for 90; "0 minutes" for none."""
    hours, rest = divmod(int(minutes), 60)
    parts = []
    if hours:
        parts.append("1 hour" if hours == 1 else f"{hours:,} hours")
    if rest or not hours:
        parts.append("1 minute" if rest == 1 else f"{rest} minutes")
    return " ".join(parts)


def duration_short(minutes):
    """ "1h 30m" for 90, for the cells of a table."""
    hours, rest = divmod(int(minutes), 60)
    return f"{hours:,}h {rest}m" if hours else f"{rest}m"
