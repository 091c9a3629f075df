"""The actions that the audit log knows; each room registers its own in `audit_actions`."""

from dataclasses import dataclass

ACTIONS = {}


@dataclass(frozen=True)
class Action:
    """What somebody did, as the rest of a sentence that begins with their name."""

    key: str
    words: str


def register(action):
    """The action, known to the pages of the log from now on; a key names one action only."""
    if ACTIONS.setdefault(action.key, action) != action:
        raise ValueError(f"There is another audit action called {action.key!r}.")
    return action


def in_words(key):
    """The words for a stored key; the key itself where no action has it any more."""
    return ACTIONS[key].words if key in ACTIONS else key


REFUSED = register(Action("refused", "asked for a page and was refused"))
PERSON_ADDED = register(Action("person-added", "added the account"))
POST_CHANGED = register(Action("post-changed", "changed the post or line manager"))
NAME_CHANGED = register(Action("name-changed", "corrected the name"))
UNIT_MOVED = register(Action("unit-moved", "moved a unit"))
ORGANISATION_IMPORTED = register(
    Action("organisation-imported", "brought units and people up to date from files")
)
ACCOUNT_CLOSED = register(Action("account-closed", "closed the account"))
GRANT_GIVEN = register(Action("grant-given", "gave a grant"))
GRANT_WITHDRAWN = register(Action("grant-withdrawn", "withdrew a grant"))
COVER_GIVEN = register(Action("cover-given", "arranged cover"))
COVER_ENDED = register(Action("cover-ended", "ended cover"))
SECOND_STEP_ADDED = register(Action("second-step-added", "added a second step"))
SECOND_STEP_REMOVED = register(Action("second-step-removed", "removed a second step"))
SECOND_STEP_RESET = register(Action("second-step-reset", "made new recovery codes"))
PASSWORD_CHANGED = register(Action("password-changed", "changed the password"))
