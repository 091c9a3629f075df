"""The kinds of notices, and how somebody wants them.

Each room registers its own, at the latest when the addresses are loaded. A notice without a kind
is one that the process needs: it always comes.
"""

from dataclasses import dataclass

from accounts.models import NoticeChoice

BOTH, PORTAL, OFF = NoticeChoice.Delivery


@dataclass(frozen=True)
class NoticeKind:
    """A kind of notice as the settings page shows it.

    `optional`: people may turn it off. `why` says why others always come.
    """

    key: str
    label: str
    optional: bool = True
    why: str = ""


_kinds = {}


def register(kind):
    """The kind, known from now on to the settings page and to `queue_notice`."""
    _kinds[kind.key] = kind
    return kind


def all_kinds():
    return list(_kinds.values())


def delivery_to(person, kind):
    """How the person wants notices of this kind; those that are needed come in every way."""
    if kind is None or not kind.optional:
        return BOTH
    chosen = NoticeChoice.objects.filter(user=person, kind=kind.key).first()
    return NoticeChoice.Delivery(chosen.delivery) if chosen else BOTH
