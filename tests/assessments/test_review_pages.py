"""The queue, the page that answers all ratings, and replies, as their readers use them."""

import re
import uuid

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils import timezone

from assessments.models import Review, ReviewAnswer, ReviewReply
from tests import factories
from tests.accounts.pages import errors
from tests.govuk.markup import parse
from tests.journeys.walk import filled_in

pytestmark = pytest.mark.django_db
QUEUE = "/reviews/"


@pytest.fixture
def release(db):
    return factories.release()


@pytest.fixture
def submitted(member, line_manager, release):
    return factories.submitted(
        member, release, {"Agile working": 1, "User focus": None}, to=line_manager
    )


@pytest.fixture
def agile(submitted):
    return submitted.ratings.get(level=1)


@pytest.fixture
def focus(submitted):
    return submitted.ratings.get(level=None)


@pytest.fixture
def url(submitted):
    return reverse("assessments:review", args=[submitted.pk])


def text(response):
    return parse(response.content.decode()).find("main")[0].text()


def form_on(response):
    """What a browser would send of the page's answers as they stand."""
    page = BeautifulSoup(response.content, "html.parser")
    form = page.select_one("main form")
    return {k: v for k, v in filled_in(form).items() if k != "csrfmiddlewaretoken"}


def say(rating, kind, *, level="", reason=""):
    name = f"rating-{rating.pk}"
    return {f"{name}-kind": kind, f"{name}-level": level, f"{name}-reason": reason}


# --- The queue -------------------------------------------------------------------------------


def test_the_queue_shows_what_waits_and_how_far_it_is(client, line_manager, submitted, url, agile):
    client.force_login(line_manager)
    assert "Ned Thornbury: Delivery manager" in text(client.get(QUEUE))
    assert "Not started" in text(client.get(QUEUE))
    client.post(url, form_on(client.get(url)) | say(agile, "agree"))
    assert "In progress 1 of 2" in text(client.get(QUEUE))
    factories.reviewed(submitted, {"Agile working": "agree"}, by=line_manager)
    page = text(client.get(QUEUE))
    assert "Nothing waits for you" in page
    assert f"answered on {timezone.localdate():%-d %B %Y}" in page


def test_the_queue_shows_the_newest_of_each_role_level(
    client, member, line_manager, submitted, release
):
    newer = factories.submitted(member, release, {"Agile working": 2}, to=line_manager)
    client.force_login(line_manager)
    html = client.get(QUEUE).content.decode()
    assert reverse("assessments:review", args=[newer.pk]) in html
    assert reverse("assessments:review", args=[submitted.pk]) not in html


def test_the_queue_is_empty_for_others(client, submitted, member, outsider):
    for person in (member, outsider):
        client.force_login(person)
        assert "Nothing waits for you" in text(client.get(QUEUE))


def test_the_queue_takes_the_same_queries_for_one_person_and_for_twelve(
    client, line_manager, submitted, release, digital, django_assert_max_num_queries
):
    client.force_login(line_manager)
    with django_assert_max_num_queries(16) as few:
        client.get(QUEUE)
    for _ in range(11):
        person = factories.person(unit=digital, line_manager=line_manager)
        factories.submitted(person, release, {"Agile working": 2}, to=line_manager)
    with django_assert_max_num_queries(16) as many:
        client.get(QUEUE)
    assert len(many) == len(few)


# --- Answering -------------------------------------------------------------------------------


def test_the_page_shows_levels_evidence_and_what_is_needed(client, line_manager, url, agile):
    agile.evidence = "Ran the <b>retrospectives</b>"
    agile.save()
    client.force_login(line_manager)
    page = text(client.get(url))
    assert "Their level: Awareness. Needed: Working." in page
    assert "Their level: Not applicable" in page
    assert "Ran the <b>retrospectives</b>" in page


def test_answers_are_saved_without_being_sent_and_come_back(
    client, member, line_manager, url, agile
):
    client.force_login(line_manager)
    answer = say(agile, "level", level="3", reason="Line one\r\nline two")
    assert client.post(url, form_on(client.get(url)) | answer).status_code == 302
    saved = ReviewAnswer.objects.get()
    assert (saved.level, saved.reason) == (3, "Line one\nline two")
    page = form_on(client.get(url))
    assert page[f"rating-{agile.pk}-level"] == "3"
    client.post(url, page)
    saved.refresh_from_db()
    assert saved.version == 1, "what was not touched is not written"
    client.force_login(member)
    assert client.get(url).status_code == 404
    answers = reverse("assessments:review_answers", args=[saved.review.self_assessment_id])
    assert "There is no answer yet" in text(client.get(answers))


def test_finishing_needs_complete_answers_and_says_where_they_lack(
    client, line_manager, url, agile, focus
):
    client.force_login(line_manager)
    data = form_on(client.get(url)) | say(agile, "level") | {"action": "finish"}
    response = client.post(url, data)
    assert errors(response) == [
        "Agile working: Select the level you see",
        "Answer every skill, or confirm that you leave the rest without an answer",
    ]
    data = form_on(response) | say(agile, "level", level="2") | {"action": "finish"}
    response = client.post(url, data | {"leave_rest": "on"})
    assert errors(response) == ["Agile working: Enter why you see another level"]
    data = form_on(response) | say(agile, "level", level="2", reason="Seen it")
    response = client.post(url, data | {"leave_rest": "on", "action": "finish"}, follow=True)
    assert "Ned Thornbury has been sent your answers" in text(response)
    assert Review.objects.finished().count() == 1


