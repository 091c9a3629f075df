"""Your skills, choosing a role, the task list, checking, submitting and the result."""

import datetime
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import services as accounts_services
from assessments.models import (
    DraftAnswer,
    GradeRoleLevel,
    PostRoleLevel,
    Rating,
    RoleLevelVersion,
    SelfAssessment,
)
from tests import factories

pytestmark = pytest.mark.django_db
MY_SKILLS = "/skills/"
CHOOSE = "/skills/role/"


@pytest.fixture
def release(db):
    return factories.release(
        framework=factories.framework("digital-and-data"),
        skills=("Agile working", "User focus", "Cloud"),
        targets={"Agile working": 3, "User focus": 2, "Cloud": 1},
    )


@pytest.fixture
def role_level(release):
    return factories.role_level_of(release)


@pytest.fixture
def draft(member, release):
    return factories.draft(member, release)


@pytest.fixture
def read(client, member):
    """What `member` reads at an address."""
    client.force_login(member)
    return lambda url, **query: client.get(url, query).content.decode()


def check_url(draft):
    return reverse("assessments:check_answers", args=[draft.pk])


def result_url(submitted):
    return reverse("assessments:result", args=[submitted.pk])


def submit(client, draft, **data):
    post = draft.person.posts.current().first()
    shown = str(post.line_manager.public_id) if post and post.line_manager else ""
    return client.post(check_url(draft), {"shown_manager": shown, **data})


# --- Your skills -----------------------------------------------------------------------------


def test_your_skills_tells_unit_grade_and_line_manager(read):
    html = read(MY_SKILLS)
    assert "Digital" in html
    assert "Higher executive officer (HEO)" in html
    assert "Maud Ferrywell" in html


def test_without_a_post_your_skills_says_why_it_is_empty(client):
    client.force_login(factories.person())
    html = client.get(MY_SKILLS).content.decode()
    assert "You have no place in the organisation at the moment" in html


def test_the_role_level_of_the_grade_needs_no_choosing(read, release, role_level):
    GradeRoleLevel.objects.create(release=release, role_level=role_level, grade="HEO")
    html = read(MY_SKILLS)
    assert "Digital and data" in html
    assert "for everyone at your grade" in html
    assert "Not started" in html


def test_a_started_draft_shows_how_far_it_is(read, member, draft, role_level):
    factories.chosen_role_level(member, role_level)
    factories.answer(draft, "Cloud", 0)
    factories.answer(draft, "User focus", None, evidence="No level yet")
    html = read(MY_SKILLS)
    assert "1 of 3 skills answered" in html
    assert reverse("assessments:task_list", args=[draft.pk]) in html


def test_a_submitted_one_offers_its_result_and_rating_again(read, member, release, role_level):
    factories.chosen_role_level(member, role_level)
    done = factories.submitted(member, release, {"Cloud": 1}, at=factories.local(2026, 3, 3))
    html = read(MY_SKILLS)
    assert "3 March 2026" in html
    assert result_url(done) in html
    assert "Rate again" in html


def test_what_was_submitted_in_another_role_stays_in_sight(read, member, release):
    done = factories.submitted(member, release, {"Cloud": 1})
    assert result_url(done) in read(MY_SKILLS)


def test_your_skills_takes_the_same_queries_for_one_role_level_and_for_six(
    client, member, release, role_level, django_assert_max_num_queries
):
    factories.chosen_role_level(member, role_level)
    client.force_login(member)
    with django_assert_max_num_queries(25) as few:
        client.get(MY_SKILLS)
    for _ in range(5):
        level = factories.role_level(release=release)
        factories.chosen_role_level(member, level)
        SelfAssessment.objects.create(person=member, role_level=level, release=release)
    with django_assert_max_num_queries(25) as many:
        client.get(MY_SKILLS)
    assert len(many) == len(few)


# --- Choosing a role -------------------------------------------------------------------------


def test_a_role_is_found_by_any_words_of_its_name(read, role_level):
    for query in ("delivery", "MANAGER deliv", " delivery  manager ", "delivry mananger"):
        assert f"?role_level={role_level.pk}" in read(CHOOSE, q=query)


def test_another_title_finds_the_role_and_says_what_was_looked_for(read, role_level):
    html = read(CHOOSE, q="Scrum master")
    assert f"?role_level={role_level.pk}" in html
    assert "We also looked for delivery manager" in html


def test_a_search_without_a_result_says_what_to_try(read, role_level):
    assert "No role has these words" in read(CHOOSE, q="astronaut")


