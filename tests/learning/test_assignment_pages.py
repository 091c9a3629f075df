"""Setting assignments and answering them, on the pages."""

import datetime
import re
import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.models import Skill
from learning import expand
from learning.models import AssignedPerson, Assignment, LogEntry
from tests import factories

pytestmark = pytest.mark.django_db

HOSTILE = ["x" * 10_000, "\x00", "-1", "9" * 30, "<script>", "'; DROP TABLE", "👩‍🚀", ""]


@pytest.fixture
def release(db):
    return factories.release(framework=factories.framework("digital-and-data"))


@pytest.fixture
def skill(release):
    return Skill.objects.get(versions__release=release, versions__name="Agile working")


@pytest.fixture
def here(client, ambassador, digital):
    """The form's address for Digital, with the ambassador signed in."""
    client.force_login(ambassador)
    return f"{reverse('learning:set_assignment')}?unit={digital.slug}"


def sent(**fields):
    """What the form sends: a title, for everyone, due in four weeks."""
    due = timezone.localdate() + datetime.timedelta(days=28)
    return {
        "audience": "everyone",
        "people": "",
        "skill": "",
        "role": "",
        "resource": "",
        "title": "A morning on retrospectives",
        "description": "",
        "link": "",
        "reason": "Our services need it.",
        "due_on-day": str(due.day),
        "due_on-month": str(due.month),
        "due_on-year": str(due.year),
        "form_key": str(uuid.uuid4()),
    } | fields


def errors(response):
    return {name: list(found) for name, found in response.context["form"].errors.items()}


# --- Setting ---------------------------------------------------------------------------------


def test_the_place_is_chosen_first_and_only_from_ones_own(
    client, ambassador, line_manager, member, department, digital, outsider
):
    elsewhere = factories.unit("Ministry of Bridges")
    factories.cover(line_manager, ambassador)
    client.force_login(ambassador)
    page = client.get(reverse("learning:set_assignment")).text
    assert f"?unit={digital.slug}" in page
    assert f"?team={line_manager.public_id}" in page
    assert f"?team={ambassador.public_id}" not in page
    assert elsewhere.name not in page
    found = client.get(reverse("learning:set_assignment"), {"q": "digi"}).text
    assert f"?unit={digital.slug}" in found
    assert f"?unit={department.slug}" not in found
    client.force_login(line_manager)
    assert f"?team={line_manager.public_id}" in client.get(reverse("learning:set_assignment")).text


@pytest.mark.parametrize("place", ["unit=ministry-of-bridges", "team=someone", "unit=%00"])
def test_another_place_is_not_taken_from_the_address(client, here, place):
    factories.unit("Ministry of Bridges")
    page = client.post(f"{reverse('learning:set_assignment')}?{place}", sent(confirm="yes"))
    assert page.status_code == 200
    assert "Where do you want to set an assignment?" in page.text
    assert not Assignment.objects.exists()


def test_checking_sets_nothing_and_confirming_sets_it_once(client, here, ambassador, digital):
    form = sent()
    page = client.post(here, form)
    assert "Check before you set the assignment" in page.text
    assert "fewer than 10 people" in page.text
    assert not Assignment.objects.exists()
    made = [client.post(here, form | {"confirm": "yes"}) for _ in range(2)]
    assignment = Assignment.objects.get()
    assert [answer.url for answer in made] == [assignment.get_absolute_url()] * 2
    assert (assignment.set_by, assignment.unit) == (ambassador, digital)
    page = client.get(made[0].url).text
    assert "People are being told" in page
    assert "Check progress" in page


def test_changing_something_shows_what_was_typed(client, here):
    page = client.post(here, sent(change="yes", title="Another title"))
    assert 'value="Another title"' in page.text
    assert not Assignment.objects.exists()


