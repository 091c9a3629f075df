"""Assessing again: what is asked, what is confirmed, and moving to a newer release."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from assessments.models import (
    DraftAnswer,
    Rating,
    Release,
    Requirement,
    Skill,
    Statement,
    TickedStatement,
)
from assessments.services.self_assessments import (
    AlreadySubmitted,
    StaleAnswer,
    ask_all_again,
    confirm_carried,
    move_to_current_release,
    save_answer,
    save_ticks,
    start_self_assessment,
    submit_self_assessment,
)
from tests import factories

pytestmark = pytest.mark.django_db
SKILLS = ("Agile working", "Cloud", "User focus")


@pytest.fixture
def release(db):
    return factories.release(skills=SKILLS)


def role_level(release):
    return release.role_level_versions.get(name="Delivery manager").role_level


def newer(release, *, skills=SKILLS, changed=(), published_at=None):
    """The framework's next release, in force from now on; `changed` skills are worded anew."""
    now = published_at or timezone.now()
    Release.objects.filter(pk=release.pk).update(superseded_at=now)
    made = factories.release(framework=release.framework, skills=skills, published_at=now)
    for name in changed:
        level = made.skill_versions.get(name=name).levels.get(value=2)
        level.statements.filter(position=1).update(text=f"do {name} in a new way")
    return made


def rated(member, release, levels, *, days_ago=30):
    at = timezone.now() - datetime.timedelta(days=days_ago)
    return factories.submitted(member, release, levels, at=at)


def answers_of(draft):
    return {answer.skill.slug: answer for answer in draft.draft_answers.select_related("skill")}


def asked_again(draft):
    return {slug: answer.ask_again for slug, answer in answers_of(draft).items()}


def skill(name):
    return Skill.objects.get(slug=name.lower().replace(" ", "-"))


def save(draft, name, level, version=1):
    return save_answer(
        self_assessment=draft, skill=skill(name), by=draft.person, version=version, level=level
    )


def tick(draft, name, *values, version=0):
    return save_ticks(
        self_assessment=draft,
        skill=skill(name),
        by=draft.person,
        version=version,
        statements=statements(draft.release, name, *values),
    )


def statements(release, name, *values):
    found = Statement.objects.filter(
        skill_level__skill_version__release=release,
        skill_level__skill_version__name=name,
        skill_level__value__in=values,
    )
    return list(found.values_list("pk", flat=True))


def submit(draft):
    return submit_self_assessment(
        self_assessment=draft,
        by=draft.person,
        shown_manager=draft.person.posts.current().get().line_manager,
    )


# --- What is asked ---------------------------------------------------------------------------


def test_recent_answers_to_unchanged_skills_are_not_asked_again(member, release):
    rated(member, release, {"Agile working": 1, "Cloud": None})
    draft = start_self_assessment(person=member, role_level=role_level(release))
    assert asked_again(draft) == {"agile-working": "", "cloud": ""}


def test_a_changed_skill_is_asked_again_with_the_answer_filled_in(member, release):
    rated(member, release, {"Agile working": 1, "Cloud": 2})
    second = newer(release, changed=["Cloud"])
    draft = start_self_assessment(person=member, role_level=role_level(second))
    assert asked_again(draft) == {"agile-working": "", "cloud": "changed"}
    cloud = answers_of(draft)["cloud"]
    assert (cloud.level, cloud.given_on, cloud.is_given) == (2, release, False)


def test_a_stale_answer_is_asked_again(member, release, settings):
    settings.RATING_STALE_MONTHS = 2
    rated(member, release, {"Agile working": 1}, days_ago=90)
    rated(member, release, {"Cloud": 1}, days_ago=10)
    draft = start_self_assessment(person=member, role_level=role_level(release))
    assert asked_again(draft) == {"agile-working": "stale", "cloud": ""}


def test_looking_at_an_answer_makes_it_one_of_today_even_if_it_stays_the_same(member, release):
    rated(member, release, {"Cloud": 2}, days_ago=500)
    draft = start_self_assessment(person=member, role_level=role_level(release))
    saved = save(draft, "Cloud", 2)
    assert (saved.ask_again, saved.carried_rated_at, saved.is_given) == ("", None, True)