def test_nothing_answered_is_not_finished(client, line_manager, url):
    client.force_login(line_manager)
    data = form_on(client.get(url)) | {"action": "finish", "leave_rest": "on"}
    assert errors(client.post(url, data)) == ["Answer at least one skill before you finish"]


def test_the_second_tab_shows_both_answers_and_may_keep_its_own(
    client, line_manager, url, agile, focus
):
    client.force_login(line_manager)
    first_tab = second_tab = form_on(client.get(url))
    client.post(url, first_tab | say(agile, "evidence", reason="Which project?"))
    response = client.post(
        url, second_tab | say(agile, "level", level="2", reason="Mine") | say(focus, "agree")
    )
    assert response.status_code == 409
    assert "Ask for evidence" in text(response)
    assert "Which project?" in text(response)
    assert "Mine" in text(response)
    assert errors(response)[0].startswith("Agile working was answered elsewhere")
    assert ReviewAnswer.objects.get(rating=agile).kind == "evidence"
    assert ReviewAnswer.objects.get(rating=focus).kind == "agree"
    client.post(url, form_on(response))
    assert ReviewAnswer.objects.get(rating=agile).reason == "Mine"


def test_a_tab_left_open_does_not_undo_what_it_never_touched(
    client, line_manager, url, agile, focus
):
    client.force_login(line_manager)
    tab = form_on(client.get(url))
    client.post(url, tab | say(agile, "agree"))
    assert client.post(url, tab | say(focus, "agree")).status_code == 302
    assert set(ReviewAnswer.objects.values_list("kind", flat=True)) == {"agree"}


def test_pressing_finish_ten_times_finishes_once(client, line_manager, url, agile, focus):
    client.force_login(line_manager)
    data = form_on(client.get(url)) | say(agile, "agree") | say(focus, "agree")
    answers = {client.post(url, data | {"action": "finish"}).status_code for _ in range(10)}
    assert answers == {302}
    assert Review.objects.count() == 1
    assert ReviewAnswer.objects.count() == 2
    assert agile.person.notices.count() == 1


def test_words_typed_into_a_review_that_was_finished_elsewhere_are_shown(
    client, line_manager, url, agile, focus
):
    client.force_login(line_manager)
    data = form_on(client.get(url)) | say(agile, "agree") | say(focus, "agree")
    client.post(url, data | {"action": "finish"})
    response = client.post(url, data | say(agile, "level", level="3", reason="Too late"))
    assert response.status_code == 409
    assert "Too late" in text(response)
    assert "Practitioner" in text(response)


def test_a_session_that_ended_while_typing_loses_nothing(client, line_manager, url, agile):
    client.force_login(line_manager)
    data = form_on(client.get(url)) | say(agile, "level", level="2", reason="A long thought")
    client.logout()
    response = client.post(url, data)
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))
    assert not ReviewAnswer.objects.exists()
    client.post(response["Location"], {"login": line_manager.email, "password": factories.PASSWORD})
    page = client.get(url)
    assert "You were signed out before these answers were saved" in text(page)
    client.post(url, form_on(page))
    assert ReviewAnswer.objects.get().reason == "A long thought"
    assert "signed out" not in text(client.get(url))


def test_levels_confirmed_before_are_agreed_with_in_one_step(
    client, member, line_manager, submitted, release
):
    factories.reviewed(submitted, {"Agile working": 2}, by=line_manager)
    newer = factories.submitted(
        member, release, {"Agile working": 2, "User focus": 3}, to=line_manager
    )
    client.force_login(line_manager)
    url = reverse("assessments:review", args=[newer.pk])
    page = client.get(url)
    assert "Confirmed on" in text(page)
    assert "agree with 1 unchanged level" in text(page)
    client.post(url, form_on(page) | {"action": "agree"})
    answer = ReviewAnswer.objects.get(fixed_at=None)
    assert (answer.kind, answer.rating.level) == ("agree", 2)


def test_an_unfinished_answer_comes_along_to_the_same_level_rated_again(
    client, member, line_manager, url, agile, release
):
    client.force_login(line_manager)
    client.post(url, form_on(client.get(url)) | say(agile, "level", level="3", reason="Begun"))
    newer = factories.submitted(member, release, {"Agile working": 1}, to=line_manager)
    assert "has given all these levels anew" not in text(client.get(url))
    newer_url = reverse("assessments:review", args=[newer.pk])
    page = client.get(newer_url)
    assert "You began this answer" in text(page)
    client.post(newer_url, form_on(page))
    assert ReviewAnswer.objects.get(rating=newer.ratings.get()).reason == "Begun"


