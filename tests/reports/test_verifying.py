"""Compiling a finished report again: the same digest, or an honest word about what differs."""

import pytest
from django.core.management import CommandError, call_command

from assessments.models import Rating
from reports.models import GapReport, GapReportSection
from reports.verifying import verify


def rows():
    return list(GapReport.objects.values()), list(GapReportSection.objects.values())


def test_the_same_records_give_the_same_digest_and_nothing_is_written(
    ready_report, capsys, settings
):
    settings.REPORT_MINIMUM_COUNT = 20  # the stored smallest count is used, not today's
    before = rows()
    call_command("verify_gap_report", str(ready_report.pk))
    printed = capsys.readouterr().out
    assert "The same" in printed
    assert printed.count(ready_report.digest) == 2
    assert rows() == before


def test_answers_given_after_the_day_change_nothing(ready_report, digital):
    for post in digital.posts.all():
        current = Rating.objects.filter(person=post.person)
        current.update(superseded_at=ready_report.finished_at)
    assert verify(ready_report).is_same


def test_records_that_changed_since_are_told_with_what_to_think(ready_report, digital, capsys):
    Rating.objects.filter(person__posts__unit=digital).update(level=4)
    with pytest.raises(CommandError, match="somebody has been erased"):
        call_command("verify_gap_report", str(ready_report.pk))
    result = verify(ready_report)
    assert f"Sections that differ: {len(result.sections)}" in capsys.readouterr().out
    assert (result.is_intact, result.is_same, result.parameters) == (True, False, [])
    units = [
        section for section in result.sections if "_" not in section and "grade" not in section
    ]
    assert units == sorted([ready_report.unit.path, digital.path])


def test_a_unit_renamed_since_is_named_as_the_reason(ready_report):
    ready_report.unit.name = "Department of Lamps"
    ready_report.unit.save(update_fields=["name"])
    result = verify(ready_report)
    assert not result.is_same
    assert result.parameters == ["the name of the unit"]


def test_figures_changed_in_the_database_are_not_to_be_published(ready_report):
    section = ready_report.sections.get(unit=ready_report.unit)
    section.payload = section.payload.replace("50", "55")
    section.save(update_fields=["payload"])
    with pytest.raises(CommandError, match="Do not publish them"):
        call_command("verify_gap_report", str(ready_report.pk))


@pytest.mark.parametrize("status", ["queued", "failed"])
def test_only_a_finished_report_can_be_verified(ready_report, status):
    GapReport.objects.update(status=status, error="The abacus broke.")
    with pytest.raises(CommandError, match="There is no finished gap report"):
        call_command("verify_gap_report", str(ready_report.pk))
