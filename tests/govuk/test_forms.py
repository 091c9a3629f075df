import datetime
import json
from pathlib import Path

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.template import engines

from govuk.forms import (
    CheckboxSelectMultiple,
    DateField,
    GovukForm,
    GovukRenderer,
    NumberInput,
    RadioSelect,
    Textarea,
    TextInput,
)
from tests.govuk.markup import parse

FIXTURES = json.loads((Path(__file__).parent / "govuk_frontend_fixtures.json").read_text())
HOSTILE = "<img src=x onerror=alert(1)>\"'&"


def field_like(fixture):
    """The field of ours that says what GOV.UK Frontend's example says."""
    options = fixture["options"]
    heading = options.get("label") or options["fieldset"]["legend"]
    common = {"label": heading["text"], "required": False}
    if "hint" in options:
        common["help_text"] = options["hint"]["text"]
    items = options.get("items", ())
    choices = [(item["value"], item["text"]) for item in items]
    hints = {item["value"]: item["hint"]["text"] for item in items if "hint" in item}
    match fixture["component"]:
        case "input":
            return forms.CharField(**common)
        case "textarea":
            return forms.CharField(widget=Textarea, **common)
        case "character-count":
            return forms.CharField(widget=Textarea, max_length=options["maxlength"], **common)
        case "select":
            return forms.ChoiceField(choices=choices, **common)
        case "file-upload":
            return forms.FileField(**common)
        case "radios":
            return forms.ChoiceField(choices=choices, widget=RadioSelect(hints=hints), **common)
        case "checkboxes":
            widget = CheckboxSelectMultiple
            return forms.MultipleChoiceField(choices=choices, widget=widget, **common)
        case "date-input":
            return DateField(**common)


@pytest.mark.parametrize(
    "fixture", FIXTURES["fixtures"], ids=lambda f: f"{f['component']} {f['name']}"
)
def test_fields_have_the_markup_of_govuk_frontend(fixture):
    options = fixture["options"]
    name = options.get("id") or options["name"]
    form = GovukForm({}, auto_id="%s")
    form.fields[name] = field_like(fixture)
    if "errorMessage" in options:
        parts = [p for p in ("day", "month", "year") if options.get(p, {}).get("error")]
        form.add_error(
            name, ValidationError(options["errorMessage"]["text"], params={"parts": parts})
        )
    theirs = fixture["html"]
    for part in ("day", "month", "year"):
        theirs = theirs.replace(f'name="{part}"', f'name="{name}-{part}"')
    assert parse(form[name].as_field_group()).shape() == parse(theirs).shape()


class EveryField(GovukForm):
    email = forms.EmailField(label="Email address")
    password = forms.CharField(label="Password", widget=forms.PasswordInput)
    note = forms.CharField(label="Note", max_length=10, widget=Textarea)
    level = forms.ChoiceField(label="Level", choices=[("1", "One")], widget=RadioSelect)
    stock = forms.ChoiceField(label="Stock", choices=[("1", "One")], widget=forms.RadioSelect)
    ways = forms.MultipleChoiceField(
        label="Ways", choices=[("1", "One")], widget=forms.CheckboxSelectMultiple
    )
    agree = forms.BooleanField(label="I agree")
    minutes = forms.IntegerField(label="Minutes", min_value=1, widget=NumberInput(suffix="minutes"))
    as_at = DateField(label="Report date")
    grade = forms.ChoiceField(label="Grade", choices=[("", "Choose"), ("EO", "EO")])
    skills_file = forms.FileField(label="Skills file")
    secret = forms.CharField(widget=forms.HiddenInput)


def test_every_error_in_the_summary_links_to_an_element_that_can_take_the_focus():
    form = EveryField({})
    form.add_error(None, "These answers do not fit together")
    page = parse(form.render())
    summary = page.find("div", class_="govuk-error-summary")[0]
    links = summary.find("a")
    assert len(links) == sum(len(errors) for errors in form.errors.values())
    for link in links:
        target = link.attrs["href"].removeprefix("#")
        found = [e for e in page.walk() if e.attrs.get("id") == target]
        assert [e.tag in {"input", "select", "textarea"} for e in found] == [True], target


def test_ids_are_unique_and_every_label_and_description_points_at_one():
    page = parse(EveryField({}).render())
    ids = page.ids()
    assert len(ids) == len(set(ids))
    pointers = [e.attrs["for"] for e in page.find("label")]
    for element in page.walk():
        pointers += element.attrs.get("aria-describedby", "").split()
    assert set(pointers) <= set(ids)