@pytest.mark.parametrize("query", ["\0", "x" * 5000, "%' OR 1=1", "<script>alert(1)</script>"])
def test_a_hostile_search_is_answered_calmly(client, member, role_level, query):
    client.force_login(member)
    response = client.get(CHOOSE, {"q": query})
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()


def test_roles_are_browsed_by_family(read, release, role_level):
    family = release.role_families.get()
    assert f"?family={family.pk}" in read(CHOOSE)
    assert f"?role_level={role_level.pk}" in read(CHOOSE, family=family.pk)


@pytest.mark.parametrize("name", ["family", "role_level"])
@pytest.mark.parametrize("value", ["", "0", "-1", "x", "9" * 30, "\0", "٣"])
def test_an_unknown_family_or_role_level_is_not_found(client, member, release, name, value):
    client.force_login(member)
    assert client.get(CHOOSE, {name: value}).status_code == 404


def test_a_role_level_shows_what_it_asks_for(read, role_level):
    html = read(CHOOSE, role_level=role_level.pk)
    assert "Agile working" in html
    assert "Practitioner" in html
    assert "This is my role" in html


def test_confirming_a_role_level_measures_the_person_against_it_from_today(
    client, member, role_level
):
    client.force_login(member)
    response = client.post(CHOOSE, {"role_level": role_level.pk, "action": "add"}, follow=True)
    link = PostRoleLevel.objects.get()
    assert (link.post.person, link.role_level) == (member, role_level)
    assert link.started_on == timezone.localdate()
    assert "You will be measured against Delivery manager" in response.content.decode()


def test_another_level_of_the_same_role_takes_its_place(client, member, release, role_level):
    factories.chosen_role_level(member, role_level)
    other_role = factories.role_level("Tester", release=release)
    factories.chosen_role_level(member, other_role)
    version = release.role_level_versions.get(role_level=role_level)
    senior = role_level.role.levels.create(slug="senior-delivery-manager")
    RoleLevelVersion.objects.create(
        release=release,
        role_level=senior,
        role_version=version.role_version,
        name="Senior delivery manager",
        seniority=2,
    )
    client.force_login(member)
    assert "takes the place of Delivery manager" in client.get(
        CHOOSE, {"role_level": senior.pk}
    ).content.decode().replace("\n", " ")
    client.post(CHOOSE, {"role_level": senior.pk, "action": "add"})
    assert set(PostRoleLevel.objects.current().values_list("role_level", flat=True)) == {
        senior.pk,
        other_role.pk,
    }


def test_a_role_level_can_be_removed(client, member, role_level):
    factories.chosen_role_level(member, role_level)
    client.force_login(member)
    client.post(CHOOSE, {"role_level": role_level.pk, "action": "remove"})
    assert not PostRoleLevel.objects.current().exists()
    assert PostRoleLevel.objects.get().ended_on == timezone.localdate()


def test_a_role_level_that_comes_with_a_grade_is_not_for_choosing(
    client, read, release, role_level
):
    GradeRoleLevel.objects.create(release=release, role_level=role_level, grade="AO")
    assert "There are no roles to choose from" in read(CHOOSE)
    assert client.post(CHOOSE, {"role_level": role_level.pk}).status_code == 404


def test_without_a_post_choosing_a_role_says_what_is_missing(client, role_level):
    client.force_login(factories.person())
    assert "you have no post" in client.get(CHOOSE).content.decode()
    response = client.post(CHOOSE, {"role_level": role_level.pk, "action": "add"}, follow=True)
    assert "you have no post" in response.content.decode()
    assert not PostRoleLevel.objects.exists()


def test_after_a_move_the_role_before_it_is_offered(client, member, operations, role_level):
    factories.chosen_role_level(member, role_level)
    accounts_services.start_post(
        person=member, unit=operations, grade="SEO", started_on=timezone.localdate()
    )
    client.force_login(member)
    html = client.get(CHOOSE).content.decode()
    assert "Your role before your last move" in html
    assert f"?role_level={role_level.pk}" in html


def test_a_search_takes_the_same_queries_for_one_role_and_for_twelve(
    client, member, release, role_level, django_assert_max_num_queries
):
    client.force_login(member)
    with django_assert_max_num_queries(25) as few:
        client.get(CHOOSE, {"q": "delivery"})
    for number in range(11):
        factories.role_level(f"Delivery lead {number}", release=release)
    with django_assert_max_num_queries(25) as many:
        client.get(CHOOSE, {"q": "delivery"})
    assert len(many) == len(few)


