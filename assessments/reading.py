"""What pages about people's skills read: each function says how many queries it takes.

Nothing here decides who may see a row: callers pass posts and self-assessments that they got
through `visible_to`.
"""

import datetime
from collections import defaultdict
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Exists, IntegerField, OuterRef, Q, Subquery, Value
from django.urls import reverse
from django.utils import timezone

from assessments import role_search
from assessments.gaps import SkillStanding
from assessments.models import (
    DraftAnswer,
    GradeRoleLevel,
    PostRoleLevel,
    Rating,
    Release,
    Requirement,
    RoleLevel,
    RoleLevelVersion,
    ScaleLevel,
    Skill,
    SkillLevel,
    SkillVersion,
    TickedStatement,
)
from assessments.nearest import Fit, fit, nearest
from assessments.reassessing import SkillText, months_before, text_changes
from assessments.suggestions import suggest_level

NOT_YET = "Not yet"
NOT_APPLICABLE = "Not applicable"
NOT_RATED = "Not rated"

# --- Role levels people are measured against --------------------------------------------------


@dataclass(frozen=True)
class MeasuredAgainst:
    """A role level that a post is measured against, in the words of the newest release with it.

    `by_grade`: everyone at the post's grade has it, nobody chose it. `in_force`: the framework's
    current release still has it.
    """

    version: RoleLevelVersion
    by_grade: bool

    @property
    def role_level_id(self):
        return self.version.role_level_id

    @property
    def release(self):
        return self.version.release

    @property
    def in_force(self):
        return self.release.superseded_at is None

    @property
    def name(self):
        """The role level's name; a framework for everyone is better known by its own name."""
        return self.release.framework.name if self.by_grade else self.version.name

    @property
    def detail(self):
        return self.version.name if self.by_grade else self.release.framework.name


def measured_against(posts, *, day):
    """For each post's primary key, its role levels on `day`: by grade first, then by name.

    Two queries, however many posts.
    """
    by_grade, chosen = defaultdict(list), defaultdict(list)
    of_grades = GradeRoleLevel.objects.filter(
        release__in=Release.objects.current(), grade__in={post.grade for post in posts}
    )
    of_posts = PostRoleLevel.objects.filter(post__in=posts).as_at(day)
    for grade, post, role_level in (
        of_grades.order_by()
        .values_list("grade", Value(None, IntegerField()), "role_level")
        .union(
            of_posts.order_by().values_list(Value(""), "post", "role_level"),
            all=True,
        )
    ):
        if post is None:
            by_grade[grade].append(role_level)
        else:
            chosen[post].append(role_level)
    versions = newest_versions({pk for ids in (*by_grade.values(), *chosen.values()) for pk in ids})
    found = {}
    for post in posts:
        given = by_grade[post.grade]
        rows = [MeasuredAgainst(versions[pk], by_grade=True) for pk in given]
        rows += [
            MeasuredAgainst(versions[pk], by_grade=False)
            for pk in chosen[post.pk]
            if pk not in given
        ]
        found[post.pk] = sorted(rows, key=lambda row: (not row.by_grade, row.name))
    return found


def newest_versions(role_level_ids):
    """For each role level, its version in the newest published release that has it. One query."""
    versions = (
        RoleLevelVersion.objects.filter(
            role_level__in=role_level_ids, release__published_at__isnull=False
        )
        .select_related("release__framework", "role_version", "role_level")
        .order_by("release__published_at", "pk")
    )
    return {version.role_level_id: version for version in versions}


def choosable_role_levels():
    """Role levels of the releases in force that people choose themselves, as versions.

    Those that come with a grade are left out.
    """
    return (
        RoleLevelVersion.objects.filter(release__in=Release.objects.current())
        .exclude(
            role_level__in=GradeRoleLevel.objects.filter(
                release__in=Release.objects.current()
            ).values("role_level")
        )
        .select_related("release__framework", "role_version__family", "role_level")
        .order_by(
            "release__framework__name",
            "role_version__family__position",
            "role_version__name",
            "seniority",
        )
    )