def test_a_form_without_errors_shows_none_and_asks_for_nothing_by_browser():
    html = EveryField().render()
    assert "error" not in html
    assert "required" not in html
    assert "maxlength=" not in html.replace("data-maxlength=", "")


def test_a_summary_shown_above_the_heading_is_not_shown_again():
    form = EveryField({})
    template = engines["django"].from_string("{% load govuk %}{% error_summary form %}{{ form }}")
    assert template.render({"form": form}).count("There is a problem") == 1


def test_an_error_of_a_date_links_to_the_part_that_is_wrong():
    form = EveryField({"as_at-day": "3", "as_at-month": "10", "as_at-year": ""})
    assert 'href="#id_as_at-year">Report date must include a year<' in form.render()


def test_labels_hints_choices_and_values_are_escaped():
    class Hostile(GovukForm):
        text = forms.CharField(label=HOSTILE, help_text=HOSTILE, widget=TextInput(suffix=HOSTILE))
        level = forms.ChoiceField(
            label=HOSTILE,
            choices=[(HOSTILE, HOSTILE)],
            widget=RadioSelect(hints={HOSTILE: HOSTILE}, dividers={HOSTILE: HOSTILE}),
        )
        ways = forms.MultipleChoiceField(
            choices=[(HOSTILE, HOSTILE)], widget=CheckboxSelectMultiple(hints={HOSTILE: HOSTILE})
        )
        grade = forms.ChoiceField(choices=[(HOSTILE, HOSTILE)])
        agree = forms.BooleanField(label=HOSTILE, help_text=HOSTILE)
        as_at = DateField(label=HOSTILE)

    form = Hostile({"text": HOSTILE, "grade": "no", "as_at-day": HOSTILE})
    form.add_error("text", HOSTILE)
    form.add_error(None, HOSTILE)
    page = parse(form.render())
    assert not page.find("img")
    assert not [e for e in page.walk() if "onerror" in e.attrs]


def test_a_hint_made_by_a_template_keeps_its_markup_and_escapes_its_values(tmp_path, settings):
    (tmp_path / "hint.html").write_text("<ul><li>{{ hint.text }}</li></ul>")
    settings.TEMPLATES = [
        {**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], tmp_path]}
    ]

    class Levels(GovukForm):
        level = forms.ChoiceField(
            choices=[("2", "Working")],
            widget=RadioSelect(hints={2: {"text": HOSTILE}}, hint_template="hint.html"),
        )

    page = parse(Levels().render())
    hint = page.find("div", class_="govuk-radios__hint")[0]
    assert hint.find("li")[0].text() == HOSTILE
    assert hint.attrs["id"] == page.find("input")[0].attrs["aria-describedby"]


def test_a_field_that_a_radio_reveals_stands_under_it_and_only_there():
    class Revealing(GovukForm):
        level = forms.ChoiceField(
            choices=[("1", "Awareness"), ("na", "Not applicable")],
            widget=RadioSelect(conditional={"na": "reason"}),
        )
        reason = forms.CharField(label="Why it does not apply", required=False)

    page = parse(Revealing().render())
    assert len(page.find("input", name="reason")) == 1
    revealed = page.find("div", class_="portal-radios__conditional")
    assert revealed[0].find("input", name="reason")


def test_a_label_can_be_the_heading_of_the_page():
    class OneQuestion(GovukForm):
        name = forms.CharField(label="Your name", widget=TextInput(label_is_heading=True))
        level = forms.ChoiceField(
            label="Your level", choices=[], widget=RadioSelect(label_is_heading=True)
        )

    page = parse(OneQuestion().render())
    assert [h1.text() for h1 in page.find("h1")] == ["Your name", "Your level"]
    assert page.find("label", class_="govuk-label--l")
    assert page.find("legend", class_="govuk-fieldset__legend--l")


def test_radios_leave_out_the_row_of_dashes_of_a_model_field():
    class Blank(GovukForm):
        kind = forms.ChoiceField(choices=[("", "---------"), ("a", "A")], widget=RadioSelect)

    radios = parse(Blank().render()).find("input")
    assert [(r.attrs["id"], r.attrs["value"]) for r in radios] == [("id_kind", "a")]


def test_a_counted_text_counts_a_line_end_as_one_character():
    class Counted(GovukForm):
        note = forms.CharField(max_length=5, widget=Textarea)

    assert Counted({"note": "ab\r\ncd"}).is_valid()


