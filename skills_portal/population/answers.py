"""What the people of a population answer over the years, as arrays.

The department asks every half year. What somebody answers about a skill is drawn from the seed,
the person and the skill, not from a stream, so that a block of answers can be made by itself and
an answer of last year is near to this year's.
"""

from dataclasses import dataclass

import numpy as np

from accounts.models import Grade
from assessments.models import Release, RoleLevelVersion, Skill
from skills_portal.demo.load import GRADE_ABILITY, what_is_asked

CAMPAIGNS = 6
CAMPAIGN_DAYS = 180
LATEST_DAYS = 140  # the longest anybody takes to answer
DE, ROLE = 0, 1  # the two frameworks people answer
SUBMISSIONS_AT_A_TIME = 20_000
NOBODY = np.datetime64("NaT", "s")


@dataclass
class Asked:
    """What role levels ask for; rows of the arrays are role levels, columns are skills."""

    role_levels: np.ndarray  # primary keys
    releases: np.ndarray
    skills: np.ndarray  # primary keys
    target: np.ndarray  # 0 where a skill is not asked for
    ease: np.ndarray
    nearest: np.ndarray  # skills by levels: the defined level at or below
    by_grade: np.ndarray  # the role level everybody at a grade has, -1 for none
    roles: list  # positions of the digital framework's role levels by role, juniors first


def read_asked():
    asked, by_grade = what_is_asked()
    role_levels = sorted(asked)
    position = {pk: index for index, pk in enumerate(role_levels)}
    skills = sorted(Skill.objects.values_list("pk", flat=True))
    column = {pk: index for index, pk in enumerate(skills)}
    target = np.zeros((len(role_levels), len(skills)), np.int8)
    ease = np.zeros(len(skills), np.float32)
    nearest = np.tile(np.arange(9, dtype=np.int8), (len(skills), 1))
    for pk, what in asked.items():
        for skill, wanted, easy, defined in what.skills:
            target[position[pk], column[skill]] = wanted
            ease[column[skill]] = easy
            steps = [0, *sorted(defined)]
            nearest[column[skill]] = [
                max(step for step in steps if step <= level) for level in range(9)
            ]
    roles = {}
    for version in RoleLevelVersion.objects.filter(
        release__in=Release.objects.current(), release__framework__slug="gdd"
    ).order_by("role_version__role", "seniority"):
        if version.role_level_id in position:
            roles.setdefault(version.role_version_id, []).append(position[version.role_level_id])
    return Asked(
        role_levels=np.array(role_levels),
        releases=np.array([asked[pk].release_id for pk in role_levels]),
        skills=np.array(skills),
        target=target,
        ease=ease,
        nearest=nearest,
        by_grade=np.array([position.get(by_grade.get(grade), -1) for grade in Grade.values]),
        roles=list(roles.values()),
    )


def give_roles(people, posts, asked, rng):
    """The role level of each post: a position in `asked`, -1 outside the profession."""
    counts = np.array([len(levels) for levels in asked.roles])
    steps = np.zeros((len(counts), counts.max()), np.int64)
    for row, levels in enumerate(asked.roles):
        steps[row, : len(levels)] = levels
    role = rng.integers(len(counts), size=len(people.unit))[posts.person]
    rank = np.clip((posts.grade - 2) / 4, 0, 1)  # EO the first step, G6 the last
    step = np.rint(rank * (counts[role] - 1)).astype(np.int64)
    return np.where(people.digital[posts.person], steps[role, step], -1)


@dataclass
class Submissions:
    """Self-assessments in order of time, with who was asked what when for the lookups.

    `at` and `role_level` are frameworks by people by campaigns: the instant of submission (NaT
    without one) and what was answered.
    """

    at: np.ndarray
    role_level: np.ndarray
    person: np.ndarray
    post: np.ndarray
    framework: np.ndarray
    campaign: np.ndarray
    submitted_at: np.ndarray


def submit(people, posts, role_level, asked, rng, until):
    """Who submits what, and when."""
    count = len(people.unit)
    at = np.full((2, count, CAMPAIGNS), NOBODY)
    answered = np.zeros((2, count, CAMPAIGNS), np.int16)
    found = []
    for campaign in range(CAMPAIGNS):
        ago = CAMPAIGN_DAYS * (CAMPAIGNS - campaign)
        takes = np.minimum(rng.gamma(2.0, 7.0, count).astype(int), LATEST_DAYS)
        on = until - np.timedelta64(ago, "D") + takes
        instant = on.astype("datetime64[s]") + 8 * 3600 + rng.integers(0, 8 * 3600, count)
        willing = rng.random(count) < people.diligence
        day = on[posts.person]
        held = (posts.started_on <= day) & (np.isnat(posts.ended_on) | (day < posts.ended_on))
        held = np.flatnonzero(held & willing[posts.person])
        for framework in (DE, ROLE):
            levels = asked.by_grade[posts.grade[held]] if framework == DE else role_level[held]
            post, levels = held[levels >= 0], levels[levels >= 0]
            person = posts.person[post]
            # The role is answered after the essentials, on the same day.
            when = instant[person] + framework * 40 * 60
            at[framework, person, campaign] = when
            answered[framework, person, campaign] = levels
            found.append((person, post, np.full((2, len(post)), [[framework], [campaign]]), when))
    person, post, when = (np.concatenate([each[index] for each in found]) for index in (0, 1, 3))
    framework, campaign = np.concatenate([each[2] for each in found], axis=1)
    order = np.lexsort((framework, person, when))
    return Submissions(
        at,
        answered,
        *(column[order] for column in (person, post, framework, campaign, when)),
    )