def role_levels_found(query):
    """Choosable role levels found by words, the best first, and what was looked for as well.

    Levels of one role stay together, where the best of them stands. One query.
    """
    versions = {version.pk: version for version in choosable_role_levels()}
    found = role_search.search(
        query,
        [
            role_search.Named(pk, (version.name, version.role_version.name))
            for pk, version in versions.items()
        ],
    )
    by_role = defaultdict(list)
    for pk in found.keys:
        by_role[versions[pk].role_version_id].append(versions[pk])
    return [version for levels in by_role.values() for version in levels], found.instead


def nearest_role_levels(levels):
    """Every choosable role level as a `RoleFit`, the nearest first; three queries.

    `levels` maps skills' keys to levels, as somebody has rated them. Each framework is compared
    on its own skills; one of which nothing is rated is left out, for nothing is known.
    """
    versions = {version.role_level_id: version for version in choosable_role_levels()}
    requirements = defaultdict(dict)
    of_framework = defaultdict(dict)
    for role_level, skill, target in (
        Requirement.objects.filter(release__in={one.release_id for one in versions.values()})
        .order_by("role_level", "skill")
        .values_list("role_level", "skill", "target")
    ):
        requirements[role_level][skill] = target
    for skill, framework in SkillVersion.objects.filter(
        release__in=Release.objects.current(), skill__in=levels
    ).values_list("skill", "skill__framework"):
        of_framework[framework][skill] = levels[skill]
    by_framework = defaultdict(dict)
    for key, version in versions.items():
        by_framework[version.release.framework_id][key] = requirements[key]
    fits = [
        RoleFit(versions[one.role_level], one)
        for framework, own in of_framework.items()
        for one in nearest(by_framework[framework], own)
    ]
    return sorted(fits, key=lambda one: one.fit.distance)


def unused_levels(skills, ratings, release, scale):
    """What a role level with these asked skills would leave unused, in words. One query.

    Pairs of a skill's name and what of it: "Expert, Working is enough" or just "Expert".
    `ratings` are somebody's, by skill.
    """
    targets = {skill.skill_id: skill.target for skill in skills if skill.target}
    levels = {skill: rating.level for skill, rating in ratings.items()}
    names = dict(
        SkillVersion.objects.filter(release=release, skill__in=ratings).values_list("skill", "name")
    )
    unused = fit(None, targets, {skill: levels[skill] for skill in names}).unused
    found = []
    for skill in sorted(unused, key=lambda skill: (-unused[skill], names[skill])):
        words = level_name(levels[skill], scale)
        if skill in targets:
            words += f", {level_name(targets[skill], scale)} is enough"
        found.append((names[skill], words))
    return found


@dataclass(frozen=True)
class RoleFit:
    """A role level and how it fits somebody."""

    version: RoleLevelVersion
    fit: Fit


# --- Skills a role level asks about -----------------------------------------------------------


def asked_skills(*, release, role_level):
    """Versions of the skills that the role level asks about, each with `target`, in page order.

    `target` is None for skills that the role lists without a level. One query.
    """
    target = Requirement.objects.filter(
        release=release, role_level=role_level, skill=OuterRef("skill")
    ).values("target")[:1]
    return (
        SkillVersion.objects.filter(release=release)
        .filter(
            Q(skill__in=_required(release, role_level)) | Q(skill__in=_listed(release, role_level))
        )
        .select_related("area", "skill")
        .annotate(target=Subquery(target))
        .order_by("area__position", "name")
    )


def _required(release, role_level):
    return Requirement.objects.filter(release=release, role_level=role_level).values("skill")


def _listed(release, role_level):
    """Skills that the role level lists without saying how much of each."""
    links = RoleLevelVersion.unlevelled_skills.through.objects
    return links.filter(
        rolelevelversion__release=release, rolelevelversion__role_level=role_level
    ).values("skill")