def test_a_number_is_typed_as_text_with_a_number_keyboard():
    minutes = parse(EveryField().render()).find("input", name="minutes")[0]
    assert (minutes.attrs["type"], minutes.attrs["inputmode"]) == ("text", "numeric")
    assert "min" not in minutes.attrs


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        (forms.CharField(label="Full name"), "", "Enter full name"),
        (forms.CharField(label="URL of the page"), "", "Enter URL of the page"),
        (forms.CharField(label="What is it?"), "", "Enter an answer"),
        (forms.CharField(label="Name", error_messages={"required": "Say it"}), "", "Say it"),
        (forms.CharField(label="100% name", max_length=2), "abc",
         "100% name must be 2 characters or fewer"),
        (forms.EmailField(label="Email"), "x",
         "Enter an email address in the correct format, like name@example.com"),
        (forms.IntegerField(label="Minutes"), "x", "Minutes must be a whole number"),
        (forms.IntegerField(label="Minutes", min_value=1), "0", "Minutes must be 1 or more"),
        (forms.ChoiceField(label="Grade", choices=[("a", "A")]), "", "Select grade"),
        (forms.ChoiceField(label="Grade", choices=[("a", "A")]), "z",
         "Select an option from the list"),
        (forms.BooleanField(label="I agree"), "", "Select “I agree” to continue"),
        (forms.FileField(label="Skills file"), "", "Select skills file"),
    ],
)  # fmt: skip
def test_error_messages_follow_the_govuk_pattern(field, value, message):
    form = GovukForm({"answer": value})
    form.fields["answer"] = field
    assert form.errors["answer"] == [message]


@pytest.mark.parametrize(
    ("day", "month", "year", "expected"),
    [
        ("31", "10", "2026", datetime.date(2026, 10, 31)),
        (" 1 ", "Feb", "2026", datetime.date(2026, 2, 1)),
        ("1", "SEPTEMBER", "2026", datetime.date(2026, 9, 1)),
        ("1", "sept", "2026", datetime.date(2026, 9, 1)),
        ("", "", "", "Enter report date"),
        ("1", "", "2026", "Report date must include a month"),
        ("", "", "2026", "Report date must include a day and month"),
        ("1", "1", "26", "Year must include 4 numbers"),
        ("31", "2", "2026", "Report date must be a real date"),
        ("1", "J", "2026", "Report date must be a real date"),
        ("1", "ju", "2026", "Report date must be a real date"),
        ("1_0", "1", "2026", "Report date must be a real date"),
        ("-1", "1", "2026", "Report date must be a real date"),
        ("9" * 5000, "1", "2026", "Report date must be a real date"),
    ],
)
def test_dates_are_understood_or_explained(day, month, year, expected):
    form = GovukForm({"on-day": day, "on-month": month, "on-year": year})
    form.fields["on"] = DateField(label="Report date")
    if isinstance(expected, str):
        assert form.errors["on"] == [expected]
    else:
        assert not form.errors
        assert form.cleaned_data["on"] == expected


def test_a_date_can_be_kept_out_of_the_future_or_the_past():
    def errors(date, **options):
        form = GovukForm({"on-day": date.day, "on-month": date.month, "on-year": date.year})
        form.data = {name: str(value) for name, value in form.data.items()}
        form.fields["on"] = DateField(label="Day", **options)
        return form.errors.get("on", [])

    assert errors(datetime.date(2900, 1, 1), past_only=True) == ["Day must be today or in the past"]
    assert errors(datetime.date(1900, 1, 1), future_only=True) == [
        "Day must be today or in the future"
    ]
    assert errors(datetime.date(1900, 1, 1), past_only=True) == []


def test_a_date_shows_its_initial_value_and_what_was_typed():
    class OneDate(GovukForm):
        on = DateField()

    def values(form):
        return [i.attrs.get("value") for i in parse(form.render()).find("input")]

    assert values(OneDate(initial={"on": datetime.date(2026, 10, 31)})) == ["31", "10", "2026"]
    typed = {"on-day": "x", "on-month": "Oct", "on-year": ""}
    assert values(OneDate(typed)) == ["x", "Oct", None]


def test_a_form_of_another_package_is_printed_like_ours():
    class Foreign(forms.Form):
        email = forms.EmailField(label="Email")

    template = engines["django"].from_string("{% load govuk %}{% govuk_form form %}")
    page = parse(template.render({"form": Foreign({})}))
    assert page.find("input", class_="govuk-input--error")
    assert page.find("div", class_="govuk-error-summary")


def test_djangos_own_renderer_is_left_alone():
    assert GovukForm.default_renderer is GovukRenderer
    assert forms.Form().renderer.__class__ is not GovukRenderer
