"""All skills of an area on one page: saving, conflicts, hostile values, signing in."""

import threading

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import DraftAnswer, Release, SkillLevel
from assessments.services.self_assessments import (
    move_to_current_release,
    submit_self_assessment,
)
from tests import factories

pytestmark = pytest.mark.django_db
JSON = {"HTTP_ACCEPT": "application/json"}
SLUGS = ("agile-working", "cloud", "user-focus")


@pytest.fixture
def release(db):
    return factories.release(skills=("Agile working", "Cloud", "User focus"))


@pytest.fixture
def draft(client, member, release):
    """A draft whose author is signed in."""
    client.force_login(member)
    return factories.draft(member, release)


def url_of(draft):
    return reverse("assessments:area", args=[draft.pk, draft.release.areas.first().pk])


def fields(levels, *, versions=None, shown=None, **more):
    """What the page sends: a level for some skills; versions and what was shown default to none."""
    data = {}
    for slug in SLUGS:
        data[f"{slug}-version"] = (versions or {}).get(slug, 0)
        data[f"{slug}-shown"] = (shown or {}).get(slug, "")
        if slug in levels:
            data[f"{slug}-level"] = levels[slug]
    return data | {name.replace("_", "-"): value for name, value in more.items()}


def levels_of(draft):
    return dict(draft.draft_answers.values_list("skill__slug", "level"))


def test_the_page_asks_for_a_level_of_each_skill(client, draft):
    html = client.get(url_of(draft)).content.decode()
    for words in ("Agile working", "Cloud", "User focus", "Not applicable", "do Cloud thing 4.1"):
        assert words in html
    assert "target" not in html.lower()


def test_every_answer_given_is_saved_and_the_rest_stays_open(client, draft):
    response = client.post(url_of(draft), fields({"agile-working": "0", "cloud": "3"}))
    assert response.url == draft.get_absolute_url()
    assert levels_of(draft) == {"agile-working": 0, "cloud": 3}


def test_saving_leads_to_the_next_area_with_something_left(client, member):
    release = factories.big_release(areas=3)
    draft = factories.draft(member, release)
    client.force_login(member)
    areas = list(release.areas.order_by("position"))
    for number in (1, 2, 3):
        factories.answer(draft, f"Skill 2 {number}", 1)
    url = reverse("assessments:area", args=[draft.pk, areas[0].pk])
    data = {"skill-1-1-level": "1", "skill-1-1-version": 0, "skill-1-1-shown": ""}
    for number in (2, 3):
        data |= {f"skill-1-{number}-version": 0, f"skill-1-{number}-shown": ""}
    following = reverse("assessments:area", args=[draft.pk, areas[2].pk])
    assert client.post(url, data).url == following


def test_what_was_written_on_the_skills_own_page_stays(client, draft):
    factories.answer(draft, "Cloud", 1, evidence="Moved two services", confidence="high")
    client.post(url_of(draft), fields({"cloud": "2"}, versions={"cloud": 1}, shown={"cloud": "1"}))
    answer = DraftAnswer.objects.get()
    assert (answer.level, answer.evidence, answer.confidence) == (2, "Moved two services", "high")


def test_an_error_in_one_answer_keeps_no_other_from_being_saved(client, draft):
    data = fields({"agile-working": "2", "cloud": "na", "user-focus": "9"})
    html = client.post(url_of(draft), data).content.decode()
    assert "<title>Error: " in html
    assert "Enter why this skill does not apply to you" in html
    assert "Select a level from the list" in html
    assert levels_of(draft) == {"agile-working": 2}
    # The page now knows the version that was saved, so that going on is no conflict.
    assert 'name="agile-working-version" value="1"' in html
    data |= {
        "agile-working-version": 1,
        "agile-working-shown": "2",
        "agile-working-level": "3",
        "cloud-reason": "Bought in",
        "user-focus-level": "1",
    }
    assert client.post(url_of(draft), data).status_code == 302
    assert levels_of(draft) == {"agile-working": 3, "cloud": None, "user-focus": 1}


def test_undefined_levels_are_not_offered(client, draft):
    SkillLevel.objects.filter(skill_version__name="Cloud", value=4).delete()
    refused = client.post(url_of(draft), fields({"cloud": "4"}))
    assert "Select a level from the list" in refused.content.decode()