def asked_counts(pairs):
    """How many skills each (release key, role level key) asks about. Two queries."""
    pairs = set(pairs)
    releases, role_levels = {pair[0] for pair in pairs}, {pair[1] for pair in pairs}
    skills = {pair: set() for pair in pairs}
    required = Requirement.objects.filter(release__in=releases, role_level__in=role_levels)
    listed = RoleLevelVersion.unlevelled_skills.through.objects.filter(
        rolelevelversion__release__in=releases, rolelevelversion__role_level__in=role_levels
    )
    rows = [
        *required.values_list("release", "role_level", "skill"),
        *listed.values_list("rolelevelversion__release", "rolelevelversion__role_level", "skill"),
    ]
    for release, role_level, skill in rows:
        if (release, role_level) in skills:
            skills[release, role_level].add(skill)
    return {pair: len(found) for pair, found in skills.items()}


def role_level_version(self_assessment):
    """What the self-assessment's release says of its role level. One query."""
    return (
        RoleLevelVersion.objects.filter(
            release=self_assessment.release_id, role_level=self_assessment.role_level_id
        )
        .select_related("release__framework", "role_version")
        .get()
    )


def skill_texts(releases, skills):
    """What the releases say of the skills: a `SkillText` by (release key, skill key).

    Three queries.
    """
    versions = SkillVersion.objects.filter(release__in=releases, skill__in=skills)
    levels = defaultdict(list)
    for level in SkillLevel.objects.filter(skill_version__in=versions).prefetch_related(
        "statements"
    ):
        texts = tuple(statement.text for statement in level.statements.all())
        levels[level.skill_version_id].append((level.value, texts))
    return {
        (version.release_id, version.skill_id): SkillText(
            version.name, version.description, tuple(sorted(levels[version.pk]))
        )
        for version in versions
    }


def scale_of(release):
    """The names of the framework's levels, from level 1 up. One query."""
    return [level.name for level in ScaleLevel.objects.filter(framework=release.framework_id)]


def level_name(level, scale, *, not_applicable=False):
    """A level in words: never a bare number, and unknown is not zero."""
    if not_applicable:
        return NOT_APPLICABLE
    if level is None:
        return NOT_RATED
    if level == 0:
        return NOT_YET
    return scale[level - 1] if level <= len(scale) else f"Level {level}"


@dataclass(frozen=True)
class LevelOption:
    """A level somebody can choose for a skill, with what it means.

    `statements` are `Statement` rows, which print as their text.
    """

    value: int
    name: str
    statements: tuple
    description: str = ""


def level_options(skill_version):
    """The levels the release defines for the skill, and the names of those it leaves out.

    A skill for which no level is described at all is rated on the framework's general levels.
    Three queries.
    """
    return options_of([skill_version])[skill_version.pk]


def options_of(skill_versions):
    """`level_options` of several skills of one release, by the skill versions' keys.

    Three queries.
    """
    release = {version.release_id for version in skill_versions}
    scale = list(ScaleLevel.objects.filter(framework__releases__in=release))
    defined = {version.pk: {} for version in skill_versions}
    for level in SkillLevel.objects.filter(skill_version__in=defined).prefetch_related(
        "statements"
    ):
        defined[level.skill_version_id][level.value] = tuple(level.statements.all())
    return {
        pk: (
            [
                LevelOption(step.value, step.name, levels.get(step.value, ()), step.description)
                for step in scale
                if step.value in levels or not levels
            ],
            [step.name for step in scale if levels and step.value not in levels],
        )
        for pk, levels in defined.items()
    }


