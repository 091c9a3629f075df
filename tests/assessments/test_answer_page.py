"""One skill a page: saving with and without a script, conflicts, hostile values, signing in."""

import pytest
from django.urls import reverse

from assessments.models import DraftAnswer, Release, SkillLevel
from assessments.services.self_assessments import submit_self_assessment
from tests import factories

pytestmark = pytest.mark.django_db
JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def release(db):
    return factories.release(skills=("Agile working", "Cloud", "User focus"))


@pytest.fixture
def draft(client, member, release):
    """A draft whose author is signed in."""
    client.force_login(member)
    return factories.draft(member, release)


def url_of(draft, slug="agile-working"):
    return reverse("assessments:answer", args=[draft.pk, slug])


def post(client, draft, slug="agile-working", *, query="", **data):
    return client.post(url_of(draft, slug) + query, {"version": "0", **data})


def autosave(client, draft, **data):
    return client.post(url_of(draft), {"version": "0", **data}, **JSON)


# --- What the page shows ---------------------------------------------------------------------


def test_the_page_shows_the_skill_its_levels_and_their_statements(client, draft):
    html = client.get(url_of(draft)).content.decode()
    assert "What Agile working is about." in html
    assert "skill 1 of 3" in html
    for words in ("Not yet", "Awareness", "Expert", "Not applicable"):
        assert words in html
    assert "do Agile working thing 4.2" in html
    assert html.count("<h1") == 1


def test_the_target_is_not_shown_before_the_answer(client, draft):
    assert "target" not in client.get(url_of(draft)).content.decode().lower()


def test_undefined_levels_are_left_out_in_plain_words(client, draft):
    SkillLevel.objects.filter(skill_version__name="Agile working", value__in=(1, 4)).delete()
    html = client.get(url_of(draft)).content.decode()
    assert "describes no Awareness and no Expert level for this skill" in html
    assert 'value="4"' not in html
    refused = post(client, draft, level="4")
    assert "Select a level from the list" in refused.content.decode()
    assert not DraftAnswer.objects.exists()


def test_a_skill_without_any_described_level_is_rated_on_the_general_levels(client, draft):
    SkillLevel.objects.filter(skill_version__name="Agile working").delete()
    draft.release.framework.scale.filter(value=2).update(description="You do this with help.")
    assert "You do this with help." in client.get(url_of(draft)).content.decode()
    post(client, draft, level="2")
    assert DraftAnswer.objects.get().level == 2


def test_the_saved_answer_is_there_on_the_next_visit(client, draft):
    post(client, draft, level="3", confidence="low", evidence="Kept <this>", no_opportunity="on")
    html = client.get(url_of(draft)).content.decode()
    assert "Kept &lt;this&gt;" in html
    assert 'name="version" value="1"' in html
    assert html.count(" checked") == 3


def test_a_skill_of_another_role_level_is_not_found(client, draft):
    factories.skill("Unasked", release=draft.release)
    for slug in ("unasked", "no-such-skill"):
        assert client.get(url_of(draft, slug)).status_code == 404
        assert post(client, draft, slug, level="1").status_code == 404


# --- Saving without a script -----------------------------------------------------------------


def test_saving_leads_to_the_next_unanswered_skill_and_at_last_to_the_check_page(client, draft):
    assert post(client, draft, "cloud", level="0").url == url_of(draft, "user-focus")
    assert post(client, draft, "user-focus", level="1").url == url_of(draft, "agile-working")
    last = post(client, draft, level="2")
    assert last.url == reverse("assessments:check_answers", args=[draft.pk])


def test_saving_can_lead_back_to_the_list_or_the_check_page(client, draft):
    assert post(client, draft, level="1", action="later").url == draft.get_absolute_url()
    changed = post(client, draft, level="2", version="1", query="?return=check")
    assert changed.url == reverse("assessments:check_answers", args=[draft.pk])


def test_not_applicable_needs_a_reason(client, draft):
    refused = post(client, draft, level="na", evidence="My words")
    assert "Enter why this skill does not apply to you" in refused.content.decode()
    assert "My words" in refused.content.decode()
    post(client, draft, level="na", not_applicable_reason="Bought in", confidence="high")
    answer = DraftAnswer.objects.get()
    assert (answer.not_applicable, answer.level) == (True, None)
    assert (answer.not_applicable_reason, answer.confidence) == ("Bought in", "")


def test_a_reason_under_an_option_not_chosen_is_not_kept(client, draft):
    post(client, draft, level="2", not_applicable_reason="Hidden text")
    assert DraftAnswer.objects.get().not_applicable_reason == ""


