"""What of an assignment's figures may be shown to whoever set it.

Pure: values in, values out; no queries, no clock, no settings.

Being offered an assignment chosen by gap says that a person is below target, or has not rated
themselves. So how many were offered it, and how many of them answered in some way, are counts of
ratings, and whoever sets assignments can ask for such a count again and again, over one unit and
then over another. The figures follow four rules.

1. Once: an answer (a rating in a skill, or its absence) is counted in the figures of one assignment
   only, whoever set it and whether or not it was withdrawn. No two published figures have an
   answer in common, so nothing follows from subtracting one from the other: not from overlapping
   units and roles, and not from repeating an assignment after one person moved or was rated anew.
   (The database holds this rule: see `CountedAnswer`.)
2. Bands: a count is shown as one of the bands 10 to 14, 15 to 19, and so on, each five values wide,
   and only if the whole band keeps a margin from nobody and from everybody.
3. Dominance: the margin is K people besides those whose ratings one person may know. A line manager
   who subtracts the own team is still left with a band of five values, and with K people on either
   side of the question.
4. Freeze: how many were offered it is counted once. Answers are counted anew only when at least K
   people who are not named have given one since they were counted last.

Which people are counted and how large the margin is follow from posts, requirements and the dates
of ratings, never from a level. A count that is not shown can therefore be small or nearly
everybody, and the two look the same.

People who agreed to be named are known by name, so in the answers they count as known too; and
where the number of offered people is shown, so few names are shown that K people stay without.

K is the smallest publishable count; rule 2 is the "10-5 rule" of the Office for National Statistics
("Comparison of post-tabular statistical disclosure control methods"), with bands in place of
rounding because around a threshold a rounded number stands for fewer values than a band.
"""

from dataclasses import dataclass

WIDTH = 5


@dataclass(frozen=True)
class Band:
    """A count of people, told as `least` to `most`."""

    least: int

    @property
    def most(self):
        return self.least + WIDTH - 1

    def __str__(self):
        return f"{self.least:,} to {self.most:,}"


def band(count, *, total, inside, outside):
    """The Band of `count` among `total` people; None where it may not be shown.

    The whole band must leave at least `inside` people counted and `outside` people not counted.
    """
    found = Band(count // WIDTH * WIDTH)
    if found.least < inside or found.most > total - outside:
        return None
    return found


def offered_band(offered, *, counted, known, minimum, named=0):
    """How many of the counted people were offered an assignment chosen by gap, or None.

    `known` is the largest number of counted people whose ratings one person may know, that person
    included; `minimum` is K. `named` of those offered it are named already.
    """
    margin = minimum + known
    return band(offered, total=counted, inside=margin + named, outside=margin)


def most_names(offered, *, minimum):
    """How many names may stand beside this Band, so that K people stay without; None for all."""
    return None if offered is None else offered.least - minimum


@dataclass(frozen=True)
class Answers:
    """Numbers of people for each state of an assignment: each asked person is in one."""

    unanswered: int
    accepted: int
    declined: int
    done: int


@dataclass(frozen=True)
class ShownAnswers:
    """The Band of each state; None where it is withheld."""

    unanswered: Band | None = None
    accepted: Band | None = None
    declined: Band | None = None
    done: Band | None = None


STATES = ("unanswered", "accepted", "declined", "done")


def shown_answers(answers, *, named, asked, minimum):
    """All four states; or else who accepted and who has done it; or these last; or nothing.

    `named` are the Answers of people whose names are shown. `asked` is how many people were asked
    at the least: all of them where that is no secret, and the lower end of their Band where it is,
    so that what is withheld here says nothing about that Band. Those who are left over are held to
    the same rule as those who are shown: what is shown would narrow them.
    """
    known = sum(getattr(named, state) for state in STATES)

    def band_of(*states):
        of_these = sum(getattr(named, state) for state in states)
        return band(
            sum(getattr(answers, state) for state in states),
            total=asked,
            inside=minimum + of_these,
            outside=minimum + known - of_these,
        )

    bands = {state: band_of(state) for state in STATES}
    if None not in bands.values():
        return ShownAnswers(**bands)
    accepted, done = bands["accepted"], bands["done"]
    if None not in {accepted, done, band_of("unanswered", "declined")}:
        return ShownAnswers(accepted=accepted, done=done)
    return ShownAnswers(done=done)


def may_be_counted_anew(answered_since, *, minimum):
    """Whether enough unnamed people have answered since the answers were counted last."""
    return answered_since >= minimum
