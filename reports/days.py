"""The days that gap reports are about."""

import datetime
from zoneinfo import ZoneInfo

from django.conf import settings


def end_of_day(day):
    """The instant at which the day ends in the portal's time zone."""
    midnight = datetime.time(tzinfo=ZoneInfo(settings.TIME_ZONE))
    return datetime.datetime.combine(day + datetime.timedelta(days=1), midnight)


def year_until(day):
    """The first and the last day of the year that ends with the day."""
    after = day + datetime.timedelta(days=1)
    if (after.month, after.day) == (2, 29):
        return datetime.date(after.year - 1, 3, 1), day
    return after.replace(year=after.year - 1), day


def last_month_ends(today, *, count=12):
    """The last days of the months that are over by `today`, the latest first."""
    found = []
    first_of_month = today.replace(day=1)
    for _ in range(count):
        found.append(first_of_month - datetime.timedelta(days=1))
        first_of_month = found[-1].replace(day=1)
    return found