def test_saving_without_a_level_asks_for_one_and_keeps_the_text(client, draft):
    html = post(client, draft, evidence="Typed first").content.decode()
    assert "<title>Error: " in html
    assert "Select your level" in html
    assert 'href="#id_level"' in html
    assert "Typed first" in html


def test_a_double_click_saves_once(client, draft):
    for _ in range(2):
        assert post(client, draft, level="2").status_code == 302
    assert DraftAnswer.objects.get().version == 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"level": "9"}, "Select a level from the list"),
        ({"level": "-1"}, "Select a level from the list"),
        ({"level": "\0"}, "Select a level from the list"),
        ({"level": "2; DROP TABLE"}, "Select a level from the list"),
        ({"level": "2", "confidence": "certain"}, "Select low, medium, high"),
        ({"level": "2", "evidence": "a\0b"}, "Null characters are not allowed"),
        ({"level": "2", "evidence": "x" * 2001}, "Evidence must be 2,000 characters or fewer"),
        ({"level": "2", "evidence": "x" * 900_000}, "Evidence must be 2,000 characters or fewer"),
        ({"level": "na", "not_applicable_reason": "x" * 501}, "The reason must be 500 characters"),
        ({"level": "2", "version": ""}, "A hidden part of this page was changed"),
        ({"level": "2", "version": "-1"}, "A hidden part of this page was changed"),
        ({"level": "2", "version": "9" * 30}, "A hidden part of this page was changed"),
        ({"level": "2", "version": "\0"}, "A hidden part of this page was changed"),
    ],
)
def test_an_impossible_answer_gets_a_clear_error_and_is_not_saved(client, draft, data, message):
    response = post(client, draft, **data)
    assert response.status_code == 200
    assert message in response.content.decode()
    assert autosave(client, draft, **data).status_code == 422
    assert not DraftAnswer.objects.exists()


def test_more_than_a_megabyte_is_refused_whole(client, draft):
    assert post(client, draft, level="2", evidence="x" * 1_100_000).status_code == 400
    assert not DraftAnswer.objects.exists()


def test_two_thousand_characters_over_several_lines_are_allowed(client, draft):
    text = ("x" * 99 + "\n") * 20
    assert post(client, draft, level="2", evidence=text.replace("\n", "\r\n")).status_code == 302
    assert DraftAnswer.objects.get().evidence == text.strip()


def test_extra_fields_change_nothing(client, draft, outsider):
    post(client, draft, level="1", person=outsider.pk, self_assessment="99", status="submitted")
    answer = DraftAnswer.objects.get()
    assert answer.self_assessment == draft
    assert answer.self_assessment.person != outsider


# --- Saving with the script ------------------------------------------------------------------


def test_each_change_is_saved_and_tells_when_and_the_next_version(client, draft):
    first = autosave(client, draft, level="1").json()
    assert first["state"] == "saved"
    assert len(first["saved_at"]) == 5
    second = autosave(client, draft, level="2", version=first["version"]).json()
    assert second["version"] == 2


def test_text_is_saved_before_a_level_is_chosen(client, draft):
    autosave(client, draft, evidence="Half a sent")
    assert DraftAnswer.objects.get().evidence == "Half a sent"


def test_an_untouched_page_saves_nothing(client, draft):
    assert autosave(client, draft).json() == {"state": "saved", "version": 0}
    assert not DraftAnswer.objects.exists()


def test_the_script_is_told_what_is_missing(client, draft):
    response = autosave(client, draft, level="na")
    assert response.status_code == 422
    assert response.json()["message"] == "Enter why this skill does not apply to you"


def test_the_script_is_told_of_a_conflict_a_sign_out_and_a_submission(client, draft, member):
    autosave(client, draft, level="1")
    conflict = autosave(client, draft, level="2")
    assert (conflict.status_code, conflict.json()) == (409, {"state": "conflict"})
    submit_self_assessment(
        self_assessment=draft, by=member, shown_manager=member.current_post.line_manager
    )
    submitted = autosave(client, draft, level="2", version="1")
    assert (submitted.status_code, submitted.json()) == (409, {"state": "submitted"})
    client.logout()
    signed_out = autosave(client, draft, level="2", version="1")
    assert (signed_out.status_code, signed_out.json()) == (401, {"state": "signed_out"})


def test_the_script_can_ask_for_a_fresh_token(client, draft):
    assert client.get(url_of(draft), **JSON).json()["csrf_token"]
    client.logout()
    assert client.get(url_of(draft), **JSON).status_code == 401


# --- Two tabs --------------------------------------------------------------------------------


def test_a_second_tab_never_overwrites_and_shows_both_answers(client, draft):
    post(client, draft, level="1", evidence="From the first tab")
    response = post(client, draft, level="3", evidence="From the second tab")
    html = response.content.decode()
    assert response.status_code == 409
    for words in ("Awareness", "From the first tab", "Practitioner", "From the second tab"):
        assert words in html
    assert DraftAnswer.objects.get().evidence == "From the first tab"


