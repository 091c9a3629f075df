import pytest
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.core.paginator import Paginator
from django.template import TemplateSyntaxError, engines

from govuk.tables import Column, Link, Table
from tests.govuk.markup import parse

HOSTILE = "<img src=x onerror=alert(1)>\"'&"


def render(source, request=None, **context):
    return parse(
        engines["django"].from_string("{% load govuk %}" + source).render(context, request)
    )


def test_buttons_send_and_links_that_look_like_buttons_lead():
    page = render('{% button "Save" name="a" value="b" %}{% button text href="/x" start=True %}',
                  text=HOSTILE)  # fmt: skip
    button, link = page.find("button")[0], page.find("a")[0]
    assert (button.attrs["type"], button.attrs["name"], button.attrs["value"]) == (
        "submit",
        "a",
        "b",
    )
    assert (link.attrs["href"], link.text()) == ("/x", HOSTILE)


def test_a_misspelt_option_of_a_button_is_an_error():
    with pytest.raises(TemplateSyntaxError, match="colour"):
        render('{% button "Save" colour="red" %}')


def test_breadcrumbs_end_with_the_page_itself():
    items = render('{% breadcrumbs "Home" "/" "Here" %}').find("li")
    assert [item.text() for item in items] == ["Home", "Here"]
    assert items[1].attrs["aria-current"] == "page"


@pytest.mark.parametrize("colour", ["purple-ish", "black"])
def test_a_tag_has_only_colours_that_exist(colour):
    with pytest.raises(Exception, match=colour):
        render("{% tag 'Late' colour=colour %}", colour=colour)


def test_a_blue_tag_is_the_plain_one():
    assert render("{% tag 'New' %}").find("strong")[0].attrs["class"] == "govuk-tag"


def test_a_summary_list_says_what_each_link_changes():
    rows = [
        {"key": "Grade", "value": HOSTILE, "url": "/grade"},
        {"key": "Unit", "value": "Digital"},
    ]
    page = render("{% summary_list rows %}", rows=rows)
    assert page.find("a")[0].text() == "Change Grade"
    assert page.find("dd")[0].text() == HOSTILE
    assert page.find("div", class_="govuk-summary-list__row--no-actions")


def test_a_task_is_described_by_its_hint_and_status():
    tasks = [
        {"title": HOSTILE, "url": "/a", "hint": "2 minutes", "status": "Completed"},
        {"title": "Later", "status": "Cannot start yet"},
        {"title": "Next", "url": "/b", "status": "Not started", "colour": "blue"},
    ]
    page = render('{% task_list tasks id="agile" %}', tasks=tasks)
    link = page.find("a")[0]
    assert link.text() == HOSTILE
    assert link.attrs["aria-describedby"].split() == ["agile-1-hint", "agile-1-status"]
    assert set(link.attrs["aria-describedby"].split()) <= set(page.ids())
    assert [tag.text() for tag in page.find("strong", class_="govuk-tag")] == ["Not started"]
    assert len(page.find("a")) == 2


def test_a_table_has_header_scopes_and_scrolls_by_keyboard():
    table = Table(
        caption="Biggest gaps",
        columns=[Column("Skill"), Column("People", numeric=True)],
        rows=[[Link(HOSTILE, "/s"), 24], ["Data", None]],
    )
    page = render("{% table table %}", table=table)
    region = page.find("div", role="region")[0]
    assert (region.attrs["tabindex"], region.attrs["aria-label"]) == ("0", "Biggest gaps")
    assert [h.attrs["scope"] for h in page.find("th")] == ["col", "col", "row", "row"]
    assert page.find("a")[0].text() == HOSTILE
    numbers = page.find("td", class_="govuk-table__cell--numeric")
    assert [cell.text() for cell in numbers] == ["24", "–"]
    assert page.find("caption")[0].text() == "Biggest gaps"


def test_a_table_with_a_row_of_the_wrong_length_is_an_error():
    table = Table(caption="x", columns=[Column("a")], rows=[[1, 2]])
    with pytest.raises(ValueError, match="zip"):
        list(table.body())


def test_pagination_keeps_the_rest_of_the_address(rf):
    page = Paginator(range(100), 10).page(5)
    nav = render("{% pagination page %}", request=rf.get("/x?q=a%26b&page=5"), page=page)
    assert [a.attrs["href"] for a in nav.find("a")] == [
        f"?q=a%26b&page={number}" for number in (4, 1, 4, 5, 6, 10, 6)
    ]
    assert nav.find("a", **{"aria-current": "page"})[0].text() == "5"


def test_one_page_needs_no_pagination(rf):
    page = Paginator(range(3), 10).page(1)
    assert not render("{% pagination page %}", request=rf.get("/"), page=page).find("nav")


def test_progress_is_text_as_well_as_a_bar():
    page = render("{% progress 4 24 'Skills rated' %}")
    assert page.find("p")[0].text() == "Skills rated: 4 of 24"
    bar = page.find("progress")[0]
    assert (bar.attrs["max"], bar.attrs["value"]) == ("24", "4")


@pytest.mark.parametrize(
    "source",
    [
        "{% details title %}{{ title }}{% enddetails %}",
        "{% inset %}{{ title }}{% endinset %}",
        "{% warning_text %}{{ title }}{% endwarning_text %}",
        "{% panel title %}{{ title }}{% endpanel %}",
        "{% notification_banner title %}{{ title }}{% endnotification_banner %}",
        "{% scrollable title %}{{ title }}{% endscrollable %}",
        "{% back_link title title %}",
        "{% breadcrumbs title title title %}",
    ],
)
def test_what_is_put_into_a_component_is_escaped_once(source):
    page = render(source, title=HOSTILE)
    assert not page.find("img")
    assert HOSTILE in page.text()


def test_messages_become_one_banner_of_each_kind_with_the_problem_first():
    waiting = [
        Message(constants.SUCCESS, "Saved"),
        Message(constants.INFO, "Nearly there"),
        Message(constants.ERROR, HOSTILE),
        Message(constants.SUCCESS, "Sent"),
    ]
    page = render("{% message_banners waiting %}", waiting=waiting)
    banners = page.find("div", class_="govuk-notification-banner")
    assert [b.attrs["role"] for b in banners] == ["alert", "region", "alert"]
    assert [h.text() for h in page.find("h2")] == ["There is a problem", "Important", "Success"]
    assert banners[2].find("p")[1].text() == "Sent"
    assert len(set(page.ids())) == 3