class Answering:
    """Answers to blocks of submissions; the same for the same seed, person and skill."""

    def __init__(self, people, strength, asked, submissions, posts, seed, rng):
        self.people, self.strength, self.asked = people, strength, asked
        self.submissions, self.posts = submissions, posts
        self.seed = np.uint64(seed * 0xD1342543DE82EF95 % (1 << 64))
        self.normal = rng.normal(0, 1, 1 << 16).astype(np.float32)
        self.grade_ability = np.array([GRADE_ABILITY[grade] for grade in Grade.values])
        # The skills of each role level, one after the other.
        self.starts = np.concatenate([[0], np.cumsum((asked.target > 0).sum(axis=1))])
        self.listed = np.nonzero(asked.target)[1]

    def block(self, first, last):
        """The answers of the submissions from `first` to before `last`, as a dict of arrays.

        `superseded_at` is NaT while a rating is in force and `level` -1 for "not applicable".
        """
        made = self.submissions
        some = slice(first, last)
        role_level = made.role_level[made.framework[some], made.person[some], made.campaign[some]]
        starts = self.starts[role_level]
        counts = self.starts[role_level + 1] - starts
        row = np.repeat(np.arange(last - first), counts)
        place = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
        skill = self.listed[starts[row] + place]
        person = made.person[some][row]
        fate = self._draw(person, skill, 0)
        kept = fate % np.uint64(1000) >= 15  # a few skills stay unanswered, always the same ones
        row, skill, person, fate = row[kept], skill[kept], person[kept], fate[kept]
        role_level = role_level[row]
        framework, campaign = made.framework[some][row], made.campaign[some][row]

        chance = self._draw(person, skill, 1 + campaign)
        level = self._levels(
            row + first, person, skill, role_level, framework, campaign, fate, chance
        )
        level[(fate >> np.uint64(10)) % np.uint64(1000) < 20] = -1
        return {
            "submission": row + first,
            "person": person,
            "skill": skill,
            "level": level,
            "rated_at": made.submitted_at[some][row],
            "superseded_at": self._superseded(person, skill, framework, campaign),
            "no_opportunity": (chance >> np.uint64(40)) % np.uint64(1000) < 6,
            "confidence": np.where(level < 0, 3, (chance >> np.uint64(50)) % np.uint64(4)),
            "evidence": np.where(level > 0, (chance >> np.uint64(54)) % np.uint64(40), 39),
        }

    def _levels(self, submission, person, skill, role_level, framework, campaign, fate, chance):
        post = self.submissions.post[submission]
        ability = self.people.ability[person] + 0.06 * campaign
        # A profession is mostly about as good as its role asks; everybody else as their grade.
        of_grade = (
            self.grade_ability[self.posts.grade[post]] + 0.6 * self.strength[self.posts.unit[post]]
        )
        of_role = 0.75 * self.asked.target[role_level, skill] + 0.35
        usual = self.normal[(fate >> np.uint64(24)) & np.uint64(0xFFFF)]
        today = self.normal[(chance >> np.uint64(8)) & np.uint64(0xFFFF)]
        expected = (
            np.where(framework == ROLE, of_role, of_grade) + ability + 0.5 * usual + 0.2 * today
        )
        level = np.clip(np.rint(expected + self.asked.ease[skill]), 0, 4).astype(np.int8)
        return self.asked.nearest[skill, level]

    def _superseded(self, person, skill, framework, campaign):
        """When the person next answered about the skill: a later campaign that asked for it."""
        at = np.full(len(person), NOBODY)
        open_ = np.arange(len(person))
        later = campaign + 1
        while len(open_):
            open_ = open_[later[open_] < CAMPAIGNS]
            where = framework[open_], person[open_], later[open_]
            asks = self.asked.target[self.submissions.role_level[where], skill[open_]] > 0
            next_at = np.where(asks, self.submissions.at[where], NOBODY)
            at[open_] = next_at
            open_ = open_[np.isnat(next_at)]
            later[open_] += 1
        return at

    def _draw(self, person, skill, campaign):
        """64 random bits for each person, skill and campaign.

        Source: the output function of SplitMix64, Sebastiano Vigna, 2015, public domain.
        """
        key = (person.astype(np.uint64) << np.uint64(20)) + (
            skill.astype(np.uint64) << np.uint64(4)
        )
        bits = (key + np.asarray(campaign).astype(np.uint64)) + self.seed
        bits *= np.uint64(0x9E3779B97F4A7C15)
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return bits ^ (bits >> np.uint64(31))
