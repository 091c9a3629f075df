"""What this room notes in the audit log: see `accounts.audit_actions`."""

from accounts.audit_actions import Action, register

REPORT_ASKED = register(Action("report-asked", "asked for a gap report"))
REPORT_CANCELLED = register(Action("report-cancelled", "cancelled a gap report"))
REPORT_DOWNLOADED = register(Action("report-downloaded", "downloaded a gap report"))
COUNT_CHOSEN = register(Action("report-count-chosen", "chose a smallest published count"))
