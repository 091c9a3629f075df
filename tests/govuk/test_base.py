import gzip
import re
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.staticfiles import finders
from django.template import engines
from django.template.loader import render_to_string
from django.views.defaults import server_error

from govuk import vendor_assets
from govuk.forms import GovukForm, TextInput, forms
from tests.govuk.markup import parse

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted([*ROOT.glob("templates/**/*.html"), *ROOT.glob("*/templates/**/*.html")])
ERROR_PAGES = [f"{name}.html" for name in ("400", "403", "403_csrf", "404", "429", "500", "503")]


class Person(AnonymousUser):
    is_authenticated = True

    def __str__(self):
        return "Ned <Thornbury>"


class Name(GovukForm):
    name = forms.CharField(label="Your name", widget=TextInput(width=20))


def page(source="{% block title %}Tasks{% endblock %}", **context):
    template = engines["django"].from_string('{% extends "base.html" %}' + source)
    return parse(template.render(context))


def test_the_title_names_the_page_and_the_service():
    assert page(service_name="Skills portal").find("title")[0].text() == "Tasks – Skills portal"


@pytest.mark.parametrize("context", [{"form": Name({})}, {"has_errors": True}])
def test_the_title_of_a_page_with_errors_says_so_first(context):
    assert page(**context).find("title")[0].text().startswith("Error: Tasks")


@pytest.mark.parametrize("context", [{"form": Name()}, {"form": Name({"name": "Ned"})}, {}])
def test_the_title_of_a_page_without_errors_does_not(context):
    assert page(**context).find("title")[0].text().startswith("Tasks")


def test_the_error_summary_stands_once_above_the_heading():
    source = "{% block content %}<h1>Your name</h1><form>{{ form }}</form>{% endblock %}"
    main = page(source, form=Name({})).find("main")[0]
    headings = [e.text() for e in main.walk() if e.tag in {"h1", "h2"}]
    assert headings == ["There is a problem", "Your name"]


def test_every_part_of_the_page_is_in_a_landmark_and_can_be_skipped():
    tree = page(
        "{% load govuk %}{% block before_content %}{% back_link '/' %}{% endblock %}",
        navigation=[{"label": "Home", "url": "/", "active": True}],
        phase="Beta",
    )
    body = tree.find("body")[0]
    tags = [e.tag for e in body.children if not isinstance(e, str)]
    assert tags == ["script", "a", "header", "div", "footer", "script"]
    container = next(e for e in body.children if not isinstance(e, str) and e.tag == "div")
    assert [e.tag for e in container.children if not isinstance(e, str)] == ["nav", "main"]
    skip = body.find("a", class_="govuk-skip-link")[0]
    assert skip.attrs["href"].removeprefix("#") in tree.ids()
    assert tree.find("html")[0].attrs["lang"] == "en"


def test_a_person_signed_in_sees_their_name_and_can_sign_out_by_a_form():
    header = page(user=Person(), csrf_token="t").find("header")[0]
    assert "Ned <Thornbury>" in header.text()
    assert header.find("form")[0].attrs["method"] == "post"
    assert not page().find("header")[0].find("form")


def test_the_menu_marks_where_one_is_and_escapes_labels():
    items = [{"label": "<b>", "url": "/a", "active": True}, {"label": "B", "url": "/b"}]
    links = page(navigation=items).find("nav")[0].find("a")
    assert [link.attrs.get("aria-current") for link in links] == ["true", None]
    assert links[0].text() == "<b>"


def test_a_wide_page_says_so_on_its_body():
    source = "{% block main_width %}wide{% endblock %}"
    assert "portal-page--wide" in page(source).find("body")[0].attrs["class"].split()


@pytest.mark.parametrize("name", ERROR_PAGES)
def test_error_pages_need_no_context_and_have_one_heading(name):
    tree = parse(render_to_string(name))
    assert len(tree.find("h1")) == 1
    assert tree.find("title")[0].text() == f"{tree.find('h1')[0].text()} – Skills portal"


def test_the_page_for_a_crash_is_made_without_the_database(rf):
    response = server_error(rf.get("/"))
    assert response.status_code == 500
    assert b"there is a problem with the service" in response.content


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT)))
def test_templates_have_no_inline_style_script_or_event(path):
    source = path.read_text()
    assert not re.search(r"\sstyle\s*=", source)
    assert not re.search(r"<style\b", source)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", source)
    for attributes in re.findall(r"<script\b([^>]*)>", source):
        assert "src=" in attributes or 'type="application/json"' in attributes  # data, not run
    assert "javascript:" not in source


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT)))
def test_templates_have_no_misspelt_tag(path):
    engines["django"].from_string(path.read_text())


@pytest.mark.parametrize("path", sorted(ROOT.glob("templates/**/*.html")), ids=lambda p: p.name)
def test_components_say_what_they_take(path):
    if "govuk" in path.parts or "components" in path.parts:
        assert path.read_text().startswith("{#")


def test_what_every_page_loads_is_small():
    tree = page()
    files = [e.attrs["href"] for e in tree.find("link")]
    files += [e.attrs["src"] for e in tree.find("script")]
    size = 0
    for address in files:
        content = Path(finders.find(address.removeprefix("/static/"))).read_bytes()
        size += len(gzip.compress(content))
    assert len(files) == 5
    assert size < 40_000


def test_the_vendored_files_hold_nothing_that_belongs_to_govuk_alone():
    css = Path(finders.find("govuk/govuk-frontend.min.css")).read_text()
    js = Path(finders.find("govuk/govuk-frontend.min.js")).read_text()
    for forbidden in ("GDS Transport", "@font-face", "url(", "crest.svg", "sourceMappingURL"):
        assert forbidden not in css
    assert "sourceMappingURL" not in js
    assert js.rstrip().endswith("initAll();")
    assert vendor_assets.VERSION in css
    assert vendor_assets.VERSION in js
    assert "MIT License" in Path(finders.find("govuk/LICENCE-govuk-frontend.txt")).read_text()


def test_vendoring_refuses_a_stylesheet_it_does_not_understand():
    with pytest.raises(SystemExit, match=re.escape("url(")):
        vendor_assets.convert_css("a{background:url(/assets/new.svg)}")


def test_vendoring_takes_away_typeface_crest_and_map():
    css = vendor_assets.convert_css(
        '@charset "UTF-8";@font-face{font-family:GDS Transport;src:url(/assets/fonts/x.woff2)}'
        ".a{font-family:GDS Transport,arial,sans-serif}"
        ".b:before{background-image:url(/assets/images/govuk-crest.svg)}.c{color:red}"
        "/*# sourceMappingURL=x.map */"
    )
    rules = css.splitlines()[-1]
    assert rules == '.a{font-family:"Helvetica Neue",Helvetica,Arial,sans-serif}.c{color:red}'
