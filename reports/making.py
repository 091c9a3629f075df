"""Making the files of a ready report, by the rules of `reports.compile`.

Claim, renew the lease while at it, and store the content and "made" in one update that is fenced
by the attempt. Making a file twice from the same report gives the same bytes.
"""

import hashlib
import logging
import tempfile

from django.utils import timezone

from reports.exports import csv_file, pdf_file, spreadsheets
from reports.exports.content import CannotBeMadeError, content_of
from reports.leases import WORKER_LOST, ClaimLostError, Heartbeat
from reports.models import GapReportFile

logger = logging.getLogger(__name__)

Format = GapReportFile.Format
WRITERS = {
    Format.CSV: csv_file.write,
    Format.ODS: spreadsheets.write_ods,
    Format.XLSX: spreadsheets.write_xlsx,
    Format.PDF: pdf_file.write,
}
# A small file never touches the disk.
MEMORY_BYTES = 4 * 1024 * 1024


def make_file(file_id):
    """Make the file unless somebody else does or has; safe to call any number of times."""
    attempt = GapReportFile.objects.claim(file_id)
    if attempt is None:
        return
    file = GapReportFile.objects.select_related("report__unit").get(pk=file_id)
    held = GapReportFile.objects.held_by(file_id, attempt)
    try:
        store(held, write_content(file, Heartbeat(held)))
    except ClaimLostError:
        logger.warning("Attempt %s at file %s was overtaken", attempt, file_id)
    except CannotBeMadeError as error:
        _fail(held, str(error))
    except Exception as error:
        logger.exception("Attempt %s at file %s failed", attempt, file_id)
        reason = f"It stopped with an error ({type(error).__name__})."
        if attempt < file.attempt_limit:
            held.update(status=GapReportFile.Status.QUEUED, error=reason, lease_until=None)
        else:
            _fail(held, reason)


def write_content(file, heartbeat):
    """The bytes of the file; `heartbeat` is called for each section of the report."""
    with tempfile.SpooledTemporaryFile(MEMORY_BYTES) as made:
        WRITERS[file.format](made, content_of(file.report, heartbeat))
        made.seek(0)
        return made.read()


def store(held, content):
    made = held.update(
        status=GapReportFile.Status.MADE,
        content=content,
        size_bytes=len(content),
        digest=hashlib.sha256(content).hexdigest(),
        error="",
        lease_until=None,
        finished_at=timezone.now(),
    )
    if not made:
        raise ClaimLostError


def fail_exhausted_files():
    """Fail each file whose last attempt ended without a word."""
    exhausted = GapReportFile.objects.without_worker().without_attempts_left()
    for file in exhausted:
        still_exhausted = (
            GapReportFile.objects.filter(pk=file.pk, attempt=file.attempt)
            .without_worker()
            .without_attempts_left()
        )
        _fail(still_exhausted, file.error or WORKER_LOST)


def _fail(fenced, reason):
    fenced.update(
        status=GapReportFile.Status.FAILED,
        error=reason,
        lease_until=None,
        finished_at=timezone.now(),
    )