def plain_options(draft, slug):
    """The skill with this slug that a draft asks about, and its levels without their statements.

    A pair of a `Skill` and `LevelOption`s as `level_options` gives them; None where the draft
    does not ask about it. One query: it is read each time an answer is saved while it is typed.
    """
    asked = asked_skills(release=draft.release_id, role_level=draft.role_level_id).filter(
        skill__slug=slug
    )
    defined = SkillLevel.objects.filter(
        skill_version__release=draft.release_id, skill_version__skill__slug=slug
    )
    scale = list(
        ScaleLevel.objects.filter(framework__releases=draft.release_id)
        .annotate(
            skill=Subquery(asked.values("skill")[:1]),
            is_defined=Exists(defined.filter(value=OuterRef("value"))),
        )
        .values_list("skill", "value", "name", "is_defined", named=True)
    )
    if not scale or scale[0].skill is None:
        return None
    any_defined = any(step.is_defined for step in scale)
    return Skill(pk=scale[0].skill, slug=slug), [
        LevelOption(step.value, step.name, ())
        for step in scale
        if step.is_defined or not any_defined
    ]


def answer_in(draft, skill):
    """The draft's answer about a skill, with `is_ticked`; None before the first. One query."""
    return (
        draft.draft_answers.filter(skill=skill)
        .annotate(is_ticked=Exists(TickedStatement.objects.filter(draft_answer=OuterRef("pk"))))
        .first()
    )


# --- Ticked statements ------------------------------------------------------------------------


def ticked_for(answer):
    """Keys of the statements ticked for a draft's answer, a set. One query; none without one."""
    if answer is None or answer.pk is None:
        return set()
    return set(answer.ticks.values_list("statement", flat=True))


def suggestion_of(options, ticked):
    """The `Suggestion` for the ticked statements of a skill's options."""
    return suggest_level(
        {option.value: [statement.pk for statement in option.statements] for option in options},
        ticked,
    )


@dataclass(frozen=True)
class TickedLevel:
    """How much of one level somebody ticked, in words ready to print."""

    name: str
    ticked: int
    total: int
    is_shown: bool


def suggestion_in_words(suggestion, scale):
    """Each level's count with the level's name; an empty list where nothing is ticked."""
    if suggestion.level is None:
        return []
    return [
        TickedLevel(level_name(count.value, scale), count.ticked, count.total, count.is_shown)
        for count in suggestion.counts
    ]


def ticks_of_ratings(ratings):
    """What is ticked for each rating: its key → texts, lowest level first. One query."""
    texts = defaultdict(list)
    for rating, text in (
        TickedStatement.objects.filter(rating__in=ratings)
        .order_by("statement__skill_level__value", "statement__position")
        .values_list("rating", "statement__text")
    ):
        texts[rating].append(text)
    return texts


# --- One self-assessment ----------------------------------------------------------------------


@dataclass(frozen=True)
class Task:
    """One skill of a draft with its answer so far; `answer` is None before the first save."""

    skill: SkillVersion
    answer: DraftAnswer | None

    @property
    def is_given(self):
        return self.answer is not None and self.answer.is_given

    @property
    def is_carried(self):
        return self.is_given and self.answer.carried_rated_at is not None

    @property
    def has_earlier_rating(self):
        """Whether a rating of an earlier time stays in force while this is not answered."""
        return self.answer is not None and self.answer.carried_rated_at is not None


def tasks_of(draft):
    """A `Task` for each skill the draft asks about, in page order. Two queries."""
    answers = {answer.skill_id: answer for answer in draft.draft_answers.all()}
    return [
        Task(skill, answers.get(skill.skill_id))
        for skill in asked_skills(release=draft.release_id, role_level=draft.role_level_id)
    ]


def by_area(rows, *, skill=lambda row: row.skill):
    """Pairs of a skill area and its rows, in the order the rows come in."""
    groups = {}
    for row in rows:
        groups.setdefault(skill(row).area, []).append(row)
    return list(groups.items())


@dataclass(frozen=True)
class FrameworkChanges:
    """What differs for one role level between two releases; names are the newer release's.

    `worded` pairs a skill's name with a line for each difference in its words.
    """

    before: Release
    after: Release
    added: tuple[str, ...]
    gone: tuple[str, ...]
    retargeted: tuple[str, ...]
    worded: tuple[tuple[str, tuple[str, ...]], ...]

    def __bool__(self):
        return bool(self.added or self.gone or self.retargeted or self.worded)