@pytest.mark.parametrize(
    ("fields", "where", "message"),
    [
        ({"audience": ""}, "audience", "Select who is asked"),
        ({"audience": "x"}, "audience", "Select an option from the list"),
        (
            {"audience": "below"},
            "skill",
            "Select the skill in which people are below target",
        ),
        ({"audience": "named"}, "people", "Name at least one person"),
        ({"title": ""}, "resource", "Select something from the catalogue, or enter a title"),
        ({"title": "x" * 201}, "title", "Title must be 200 characters or fewer"),
        ({"reason": " "}, "reason", "Enter why you ask for it"),
        ({"due_on-year": "2020"}, "due_on", "Due date must be today or in the future"),
        ({"due_on-year": "2090"}, "due_on", "Due date must be within two years"),
        ({"due_on-day": "31", "due_on-month": "2"}, "due_on", "Due date must be a real date"),
        ({"link": "javascript:alert(1)"}, "link", "Enter a link in the correct format"),
        ({"form_key": "x"}, "form_key", "A hidden part of this page was changed"),
        ({"skill": "999"}, "skill", "Select a skill from the list"),
        ({"role": "999"}, "role", "Select a role from the list"),
        ({"resource": "999"}, "resource", "Select a resource from the list"),
    ],
)
@pytest.mark.parametrize("button", [{}, {"confirm": "yes"}])
def test_each_mistake_is_named_and_nothing_is_set(client, here, fields, where, message, button):
    page = client.post(here, sent(**fields, **button))
    assert page.status_code == 200
    assert errors(page)[where][0].startswith(message)
    assert not Assignment.objects.exists()


def test_a_resource_and_a_title_at_once_are_refused(client, here):
    resource = factories.resource()
    page = client.post(here, sent(resource=resource.pk))
    assert "Leave this empty" in errors(page)["title"][0]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("name", ["audience", "people", "skill", "role", "resource", "form_key"])
def test_hostile_values_get_the_form_again(client, here, name, value):
    page = client.post(here, sent(**{"audience": "named", name: value}))
    assert page.status_code == 200
    assert not Assignment.objects.exists()


def test_people_of_a_unit_are_named_by_address(client, here, member, outsider):
    form = sent(audience="named", people=f"{member.email.upper()},\n{outsider.email} a@b.uk")
    page = client.post(here, form)
    (message,) = errors(page)["people"]
    assert outsider.email in message
    assert "a@b.uk" in message
    assert member.email not in message
    form["people"] = f" {member.email};{member.email}".replace(";", " ")
    page = client.post(here, form)
    assert "You name 1 person." in page.text
    client.post(here, form | {"confirm": "yes"})
    assert [row.person for row in AssignedPerson.objects.all()] == [member]


def test_people_of_a_team_are_ticked(client, line_manager, member, outsider):
    client.force_login(line_manager)
    here = f"{reverse('learning:set_assignment')}?team={line_manager.public_id}"
    assert str(member.public_id) in client.get(here).text
    form = sent(audience="named", people=[str(outsider.public_id)])
    assert errors(client.post(here, form))["people"] == ["Select people from the list"]
    form["people"] = [str(member.public_id)]
    client.post(here, form | {"confirm": "yes"})
    assert [row.person for row in AssignedPerson.objects.all()] == [member]


def test_a_resource_that_may_not_be_chosen_is_refused(client, here, operations):
    elsewhere = factories.unit("Ministry of Bridges")
    hidden = factories.resource(unit=elsewhere)
    retired = factories.resource(retired_at=timezone.now())
    for resource in (hidden, retired):
        page = client.post(here, sent(title="", resource=resource.pk))
        assert errors(page)["resource"] == ["Select a resource from the list"]


def test_a_copy_fills_in_the_form_and_makes_another(client, here, ambassador, digital, skill):
    made = factories.assignment(
        ambassador, unit=digital, skill=skill, title="Retrospectives", reason="Because."
    )
    page = client.get(f"{reverse('learning:set_assignment')}?copy={made.pk}")
    form = page.context["form"]
    assert form["title"].value() == "Retrospectives"
    assert form["skill"].value() == skill.pk
    assert form["due_on"].value() == made.due_on
    assert form["form_key"].value() != made.form_key
    page = client.get(f"{reverse('learning:set_assignment')}?copy=999999")
    assert "Where do you want to set an assignment?" in page.text


