"""Fields that several forms share."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from govuk.forms import CheckboxSelectMultiple, Select, TextInput
from learning.durations import duration_words, minutes_from
from learning.models.resources import MOST_MINUTES
from learning.skills import current_skills

BROKEN = "A hidden part of this page was changed. Go back, reload the page and try again"


class DurationField(forms.CharField):
    """Minutes, written as people do: "90", "1h 30m", "1:30"."""

    def __init__(self, **kwargs):
        kwargs.setdefault("widget", TextInput(width=5))
        super().__init__(max_length=40, **kwargs)

    def prepare_value(self, value):
        return str(value) if isinstance(value, int) else value

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        label = self.label.removesuffix(" (optional)")
        try:
            minutes = minutes_from(text)
        except ValueError:
            raise ValidationError(
                f"{label} must be minutes, such as 90, or hours and minutes, such as 1h 30m"
            ) from None
        if not 1 <= minutes <= MOST_MINUTES:
            raise ValidationError(
                f"{label} must be from 1 minute to {duration_words(MOST_MINUTES)}"
            )
        return minutes


class LinkField(forms.CharField):
    """An http or https address; what is typed without a scheme is taken as https."""

    def __init__(self, **kwargs):
        kwargs.setdefault("widget", TextInput(attrs={"inputmode": "url", "spellcheck": "false"}))
        super().__init__(max_length=500, **kwargs)

    def clean(self, value):
        text = (value or "").strip()
        if text and "://" not in text:
            text = f"https://{text}"
        text = super().clean(text)
        if text:
            try:
                URLValidator(schemes=["http", "https"])(text)
            except ValidationError:
                raise ValidationError(
                    "Enter a link in the correct format, like https://www.example.com"
                ) from None
        return text


def skill_options(versions):
    return options_by_framework(versions, key="skill_id", empty="No other skill")


def options_by_framework(versions, *, key, empty):
    """Choices for a select, grouped by framework, with an empty one that says `empty`."""
    groups = {}
    for version in versions:
        groups.setdefault(version.release.framework.name, []).append(
            (str(getattr(version, key)), version.name)
        )
    return [("", empty), *groups.items()]


class SkillsMixin:
    """Two fields for skills: those at hand as checkboxes, and any other from a list.

    `at_hand` maps skill ids to names: what the person's role needs and what is chosen already.
    """

    skills_label = "Skills it was for (optional)"

    def add_skill_fields(self, at_hand):
        versions = list(current_skills())
        if at_hand:
            self.fields["skills"] = forms.TypedMultipleChoiceField(
                label=self.skills_label,
                choices=[(str(pk), name) for pk, name in at_hand.items()],
                coerce=int,
                required=False,
                widget=CheckboxSelectMultiple(small=True),
                error_messages={"invalid_choice": "Select skills from the list"},
            )
        self.fields["other_skill"] = forms.TypedChoiceField(
            label="Another skill (optional)" if at_hand else self.skills_label,
            choices=skill_options(v for v in versions if v.skill_id not in at_hand),
            coerce=int,
            empty_value=None,
            required=False,
            widget=Select(),
            error_messages={"invalid_choice": "Select a skill from the list"},
        )

    def chosen_skill_ids(self):
        ids = set(self.cleaned_data.get("skills") or ())
        if self.cleaned_data.get("other_skill"):
            ids.add(self.cleaned_data["other_skill"])
        return ids