def test_broken_fields_are_refused_without_a_crash(client, line_manager, url, agile, focus):
    client.force_login(line_manager)
    page = form_on(client.get(url))
    for broken in (
        {},
        {"after": "x"},
        page | say(agile, "obey"),
        page | say(agile, "level", level="9"),
        page | say(agile, "agree", reason="x" * 2001),
        page | {f"rating-{agile.pk}-version": "-1"},
    ):
        assert client.post(url, broken).status_code == 200
    assert not ReviewAnswer.objects.exists()


def test_extra_fields_change_nothing(client, line_manager, outsider, url, agile, member):
    client.force_login(line_manager)
    extra = {"answered_by": outsider.pk, "line_manager": outsider.pk, "fixed_at": "2026-01-01"}
    client.post(url, form_on(client.get(url)) | say(agile, "agree") | extra)
    answer = ReviewAnswer.objects.get()
    assert (answer.answered_by, answer.fixed_at) == (line_manager, None)
    assert answer.review.line_manager == line_manager


@pytest.mark.usefixtures("audit_log_begun")
def test_the_page_takes_the_same_queries_for_two_skills_and_for_twenty_four(
    client, member, line_manager, url, django_assert_max_num_queries
):
    client.force_login(line_manager)
    with django_assert_max_num_queries(20) as few:
        client.get(url)
    big = factories.big_release()
    names = big.skill_versions.values_list("name", flat=True)
    many_skills = factories.submitted(member, big, dict.fromkeys(names, 2), to=line_manager)
    with django_assert_max_num_queries(20) as many:
        page = client.get(reverse("assessments:review", args=[many_skills.pk]))
    assert len(many) == len(few)
    assert len(re.findall(rb"<h3", page.content)) == 24


# --- Reading and replying --------------------------------------------------------------------


@pytest.fixture
def answer(submitted, line_manager):
    factories.reviewed(submitted, {"Agile working": 3}, by=line_manager)
    return ReviewAnswer.objects.get()


def test_the_person_reads_the_answers_and_replies(client, member, line_manager, submitted, answer):
    client.force_login(member)
    page = text(client.get(reverse("assessments:review_answers", args=[submitted.pk])))
    assert "Another level: Practitioner, Maud Ferrywell" in page
    assert "Seen in the last project" in page
    assert "Without an answer User focus" in page
    url = answer.get_absolute_url()
    data = form_on(client.get(url)) | {"reply": "Yes, in May"}
    for _ in range(10):
        client.post(url, data)
    assert ReviewReply.objects.count() == 1
    client.force_login(line_manager)
    assert "Ned Thornbury: Agile working" in text(client.get(QUEUE))
    assert "Yes, in May" in text(client.get(url))
    client.post(url, form_on(client.get(url)) | {"reply": "Good"})
    assert "Replies to you" not in text(client.get(QUEUE))


def test_an_empty_reply_is_refused(client, member, answer):
    client.force_login(member)
    url = answer.get_absolute_url()
    response = client.post(url, form_on(client.get(url)) | {"reply": "  "})
    assert errors(response) == ["Enter your reply"]


def test_a_superseded_answer_stays_and_is_marked(
    client, member, line_manager, submitted, answer, release
):
    factories.submitted(member, release, {"Agile working": 3}, to=line_manager)
    for person in (member, line_manager):
        client.force_login(person)
        page = text(client.get(reverse("assessments:review_answers", args=[submitted.pk])))
        assert "Superseded rated again on" in page
        assert "Another level: Practitioner" in page
        assert "Send reply" not in text(client.get(answer.get_absolute_url()))


@pytest.mark.usefixtures("audit_log_begun")
def test_reading_answers_takes_the_same_queries_for_one_and_for_twenty_four(
    client, member, line_manager, django_assert_max_num_queries
):
    big = factories.big_release()
    names = list(big.skill_versions.values_list("name", flat=True))
    counts = []
    for some in (names[:1], names):
        done = factories.submitted(member, big, dict.fromkeys(some, 2), to=line_manager)
        review = factories.reviewed(done, dict.fromkeys(some, "agree"), by=line_manager)
        for number, answer in enumerate(review.answers.all()):
            ReviewReply.objects.create(
                answer=answer, author=member, text="Yes", form_key=uuid.UUID(int=number + len(some))
            )
        for person in (member, line_manager):
            client.force_login(person)
            for url in (
                reverse("assessments:review_answers", args=[done.pk]),
                answer.get_absolute_url(),
            ):
                with django_assert_max_num_queries(25) as made:
                    assert client.get(url).status_code == 200
                counts.append(len(made))
    assert counts[:4] == counts[4:]


def test_answers_are_out_of_sight_after_a_move(client, member, line_manager, outsider, answer):
    member.posts.update(line_manager=outsider)
    for person in (line_manager, outsider):
        client.force_login(person)
        for url in (
            answer.get_absolute_url(),
            answer.review.get_absolute_url(),
            reverse("assessments:review", args=[answer.review.self_assessment_id]),
        ):
            assert client.get(url).status_code == 404
            assert client.post(url).status_code in {404, 405}
    client.force_login(member)
    assert "your line manager of now cannot see" in text(client.get(answer.get_absolute_url()))