def test_links_from_a_resource_and_from_a_skills_gaps_fill_in_the_form(
    client, here, digital, skill, ambassador, member
):
    resource = factories.resource()
    page = client.get(reverse("learning:resource", args=[resource.pk])).text
    assert f"?resource={resource.pk}" in page
    chosen = client.get(f"{reverse('learning:set_assignment')}?resource={resource.pk}").text
    assert f"?unit={digital.slug}&amp;resource={resource.pk}" in chosen
    form = client.get(f"{here}&resource={resource.pk}").context["form"]
    assert form["resource"].value() == resource.pk
    address = f"{here}&framework={skill.framework.slug}&skill={skill.slug}"
    form = client.get(address).context["form"]
    assert (form["skill"].value(), form["audience"].value()) == (skill.pk, "below")
    for other in ("framework=%00&skill=x", "framework=x&skill=y", "resource=9999999999999"):
        assert client.get(f"{here}&{other}").status_code == 200
    client.force_login(member)
    assert "Ask others" not in client.get(reverse("learning:resource", args=[resource.pk])).text


# --- Nothing depends on a rating ---------------------------------------------------------------


def without_tokens(text):
    """The page's text without what differs each time: tokens and keys."""
    text = re.sub(r'value="[0-9A-Za-z]{64}"', "", text or "")
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", text)
    return re.sub(r'(/|=|value=")\d+(?=[/"])', r"\1N", text)


@pytest.mark.parametrize(
    "levels",
    [{}, {"Agile working": 0}, {"Agile working": 2}, {"Agile working": 4}, {"Agile working": None}],
)
def test_pages_addresses_and_messages_are_the_same_whatever_the_ratings_are(
    client, here, ambassador, digital, skill, release, levels, snapshot_of_a_walk
):
    """One delivery manager, whose role needs level 2, with every kind of rating."""
    only = factories.person("Perdita Vane", unit=digital)
    factories.chosen_role_level(only, factories.role_level_of(release))
    if levels:
        factories.submitted(only, release, levels)
    role = factories.role_level_of(release).role
    form = sent(
        audience="below",
        skill=skill.pk,
        role=role.pk,
        offered_also_later="on",
        form_key=str(uuid.UUID(int=7)),
    )
    seen = []

    def look(response):
        seen.append(
            (
                response.status_code,
                without_tokens(response.get("Location")),
                without_tokens(response.text),
            )
        )
        return response

    look(client.post(here, form))
    page = look(client.post(here, form | {"confirm": "yes"})).url
    look(client.get(page))
    look(client.get(f"{page}progress/"))
    expand.expand_assignment(Assignment.objects.get().pk)
    look(client.get(page))
    look(client.get(f"{page}progress/"))
    expand.requeue_for_newcomers()
    look(client.get(page))
    expand.expand_assignment(Assignment.objects.get().pk)
    look(client.get(reverse("learning:assignments")))
    due = timezone.localdate() + datetime.timedelta(days=9)
    day = {"due_on-day": due.day, "due_on-month": due.month, "due_on-year": due.year}
    look(client.post(f"{page}due-date/", day))
    look(client.get(page))
    look(client.post(f"{page}withdraw/"))
    expand.expand_assignment(Assignment.objects.get().pk)
    look(client.get(page))
    look(client.get(reverse("learning:assignments"), {"show": "past"}))
    look(client.get(f"{reverse('learning:set_assignment')}?copy={Assignment.objects.get().pk}"))
    look(client.get(reverse("home")))
    assert all(status < 400 for status, _, _ in seen)
    assert all("Perdita" not in text for _, _, text in seen)
    assert seen == snapshot_of_a_walk.setdefault("first", seen)


