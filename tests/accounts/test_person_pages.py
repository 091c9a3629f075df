"""One person's page: reading it, changing the post, closing the account, grants."""

import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.models import Grant, Notice, Post, User
from accounts.permissions import GrantKind, in_words
from tests import factories
from tests.accounts.pages import errors
from tests.govuk.markup import parse

pytestmark = pytest.mark.django_db


def address(name, person, *args):
    return reverse(f"accounts:{name}", args=[person.public_id, *args])


def text(response):
    assert response.status_code == 200
    return parse(response.content.decode()).find("main")[0].text()


def date_fields(name, day):
    return {f"{name}-day": day.day, f"{name}-month": day.month, f"{name}-year": day.year}


def move(unit, *, grade="SEO", line_manager="", started_on=datetime.date(2025, 3, 3)):
    manager = getattr(line_manager, "email", line_manager)
    facts = {"unit": unit.slug, "grade": grade, "line_manager": manager}
    return facts | date_fields("started_on", started_on)


# --- Reading ---------------------------------------------------------------------------------


def test_people_read_their_own_details_and_who_can_see_them(client, member, digital):
    client.force_login(member)
    page = text(client.get(member.get_absolute_url()))
    assert page.startswith("Your details Name Ned Thornbury")
    for fact in (
        "Higher executive officer (HEO)",
        "In this post since 8 January 2024",
        "Nothing yet. Everybody can rate themselves",
        "your line manager, Maud Ferrywell",
        "the organisation administrators of Digital and of the units above it",
    ):
        assert fact in page
    assert "Change the post" not in page


def test_people_read_what_they_may_do_in_words(client, ambassador):
    client.force_login(ambassador)
    assert (
        f"Digital ambassador in Department of Lanterns: may {in_words(GrantKind.AMBASSADOR)}, "
        "in Department of Lanterns and all units below it"
    ) in text(client.get(ambassador.get_absolute_url()))


def test_a_line_manager_reads_the_posts_of_their_people(client, member, line_manager, digital):
    services.start_post(
        person=member,
        unit=digital,
        grade="SEO",
        line_manager=line_manager,
        started_on=datetime.date(2025, 3, 3),
    )
    client.force_login(line_manager)
    page = text(client.get(member.get_absolute_url()))
    assert "8 January 2024 2 March 2025" in page
    assert "What else they may do" not in page
    assert "Who can see" not in page


def test_others_find_no_such_person(client, member, outsider):
    client.force_login(outsider)
    assert client.get(member.get_absolute_url()).status_code == 404


def test_a_system_administrator_sees_a_closed_account(client, system_administrator, leaver):
    client.force_login(system_administrator)
    page = text(client.get(leaver.get_absolute_url()))
    assert "Account closed" in page
    assert "Open the account again" in page
    assert "Close the account" not in page


def test_a_person_page_takes_at_most_fifteen_queries(
    client, system_administrator, ambassador, digital, django_assert_max_num_queries
):
    client.force_login(system_administrator)
    with django_assert_max_num_queries(15) as few:
        client.get(ambassador.get_absolute_url())
    for month in range(1, 11):
        services.start_post(
            person=ambassador, unit=digital, grade="G7", started_on=datetime.date(2025, month, 1)
        )
        child = factories.unit(parent=digital)
        services.give_grant(user=ambassador, kind="report_reader", unit=child, by=ambassador)
    with django_assert_max_num_queries(len(few)):
        client.get(ambassador.get_absolute_url())


def test_the_person_page_takes_no_posts(client, member):
    client.force_login(member)
    assert client.post(member.get_absolute_url()).status_code == 405


# --- Changing the post -----------------------------------------------------------------------


def test_a_move_acts_on_the_next_request(
    client, organisation_administrator, member, line_manager, operations, outsider
):
    client.force_login(organisation_administrator)
    answer = client.post(
        address("move_person", member), move(operations, line_manager=outsider), follow=True
    )
    assert "Ned Thornbury is now in Operations." in text(answer)
    assert [(post.unit.name, post.ended_on) for post in member.posts.all()] == [
        ("Operations", None),
        ("Digital", datetime.date(2025, 3, 3)),
    ]
    for reader, status in ((line_manager, 404), (outsider, 200)):
        client.force_login(reader)
        assert client.get(member.get_absolute_url()).status_code == status


def test_the_person_is_told_of_a_change_once(
    client, organisation_administrator, member, digital, line_manager
):
    client.force_login(organisation_administrator)
    client.post(address("move_person", member), move(digital, line_manager=line_manager))
    client.post(address("move_person", member), move(digital, line_manager=line_manager))
    notice = Notice.objects.get(recipient=member)
    assert notice.body == (
        "From 3 March 2025 you are in Digital as Senior executive officer (SEO). "
        "Your line manager is Maud Ferrywell."
    )


def test_an_unchanged_post_is_not_started_again(
    client, organisation_administrator, member, digital, line_manager
):
    client.force_login(organisation_administrator)
    page = address("move_person", member)
    answer = client.post(page, move(digital, grade="HEO", line_manager=line_manager))
    assert errors(answer)[0].startswith("Change the unit")
    assert member.posts.count() == 1