def framework_changes(role_level, before, after):
    """The `FrameworkChanges` of a role level from one release to another. Six queries."""
    old = {one.skill_id: one for one in asked_skills(release=before, role_level=role_level)}
    new = {one.skill_id: one for one in asked_skills(release=after, role_level=role_level)}
    both = [skill for skill in new if skill in old]
    scale = scale_of(after)
    texts = skill_texts({before.pk, after.pk}, both)
    worded = {
        skill: text_changes(
            texts[before.pk, skill], texts[after.pk, skill], lambda level: level_name(level, scale)
        )
        for skill in both
    }
    return FrameworkChanges(
        before=before,
        after=after,
        added=tuple(one.name for skill, one in new.items() if skill not in old),
        gone=tuple(one.name for skill, one in old.items() if skill not in new),
        retargeted=tuple(
            new[skill].name for skill in both if new[skill].target != old[skill].target
        ),
        worded=tuple((new[skill].name, tuple(lines)) for skill, lines in worded.items() if lines),
    )


def changes_since(answer, release, scale):
    """How a skill's words differ from those an answer was given on: lines. Three queries at most.

    None at all where it was given on the release's own words.
    """
    if answer is None or answer.given_on_id is None:
        return []
    texts = skill_texts({answer.given_on_id, release.pk}, [answer.skill_id])
    old, new = (texts.get((key, answer.skill_id)) for key in (answer.given_on_id, release.pk))
    if old is None or new is None:
        return []
    return text_changes(old, new, lambda level: level_name(level, scale))


def next_unanswered(tasks, *, after):
    """The first skill without an answer after the one with the slug `after`, then from the top.

    None when every other skill has one.
    """
    slugs = [task.skill.skill.slug for task in tasks]
    start = slugs.index(after) + 1
    for task in [*tasks[start:], *tasks[: start - 1]]:
        if not task.is_given:
            return task.skill
    return None


def standings_of(self_assessment, ratings):
    """A `SkillStanding` for each skill a submitted self-assessment asked about. Three queries.

    `ratings` are those the reader may see.
    """
    ratings = {
        rating.skill_id: rating for rating in ratings.filter(self_assessment=self_assessment)
    }
    ticked = ticks_of_ratings([rating.pk for rating in ratings.values()])
    standings = []
    for skill in asked_skills(
        release=self_assessment.release_id, role_level=self_assessment.role_level_id
    ):
        rating = ratings.get(skill.skill_id, Rating())
        standings.append(
            SkillStanding(
                skill=skill.name,
                area=skill.area.name,
                target=skill.target,
                level=rating.level,
                not_applicable=rating.not_applicable,
                not_applicable_reason=rating.not_applicable_reason,
                no_opportunity=rating.no_opportunity,
                confidence=rating.get_confidence_display() if rating.confidence else "",
                evidence=rating.evidence,
                ticked=tuple(ticked.get(rating.pk, ())),
                override_reason=rating.override_reason,
                slug=skill.skill.slug,
            )
        )
    return standings


def with_progress(drafts):
    """Drafts with `answered`, the count of skills that have an answer."""
    return drafts.annotate(
        answered=Count(
            "draft_answers",
            filter=Q(draft_answers__ask_again="")
            & (Q(draft_answers__level__isnull=False) | Q(draft_answers__not_applicable=True)),
        )
    )


def latest_by_role_level(submitted):
    """For each (person key, role level key), the newest of these self-assessments. One query."""
    newest = {}
    for one in submitted.order_by("submitted_at", "pk"):
        newest[one.person_id, one.role_level_id] = one
    return newest


def role_levels_last_chosen(person, *, before):
    """Versions of the role levels that the person chose in the post before this one. Two queries.

    Only those still in force, so that they can be chosen again after a move.
    """
    last = person.posts.filter(started_on__lt=before.started_on).order_by("-started_on").first()
    if last is None:
        return []
    ids = RoleLevel.objects.filter(
        post_links__in=PostRoleLevel.objects.filter(post=last).filter(
            Q(ended_on=None) | Q(ended_on__gte=before.started_on)
        )
    )
    return list(choosable_role_levels().filter(role_level__in=ids))


