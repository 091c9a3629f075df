"""Pages of assessing again: what is asked, confirming the rest, moving to a newer release."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.models import DraftAnswer, Release
from assessments.services.self_assessments import start_self_assessment, submit_self_assessment
from tests import factories

pytestmark = pytest.mark.django_db
SKILLS = ("Agile working", "Cloud", "User focus")


@pytest.fixture
def release(db):
    return factories.release(framework=factories.framework("digital-and-data"), skills=SKILLS)


@pytest.fixture
def author(client, member):
    client.force_login(member)
    return client


@pytest.fixture
def again(member, release):
    """A draft that starts from answers of a month ago, one of them older than a year."""
    month_ago = timezone.now() - datetime.timedelta(days=30)
    factories.submitted(member, release, {"Cloud": 1}, at=factories.local(2024, 3, 3))
    factories.submitted(member, release, {"Agile working": 2, "User focus": 3}, at=month_ago)
    return start_self_assessment(person=member, role_level=factories.role_level_of(release))


def url_of(draft, name):
    return reverse(f"assessments:{name}", args=[draft.pk])


def publish_next(release, *, skills=SKILLS, targets=None):
    Release.objects.filter(pk=release.pk).update(superseded_at=timezone.now())
    return factories.release(
        framework=release.framework, skills=skills, targets=targets, published_at=timezone.now()
    )


def test_the_list_asks_only_about_what_is_due_and_keeps_the_rest_apart(author, again):
    html = author.get(again.get_absolute_url()).content.decode()
    assert "1 skill left" in html
    assert "Check again" in html
    assert "Working, your answer of" in html
    assert "Confirm these 2 answers" in html
    asked, confirmed = html.split("Your answers from last time")
    assert "Cloud" in asked
    assert "Agile working" not in asked
    assert "Agile working" in confirmed


def test_confirming_and_asking_again_are_never_links(author, again):
    for name in ("confirm_carried", "ask_all_again"):
        assert author.get(url_of(again, name)).status_code == 405


def test_confirming_twice_confirms_once(author, again):
    first = author.post(url_of(again, "confirm_carried"), follow=True).content.decode()
    assert "You have confirmed 2 answers." in first
    second = author.post(url_of(again, "confirm_carried"), follow=True).content.decode()
    assert "You have confirmed" not in second
    assert not DraftAnswer.objects.given().exclude(carried_rated_at=None).exists()


def test_every_skill_can_be_asked_again(author, again):
    html = author.post(url_of(again, "ask_all_again"), follow=True).content.decode()
    assert "Every skill is asked again." in html
    assert "3 skills left" in html


def test_after_submission_nothing_is_confirmed(author, again, member):
    author.post(url_of(again, "confirm_carried"))
    submit_self_assessment(
        self_assessment=again, by=member, shown_manager=member.current_post.line_manager
    )
    for name in ("confirm_carried", "ask_all_again"):
        html = author.post(url_of(again, name), follow=True).content.decode()
        assert "already been submitted" in html
    assert author.get(url_of(again, "move_draft")).url == again.get_absolute_url().replace(
        f"/{again.pk}/", f"/{again.pk}/result/"
    )


def test_the_answer_page_says_why_it_asks_again_and_what_is_different(author, member, release):
    factories.submitted(member, release, {"Cloud": 1})
    second = publish_next(release)
    second.skill_versions.filter(name="Cloud").update(description="Renting computers.")
    draft = start_self_assessment(person=member, role_level=factories.role_level_of(second))
    html = author.get(reverse("assessments:answer", args=[draft.pk, "cloud"])).content.decode()
    assert "The framework describes this skill differently now" in html
    assert "Its description is worded differently" in html


def test_a_draft_of_an_older_release_offers_to_move(author, member, release):
    draft = factories.draft(member, release)
    factories.answer(draft, "Cloud", 1)
    factories.answer(draft, "User focus", 2)
    offer = url_of(draft, "move_draft")
    assert offer not in author.get(draft.get_absolute_url()).content.decode()
    assert author.get(offer).url == draft.get_absolute_url()
    second = publish_next(
        release,
        skills=("Agile working", "Cloud", "Data"),
        targets={"Agile working": 3, "Cloud": 2, "Data": 1},
    )
    assert offer in author.get(draft.get_absolute_url()).content.decode()
    html = author.get(offer).content.decode()
    assert "New for your role" in html
    assert "Data" in html
    assert "Your answer about User focus will be removed" in html
    assert "Your role now needs another level" in html
    draft.refresh_from_db()
    assert draft.release == release
    assert "now uses" in author.post(offer, follow=True).content.decode()
    draft.refresh_from_db()
    assert draft.release == second
    assert author.post(offer).url == draft.get_absolute_url()


def test_the_list_says_what_changed_in_the_framework_for_them(author, member, release):
    factories.submitted(member, release, {"Cloud": 1})
    second = publish_next(release, skills=("Agile working", "Cloud", "Data"))
    draft = start_self_assessment(person=member, role_level=factories.role_level_of(second))
    html = author.get(draft.get_absolute_url()).content.decode()
    assert "What changed in the framework for you" in html
    assert "No longer asked for" in html


def test_nobody_else_confirms_or_moves_a_draft(client, again, line_manager, outsider):
    for person in (line_manager, outsider):
        client.force_login(person)
        for name in ("confirm_carried", "ask_all_again", "move_draft"):
            assert client.post(url_of(again, name)).status_code == 404


def test_the_pages_take_the_same_queries_for_five_skills_and_for_forty(
    author, member, django_assert_max_num_queries
):
    counts = []
    for areas in (1, 8):
        first = factories.big_release(areas=areas, skills_in_each=5, name=f"Framework {areas}")
        names = [one.name for one in first.skill_versions.all()]
        factories.submitted(member, first, dict.fromkeys(names, 1))
        draft = start_self_assessment(person=member, role_level=factories.role_level_of(first))
        second = publish_next(first, skills=names)
        with django_assert_max_num_queries(25) as offered:
            author.get(url_of(draft, "move_draft"))
        with django_assert_max_num_queries(25) as moved:
            author.post(url_of(draft, "move_draft"))
        with django_assert_max_num_queries(25) as read:
            author.get(draft.get_absolute_url())
        assert second.pk
        counts.append((len(offered), len(moved), len(read)))
    assert counts[0] == counts[1]
