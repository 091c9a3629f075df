"""The kinds of notices this room sends: see `accounts.notice_kinds`."""

from accounts.notice_kinds import NoticeKind, register

REPORT_FINISHED = register(
    NoticeKind("gap-report", "A gap report you wait for is ready, or could not be compiled")
)