def test_the_rest_is_confirmed_in_one_step_and_dated(member, release):
    rated(member, release, {"Agile working": 1, "User focus": 3})
    rated(member, release, {"Cloud": 2}, days_ago=500)
    draft = start_self_assessment(person=member, role_level=role_level(release))
    assert confirm_carried(self_assessment=draft, by=member) == 2
    assert confirm_carried(self_assessment=draft, by=member) == 0
    answers = answers_of(draft)
    assert answers["agile-working"].carried_rated_at is None
    assert answers["agile-working"].version == 2
    assert answers["cloud"].ask_again == "stale"
    submitted = submit(draft)
    today = Rating.objects.current().filter(rated_at=submitted.submitted_at)
    assert {rating.skill.slug for rating in today} == {"agile-working", "user-focus"}


def test_everything_can_be_asked_again_when_the_person_wants_it(member, release):
    rated(member, release, {"Agile working": 1, "Cloud": 2})
    draft = start_self_assessment(person=member, role_level=role_level(release))
    save(draft, "Cloud", 3)
    assert ask_all_again(self_assessment=draft, by=member) == 1
    assert asked_again(draft) == {"agile-working": "chosen", "cloud": ""}


def test_a_second_tab_that_did_not_see_the_confirmation_cannot_overwrite_it(member, release):
    rated(member, release, {"Cloud": 2})
    draft = start_self_assessment(person=member, role_level=role_level(release))
    confirm_carried(self_assessment=draft, by=member)
    with pytest.raises(StaleAnswer):
        save(draft, "Cloud", 4)


@pytest.mark.parametrize("change", [confirm_carried, ask_all_again, move_to_current_release])
def test_a_submitted_self_assessment_is_not_changed(member, release, change):
    done = rated(member, release, {"Cloud": 2})
    with pytest.raises(AlreadySubmitted):
        change(self_assessment=done, by=member)


# --- Two drafts that ask about one skill -----------------------------------------------------


def test_a_newer_rating_renews_what_waits_untouched_in_another_draft(member, release):
    rated(member, release, {"Cloud": 1, "Agile working": 1})
    other = factories.role_level("Tester", release=release)
    for name in ("Cloud", "Agile working"):
        Requirement.objects.create(release=release, role_level=other, skill=skill(name), target=1)
    waiting = start_self_assessment(person=member, role_level=other)
    save(waiting, "Agile working", 4)
    draft = start_self_assessment(person=member, role_level=role_level(release))
    save(draft, "Cloud", 3)
    save(draft, "Agile working", 2)
    submit(draft)
    levels = {slug: answer.level for slug, answer in answers_of(waiting).items()}
    # What was carried is renewed; what was typed stays.
    assert levels == {"cloud": 3, "agile-working": 4}


# --- Moving a draft to the release in force --------------------------------------------------


def test_moving_keeps_unchanged_answers_asks_changed_ones_and_removes_the_unasked(member, release):
    draft = factories.draft(member, release)
    factories.answer(draft, "Agile working", 3, evidence="Kept")
    factories.answer(draft, "Cloud", 2, evidence="Kept too")
    factories.answer(draft, "User focus", 1)
    second = newer(release, skills=("Agile working", "Cloud", "Data"), changed=["Cloud"])
    for _ in range(2):
        moved = move_to_current_release(self_assessment=draft, by=member)
    assert moved.release == second
    answers = answers_of(moved)
    assert set(answers) == {"agile-working", "cloud"}
    agile, cloud = answers["agile-working"], answers["cloud"]
    assert (agile.is_given, agile.evidence, agile.version) == (True, "Kept", 2)
    assert (cloud.is_given, cloud.level, cloud.ask_again) == (False, 2, "changed")
    assert cloud.given_on == release


def test_moving_twice_through_two_releases_compares_with_the_words_answered_on(member, release):
    draft = factories.draft(member, release)
    factories.answer(draft, "Cloud", 2)
    second = newer(release, changed=["Cloud"])
    move_to_current_release(self_assessment=draft, by=member)
    assert asked_again(draft) == {"cloud": "changed"}
    newer(second)  # words as they were at first
    move_to_current_release(self_assessment=draft, by=member)
    assert asked_again(draft) == {"cloud": ""}


def test_a_level_that_is_gone_is_asked_and_the_words_stay(member, release):
    draft = factories.draft(member, release)
    factories.answer(draft, "Cloud", 4, evidence="Mine")
    second = newer(release)
    second.skill_versions.get(name="Cloud").levels.filter(value=4).delete()
    move_to_current_release(self_assessment=draft, by=member)
    cloud = answers_of(draft)["cloud"]
    assert (cloud.level, cloud.evidence, cloud.ask_again) == (None, "Mine", "changed")


