"""A department large enough for figures to be published."""

import pytest

from reports import compile as compiling
from reports import services
from tests import factories
from tests.reports.departments import DAY, fill


@pytest.fixture
def skilled_department(department, digital, operations):
    """180 people in two units, measured on three skills, two of them widely rated."""
    release = factories.release(
        skills=["Agile working", "User focus", "Data ethics"],
        targets={"Agile working": 2, "User focus": 3, "Data ethics": 1},
    )
    for place, unit in enumerate([digital, digital, operations, operations]):
        fill(unit, release, people=45, shift=place)
    return department


@pytest.fixture
def ready_report(skilled_department, report_reader):
    """A compiled report of the whole department."""
    report, _ = services.enqueue_gap_report(unit=skilled_department, as_at=DAY, by=report_reader)
    compiling.compile_report(report.pk)
    report.refresh_from_db()
    return report