# --- Ratings grown stale -----------------------------------------------------------------------


def stale_counts(posts, *, day):
    """How many ratings of each person are due to be looked at again; those with none left out.

    A rating counts while it is in force, older than the setting, and of a skill that the current
    post is measured against. By the person's key. One query where nothing is old, else five.
    """
    before = months_before(day, settings.RATING_STALE_MONTHS)
    old = defaultdict(set)
    for person, skill in (
        Rating.objects.current()
        .filter(
            person__in={post.person_id for post in posts},
            rated_at__lt=timezone.make_aware(datetime.datetime.combine(before, datetime.time())),
        )
        .values_list("person", "skill")
    ):
        old[person].add(skill)
    posts = [post for post in posts if post.person_id in old]
    if not posts:
        return {}
    measured = measured_against(posts, day=day)
    required = defaultdict(set)
    for role_level, skill in Requirement.objects.filter(
        release__in=Release.objects.current(),
        role_level__in={row.role_level_id for rows in measured.values() for row in rows},
    ).values_list("role_level", "skill"):
        required[role_level].add(skill)
    counts = {
        post.person_id: len(
            old[post.person_id]
            & set().union(*(required[row.role_level_id] for row in measured[post.pk]))
        )
        for post in posts
    }
    return {person: count for person, count in counts.items() if count}


# --- History ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class SkillWords:
    """What to call a skill, its framework and its levels: the newest published words."""

    name: str
    framework: str
    scale: list
    history_url: str

    def level_name(self, answer):
        return level_name(answer.level, self.scale, not_applicable=answer.not_applicable)


def skill_words(skills):
    """`SkillWords` of each skill, by its key, from the newest release that has it. Two queries."""
    versions = (
        SkillVersion.objects.filter(skill__in=skills, release__published_at__isnull=False)
        .select_related("skill__framework")
        .order_by("release__published_at", "pk")
    )
    newest = {version.skill_id: version for version in versions}
    scales = defaultdict(list)
    frameworks = {version.skill.framework_id for version in newest.values()}
    for level in ScaleLevel.objects.filter(framework__in=frameworks):
        scales[level.framework_id].append(level.name)
    return {
        key: SkillWords(
            version.name,
            version.skill.framework.name,
            scales[version.skill.framework_id],
            reverse(
                "assessments:skill_history",
                args=[version.skill.framework.slug, version.skill.slug],
            ),
        )
        for key, version in newest.items()
    }


def role_level_names(self_assessments):
    """What each self-assessment's release calls its role level. One query.

    By pairs of a release's and a role level's key.
    """
    versions = RoleLevelVersion.objects.filter(
        release__in={one.release_id for one in self_assessments},
        role_level__in={one.role_level_id for one in self_assessments},
    )
    return {
        (release, role_level): name
        for release, role_level, name in versions.values_list("release", "role_level", "name")
    }


@dataclass(frozen=True)
class ManagerAnswer:
    """What a line manager answered to one rating, in words ready to print."""

    by: str
    on: datetime.datetime
    words: str
    reason: str
    is_superseded: bool
    url: str


def answers_by_rating(answers, scale):
    """Line managers' finished answers, by the rating's key, the newest first. One query.

    `answers` are those the reader may see.
    """
    found = defaultdict(list)
    for answer in (
        answers.fixed().select_related("rating", "answered_by").order_by("-fixed_at", "-pk")
    ):
        if answer.kind == answer.Kind.EVIDENCE:
            words = "Asked for evidence"
        elif answer.kind == answer.Kind.AGREE:
            words = "Agreed"
        else:
            words = f"Sees {level_name(answer.level, scale)}"
        found[answer.rating_id].append(
            ManagerAnswer(
                by=str(answer.answered_by),
                on=answer.fixed_at,
                words=words,
                reason=answer.reason,
                is_superseded=answer.is_superseded,
                url=answer.get_absolute_url(),
            )
        )
    return found