def test_a_post_starts_not_before_the_one_it_ends(
    client, organisation_administrator, member, digital
):
    client.force_login(organisation_administrator)
    page = address("move_person", member)
    answer = client.post(page, move(digital, started_on=datetime.date(2024, 1, 7)))
    assert errors(answer) == [
        "The day must be on or after the day the last post started, 8 January 2024"
    ]


def test_a_line_manager_who_works_below_the_person_is_refused(
    client, organisation_administrator, member, line_manager, digital
):
    client.force_login(organisation_administrator)
    page = address("move_person", line_manager)
    answer = client.post(page, move(digital, line_manager=member))
    assert errors(answer) == [
        "Ned Thornbury works below Maud Ferrywell, so cannot be their line manager"
    ]
    answer = client.post(page, move(digital, line_manager=line_manager))
    assert errors(answer) == ["Nobody can be their own line manager"]


def test_units_and_managers_out_of_scope_are_refused_even_when_posted_by_hand(
    client, digital, operations, member, line_manager, outsider
):
    client.force_login(factories.person(unit=digital, grant=GrantKind.ORGANISATION_ADMINISTRATOR))
    page = address("move_person", member)
    assert errors(client.post(page, move(operations))) == ["Select an option from the list"]
    assert (
        "Enter the email address"
        in errors(client.post(page, move(digital, line_manager=outsider)))[0]
    )
    assert client.post(address("move_person", outsider), move(digital)).status_code == 404
    assert Post.objects.current().get(person=member).grade == "HEO"


def test_a_line_manager_out_of_scope_may_stay(client, digital, outsider):
    head = factories.person(unit=digital, grade="G6", line_manager=outsider)
    client.force_login(factories.person(unit=digital, grant=GrantKind.ORGANISATION_ADMINISTRATOR))
    client.post(address("move_person", head), move(digital, grade="SCS", line_manager=outsider))
    post = Post.objects.current().get(person=head)
    assert (post.grade, post.line_manager) == ("SCS", outsider)


def test_an_administrator_cannot_take_a_team_over(
    client, organisation_administrator, member, digital
):
    client.force_login(organisation_administrator)
    answer = client.post(
        address("move_person", member), move(digital, line_manager=organisation_administrator)
    )
    assert "You cannot make yourself" in errors(answer)[0]


def test_somebody_who_comes_back_gets_a_new_post_and_a_new_password(
    client, system_administrator, leaver, operations
):
    client.force_login(system_administrator)
    page = address("move_person", leaver)
    assert errors(client.post(page, move(operations, started_on=datetime.date(2024, 5, 31)))) == [
        "The day must be on or after the day the last post ended, 1 June 2024"
    ]
    client.post(page, move(operations))
    leaver = User.objects.get(pk=leaver.pk)
    assert leaver.is_active
    assert leaver.current_post.unit == operations
    assert Notice.objects.get(recipient=leaver).link == reverse("account_reset_password")


# --- Closing an account ----------------------------------------------------------------------


def test_a_closed_account_loses_post_grants_and_sessions_at_once(
    client, organisation_administrator, ambassador
):
    theirs = Client()
    theirs.force_login(ambassador)
    assert theirs.get(reverse("home")).status_code == 200

    client.force_login(organisation_administrator)
    page = address("close_account", ambassador)
    assert "they are signed out everywhere" in text(client.get(page))
    last_day = timezone.localdate() - datetime.timedelta(days=3)
    answer = client.post(page, date_fields("last_day", last_day), follow=True)
    assert "The account of Ambrose Linden is closed." in text(answer)

    gone = User.objects.get(pk=ambassador.pk)
    assert not gone.is_active
    assert gone.posts.get().ended_on == last_day + datetime.timedelta(days=1)
    assert gone.current_grants == []
    assert theirs.get(reverse("home"))["Location"].startswith(reverse("account_login"))
    signed_in = theirs.post(
        reverse("account_login"), {"login": gone.email, "password": factories.PASSWORD}
    )
    assert signed_in.status_code == 200

    services.move_person(
        person=gone,
        unit=organisation_administrator.current_post.unit,
        grade="EO",
        started_on=timezone.localdate(),
        by=organisation_administrator,
    )
    assert theirs.get(reverse("home")).status_code == 302, "an old session came back"


def test_closing_says_how_many_people_need_another_line_manager(
    client, organisation_administrator, member, line_manager
):
    client.force_login(organisation_administrator)
    page = text(client.get(address("close_account", line_manager)))
    assert "Maud Ferrywell is the line manager of 1 person, who will need another one." in page


def test_the_last_day_is_asked_for_and_lies_in_the_post(client, organisation_administrator, member):
    client.force_login(organisation_administrator)
    page = address("close_account", member)
    assert errors(client.post(page, {})) == ["Enter the last day in the post"]
    assert errors(client.post(page, date_fields("last_day", datetime.date(2023, 12, 1)))) == [
        "The last day must be on or after the day the post started, 8 January 2024"
    ]
    assert User.objects.get(pk=member.pk).is_active


