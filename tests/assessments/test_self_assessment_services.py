"""Role levels chosen, answers saved, answers submitted."""

import datetime
import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts import services as accounts_services
from accounts.models import Notice
from assessments.models import DraftAnswer, PostRoleLevel, Rating, Skill, SkillLevel
from assessments.services.self_assessments import (
    AlreadySubmitted,
    LineManagerChanged,
    StaleAnswer,
    save_answer,
    set_role_levels,
    start_self_assessment,
    submit_self_assessment,
)
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(db):
    return factories.release(skills=("Agile working", "User focus", "Cloud"))


@pytest.fixture
def draft(member, release):
    return factories.draft(member, release)


def skill(name):
    return Skill.objects.get(versions__name=name)


def values(level=None, **given):
    return {
        "level": level,
        "not_applicable": False,
        "not_applicable_reason": "",
        "no_opportunity": False,
        "confidence": "",
        "evidence": "",
        **given,
    }


def save(draft, name="Agile working", *, version=0, **given):
    return save_answer(
        self_assessment=draft,
        skill=skill(name),
        by=draft.person,
        version=version,
        **values(**given),
    )


def submit(draft):
    post = draft.person.posts.current().first()
    return submit_self_assessment(
        self_assessment=draft,
        by=draft.person,
        shown_manager=post.line_manager if post else None,
    )


# --- Role levels -----------------------------------------------------------------------------


def test_a_role_level_is_chosen_from_today_and_choosing_again_changes_nothing(member, release):
    post, level = member.current_post, factories.role_level_of(release)
    for _ in range(2):
        links = set_role_levels(post=post, role_levels=[level], by=member)
    assert [(link.role_level, link.started_on) for link in links] == [(level, timezone.localdate())]
    assert PostRoleLevel.objects.count() == 1


def test_a_role_level_left_out_ends_today_and_stays_as_history(member, release):
    level = factories.role_level_of(release)
    link = factories.chosen_role_level(member, level)
    assert set_role_levels(post=member.current_post, role_levels=[], by=member) == []
    link.refresh_from_db()
    assert link.ended_on == timezone.localdate()
    yesterday = timezone.localdate() - datetime.timedelta(days=1)
    assert PostRoleLevel.objects.as_at(yesterday).get() == link


def test_a_role_level_taken_back_on_the_day_it_was_chosen_leaves_no_row(member, release):
    level = factories.role_level_of(release)
    set_role_levels(post=member.current_post, role_levels=[level], by=member)
    set_role_levels(post=member.current_post, role_levels=[], by=member)
    assert not PostRoleLevel.objects.exists()


def test_role_levels_of_an_ended_post_stay_as_they_were(member, digital, release):
    post = member.current_post
    accounts_services.start_post(
        person=member, unit=digital, grade="SEO", started_on=timezone.localdate()
    )
    with pytest.raises(ValidationError):
        set_role_levels(post=post, role_levels=[factories.role_level_of(release)], by=member)
    assert not PostRoleLevel.objects.exists()


# --- Starting --------------------------------------------------------------------------------


def test_starting_twice_gives_the_same_draft(member, release):
    level = factories.role_level_of(release)
    first = start_self_assessment(person=member, role_level=level)
    assert start_self_assessment(person=member, role_level=level) == first
    assert first.release == release


def test_a_role_level_that_left_its_framework_cannot_be_started(member, release):
    release.superseded_at = timezone.now()
    release.save(update_fields=["superseded_at"])
    with pytest.raises(ValidationError):
        start_self_assessment(person=member, role_level=factories.role_level_of(release))


def test_rating_again_starts_from_the_last_answers(member, release):
    at = factories.local(2025, 3, 3)
    factories.submitted(member, release, {"Agile working": 1, "Cloud": None}, at=at)
    draft = start_self_assessment(person=member, role_level=factories.role_level_of(release))
    carried = {
        answer.skill.slug: (answer.level, answer.not_applicable, answer.carried_rated_at)
        for answer in draft.draft_answers.select_related("skill")
    }
    assert carried == {"agile-working": (1, False, at), "cloud": (None, True, at)}