def test_saving_the_page_confirms_the_answers_of_last_time_on_it(client, draft):
    factories.answer(draft, "Cloud", 2, carried_rated_at=timezone.now(), ask_again="changed")
    data = fields({"cloud": "2"}, versions={"cloud": 1}, shown={"cloud": "2"})
    client.post(url_of(draft), data, **JSON)
    assert not DraftAnswer.objects.get().is_given
    client.post(url_of(draft), data)
    assert DraftAnswer.objects.get().is_given


# --- With the script -------------------------------------------------------------------------


def test_the_script_saves_what_was_touched_and_learns_the_new_versions(client, draft):
    answer = client.post(url_of(draft), fields({"cloud": "2"}), **JSON).json()
    assert answer["state"] == "saved"
    assert answer["fields"] == {"cloud-version": 1, "cloud-shown": "2"}
    back = fields({"cloud": "1"}, versions={"cloud": 1}, shown={"cloud": "2"})
    assert client.post(url_of(draft), back, **JSON).json()["fields"]["cloud-version"] == 2
    assert levels_of(draft) == {"cloud": 1}


def test_the_script_is_told_what_is_missing_and_what_is_saved_all_the_same(client, draft):
    data = fields({"agile-working": "2", "cloud": "na"})
    response = client.post(url_of(draft), data, **JSON)
    assert response.status_code == 422
    assert response.json()["message"] == "Enter why this skill does not apply to you"
    assert response.json()["fields"]["agile-working-version"] == 1


def test_the_script_can_ask_for_a_fresh_token(client, draft):
    assert client.get(url_of(draft), **JSON).json()["csrf_token"]
    client.logout()
    assert client.get(url_of(draft), **JSON).status_code == 401


# --- Two tabs, double clicks, parallel posts --------------------------------------------------


def test_a_second_tab_never_overwrites_and_names_the_other_answer(client, draft):
    client.post(url_of(draft), fields({"cloud": "1", "user-focus": "1"}))
    data = fields({"cloud": "3", "agile-working": "2"})
    response = client.post(url_of(draft), data)
    html = response.content.decode()
    assert response.status_code == 409
    assert "“Cloud” was answered “Awareness” in another tab" in html
    assert levels_of(draft) == {"agile-working": 2, "cloud": 1, "user-focus": 1}
    # Saving again keeps the answer of this page.
    data |= {"cloud-version": 1, "agile-working-version": 1}
    assert client.post(url_of(draft), data).status_code == 302
    assert levels_of(draft)["cloud"] == 3


def test_what_was_not_touched_here_is_no_conflict(client, draft):
    factories.answer(draft, "Cloud", 1)
    factories.answer(draft, "User focus", None, not_applicable=True, not_applicable_reason="Own")
    shown = {"cloud": "1", "user-focus": "na:Own"}
    data = fields(
        {"cloud": "1", "user-focus": "na", "agile-working": "2"},
        versions={"cloud": 1, "user-focus": 1},
        shown=shown,
        user_focus_reason="Own",
    )
    DraftAnswer.objects.update(level=4, not_applicable=False, version=2)
    assert client.post(url_of(draft), data).status_code == 302
    assert levels_of(draft) == {"agile-working": 2, "cloud": 4, "user-focus": 4}


def test_the_script_is_told_of_a_conflict(client, draft):
    client.post(url_of(draft), fields({"cloud": "1"}))
    response = client.post(url_of(draft), fields({"cloud": "2", "agile-working": "2"}), **JSON)
    assert response.status_code == 409
    assert response.json() == {
        "state": "conflict",
        "fields": {"agile-working-version": 1, "agile-working-shown": "2"},
    }