@pytest.fixture(scope="module")
def snapshot_of_a_walk():
    """What the first walk saw, for the others to be compared with."""
    return {}


# --- Looking after ----------------------------------------------------------------------------


def test_who_agreed_is_named_with_the_answer_and_nobody_else(
    client, ambassador, digital, member, line_manager
):
    made = factories.assignment(ambassador, unit=digital, people=[line_manager])
    factories.assigned_person(
        made,
        member,
        agreed_to_be_named_at=timezone.now(),
        declined_at=timezone.now(),
        decline_reason="No <time>",
    )
    client.force_login(ambassador)
    page = client.get(made.get_absolute_url()).text
    assert "Ned Thornbury" in page
    assert 'Declined: <span class="portal-own-words">No &lt;time&gt;' in page
    assert "Maud Ferrywell" not in page


def test_an_assigner_who_is_asked_too_does_not_appear_without_agreeing(client, ambassador):
    made = factories.assignment(ambassador, people=[ambassador])
    client.force_login(ambassador)
    page = client.get(made.get_absolute_url())
    assert list(page.context["named"].object_list) == []


def test_the_script_asks_for_progress(client, ambassador):
    made = factories.assignment(ambassador, status="expanding", progress_percent=40)
    client.force_login(ambassador)
    page = client.get(made.get_absolute_url()).text
    address = reverse("learning:assignment_progress", args=[made.pk])
    assert f'data-progress-url="{address}"' in page
    assert "govuk/progress.js" in page
    state = client.get(address).json()
    assert (state["percent"], state["finished"]) == (40, False)
    Assignment.objects.update(status="expanded")
    assert client.get(address).json()["finished"] is True


def test_a_failed_one_says_why_and_can_be_tried_again(client, ambassador):
    made = factories.assignment(ambassador, status="failed", error="It stopped.", attempt=3)
    client.force_login(ambassador)
    page = client.get(made.get_absolute_url()).text
    assert "Reason: It stopped." in page
    for _ in range(2):
        client.post(reverse("learning:try_assignment_again", args=[made.pk]))
    made.refresh_from_db()
    assert (made.status, made.attempt, made.attempt_limit) == ("queued", 3, 6)


def test_a_withdrawn_one_is_not_changed(client, ambassador):
    made = factories.assignment(ambassador, withdrawn_at=timezone.now())
    client.force_login(ambassador)
    for name in ("change_due_date", "withdraw_assignment"):
        answer = client.post(reverse(f"learning:{name}", args=[made.pk]), follow=True)
        assert "withdrawn already" in answer.text


@pytest.mark.parametrize("assignments", [1, 30])
def test_pages_of_assignments_take_the_same_queries_for_one_and_many(
    client, ambassador, digital, skill, assignments, django_assert_num_queries
):
    people = [factories.person(unit=digital) for _ in range(assignments)]
    for _ in range(assignments):
        made = factories.assignment(ambassador, unit=digital, skill=skill)
    for person in people:
        factories.assigned_person(made, person, agreed_to_be_named_at=timezone.now())
    client.force_login(ambassador)
    with django_assert_num_queries(10):
        client.get(reverse("learning:assignments"))
    with django_assert_num_queries(9):
        client.get(made.get_absolute_url())


# --- Being asked ------------------------------------------------------------------------------


@pytest.fixture
def assigned(client, ambassador, member, digital):
    """Something the member, who is signed in, is asked to do."""
    client.force_login(member)
    made = factories.assignment(ambassador, unit=digital, title="Retrospectives")
    return factories.assigned_person(made, member)


def address(name, assigned):
    return reverse(f"learning:{name}", args=[assigned.assignment_id])


