"""What allauth tells of changes of sign-in, for the audit log."""

from accounts import audit, audit_actions


def note_password(*, user, **signal):
    audit.note(audit_actions.PASSWORD_CHANGED, by=user, about=user)


def note_factor_added(*, user, authenticator, **signal):
    audit.note(audit_actions.SECOND_STEP_ADDED, by=user, about=user, thing=authenticator.type)


def note_factor_removed(*, user, authenticator, **signal):
    audit.note(audit_actions.SECOND_STEP_REMOVED, by=user, about=user, thing=authenticator.type)


def note_factor_reset(*, user, authenticator, **signal):
    audit.note(audit_actions.SECOND_STEP_RESET, by=user, about=user, thing=authenticator.type)
