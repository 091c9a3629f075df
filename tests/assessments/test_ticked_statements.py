"""Statements that people tick: what is stored, what it suggests, how it is shown later."""

import re

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from assessments.models import DraftAnswer, Rating, Statement, TickedStatement
from assessments.services.self_assessments import submit_self_assessment
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(db):
    return factories.release(skills=("Agile working", "Cloud", "User focus"))


@pytest.fixture
def draft(member, release):
    return factories.draft(member, release)


def statements(name="Agile working", *values):
    """The skill's statements, lowest level first; only those of these levels, if any are given."""
    found = Statement.objects.filter(skill_level__skill_version__name=name)
    if values:
        found = found.filter(skill_level__value__in=values)
    return list(found.order_by("skill_level__value", "position"))


# --- What the database enforces --------------------------------------------------------------


def test_the_database_keeps_a_tick_once_and_in_one_place(draft, member, release):
    answer = factories.answer(draft, "Agile working")
    factories.submitted(member, release, {"Agile working": 2})
    rating, statement = Rating.objects.get(), statements()[0]
    TickedStatement.objects.create(draft_answer=answer, statement=statement)
    for fields in ({"draft_answer": answer}, {}, {"draft_answer": answer, "rating": rating}):
        with pytest.raises(IntegrityError), transaction.atomic():
            TickedStatement.objects.create(statement=statement, **fields)


def test_ticks_of_a_draft_are_its_authors_alone(draft, member, line_manager, outsider):
    answer = factories.answer(draft, "Agile working")
    TickedStatement.objects.create(draft_answer=answer, statement=statements()[0])
    seen = [TickedStatement.objects.visible_to(one).count() for one in (member, line_manager)]
    assert seen == [1, 0]


def test_ticks_of_a_rating_are_for_those_who_may_see_it(member, line_manager, outsider, release):
    factories.submitted(member, release, {"Agile working": 2}, to=line_manager)
    TickedStatement.objects.create(rating=Rating.objects.get(), statement=statements()[0])
    people = (member, line_manager, outsider)
    assert [TickedStatement.objects.visible_to(one).count() for one in people] == [1, 1, 0]


# --- The page --------------------------------------------------------------------------------

JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def author(client, member):
    client.force_login(member)
    return client


def url_of(draft, name="statements", slug="agile-working"):
    return reverse(f"assessments:{name}", args=[draft.pk, slug])


def tick(client, draft, *values, version=0, **headers):
    """Post every statement of these levels as ticked."""
    data = {"version": version}
    for value in values:
        data[f"level-{value}"] = [one.pk for one in statements("Agile working", value)]
    return client.post(url_of(draft), data, **headers)


def ticked_keys():
    return set(TickedStatement.objects.values_list("statement", flat=True))


def test_the_page_offers_every_statement_by_its_level(author, draft):
    html = author.get(url_of(draft)).content.decode()
    for words in ("Awareness", "Expert", "I can do Agile working thing 4.2"):
        assert words in html
    assert "target" not in html.lower()


def test_ticking_leads_to_the_suggestion_and_its_reason(author, draft):
    assert tick(author, draft, 1, 2).url == url_of(draft, "answer")
    html = author.get(url_of(draft, "answer")).content.decode()
    assert "The statements you ticked suggest <strong>Working</strong>" in html
    assert "Awareness: 2 of 2 ticked, more than half" in html
    assert "Practitioner: 0 of 2 ticked" in html
    # The suggestion is filled in and saved only when the person saves it.
    assert re.search(r'name="level" value="2"[^>]* checked', html)
    assert DraftAnswer.objects.get().level is None


def test_accepting_the_suggestion_needs_no_reason(author, draft):
    tick(author, draft, 1, 2)
    data = {"level": "2", "version": 1, "override_reason": "Typed and not needed"}
    assert author.post(url_of(draft, "answer"), data).status_code == 302
    answer = DraftAnswer.objects.get()
    assert (answer.level, answer.override_reason) == (2, "")


def test_another_level_needs_a_word_why(author, draft):
    tick(author, draft, 1, 2)
    data = {"level": "4", "version": 1}
    refused = author.post(url_of(draft, "answer"), data).content.decode()
    assert "Enter why another level describes you better" in refused
    assert author.post(url_of(draft, "answer"), data, **JSON).status_code == 422
    data["override_reason"] = "I lead the community"
    author.post(url_of(draft, "answer"), data)
    answer = DraftAnswer.objects.get()
    assert (answer.level, answer.override_reason) == (4, "I lead the community")


def test_not_applicable_needs_its_own_reason_alone(author, draft):
    tick(author, draft, 1)
    data = {"level": "na", "not_applicable_reason": "Bought in", "version": 1}
    assert author.post(url_of(draft, "answer"), data).status_code == 302