def test_it_stands_on_the_home_page_and_the_learning_page_with_who_asks_and_when(client, assigned):
    for page in ("home", "learning:log", "learning:asked_list"):
        text = client.get(reverse(page)).text
        assert assigned.get_absolute_url() in text
        assert f"{assigned.assignment.due_on:%-d %B %Y}" in text
    assert "Ambrose Linden" in client.get(reverse("home")).text
    page = client.get(assigned.get_absolute_url()).text
    assert "Our services need it." in page
    assert "Everyone in Digital" in page


def test_what_is_asked_by_gap_says_so_to_the_person_alone(
    client, ambassador, member, skill, digital
):
    made = factories.assignment(ambassador, unit=digital, skill=skill, people=[member])
    client.force_login(member)
    page = client.get(reverse("learning:asked", args=[made.pk])).text
    assert "whose role needs “Agile working” and who are below their target level" in page
    assert "Ambrose Linden does not see who they are" in page
    assert "They then know that you were asked" in page


def test_accepting_twice_is_harmless(client, assigned):
    for _ in range(2):
        answer = client.post(address("accept_asked", assigned), follow=True)
        assert "You have accepted it" in answer.text
    assert AssignedPerson.objects.get().state == "accepted"


def test_declining_needs_a_reason(client, assigned):
    page = client.post(address("decline_asked", assigned), {"reason": "  "})
    assert errors(page) == {"reason": ["Enter why you decline it"]}
    page = client.post(address("decline_asked", assigned), {"reason": "x" * 501})
    assert errors(page) == {"reason": ["The reason must be 500 characters or fewer"]}
    answer = client.post(address("decline_asked", assigned), {"reason": "No time"}, follow=True)
    assert "You have declined it" in answer.text
    assert "Nobody sees your reason" in client.get(address("decline_asked", assigned)).text


def test_agreeing_to_be_named_and_back(client, assigned):
    for agreed, words in (("yes", "is shown"), ("no", "is not shown")):
        page = client.post(
            address("agree_to_be_named", assigned), {"is_agreed": agreed}, follow=True
        )
        assert f"Your name {words} with this assignment." in page.text
    client.post(address("agree_to_be_named", assigned), {"is_agreed": "perhaps"})
    assert AssignedPerson.objects.get().agreed_to_be_named_at is None


def log_it(client, **fields):
    today = timezone.localdate()
    values = {
        "title": "Retrospectives",
        "done_on-day": today.day,
        "done_on-month": today.month,
        "done_on-year": today.year,
        "duration_minutes": "30",
        "time": "work",
        "kind": "",
        "link": "",
        "reflection": "",
        "resource": "",
        "form_key": str(uuid.uuid4()),
    }
    return client.post(reverse("learning:log"), values | fields)


def test_logging_it_makes_it_done_once_however_often_it_is_sent(client, assigned):
    page = client.get(f"{reverse('learning:log')}?assigned={assigned.assignment_id}")
    form = page.context["form"]
    assert form["title"].value() == "Retrospectives"
    assert form["assigned"].value() == assigned.assignment_id
    sent = {"assigned": assigned.assignment_id, "form_key": str(uuid.uuid4())}
    for _ in range(2):
        assert log_it(client, **sent).status_code == 302
    entry = LogEntry.objects.get()
    done = AssignedPerson.objects.get()
    assert (done.state, done.log_entry, done.done_on) == ("done", entry, entry.done_on)
    assert not done.was_done_already
    page = client.get(assigned.get_absolute_url()).text
    assert "You did it" in page
    assert "Decline, with a reason" not in page


def test_what_was_done_already_is_logged_with_its_own_date(client, assigned, skill):
    Assignment.objects.update(skill=skill)
    page = client.get(f"{reverse('learning:log')}?assigned={assigned.assignment_id}&already=1")
    assert page.context["form"]["done_on"].value() is None
    assert page.context["form"]["skills"].value() == [str(skill.pk)]
    before = {"done_on-day": "2", "done_on-month": "3", "done_on-year": "2020"}
    log_it(client, assigned=assigned.assignment_id, **before)
    assert AssignedPerson.objects.get().was_done_already
    assert "before you were asked" in client.get(assigned.get_absolute_url()).text