@pytest.mark.django_db(transaction=True)
def test_ten_parallel_identical_posts_save_each_answer_once(member, release):
    draft = factories.draft(member, release)
    client = Client()
    client.force_login(member)
    gate, outcomes = threading.Barrier(10), []

    def post():
        mine = Client()
        mine.cookies = client.cookies
        try:
            gate.wait(timeout=20)
            data = fields({"agile-working": "2", "cloud": "1"})
            outcomes.append(mine.post(url, data).status_code)
        finally:
            connection.close()

    url = url_of(draft)
    threads = [threading.Thread(target=post) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert outcomes == [302] * 10
    versions = draft.draft_answers.values_list("skill__slug", "level", "version")
    assert set(versions) == {("agile-working", 2, 1), ("cloud", 1, 1)}


# --- A session that ends, a submission, a newer release ---------------------------------------


def test_answers_sent_after_the_session_ended_are_back_after_sign_in(client, draft, member):
    client.logout()
    data = fields({"cloud": "na"}, cloud_reason="A long <story>")
    assert client.post(url_of(draft), data).url == f"/account/login/?next={url_of(draft)}"
    login = {"login": member.email, "password": factories.PASSWORD, "next": url_of(draft)}
    assert client.post("/account/login/", login).url == url_of(draft)
    html = client.get(url_of(draft)).content.decode()
    assert "You were signed out before these answers were saved" in html
    assert "A long &lt;story&gt;" in html
    assert not DraftAnswer.objects.exists()
    client.post(url_of(draft), data)
    assert "You were signed out" not in client.get(url_of(draft)).content.decode()


def test_answers_after_submission_are_not_saved(client, draft, member):
    client.post(url_of(draft), fields({"cloud": "1"}))
    submit_self_assessment(
        self_assessment=draft, by=member, shown_manager=member.current_post.line_manager
    )
    assert client.post(url_of(draft), fields({"cloud": "2"})).status_code == 409
    submitted = client.post(url_of(draft), fields({"cloud": "2"}), **JSON)
    assert submitted.json() == {"state": "submitted"}


def test_a_page_of_the_release_before_says_that_nothing_was_saved(client, draft, member, release):
    url = url_of(draft)
    Release.objects.filter(pk=release.pk).update(superseded_at=timezone.now())
    factories.release(framework=release.framework, published_at=timezone.now())
    move_to_current_release(self_assessment=draft, by=member)
    response = client.post(url, fields({"cloud": "1"}), follow=True)
    assert "Nothing on it was saved" in response.content.decode()
    assert client.post(url, fields({"cloud": "1"}), **JSON).status_code == 422


def test_nobody_else_sees_or_answers_the_page(client, draft, line_manager, outsider):
    for person in (line_manager, outsider):
        client.force_login(person)
        assert client.get(url_of(draft)).status_code == 404
        assert client.post(url_of(draft), fields({"cloud": "1"})).status_code == 404


@pytest.mark.parametrize("area", [0, 10**18])
def test_an_area_that_is_not_asked_about_is_not_found(client, draft, area):
    elsewhere = factories.release().areas.first().pk
    for key in (area, elsewhere):
        url = reverse("assessments:area", args=[draft.pk, key])
        assert client.get(url).status_code == 404


@pytest.mark.parametrize(
    "data",
    [
        {"cloud-level": "1", "cloud-version": ""},
        {"cloud-level": "1", "cloud-version": "x", "cloud-shown": "x" * 700},
        {"cloud-level": "\0", "cloud-version": "0"},
        {"cloud-level": "na", "cloud-version": "0", "cloud-reason": "x" * 501},
        {},
    ],
)
def test_hostile_values_are_answered_calmly(client, draft, data):
    assert client.post(url_of(draft), data).status_code == 200
    assert not DraftAnswer.objects.exists()


def test_the_page_takes_the_same_queries_for_three_skills_and_for_twelve(
    client, member, django_assert_max_num_queries
):
    client.force_login(member)
    counts = []
    for size in (3, 12):
        release = factories.big_release(areas=2, skills_in_each=size, name=f"Framework {size}")
        draft = factories.draft(member, release)
        slugs = [f"skill-1-{number}" for number in range(1, size + 1)]
        data = {f"{slug}-level": "1" for slug in slugs}
        data |= {f"{slug}-version": "0" for slug in slugs}
        data |= {f"{slug}-shown": "" for slug in slugs}
        with django_assert_max_num_queries(25) as made:
            client.get(url_of(draft))
        read = len(made)
        with django_assert_max_num_queries(25) as made:
            client.post(url_of(draft), data)
        counts.append((read, len(made)))
    assert counts[0] == counts[1]
    assert DraftAnswer.objects.count() == 15
