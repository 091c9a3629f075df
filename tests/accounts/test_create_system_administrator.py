import getpass

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.models import Notice, User
from accounts.permissions import Permission, may

pytestmark = pytest.mark.django_db

NAMED = ("create_system_administrator", "Sam@example.gov.uk", "Sam Example")


@pytest.fixture
def typed(monkeypatch):
    """Answers the questions for passwords with these, in turn."""

    def answer(*passwords):
        waiting = list(passwords)
        monkeypatch.setattr(getpass, "getpass", lambda prompt: waiting.pop(0))

    return answer


def test_the_first_person_can_sign_in_and_manage(client, typed, capsys):
    typed("three-wet-lanterns", "three-wet-lanterns")
    call_command(*NAMED)
    assert capsys.readouterr().out == "Sam Example is a system administrator. They can sign in.\n"
    person = User.objects.get(email="sam@example.gov.uk")
    assert may(person, Permission.MANAGE_GRANTS)
    answer = client.post(
        reverse("account_login"), {"login": person.email, "password": "three-wet-lanterns"}
    )
    assert answer["Location"] == reverse("home")
    assert client.get(reverse("accounts:add_department")).status_code == 200


def test_a_message_can_lead_to_choosing_the_password():
    call_command(*NAMED, "--send-link")
    notice = Notice.objects.get(recipient__email="sam@example.gov.uk")
    assert notice.link == reverse("account_reset_password")
    assert not notice.recipient.has_usable_password()


@pytest.mark.parametrize(
    ("passwords", "problem"),
    [
        (("three-wet-lanterns", "three-wet-lantern"), "not the same"),
        (("short", "short"), "too short"),
    ],
)
def test_a_bad_password_makes_nobody(typed, passwords, problem):
    typed(*passwords)
    with pytest.raises(CommandError, match=problem):
        call_command(*NAMED)
    assert not User.objects.exists()


def test_a_taken_or_broken_address_is_refused(typed, member):
    typed("three-wet-lanterns", "three-wet-lanterns")
    with pytest.raises(CommandError, match="already an account"):
        call_command("create_system_administrator", member.email, "Ned Again")
    with pytest.raises(CommandError, match="valid email"):
        call_command("create_system_administrator", "sam", "Sam Example")