def test_a_third_save_meanwhile_asks_again(client, draft):
    post(client, draft, level="1")
    post(client, draft, level="2", version="1")
    kept = post(client, draft, level="3", version="1", no_opportunity="True")
    assert kept.status_code == 409
    assert 'name="version" value="2"' in kept.content.decode()


def test_an_answer_after_submission_is_not_saved_and_not_lost(client, draft, member):
    post(client, draft, level="1")
    submit_self_assessment(
        self_assessment=draft, by=member, shown_manager=member.current_post.line_manager
    )
    response = post(client, draft, level="2", version="1", evidence="Too <late>")
    assert response.status_code == 409
    assert "Too &lt;late&gt;" in response.content.decode()
    assert client.get(url_of(draft)).url == reverse("assessments:result", args=[draft.pk])


# --- A session that ends while somebody types -------------------------------------------------


def sign_in(client, user, next_url):
    return client.post(
        "/account/login/", {"login": user.email, "password": factories.PASSWORD, "next": next_url}
    )


def test_text_sent_after_the_session_ended_is_back_after_sign_in(client, draft, member):
    client.logout()
    response = post(client, draft, level="3", evidence="A long story", no_opportunity="on")
    assert response.url == f"/account/login/?next={url_of(draft)}"
    assert sign_in(client, member, url_of(draft)).url == url_of(draft)
    html = client.get(url_of(draft)).content.decode()
    assert "You were signed out before this answer was saved" in html
    assert "A long story" in html
    assert html.count(" checked") == 3
    assert not DraftAnswer.objects.exists()
    post(client, draft, level="3", evidence="A long story")
    assert "A long story" not in client.get(url_of(draft, "cloud")).content.decode()
    assert "You were signed out" not in client.get(url_of(draft)).content.decode()


def test_text_kept_through_sign_in_is_shown_to_nobody_else(client, draft, outsider):
    client.logout()
    post(client, draft, level="3", evidence="A private story")
    sign_in(client, outsider, url_of(draft))
    response = client.get(url_of(draft))
    assert response.status_code == 404
    assert "A private story" not in response.content.decode()


def test_text_kept_through_sign_in_never_overwrites_a_newer_answer(client, draft, member):
    post(client, draft, level="1")
    client.logout()
    post(client, draft, level="3", evidence="Older tab")
    sign_in(client, member, url_of(draft))
    html = client.get(url_of(draft)).content.decode()
    assert 'name="version" value="0"' in html
    assert post(client, draft, level="3", evidence="Older tab").status_code == 409


def test_a_draft_that_does_not_exist_answers_signed_out_people_alike(client, draft):
    client.logout()
    there = post(client, draft, level="1")
    absent = client.post("/self-assessments/999999/skills/cloud/", {"level": "1"})
    assert (there.status_code, absent.status_code) == (302, 302)


# --- Forms from outside ----------------------------------------------------------------------


def test_an_answer_without_the_sites_token_is_refused(member, release):
    from django.test import Client

    draft = factories.draft(member, release)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(member)
    assert strict.post(url_of(draft), {"level": "1", "version": "0"}).status_code == 403
    assert not DraftAnswer.objects.exists()
    assert Release.objects.count() == 1


@pytest.mark.parametrize("areas", [1, 8])
def test_saving_a_change_takes_eight_queries_however_many_skills(
    client, member, areas, django_assert_num_queries
):
    client.force_login(member)
    draft = factories.draft(member, factories.big_release(areas=areas, skills_in_each=5))
    skill = draft.release.skill_versions.first().skill
    url = url_of(draft, skill.slug)
    assert client.post(url, {"version": "0", "level": "1"}, **JSON).json()["version"] == 1
    # The session, the person, the draft, the levels, the answer and its new values; the other
    # two begin and end the transaction.
    with django_assert_num_queries(8):
        saved = client.post(url, {"version": "1", "level": "2"}, **JSON)
    assert saved.json()["version"] == 2


def test_the_script_cannot_save_what_the_draft_does_not_ask_about(client, draft, outsider):
    gone = client.post(url_of(draft, "juggling"), {"version": "0", "level": "1"}, **JSON)
    assert gone.status_code == 404
    client.force_login(outsider)
    assert autosave(client, draft, level="1").status_code == 404
    assert not DraftAnswer.objects.exists()


def test_the_script_is_told_that_a_level_is_not_defined(client, draft):
    SkillLevel.objects.filter(skill_version__name="Agile working", value=4).delete()
    assert autosave(client, draft, level="4").status_code == 422
    assert autosave(client, draft, level="3").status_code == 200