# --- Starting and the task list ---------------------------------------------------------------


def test_starting_makes_one_draft_and_leads_to_its_tasks(client, member, role_level):
    factories.chosen_role_level(member, role_level)
    client.force_login(member)
    for _ in range(2):
        response = client.post("/skills/start/", {"role_level": role_level.pk})
    draft = SelfAssessment.objects.get()
    assert response.url == reverse("assessments:task_list", args=[draft.pk])


@pytest.mark.parametrize("value", ["", "0", "x", "9" * 40])
def test_starting_something_that_is_not_yours_is_not_found(client, member, role_level, value):
    client.force_login(member)
    for given in (value, str(role_level.pk)):
        assert client.post("/skills/start/", {"role_level": given}).status_code == 404
    assert not SelfAssessment.objects.exists()


def test_starting_is_never_a_link(client, member):
    client.force_login(member)
    assert client.get("/skills/start/").status_code == 405


def test_the_task_list_groups_skills_by_area_and_says_what_is_left(read, draft):
    factories.answer(draft, "Cloud", 0)
    factories.answer(draft, "User focus", None, evidence="Typed first")
    html = read(draft.get_absolute_url())
    assert "Agile delivery" in html
    for words in ("Completed", "Not yet", "In progress", "Not started"):
        assert words in html
    assert "2 skills left, about 2 minutes" in html


def test_carried_answers_are_told_apart_and_count_as_answered(read, draft):
    factories.answer(draft, "Cloud", 2, carried_rated_at=factories.local(2025, 3, 3))
    html = read(draft.get_absolute_url())
    assert "Last time" in html
    assert "Working, your answer of 3 March 2025" in html


def test_the_task_list_of_a_submitted_one_leads_to_the_result(client, member, release):
    done = factories.submitted(member, release, {"Cloud": 1})
    client.force_login(member)
    for name in ("assessments:task_list", "assessments:check_answers"):
        response = client.get(reverse(name, args=[done.pk]))
        assert response.url == result_url(done)


def test_an_absurdly_large_number_is_not_found(client, member):
    client.force_login(member)
    assert client.get(f"/self-assessments/{'9' * 40}/").status_code == 404


# --- Checking and submitting ------------------------------------------------------------------


def test_the_check_page_shows_every_answer_and_who_will_see_it(read, draft):
    factories.answer(draft, "Agile working", 3, confidence="high", evidence="Line one\n<b>bold</b>")
    factories.answer(draft, "User focus", None, not_applicable=True, not_applicable_reason="None")
    html = read(check_url(draft))
    assert "Practitioner" in html
    assert "Confidence: high" in html
    assert "&lt;b&gt;bold&lt;/b&gt;" in html
    assert "Not applicable" in html
    assert "<strong>Maud Ferrywell</strong>, your line manager" in html
    assert "at least 10 people" in html


def test_without_a_line_manager_the_check_page_says_nobody_else(client, digital, release):
    person = factories.person(unit=digital)
    draft = factories.draft(person, release)
    factories.answer(draft, "Cloud", 1)
    client.force_login(person)
    assert "<strong>nobody else</strong>" in client.get(check_url(draft)).content.decode()
    submit(client, draft, leave_unrated="on")
    draft.refresh_from_db()
    assert (draft.is_draft, draft.submitted_to) == (False, None)


def test_skills_without_a_level_are_named_and_must_be_confirmed(client, member, draft):
    factories.answer(draft, "Cloud", 1)
    factories.answer(draft, "User focus", None, evidence="Words only")
    client.force_login(member)
    html = client.get(check_url(draft)).content.decode()
    assert "Submit without rating 2 skills" in html
    assert "Evidence without a level is not kept" in html
    refused = submit(client, draft)
    assert "Rate the 2 skills left, or confirm" in refused.content.decode()
    assert SelfAssessment.objects.drafts().exists()
    assert submit(client, draft, leave_unrated="on").url == result_url(draft)


def test_nothing_answered_offers_no_submit(client, member, draft):
    client.force_login(member)
    assert "Rate at least one skill" in client.get(check_url(draft)).content.decode()
    response = submit(client, draft, leave_unrated="on")
    assert "Rate at least one skill before you submit" in response.content.decode()
    assert SelfAssessment.objects.drafts().exists()


def test_submitting_twice_leads_to_the_same_result(client, member, draft):
    factories.answer(draft, "Cloud", 1)
    client.force_login(member)
    for _ in range(2):
        assert submit(client, draft, leave_unrated="on").url == result_url(draft)
    assert Rating.objects.count() == 1