def test_a_skill_new_to_the_draft_starts_from_an_earlier_rating(member, release):
    rated(member, release, {"Cloud": 3})
    draft = factories.draft(member, release)
    newer(release)
    move_to_current_release(self_assessment=draft, by=member)
    assert answers_of(draft)["cloud"].level == 3


def test_a_draft_whose_role_level_is_gone_stays_where_it_is(member, release):
    draft = factories.draft(member, release)
    Release.objects.filter(pk=release.pk).update(superseded_at=timezone.now())
    with pytest.raises(ValidationError):
        move_to_current_release(self_assessment=draft, by=member)


# --- Ticked statements -----------------------------------------------------------------------


def ticked_texts(**of):
    return set(TickedStatement.objects.filter(**of).values_list("statement__text", flat=True))


def test_ticks_are_saved_changed_and_left_alone_when_they_are_the_same(member, release):
    draft = factories.draft(member, release)
    assert tick(draft, "Cloud").version == 0
    assert not DraftAnswer.objects.exists()
    assert tick(draft, "Cloud", 1, 2).version == 1
    assert tick(draft, "Cloud", 1, 2, version=0).version == 1
    changed = tick(draft, "Cloud", 1, version=1)
    assert (changed.version, changed.level) == (2, None)
    assert ticked_texts(draft_answer=changed) == {"do Cloud thing 1.1", "do Cloud thing 1.2"}


def test_a_second_tab_never_overwrites_ticks(member, release):
    draft = factories.draft(member, release)
    tick(draft, "Cloud", 1)
    with pytest.raises(StaleAnswer) as refused:
        tick(draft, "Cloud", 2)
    assert refused.value.saved.ticked == set(statements(release, "Cloud", 1))
    assert TickedStatement.objects.count() == 2


def test_submitting_fixes_the_ticks_with_the_rating(member, release):
    draft = factories.draft(member, release)
    tick(draft, "Cloud", 1)
    save(draft, "Cloud", 2)
    tick(draft, "User focus", 1)  # no level: not submitted
    submit(draft)
    assert ticked_texts(rating=Rating.objects.get()) == {
        "do Cloud thing 1.1",
        "do Cloud thing 1.2",
    }
    assert not TickedStatement.objects.filter(rating=None).exists()


def test_rating_again_starts_from_the_same_ticks_where_the_words_are_the_same(member, release):
    rated(member, release, {"Cloud": 2})
    for pk in statements(release, "Cloud", 1, 2):
        TickedStatement.objects.create(rating=Rating.objects.get(), statement_id=pk)
    second = newer(release, changed=["Cloud"])
    draft = start_self_assessment(person=member, role_level=role_level(second))
    answer = answers_of(draft)["cloud"]
    assert ticked_texts(draft_answer=answer) == {
        "do Cloud thing 1.1",
        "do Cloud thing 1.2",
        "do Cloud thing 2.2",
    }
    release_of = answer.ticks.values_list(
        "statement__skill_level__skill_version__release", flat=True
    )
    assert set(release_of) == {second.pk}


def test_moving_a_draft_takes_its_ticks_along(member, release):
    draft = factories.draft(member, release)
    tick(draft, "Cloud", 1)
    second = newer(release)
    move_to_current_release(self_assessment=draft, by=member)
    ticks = TickedStatement.objects.filter(draft_answer__self_assessment=draft)
    assert set(ticks.values_list("statement", flat=True)) == set(statements(second, "Cloud", 1))


def test_starting_and_moving_take_the_same_queries_for_three_skills_and_for_forty(
    member, django_assert_max_num_queries
):
    counts = []
    for number, areas in enumerate((1, 8)):
        first = factories.big_release(areas=areas, skills_in_each=5, name=f"Framework {number}")
        names = [one.name for one in first.skill_versions.all()]
        rated(member, first, dict.fromkeys(names, 1))
        with django_assert_max_num_queries(25) as started:
            draft = start_self_assessment(person=member, role_level=role_level(first))
        newer(first, skills=names)
        with django_assert_max_num_queries(25) as moved:
            move_to_current_release(self_assessment=draft, by=member)
        counts.append((len(started), len(moved)))
    assert counts[0] == counts[1]
