"""Compiling a gap report. The row is the truth, and every write of ours is fenced.

1. Claim: one conditional update raises the attempt and sets a lease. Only one caller wins.
2. Each step reports progress, which renews the lease. A report no longer held by this attempt
   means that another worker has taken it over: stop and change nothing.
3. Sections, "ready", the digest and the notice are one transaction, fenced by the attempt.
4. An error puts the report back into the queue, or fails it after the last attempt; fenced too.

Compiling twice from the same facts gives the same digest.
"""

import hashlib
import json
import logging
from dataclasses import dataclass

import numpy as np
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format

from accounts.notices import queue_notices
from accounts.publishing import publish_on_commit
from accounts.tasks import send_waiting_notices
from reports import aggregate as aggregation
from reports import beside as beside_tables
from reports import disclosure_audit, suppression
from reports import groups as grouping
from reports import inputs as reading_inputs
from reports.days import year_until
from reports.leases import WORKER_LOST, ClaimLostError, new_lease
from reports.models import GapReport, GapReportFile, GapReportSection
from reports.notice_kinds import REPORT_FINISHED

logger = logging.getLogger(__name__)

# What the figures mean. Raise it whenever a definition or a rule of suppression changes.
METHOD_VERSION = "5"


@dataclass(frozen=True)
class Claim:
    """One attempt's hold on one report."""

    report_id: int
    attempt: int

    @property
    def held(self):
        return GapReport.objects.held_by(self.report_id, self.attempt)

    def progress(self, percent, step):
        """Show how far the compile is and renew the lease; ClaimLostError when it is not ours."""
        renewed = self.held.update(
            progress_percent=percent, progress_step=step, lease_until=new_lease()
        )
        if not renewed:
            raise ClaimLostError


def compile_report(report_id):
    """Compile the report unless somebody else does or has; safe to call any number of times."""
    attempt = GapReport.objects.claim(report_id)
    if attempt is None:
        return
    claim = Claim(report_id, attempt)
    report = GapReport.objects.select_related("unit").get(pk=report_id)
    try:
        inputs = read_inputs(report, claim)
        claim.progress(60, "Counting people and levels")
        own_rated, figures = aggregate(inputs)
        claim.progress(80, "Withholding what could identify someone")
        published = suppress(report, inputs, own_rated, figures)
        claim.progress(90, "Writing the report")
        beside = make_beside(report, inputs, published, figures)
        groups = make_groups(report, inputs, published, figures)
        write_result(claim, report, inputs, published, figures, beside, groups)
    except ClaimLostError:
        logger.warning("Attempt %s at gap report %s was overtaken", attempt, report_id)
    except Exception as error:
        logger.exception("Attempt %s at gap report %s failed", attempt, report_id)
        # Readers see the reason; an error's own words may hold data, so they stay in the log.
        record_failure(report, attempt, f"It stopped with an error ({type(error).__name__}).")


# --- Steps ------------------------------------------------------------------------------------


def read_inputs(report, claim):
    """The facts as at the report's day."""
    claim.progress(5, "Reading posts and ratings")
    return reading_inputs.read(
        unit=report.unit,
        as_at=report.as_at,
        progress=lambda share: claim.progress(5 + int(50 * share), "Reading posts and ratings"),
    )


def aggregate(inputs):
    """How many have rated themselves in each unit itself, and exact figures of whole subtrees."""
    own = aggregation.aggregate_own(inputs.people, unit_count=len(inputs.units.ids))
    return own.rated, aggregation.roll_up(own, inputs.units.parents)


def suppress(report, inputs, own_rated, figures):
    """The publishable figures of every unit of the organisation."""
    organisation = {
        "parents": inputs.units.parents,
        "tie_break": inputs.units.ids,
        "minimum": report.minimum_count,
    }
    published = suppression.suppress(figures, own_rated=own_rated, **organisation)
    return disclosure_audit.audit(figures, published, **organisation)


def make_beside(report, inputs, published, figures):
    """The publishable tables beside people's own levels."""
    return beside_tables.make_beside(inputs, published, figures, minimum=report.minimum_count)