def test_a_higher_level_on_a_gap_is_explained(author, draft):
    tick(author, draft, 1, 3)
    html = author.get(url_of(draft, "answer")).content.decode()
    assert "suggest <strong>Awareness</strong>" in html
    assert "not every level below it has" in html


def test_without_ticks_the_second_way_is_offered_and_without_statements_it_is_not(author, draft):
    assert url_of(draft) in author.get(url_of(draft, "answer")).content.decode()
    Statement.objects.all().delete()
    assert url_of(draft) not in author.get(url_of(draft, "answer")).content.decode()
    assert author.get(url_of(draft)).url == url_of(draft, "answer")


def test_ticks_are_there_on_the_next_visit(author, draft):
    tick(author, draft, 2)
    html = author.get(url_of(draft)).content.decode()
    assert html.count(" checked") == 2
    assert 'name="version" value="1"' in html


def test_every_tick_can_be_taken_away(author, draft):
    tick(author, draft, 2)
    tick(author, draft, version=1)
    assert not TickedStatement.objects.exists()


def test_each_tick_is_saved_by_the_script(author, draft):
    first = tick(author, draft, 1, **JSON).json()
    assert (first["state"], first["version"]) == ("saved", 1)
    assert tick(author, draft, 1, 2, version=1, **JSON).json()["version"] == 2


def test_a_second_tab_sees_both_sets_of_ticks(author, draft):
    tick(author, draft, 1)
    assert tick(author, draft, 2, **JSON).json() == {"state": "conflict"}
    response = tick(author, draft, 2)
    html = response.content.decode()
    assert response.status_code == 409
    assert "thing 1.1" in html
    assert "thing 2.1" in html
    assert ticked_keys() == {one.pk for one in statements("Agile working", 1)}
    tick(author, draft, 2, version=1)
    assert ticked_keys() == {one.pk for one in statements("Agile working", 2)}


def test_ticks_sent_after_the_session_ended_are_back_after_sign_in(author, member, draft):
    author.logout()
    assert tick(author, draft, 3).url == f"/account/login/?next={url_of(draft)}"
    assert tick(author, draft, 3, **JSON).status_code == 401
    data = {"login": member.email, "password": factories.PASSWORD, "next": url_of(draft)}
    assert author.post("/account/login/", data).url == url_of(draft)
    html = author.get(url_of(draft)).content.decode()
    assert "You were signed out before this was saved" in html
    assert html.count(" checked") == 2
    assert not TickedStatement.objects.exists()
    tick(author, draft, 3)
    assert "You were signed out" not in author.get(url_of(draft)).content.decode()


def test_ticks_after_submission_are_not_saved(author, draft, member):
    factories.answer(draft, "Agile working", 2)
    submit_self_assessment(
        self_assessment=draft, by=member, shown_manager=member.current_post.line_manager
    )
    assert tick(author, draft, 1).status_code == 409
    assert not TickedStatement.objects.exists()


@pytest.mark.parametrize("value", ["0", "-1", "x", "\0", "9" * 30])
def test_a_statement_that_is_not_the_skills_is_refused(author, draft, value):
    foreign = statements("Cloud", 1)[0].pk
    for key in (value, foreign):
        response = author.post(url_of(draft), {"version": 0, "level-1": [key]})
        assert "These statements have changed" in response.content.decode()
    assert not TickedStatement.objects.exists()


def test_ticks_and_the_reason_are_shown_after_submission(author, draft, member, line_manager):
    tick(author, draft, 1, 2)
    data = {"level": "4", "version": 1, "override_reason": "I lead the <community>"}
    author.post(url_of(draft, "answer"), data)
    done = submit_self_assessment(self_assessment=draft, by=member, shown_manager=line_manager)
    for reader in (member, line_manager):
        author.force_login(reader)
        html = author.get(reverse("assessments:result", args=[done.pk])).content.decode()
        assert "4 statements ticked" in html
        assert "do Agile working thing 2.1" in html
        assert "I lead the &lt;community&gt;" in html


def test_nobody_else_ticks_in_a_draft(client, draft, line_manager, outsider):
    for person in (line_manager, outsider):
        client.force_login(person)
        assert client.get(url_of(draft)).status_code == 404
        assert tick(client, draft, 1).status_code == 404


def test_the_pages_take_the_same_queries_for_few_statements_and_many(
    author, draft, django_assert_max_num_queries
):
    counts = []
    for extra in (0, 12):
        for level in draft.release.skill_versions.get(name="Agile working").levels.all():
            for number in range(extra):
                level.statements.create(position=10 + number, text=f"more {number}")
        TickedStatement.objects.all().delete()
        DraftAnswer.objects.all().delete()
        tick(author, draft, 1, 2)
        with django_assert_max_num_queries(25) as made:
            author.get(url_of(draft))
            first = len(made)
        with django_assert_max_num_queries(25) as made:
            author.get(url_of(draft, "answer"))
        counts.append((first, len(made)))
    assert counts[0] == counts[1]