def test_an_entry_that_exists_can_be_said_to_belong_to_it(client, assigned, member):
    entry = factories.log_entry(member)
    change = reverse("learning:change_entry", args=[entry.pk])
    form = client.get(change).context["form"]
    values = {
        "title": entry.title,
        "done_on-day": entry.done_on.day,
        "done_on-month": entry.done_on.month,
        "done_on-year": entry.done_on.year,
        "duration_minutes": "60",
        "time": "work",
        "kind": "",
        "link": "",
        "reflection": "",
        "resource": "",
        "version": form["version"].value(),
        "assigned": assigned.assignment_id,
    }
    client.post(change, values)
    assert AssignedPerson.objects.get().log_entry == entry


def test_a_notice_of_a_withdrawn_assignment_leads_to_a_page_that_says_so(client, assigned, member):
    at = timezone.now()
    Assignment.objects.update(withdrawn_at=at)
    client.force_login(member)
    answer = client.get(reverse("learning:asked", args=[assigned.assignment_id]))
    assert answer.status_code == 200
    assert "This has been withdrawn" in answer.text
    assert str(assigned.assignment) in answer.text
    assert "Accept" not in answer.text
    for name in ("accept_asked", "agree_to_be_named", "decline_asked"):
        url = reverse(f"learning:{name}", args=[assigned.assignment_id])
        assert client.post(url).status_code == 404


def test_somebody_elses_or_a_withdrawn_assignment_is_not_logged_for(client, assigned, outsider):
    Assignment.objects.update(withdrawn_at=timezone.now())
    other = factories.assignment(outsider, people=[outsider])
    factories.assignment(outsider, people=[assigned.person])
    for pk in (assigned.assignment_id, other.pk, "x", "9" * 30):
        page = log_it(client, assigned=pk)
        assert "no longer asked of you" in errors(page)["assigned"][0]
    assert not AssignedPerson.objects.exclude(done_at=None).exists()


def test_a_withdrawal_in_between_is_told_and_changes_nothing(client, assigned, member, monkeypatch):
    from learning.services import asked

    accept = asked.accept

    def after_a_withdrawal(**kwargs):
        Assignment.objects.update(withdrawn_at=timezone.now())
        return accept(**kwargs)

    monkeypatch.setattr(asked, "accept", after_a_withdrawal)
    answer = client.post(address("accept_asked", assigned), follow=True)
    assert "has been withdrawn. Nothing was changed." in answer.text
    assert AssignedPerson.objects.get().state == "offered"


def test_done_in_another_tab_wins_over_declining(client, assigned, member):
    AssignedPerson.objects.update(done_at=timezone.now(), done_on=timezone.localdate())
    answer = client.post(address("decline_asked", assigned), {"reason": "No"}, follow=True)
    assert "You have done “Retrospectives” already. Nothing was changed." in answer.text


def test_what_was_chosen_is_kept_when_the_session_ends_while_logging(client, assigned, member):
    client.logout()
    log_it(client, assigned=assigned.assignment_id, written_by=str(member.public_id))
    waiting = client.session["waiting_entry"]
    assert waiting["assigned"] == [str(assigned.assignment_id)]


@pytest.mark.parametrize("assignments", [1, 30])
def test_pages_of_what_is_asked_take_the_same_queries_for_one_and_many(
    client, ambassador, member, skill, assignments, django_assert_num_queries
):
    for number in range(assignments):
        made = factories.assignment(ambassador, skill=skill)
        factories.assigned_person(made, member)
        done = factories.assignment(ambassador)
        factories.assigned_person(
            done, member, done_at=timezone.now(), done_on=timezone.localdate()
        )
        assert number < assignments
    client.force_login(member)
    with django_assert_num_queries(7):
        client.get(reverse("learning:asked_list"))
    with django_assert_num_queries(6):
        client.get(reverse("learning:asked", args=[made.pk]))
