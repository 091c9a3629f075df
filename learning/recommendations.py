"""What to learn next, ranked, each with its reasons: values in, values out.

A resource scores, for a skill it is for:

    gap x need x wish x evidence x fit

- gap: 1 for one level missing, 1.5 for two, 2 for three or more; 0.75 where the skill has not
  been rated, as a gap is likely but unknown. Missing to the role's target or to the level the
  person wishes to reach, whichever is higher. Nothing missing: the skill is left out.
- need: from 0.5 to 1 with the target's height on the framework's scale; 0.5 when only wished.
- wish: 2 when the person has set themselves a goal for the skill, else 1.
- evidence: from 0.825 to 1.425 as 1 to 9 in 10 followers rated themselves higher afterwards; 1
  where that may not be shown or is not known. Only what is published enters, so that an order
  tells no more than the page does.
- fit: 1.2 when it is meant for the person's next level, 0.4 when for other levels, 1 unstated.

A resource for several skills takes its best score and a quarter of each other one. At most two
resources lead with the same skill, so that the list offers a choice. The weights are ours: there
is no measurement behind them yet, and `ResourceOutcome` is how they can be measured.
"""

from collections import defaultdict
from dataclasses import dataclass, replace

GAP_WEIGHTS = {1: 1.0, 2: 1.5}
GAP_OF_THREE_OR_MORE = 2.0
GAP_UNKNOWN = 0.75
NEED_LEAST = 0.5
WISHED = 2.0
EVIDENCE_BASE, EVIDENCE_PER_TENTH = 0.75, 0.075
FITS, MISSES = 1.2, 0.4
OTHER_SKILLS = 0.25
MOST_PER_SKILL = 2


@dataclass(frozen=True)
class Want:
    """A skill with something missing: what the role needs, what the person wishes, where they are.

    `level` None is not rated. `scale` names the levels, from level 1 up.
    """

    skill_id: int
    name: str
    scale: tuple
    target: int | None = None
    needed_by: tuple = ()
    level: int | None = None
    wished: int | None = None
    wished_by: object = None  # a date

    @property
    def aim(self):
        return max(self.target or 0, self.wished or 0)

    @property
    def missing(self):
        """Levels missing to the aim; None where the level is unknown."""
        return None if self.level is None else max(0, self.aim - self.level)

    @property
    def is_open(self):
        return self.aim > 0 and self.missing != 0

    @property
    def next_level(self):
        return (self.level or 0) + 1


@dataclass(frozen=True)
class Offer:
    """A resource that could be followed; `tenths` and `improved` only where they are published."""

    resource_id: int
    title: str
    skill_ids: frozenset
    level_from: int | None = None
    level_to: int | None = None
    tenths: int | None = None
    improved: str = ""


@dataclass(frozen=True)
class Recommendation:
    """A resource, the skill it is recommended for first, its score and the reasons in words."""

    offer: Offer
    want: Want
    score: float
    reasons: tuple = ()


def recommend(wants, offers, *, limit):
    """The best offers for what is wanted, best first; equal ones in the order of their titles."""
    open_wants = {want.skill_id: want for want in wants if want.is_open}
    ranked = []
    for offer in offers:
        scored = sorted(
            (
                (score(open_wants[pk], offer), open_wants[pk])
                for pk in offer.skill_ids & open_wants.keys()
            ),
            key=lambda pair: (-pair[0], pair[1].name),
        )
        if scored:
            (best, want), others = scored[0], scored[1:]
            total = best + OTHER_SKILLS * sum(other for other, _ in others)
            reasons = (*reasons_for(want, offer), *_also([other.name for _, other in others]))
            ranked.append(Recommendation(offer, want, total, reasons))
    ranked.sort(key=lambda one: (-one.score, one.offer.title, one.offer.resource_id))
    chosen, led = [], defaultdict(int)
    for one in ranked:
        if led[one.want.skill_id] < MOST_PER_SKILL:
            led[one.want.skill_id] += 1
            chosen.append(one)
    return chosen[:limit]


def without_offer(wants, offers):
    """The open wants that no offer is for, most pressing first."""
    covered = frozenset().union(*(offer.skill_ids for offer in offers))
    return sorted(
        (want for want in wants if want.is_open and want.skill_id not in covered),
        key=lambda want: (-urgency(want), want.name),
    )


def urgency(want):
    """gap x need x wish: what of the score does not depend on the resource."""
    if want.missing is None:
        gap = GAP_UNKNOWN
    else:
        gap = GAP_WEIGHTS.get(want.missing, GAP_OF_THREE_OR_MORE)
    need = NEED_LEAST
    if want.target:
        need += (1 - NEED_LEAST) * min(1, want.target / max(1, len(want.scale)))
    return gap * need * (WISHED if want.wished else 1)


def score(want, offer):
    evidence = 1.0
    if offer.tenths is not None:
        evidence = EVIDENCE_BASE + EVIDENCE_PER_TENTH * offer.tenths
    return urgency(want) * evidence * fit(want, offer)


def fit(want, offer):
    if offer.level_from is None:
        return 1.0
    return FITS if offer.level_from <= want.next_level <= offer.level_to else MISSES


# --- Reasons ----------------------------------------------------------------------------------


def reasons_for(want, offer):
    """Why this offer for this skill, as sentences."""
    reasons = []
    standing = _standing(want)
    if want.target and (want.missing is None or want.level < want.target):
        needed_by = " and ".join(want.needed_by) or "Your role"
        verb = "ask" if len(want.needed_by) > 1 else "asks"
        target = _level(want.target, want.scale)
        reasons.append(f"{needed_by} {verb} for “{want.name}” at {target}. {standing}")
        standing = ""
    if want.wished and (want.level is None or want.level < want.wished):
        by = f" by {want.wished_by:%-d %B %Y}" if want.wished_by else ""
        wish = f"Your goal is “{want.name}” at {_level(want.wished, want.scale)}{by}."
        reasons.append(f"{wish} {standing}".strip())
    if offer.level_from is not None and fit(want, offer) == FITS:
        reasons.append(f"It is meant for your next level, {_level(want.next_level, want.scale)}.")
    if offer.tenths is not None:
        reasons.append(offer.improved)
    return tuple(reasons)


def _standing(want):
    if want.level is None:
        return "You have not rated it yet."
    if want.level == 0:
        return "You rated it “Not yet”."
    return f"You are at {_level(want.level, want.scale)}."


def _level(value, scale):
    return scale[value - 1] if value <= len(scale) else f"level {value}"


def _also(names):
    return (f"It is also for {' and '.join(f'“{name}”' for name in names)}.",) if names else ()


def with_wish(want, *, level, by):
    """The want with the level the person wishes to reach."""
    return replace(want, wished=level, wished_by=by)