def test_a_level_the_new_release_does_not_define_is_asked_again(member, release):
    factories.submitted(member, release, {"Agile working": 3, "Cloud": 0})
    Rating.objects.update(evidence="I ran the retrospective")
    SkillLevel.objects.filter(skill_version__name="Agile working", value=3).delete()
    draft = start_self_assessment(person=member, role_level=factories.role_level_of(release))
    carried = {
        answer.skill.slug: (answer.level, answer.evidence)
        for answer in draft.draft_answers.select_related("skill")
    }
    assert carried == {
        "agile-working": (None, "I ran the retrospective"),
        "cloud": (0, "I ran the retrospective"),
    }


def test_saving_a_carried_answer_makes_it_an_answer_of_today(member, release):
    factories.submitted(member, release, {"Agile working": 1})
    draft = start_self_assessment(person=member, role_level=factories.role_level_of(release))
    saved = save(draft, version=1, level=1)
    assert (saved.version, saved.carried_rated_at) == (2, None)


# --- Saving ----------------------------------------------------------------------------------


def test_an_answer_is_saved_and_each_change_raises_its_version(draft):
    assert save(draft, level=1).version == 1
    assert save(draft, version=1, level=2, evidence="Shown").version == 2
    saved = DraftAnswer.objects.get()
    assert (saved.level, saved.evidence, saved.version) == (2, "Shown", 2)


def test_saving_the_same_answer_again_changes_nothing(draft):
    save(draft, level=1)
    for version in (0, 1, 1):
        assert save(draft, version=version, level=1).version == 1


def test_saying_nothing_makes_no_row(draft):
    assert save(draft).version == 0
    assert not DraftAnswer.objects.exists()


def test_not_yet_is_an_answer(draft):
    assert save(draft, level=0).is_given


def test_evidence_can_be_saved_before_a_level(draft):
    assert not save(draft, evidence="I wrote the guide").is_given
    assert save(draft, version=1, level=2, evidence="I wrote the guide").is_given


def test_a_stale_version_never_overwrites(draft):
    save(draft, level=1)
    save(draft, version=1, level=2)
    for version in (0, 1, 7):
        with pytest.raises(StaleAnswer) as refused:
            save(draft, version=version, level=3)
        assert refused.value.saved.level == 2
    assert DraftAnswer.objects.get().level == 2


def test_a_submitted_self_assessment_takes_no_answers(draft):
    save(draft, level=1)
    submit(draft)
    with pytest.raises(AlreadySubmitted):
        save(draft, level=2)
    assert not DraftAnswer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_ten_parallel_saves_of_one_answer_make_one_row(draft):
    outcomes = in_parallel(10, lambda number: save(draft, level=2, evidence="Same").version)
    assert outcomes == [1] * 10
    assert DraftAnswer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_ten_parallel_saves_that_differ_one_wins_and_the_others_are_told(draft):
    def one(number):
        try:
            return save(draft, level=2, evidence=f"Text {number}").version
        except StaleAnswer:
            return "told"

    outcomes = in_parallel(10, one)
    assert sorted(outcomes, key=str) == [1, *["told"] * 9]
    assert DraftAnswer.objects.count() == 1


def in_parallel(count, call):
    """What `call` returns in each of `count` threads that begin together."""
    gate, outcomes = threading.Barrier(count), []

    def run(number):
        try:
            gate.wait(timeout=20)
            outcomes.append(call(number))
        except Exception as error:
            outcomes.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes


# --- Submitting ------------------------------------------------------------------------------


def test_submitting_turns_answers_into_ratings_and_tells_the_line_manager(draft, line_manager):
    save(draft, level=0, confidence="high", no_opportunity=True)
    save(draft, "User focus", not_applicable=True, not_applicable_reason="No users here")
    submitted = submit(draft)
    assert submitted.submitted_to == line_manager
    ratings = {rating.skill.slug: rating for rating in Rating.objects.current()}
    assert ratings["agile-working"].level == 0
    assert ratings["agile-working"].no_opportunity
    assert ratings["user-focus"].not_applicable_reason == "No users here"
    assert {rating.rated_at for rating in ratings.values()} == {submitted.submitted_at}
    assert not DraftAnswer.objects.exists()
    notice = Notice.objects.get()
    assert notice.recipient == line_manager
    assert notice.link == submitted.get_absolute_url()


def test_skills_without_a_level_stay_unrated(draft):
    save(draft, level=1)
    save(draft, "Cloud", evidence="Only words")
    submit(draft)
    assert [rating.skill.slug for rating in Rating.objects.all()] == ["agile-working"]