def test_a_line_manager_who_was_not_named_gets_nothing(client, member, draft, digital):
    factories.answer(draft, "Cloud", 1)
    newcomer = factories.person("Nora Pell", unit=digital, grade="G7")
    client.force_login(member)
    old = str(member.current_post.line_manager.public_id)
    accounts_services.start_post(
        person=member,
        unit=digital,
        grade="HEO",
        line_manager=newcomer,
        started_on=timezone.localdate(),
    )
    response = client.post(check_url(draft), {"shown_manager": old, "leave_unrated": "on"})
    html = response.content.decode()
    assert "Your line manager changed while you were on this page" in html
    assert "<strong>Nora Pell</strong>, your line manager" in html
    assert f'value="{newcomer.public_id}"' in html
    assert SelfAssessment.objects.drafts().exists()
    assert submit(client, draft, leave_unrated="on").url == result_url(draft)


@pytest.mark.parametrize("shown", ["", "x", "\0", str(uuid.UUID(int=4)), "9" * 2000])
def test_a_changed_hidden_line_manager_submits_nothing(client, member, draft, shown):
    factories.answer(draft, "Cloud", 1)
    client.force_login(member)
    response = client.post(check_url(draft), {"shown_manager": shown, "leave_unrated": "on"})
    assert response.status_code == 200
    assert "There is a problem" in response.content.decode()
    assert SelfAssessment.objects.drafts().exists()


def test_extra_posted_fields_change_nothing(client, member, outsider, draft):
    factories.answer(draft, "Cloud", 1)
    client.force_login(member)
    extra = {"person": outsider.pk, "submitted_to": outsider.pk, "status": "reviewed", "level": 4}
    submit(client, draft, leave_unrated="on", **extra)
    draft.refresh_from_db()
    assert draft.person == member
    assert draft.submitted_to == member.current_post.line_manager
    assert Rating.objects.get().level == 1


# --- The result ------------------------------------------------------------------------------


@pytest.fixture
def done(member, line_manager, release):
    done = factories.submitted(
        member,
        release,
        {"Agile working": 1, "User focus": None},
        to=line_manager,
        at=factories.local(2026, 3, 3),
    )
    Rating.objects.filter(level=1).update(evidence="Ran a <i>retro</i>", confidence="low")
    return done


def test_the_result_shows_levels_against_targets(read, done):
    html = read(result_url(done))
    assert "Submitted on 3 March 2026 to Maud Ferrywell" in html
    assert "1 of 3 skills rated, 1 not applicable, 1 not rated" in html
    assert "Awareness" in html
    assert "Practitioner" in html
    assert "Ran a &lt;i&gt;retro&lt;/i&gt;" in html
    assert "Not part of my job" in html


def test_the_biggest_gap_comes_first(read, member, release):
    done = factories.submitted(member, release, {"Agile working": 0, "User focus": 2, "Cloud": 0})
    html = read(result_url(done))
    bars = html[html.index("Levels against the target") :]
    assert bars.index("Agile working") < bars.index("Cloud") < bars.index("User focus")


def test_a_result_stays_as_it_was_when_the_person_rates_again(read, member, release, done):
    factories.submitted(member, release, {"Agile working": 4})
    html = read(result_url(done))
    assert "Awareness" in html
    assert "Ran a" in html


def test_the_line_manager_reads_the_result_by_name(client, line_manager, done):
    client.force_login(line_manager)
    html = client.get(result_url(done)).content.decode()
    assert "Ned Thornbury" in html
    assert "Ran a" in html
    assert "Your result" not in html


def test_a_line_manager_of_the_past_sees_nothing_any_more(client, line_manager, member, done):
    accounts_services.start_post(
        person=member,
        unit=member.current_post.unit,
        grade="HEO",
        line_manager=None,
        started_on=timezone.localdate(),
    )
    client.force_login(line_manager)
    assert client.get(result_url(done)).status_code == 404


def test_a_new_line_manager_sees_only_what_was_submitted_to_them(client, digital, member, done):
    newcomer = factories.person(unit=digital)
    accounts_services.start_post(
        person=member,
        unit=digital,
        grade="HEO",
        line_manager=newcomer,
        started_on=timezone.localdate(),
    )
    client.force_login(newcomer)
    assert client.get(result_url(done)).status_code == 404


