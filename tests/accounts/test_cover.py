"""Cover for a line manager who is away: arranging it, ending it, who may."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from accounts.cover import give_cover, withdraw_cover
from accounts.models import Cover, Notice
from accounts.permissions import GrantKind
from tests import factories
from tests.accounts.pages import errors

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


@pytest.fixture
def today():
    return timezone.localdate()


def fields(person, first_day, last_day):
    found = {"cover": getattr(person, "email", person)}
    for name, day in (("first_day", first_day), ("last_day", last_day)):
        found |= {f"{name}-day": day.day, f"{name}-month": day.month, f"{name}-year": day.year}
    return found


def give(manager, cover, today, **changes):
    facts = {"manager": manager, "cover": cover, "by": manager}
    return give_cover(**facts | {"first_day": today, "last_day": today + DAY} | changes)


def test_a_line_manager_arranges_cover_and_both_days_are_included(
    client, member, line_manager, outsider, today
):
    client.force_login(line_manager)
    client.post("/cover/", fields(outsider, today, today + DAY))
    made = Cover.objects.get()
    assert (made.manager, made.cover, made.given_by) == (line_manager, outsider, line_manager)
    assert [made.starts_on, made.last_day] == [today, today + DAY]
    assert list(Cover.objects.in_force(today + DAY)) == [made]
    assert not Cover.objects.in_force(today + 2 * DAY).exists()
    assert Notice.objects.get(recipient=outsider).subject == "You cover for Maud Ferrywell"
    assert "Olive Quillmoor" in client.get("/cover/").content.decode()


def test_the_same_form_twice_arranges_cover_once(client, member, line_manager, outsider, today):
    client.force_login(line_manager)
    for _ in range(3):
        client.post("/cover/", fields(outsider, today, today))
    assert Cover.objects.count() == Notice.objects.count() == 1


def test_somebody_who_manages_nobody_arranges_nothing(client, outsider, line_manager, today):
    client.force_login(outsider)
    html = client.post("/cover/", fields(line_manager, today, today)).content.decode()
    assert "there is nothing to cover" in html
    assert not Cover.objects.exists()


def test_who_does_not_exist_and_who_may_not_cover_get_the_same_answer(
    client, member, line_manager, leaver, today
):
    client.force_login(line_manager)
    stranger = factories.person(unit=factories.unit("Ministry of Bridges"))
    for email in ("nobody@example.gov.uk", leaver.email, stranger.email, line_manager.email):
        answer = client.post("/cover/", fields(email, today, today))
        assert errors(answer) == [
            "Enter the email address of somebody else with a post in the same department"
        ]


def test_days_must_make_sense(member, line_manager, outsider, today):
    for days in (
        {"first_day": today - DAY},
        {"last_day": today - DAY},
        {"last_day": today + 366 * DAY},
    ):
        with pytest.raises(ValidationError):
            give(line_manager, outsider, today, **days)
    give(line_manager, outsider, today)
    with pytest.raises(ValidationError, match="covers on some of these days already"):
        give(line_manager, outsider, today, first_day=today + DAY)


def test_an_administrator_arranges_cover_but_never_by_themselves(
    client, member, line_manager, outsider, organisation_administrator, today
):
    address = reverse("accounts:cover_for", args=[line_manager.public_id])
    client.force_login(organisation_administrator)
    client.post(address, fields(outsider, today, today))
    assert Cover.objects.get().given_by == organisation_administrator
    assert Notice.objects.filter(recipient=line_manager).exists()
    answer = client.post(address, fields(organisation_administrator, today, today))
    assert errors(answer) == ["You cannot make yourself anybody’s cover: ask another administrator"]


def test_nobody_else_arranges_cover(client, member, line_manager, outsider, digital, today):
    for by in (member, outsider):
        with pytest.raises(PermissionDenied):
            give(line_manager, outsider, today, by=by)
    client.force_login(line_manager)
    assert client.get(reverse("accounts:cover_for", args=[member.public_id])).status_code == 403
    assert client.get(reverse("accounts:cover_for", args=[outsider.public_id])).status_code == 404
    other = factories.person(
        unit=factories.unit("Bridges"), grant=GrantKind.ORGANISATION_ADMINISTRATOR
    )
    client.force_login(other)
    assert client.get(reverse("accounts:cover_for", args=[member.public_id])).status_code == 404


@pytest.mark.parametrize("who", ["line_manager", "outsider", "organisation_administrator"])
def test_those_concerned_end_cover_at_once(
    who, request, client, member, line_manager, outsider, today
):
    made = give(line_manager, outsider, today)
    client.force_login(request.getfixturevalue(who))
    for _ in range(2):
        assert client.post(f"/cover/{made.pk}/end/").status_code == 302
    assert not Cover.objects.in_force().exists()
    made.refresh_from_db()
    assert made.withdrawn_at is not None


def test_others_end_nothing(client, member, line_manager, outsider, ambassador, today):
    made = give(line_manager, outsider, today)
    client.force_login(member)
    assert client.post(f"/cover/{made.pk}/end/").status_code == 403
    client.force_login(ambassador)
    assert client.post(f"/cover/{made.pk}/end/").status_code == 404
    with pytest.raises(PermissionDenied):
        withdraw_cover(cover=made, by=ambassador)
    assert Cover.objects.in_force().exists()


def test_the_page_takes_the_same_queries_for_one_cover_and_for_twelve(
    client, member, line_manager, digital, django_assert_max_num_queries
):
    factories.cover(line_manager, factories.person(unit=digital))
    client.force_login(line_manager)
    with django_assert_max_num_queries(10) as few:
        client.get("/cover/")
    for _ in range(11):
        factories.cover(line_manager, factories.person(unit=digital))
    with django_assert_max_num_queries(10) as many:
        client.get("/cover/")
    assert len(many) == len(few)