def make_groups(report, inputs, published, figures):
    """The publishable figures of the report's own unit by role family, role level and grade."""
    return grouping.make_groups(
        inputs,
        inputs.units.paths.index(report.unit.path),
        published,
        figures,
        minimum=report.minimum_count,
    )


def write_result(claim, report, inputs, published, figures, beside, groups):
    """Store sections and "ready" and tell who asked, all or nothing."""
    parameters = to_json(describe(report, inputs))
    sections = [
        *make_sections(report, inputs, published, figures, beside),
        *make_group_sections(inputs, groups),
    ]
    with transaction.atomic():
        written = claim.held.update(
            status=GapReport.Status.READY,
            parameters=parameters,
            digest=digest_of(parameters, sections),
            method_version=METHOD_VERSION,
            progress_percent=100,
            progress_step="",
            error="",
            lease_until=None,
            finished_at=timezone.now(),
        )
        if not written:
            raise ClaimLostError
        GapReportSection.objects.bulk_create(
            [
                GapReportSection(report=report, payload=payload, **subject)
                for subject, _, payload in sections
            ],
            batch_size=500,
        )
        GapReportFile.objects.bulk_create(
            [GapReportFile(report=report, format=each) for each in GapReportFile.Format]
        )
        _tell_askers(
            report,
            key=f"gap-report-{report.pk}-ready",
            subject=f"The gap report for {report.unit} is ready",
            body=(
                f"The gap report for {report.unit} as at "
                f"{date_format(report.as_at, 'j F Y')} is ready to read."
            ),
        )


# --- Failing ----------------------------------------------------------------------------------


def record_failure(report, attempt, reason):
    """Note an attempt's error: back into the queue, or failed after the last attempt."""
    held = GapReport.objects.held_by(report.pk, attempt)
    if attempt < report.attempt_limit:
        held.update(
            status=GapReport.Status.QUEUED, error=reason, lease_until=None, progress_percent=0
        )
    else:
        _fail(report, held, reason)


def fail_exhausted_reports():
    """Fail each report whose last attempt ended without a word."""
    exhausted = GapReport.objects.without_worker().without_attempts_left()
    for report in exhausted.select_related("unit"):
        still_exhausted = (
            GapReport.objects.filter(pk=report.pk, attempt=report.attempt)
            .without_worker()
            .without_attempts_left()
        )
        _fail(report, still_exhausted, report.error or WORKER_LOST)


def _fail(report, fenced, reason):
    with transaction.atomic():
        failed = fenced.update(
            status=GapReport.Status.FAILED,
            error=reason,
            lease_until=None,
            finished_at=timezone.now(),
        )
        if failed:
            _tell_askers(
                report,
                key=f"gap-report-{report.pk}-failed-{report.attempt_limit}",
                subject=f"The gap report for {report.unit} could not be compiled",
                body=(
                    f"The gap report for {report.unit} as at "
                    f"{date_format(report.as_at, 'j F Y')} could not be compiled. "
                    "The page of the report says why, and lets you ask again."
                ),
            )


def tell_of_cancelling(report):
    """Tell those who wait for a report that somebody else has cancelled it."""
    asked_for = f"{report.requested_at:%Y%m%d%H%M%S%f}"
    _tell_askers(
        report,
        key=f"gap-report-{report.pk}-cancelled-{asked_for}",
        subject=f"The gap report for {report.unit} was cancelled",
        body=(
            f"{report.cancelled_by.full_name} has cancelled the gap report for {report.unit} as "
            f"at {date_format(report.as_at, 'j F Y')} before it was ready. The page of the "
            "report lets you ask again."
        ),
        besides=report.cancelled_by,
    )


def _tell_askers(report, *, key, subject, body, besides=None):
    waiting = report.asked_by.filter(is_active=True)
    if besides is not None:
        waiting = waiting.exclude(pk=besides.pk)
    queue_notices(
        kind=REPORT_FINISHED,
        notices=[
            {
                "recipient_id": person_id,
                "key": key,
                "subject": subject[:200],
                "body": body,
                "link": report.get_absolute_url(),
            }
            for person_id in waiting.values_list("pk", flat=True)
        ],
    )
    publish_on_commit(send_waiting_notices)