def test_submitting_twice_changes_nothing(draft):
    save(draft, level=1)
    first = submit(draft)
    again = submit(draft)
    assert again.submitted_at == first.submitted_at
    assert (Rating.objects.count(), Notice.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_five_parallel_submissions_make_one_set_of_ratings(draft):
    save(draft, level=1)
    outcomes = in_parallel(5, lambda number: submit(draft).submitted_at)
    assert len(set(outcomes)) == 1
    assert (Rating.objects.count(), Notice.objects.count()) == (1, 1)


def test_a_new_submission_supersedes_at_the_same_instant_and_keeps_the_rest(member, release):
    factories.submitted(
        member, release, {"Agile working": 1, "Cloud": 2}, at=factories.local(2025, 3, 3)
    )
    draft = factories.draft(member, release)
    save(draft, level=3)
    submitted = submit(draft)
    old = Rating.objects.get(skill__slug="agile-working", level=1)
    assert old.superseded_at == submitted.submitted_at
    assert {(rating.skill.slug, rating.level) for rating in Rating.objects.current()} == {
        ("agile-working", 3),
        ("cloud", 2),
    }


def test_an_unchanged_carried_answer_is_confirmed_with_the_new_date(member, release):
    at = timezone.now() - datetime.timedelta(days=100)
    factories.submitted(member, release, {"Cloud": 2}, at=at)
    draft = start_self_assessment(person=member, role_level=factories.role_level_of(release))
    submitted = submit(draft)
    assert Rating.objects.current().get().rated_at == submitted.submitted_at
    assert Rating.objects.count() == 2


def test_an_answer_that_is_asked_again_counts_only_once_looked_at(member, release):
    long_ago = factories.local(2025, 3, 3)
    factories.submitted(member, release, {"Cloud": 2, "Agile working": 1}, at=long_ago)
    draft = start_self_assessment(person=member, role_level=factories.role_level_of(release))
    save(draft, version=1, level=1)
    submitted = submit(draft)
    rated_at = dict(Rating.objects.current().values_list("skill__slug", "rated_at"))
    assert rated_at == {"agile-working": submitted.submitted_at, "cloud": long_ago}


def test_a_line_manager_who_was_not_shown_is_not_shared_with(draft, digital, line_manager):
    save(draft, level=1)
    newcomer = factories.person("Nora Pell", unit=digital, grade="G7")
    accounts_services.start_post(
        person=draft.person,
        unit=digital,
        grade="HEO",
        line_manager=newcomer,
        started_on=timezone.localdate(),
    )
    with pytest.raises(LineManagerChanged) as refused:
        submit_self_assessment(self_assessment=draft, by=draft.person, shown_manager=line_manager)
    assert refused.value.line_manager == newcomer
    assert not Rating.objects.exists()
    assert not Notice.objects.exists()


def test_without_a_line_manager_nobody_is_told(digital, release):
    person = factories.person(unit=digital)
    draft = factories.draft(person, release)
    save(draft, level=1)
    assert submit(draft).submitted_to is None
    assert not Notice.objects.exists()


def test_nothing_answered_cannot_be_submitted(draft):
    with pytest.raises(ValidationError):
        submit(draft)
    draft.refresh_from_db()
    assert draft.is_draft


def test_a_failure_half_way_leaves_the_draft_whole(draft, monkeypatch):
    def fail(**given):
        raise RuntimeError("no notice today")

    monkeypatch.setattr("assessments.services.self_assessments.queue_notice", fail)
    save(draft, level=1)
    with pytest.raises(RuntimeError):
        submit(draft)
    draft.refresh_from_db()
    assert draft.is_draft
    assert DraftAnswer.objects.count() == 1
    assert not Rating.objects.exists()


# --- What the database enforces --------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"level": 2, "not_applicable": True},
        {"level": 9},
    ],
)
def test_the_database_refuses_an_impossible_answer(draft, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        DraftAnswer.objects.create(self_assessment=draft, skill=skill("Cloud"), **fields)


def test_the_database_keeps_one_draft_a_role_level(draft, release):
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.draft(draft.person, release)


def test_the_database_keeps_one_current_rating_a_skill(draft, release):
    submitted = factories.submitted(draft.person, release, {"Cloud": 2})
    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.create(
            person=draft.person,
            self_assessment=submitted,
            skill=skill("Cloud"),
            level=1,
            rated_at=timezone.now(),
        )