def test_a_role_that_lists_skills_without_levels_shows_them_without_a_gap(read, member, release):
    version = release.role_level_versions.get()
    release.requirements.all().delete()
    version.unlevelled_skills.set([one.skill for one in release.skill_versions.all()])
    done = factories.submitted(member, release, {"Cloud": 0})
    html = read(result_url(done))
    assert "1 of 3 skills rated" in html
    assert "None is below the target" in html


# --- Costs and who may ------------------------------------------------------------------------


def count_queries(client, url, django_assert_max_num_queries):
    with django_assert_max_num_queries(25) as made:
        assert client.get(url).status_code == 200
    return len(made)


def test_pages_take_the_same_queries_for_five_skills_and_for_forty(
    client, member, line_manager, django_assert_max_num_queries
):
    client.force_login(member)
    counts = []
    for areas, skills_in_each in ((1, 5), (8, 5)):
        release = factories.big_release(
            areas=areas, skills_in_each=skills_in_each, name=f"Framework {areas}"
        )
        draft = factories.draft(member, release)
        names = [one.name for one in release.skill_versions.all()]
        for name in names[::2]:
            factories.answer(draft, name, 1, evidence="Shown")
        slug = release.skill_versions.first().skill.slug
        urls = [
            draft.get_absolute_url(),
            reverse("assessments:answer", args=[draft.pk, slug]),
            check_url(draft),
        ]
        draft_counts = [count_queries(client, url, django_assert_max_num_queries) for url in urls]
        SelfAssessment.objects.filter(pk=draft.pk).delete()
        done = factories.submitted(member, release, dict.fromkeys(names, 1), to=line_manager)
        draft_counts.append(count_queries(client, result_url(done), django_assert_max_num_queries))
        counts.append(draft_counts)
    assert counts[0] == counts[1]


def test_submitting_forty_skills_takes_few_queries(client, member):
    draft = factories.draft(member, factories.big_release(skills_in_each=5))
    for one in draft.release.skill_versions.all():
        factories.answer(draft, one.name, 2)
    client.force_login(member)
    data = {"shown_manager": str(member.current_post.line_manager.public_id)}
    with CaptureQueriesContext(connection) as made:
        client.post(check_url(draft), data)
    assert Rating.objects.count() == 40
    # Savepoints stand in for the transactions that the test's own one encloses.
    assert len([one for one in made if "SAVEPOINT" not in one["sql"]]) <= 25


OTHERS = [
    "line_manager",
    "outsider",
    "ambassador",
    "report_reader",
    "organisation_administrator",
    "framework_editor",
    "system_administrator",
]


def draft_urls(draft):
    return [
        draft.get_absolute_url(),
        reverse("assessments:answer", args=[draft.pk, "cloud"]),
        check_url(draft),
        result_url(draft),
    ]


@pytest.mark.parametrize("kind", OTHERS)
def test_nobody_sees_or_changes_a_draft_but_its_author(client, request, draft, kind):
    factories.answer(draft, "Cloud", 1)
    client.force_login(request.getfixturevalue(kind))
    for url in draft_urls(draft):
        assert client.get(url).status_code == 404
    data = {"level": "3", "version": "1", "shown_manager": "", "leave_unrated": "on"}
    assert client.post(draft_urls(draft)[1], data).status_code == 404
    assert client.post(check_url(draft), data).status_code == 404
    draft.refresh_from_db()
    assert draft.is_draft
    assert DraftAnswer.objects.get().level == 1


@pytest.mark.parametrize("kind", OTHERS)
def test_a_result_is_for_its_owner_and_line_manager_alone(client, request, done, kind):
    client.force_login(request.getfixturevalue(kind))
    expected = 200 if kind == "line_manager" else 404
    assert client.get(result_url(done)).status_code == expected
    for url in (done.get_absolute_url().replace("result/", ""), check_url(done)):
        assert client.get(url).status_code == 404


@pytest.mark.parametrize("kind", ["anonymous", "leaver"])
def test_anonymous_people_and_leavers_are_sent_to_sign_in(client, request, draft, done, kind):
    if kind == "leaver":
        client.force_login(request.getfixturevalue(kind))
    for url in [*draft_urls(draft), result_url(done), MY_SKILLS, CHOOSE, "/team/"]:
        response = client.get(url)
        assert response.status_code == 302
        assert response.url.startswith("/account/login/?next=")


def test_a_day_boundary_does_not_unmake_a_choice(member, role_level):
    link = factories.chosen_role_level(member, role_level, started_on=timezone.localdate())
    tomorrow = timezone.localdate() + datetime.timedelta(days=1)
    assert PostRoleLevel.objects.as_at(tomorrow).get() == link