# --- What is stored ---------------------------------------------------------------------------


def to_json(value):
    """The one way to write a value, so that equal values have equal digests."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def describe(report, inputs):
    """What the report was compiled from. Sections refer to skills by their position here."""
    return {
        "unit": report.unit.slug,
        "unit_name": report.unit.name,
        "as_at": report.as_at.isoformat(),
        "study_from": year_until(report.as_at)[0].isoformat(),
        "minimum_count": report.minimum_count,
        "method_version": METHOD_VERSION,
        "releases": inputs.releases,
        "skills": inputs.skills,
    }


def make_sections(report, inputs, published, figures, beside):
    """Yield unit, path and JSON text for the report's unit and each shown unit below it.

    A section holds columns: a line for each skill that somebody there is required to have, with
    null for a withheld figure. The report's own unit has a section even when nothing is shown.
    """
    units = inputs.units
    mine = units.within(report.unit.path)
    width = _levels(inputs)
    for position, unit in enumerate(mine):
        if position and not published.shown[unit].any():
            continue
        # Of a unit of which nothing may be told, not even which skills its people need.
        is_shown = published.shown[unit].any()
        lines = np.flatnonzero(figures.required[unit]) if is_shown else np.array([], int)
        section = {
            "name": units.names[unit],
            "path": units.paths[unit],
            "people": _columns(beside.people[unit]),
            **_lines(published, figures, unit, lines, width),
            "reviewed": None,
            "study": _study(beside.study, unit, lines),
        }
        if beside.reviewed.shown[unit, lines].any():
            section["reviewed"] = _answers(beside.reviewed, unit, lines, width)
        yield {"unit_id": int(units.ids[unit])}, units.paths[unit], to_json(section)


def make_group_sections(inputs, groups):
    """Yield dimension and group, key and JSON text for each group; only the shown lines."""
    for group in groups:
        lines = np.flatnonzero(group.published.shown[0])
        section = {
            "facts": group.facts,
            **_lines(group.published, group.figures, 0, lines, _levels(inputs)),
        }
        subject = {"dimension": group.dimension, "group": group.key}
        yield subject, f"{group.dimension}/{group.key}", to_json(section)


def _levels(inputs):
    """How many levels the longest scale has, "not yet" included."""
    return max([len(release["scale"]) for release in inputs.releases], default=0) + 1


def _lines(published, figures, row, lines, width):
    shown = published.shown[row, lines]
    return {
        "skill": lines.tolist(),
        "target_low": _told(figures.target_low[row, lines], shown),
        "target_high": _told(figures.target_high[row, lines], shown),
        "required": _columns(published.required[row, lines]),
        "not_applicable": _columns(published.not_applicable[row, lines]),
        **_answers(published, row, lines, width),
    }


def _answers(published, row, lines, width):
    """The figures about levels, whoever gave them."""
    return {
        "levels": _columns(published.levels[row, lines, :width]),
        **{
            name: _columns(getattr(published, name)[row, lines])
            for name in ("rated", "below", "at", "above", "gap_sum")
        },
    }


def _study(study, row, lines):
    """Columns by skill, and `all`: what was logged towards any skill or none."""
    names = ("learners", "own_learners", "own_hours", "work_hours")
    return {
        **{name: _columns(getattr(study, name)[row, lines]) for name in names},
        "all": _columns(np.array([getattr(study, name)[row, -1] for name in names])),
    }


def _told(targets, shown):
    return _columns(np.where(shown, targets, suppression.WITHHELD))


def _columns(values):
    """Nested lists with None for what is withheld."""
    return np.where(values == suppression.WITHHELD, None, values.astype(object)).tolist()


def digest_of(parameters, sections):
    """SHA-256 over the parameters and each section with its key, in order of keys."""
    digest = hashlib.sha256(parameters.encode())
    for _, key, payload in sorted(sections, key=lambda section: section[1]):
        digest.update(f"\n{key}\n{payload}".encode())
    return digest.hexdigest()
