"""Which notices come, and how: the settings page and what follows from it."""

import pytest

from accounts import notice_emails
from accounts.models import Notice, NoticeChoice
from accounts.notice_kinds import all_kinds
from accounts.notices import queue_notice
from assessments.notice_kinds import EVIDENCE_ASKED, NUDGED, REVIEWED

pytestmark = pytest.mark.django_db
ADDRESS = "/notices/settings/"


def queue(person, kind, **changes):
    facts = {"key": f"{kind and kind.key}", "subject": "About Ned & co", "body": "First.\n\nNext."}
    return queue_notice(recipient=person, kind=kind, **facts | changes)


@pytest.fixture
def choose(client, member):
    client.force_login(member)
    everything = {kind.key: "both" for kind in all_kinds() if kind.optional}
    return lambda **changes: client.post(ADDRESS, everything | changes)


def test_without_a_choice_every_notice_comes_in_every_way(member, mailoutbox):
    notice = queue(member, REVIEWED)
    assert notice_emails.send_notice_email(notice.pk) is True
    assert len(mailoutbox) == 1


def test_a_kind_that_is_turned_off_makes_no_notice(choose, member, outsider):
    choose(reviewed="off")
    assert queue(member, REVIEWED) is None
    assert queue(member, NUDGED) is not None
    assert queue(outsider, REVIEWED) is not None


def test_a_notice_for_the_home_page_only_sends_no_email(choose, client, member, mailoutbox):
    choose(reviewed="portal")
    notice = queue(member, REVIEWED)
    assert notice_emails.waiting_notice_ids() == []
    assert notice_emails.send_notice_email(notice.pk) is False
    assert mailoutbox == []
    assert "About Ned &amp; co" in client.get("/").content.decode()


def test_what_the_process_needs_cannot_be_turned_off(choose, member):
    choose(**{EVIDENCE_ASKED.key: "off"})
    NoticeChoice.objects.create(user=member, kind=EVIDENCE_ASKED.key, delivery="off")
    assert queue(member, EVIDENCE_ASKED).by_email is True
    assert queue(member, None).by_email is True


def test_the_page_shows_the_choice_and_keeps_one_row_a_kind(choose, client, member):
    for delivery in ("off", "portal", "portal"):
        assert choose(nudged=delivery).status_code == 302
    assert NoticeChoice.objects.filter(user=member, kind="nudged").count() == 1
    form = client.get(ADDRESS).context["form"]
    assert form["nudged"].initial == "portal"
    assert EVIDENCE_ASKED.key not in form.fields


def test_an_unknown_delivery_is_refused(choose):
    assert choose(nudged="pigeon").status_code == 200
    assert not NoticeChoice.objects.exists()


def test_the_email_says_the_same_in_plain_text_and_in_html(member, mailoutbox, settings):
    notice_emails.send_notice_email(queue(member, REVIEWED, link="/reviews/").pk)
    (mail,) = mailoutbox
    html, kind = mail.alternatives[0]
    assert kind == "text/html"
    assert mail.subject == "About Ned & co"
    for text in (mail.body, html):
        assert "Dear Ned Thornbury," in text
        assert f"{settings.SITE_URL}/reviews/" in text
        assert f"{settings.SITE_URL}{ADDRESS}" in text
    assert "<p>First.</p>" in html
    assert "About Ned &amp; co" in html
    assert "&amp;" not in mail.body


def test_the_address_of_the_settings_is_left_out_where_there_is_nothing_to_choose(
    member, mailoutbox
):
    notice_emails.send_notice_email(Notice.objects.get(pk=queue(member, None).pk).pk)
    assert ADDRESS not in mailoutbox[0].body


def test_kinds_have_different_keys_and_say_why_they_always_come():
    assert len({kind.key for kind in all_kinds()}) == len(all_kinds())
    assert all(kind.why for kind in all_kinds() if not kind.optional)
    assert all(Notice._meta.get_field("kind").max_length >= len(k.key) for k in all_kinds())


def test_the_page_takes_few_queries(client, member, django_assert_max_num_queries):
    client.force_login(member)
    with django_assert_max_num_queries(6):
        client.get(ADDRESS)
