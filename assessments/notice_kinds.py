"""The kinds of notices this room sends: see `accounts.notice_kinds`."""

from accounts.notice_kinds import NoticeKind, register

SUBMITTED = register(
    NoticeKind(
        "submitted",
        "Somebody you manage has submitted or shared a self-assessment",
        optional=False,
        why="Their review waits for you.",
    )
)
EVIDENCE_ASKED = register(
    NoticeKind(
        "evidence-asked",
        "Your line manager has asked for evidence",
        optional=False,
        why="An answer is expected of you.",
    )
)
LEFT_BEHIND = register(
    NoticeKind(
        "review-left-behind",
        "A review did not follow you to a new line manager",
        optional=False,
        why="Only you can decide to share it again.",
    )
)
REVIEWED = register(NoticeKind("reviewed", "Your line manager has answered your self-assessment"))
REPLIED = register(NoticeKind("replied", "Somebody has replied in a review"))
NUDGED = register(NoticeKind("nudged", "Your line manager asks you to submit a self-assessment"))
STALE = register(NoticeKind("stale", "Some of your ratings are old"))
