"""The kinds of notices this room sends: see `accounts.notice_kinds`."""

from accounts.notice_kinds import NoticeKind, register

ASSIGNED = register(NoticeKind("assigned", "Somebody asks you to learn something"))
ASSIGNMENT_CHANGED = register(
    NoticeKind("assignment-changed", "An assignment of yours has a new due date or is withdrawn")
)
ASSIGNMENT_DUE = register(NoticeKind("assignment-due", "An assignment of yours is due"))