def test_nobody_closes_their_own_account(client, organisation_administrator):
    client.force_login(organisation_administrator)
    page = address("close_account", organisation_administrator)
    assert client.get(page).status_code == 403
    assert client.post(page, date_fields("last_day", timezone.localdate())).status_code == 403


def test_only_a_system_administrator_closes_the_account_of_one(
    client, organisation_administrator, system_administrator
):
    client.force_login(organisation_administrator)
    page = address("close_account", system_administrator)
    assert client.post(page, date_fields("last_day", timezone.localdate())).status_code == 403
    other = factories.person(grant=GrantKind.SYSTEM_ADMINISTRATOR)
    client.force_login(other)
    assert client.post(page, date_fields("last_day", timezone.localdate())).status_code == 302
    assert not User.objects.get(pk=system_administrator.pk).is_active


# --- Grants ----------------------------------------------------------------------------------


def test_a_grant_is_given_and_withdrawn(client, system_administrator, member, digital):
    client.force_login(system_administrator)
    answer = client.post(
        address("give_grant", member), {"kind": "report_reader", "unit": digital.slug}, follow=True
    )
    assert (
        f"Ned Thornbury may now {in_words(GrantKind.REPORT_READER)}, in Digital and all units "
        "below it."
    ) in text(answer)
    grant = Grant.objects.get(user=member)
    assert (grant.kind, grant.unit, grant.given_by) == (
        "report_reader",
        digital,
        system_administrator,
    )
    page = address("withdraw_grant", member, grant.pk)
    assert "Report reader in Digital" in text(client.get(page))
    assert Grant.objects.current().filter(user=member).exists()
    client.post(page)
    assert not Grant.objects.current().filter(user=member).exists()
    assert client.post(page).status_code == 404


def test_a_grant_for_everywhere_takes_no_unit(client, system_administrator, member, digital):
    client.force_login(system_administrator)
    client.post(address("give_grant", member), {"kind": "framework_editor", "unit": digital.slug})
    assert Grant.objects.get(user=member).unit is None


def test_giving_nothing_or_without_a_unit_says_what_to_select(client, system_administrator, member):
    client.force_login(system_administrator)
    page = address("give_grant", member)
    assert errors(client.post(page, {})) == ["Select what they become"]
    assert errors(client.post(page, {"kind": "ambassador"})) == [
        "Select the unit in which they may do this"
    ]
    assert errors(client.post(page, {"kind": "king"})) == ["Select an option from the list"]


def test_nobody_gives_themselves_a_grant(client, system_administrator, digital):
    client.force_login(system_administrator)
    page = address("give_grant", system_administrator)
    assert client.post(page, {"kind": "report_reader", "unit": digital.slug}).status_code == 403


def test_an_organisation_administrator_gives_and_withdraws_grants_in_their_units(
    client, member, digital, operations
):
    client.force_login(factories.person(unit=digital, grant=GrantKind.ORGANISATION_ADMINISTRATOR))
    page = address("give_grant", member)
    posted = {"kind": "report_reader", "unit": digital.slug}
    assert b"System administrator" not in client.get(page).content
    assert errors(client.post(page, posted | {"kind": "system_administrator"})) == [
        "Select an option from the list"
    ]
    assert errors(client.post(page, posted | {"unit": operations.slug})) != []
    assert not member.grants.exists()
    client.post(page, posted)
    client.post(address("withdraw_grant", member, member.grants.get(unit=digital).pk))
    assert not member.grants.current().exists()


def test_grants_of_other_units_are_neither_told_nor_withdrawn(client, member, digital, department):
    administrator = factories.person(unit=digital, grant=GrantKind.ORGANISATION_ADMINISTRATOR)
    above = services.give_grant(user=member, kind="ambassador", unit=department, by=administrator)
    everywhere = services.give_grant(user=member, kind="framework_editor", by=administrator)
    client.force_login(administrator)
    told = client.get(member.get_absolute_url()).content.decode()
    assert "Digital ambassador" not in told
    assert "Framework editor" not in told
    for grant in (above, everywhere):
        assert client.post(address("withdraw_grant", member, grant.pk)).status_code == 404
    assert member.grants.current().count() == 2


def test_the_last_system_administrator_stays_one(client, system_administrator):
    client.force_login(system_administrator)
    grant = Grant.objects.get(user=system_administrator)
    page = address("withdraw_grant", system_administrator, grant.pk)
    assert errors(client.post(page)) == [
        "This is the last system administrator: give the grant to somebody else first"
    ]
    factories.person(grant=GrantKind.SYSTEM_ADMINISTRATOR)
    assert client.post(page)["Location"] == system_administrator.get_absolute_url()


def test_a_grant_is_only_found_at_the_address_of_its_holder(
    client, system_administrator, ambassador, member
):
    client.force_login(system_administrator)
    grant = Grant.objects.get(user=ambassador)
    assert client.post(address("withdraw_grant", member, grant.pk)).status_code == 404
