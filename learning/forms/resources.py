"""Finding, suggesting and deciding on resources."""

import uuid

from django import forms

from govuk.forms import GovukForm, RadioSelect, Select, Textarea, TextInput
from learning.models import Resource

from .fields import BROKEN, DurationField, LinkField, SkillsMixin

LENGTHS = {
    "15": "Up to 15 minutes",
    "60": "Up to 1 hour",
    "240": "Up to half a day (4 hours)",
    "longer": "Longer than half a day",
}
NOT_IN_LIST = {"invalid_choice": "Select an option from the list"}


class SearchForm(GovukForm):
    """What to look for; everything is optional.

    `skills` and `providers` are those that offered resources have; `levels` names the levels.
    """

    q = forms.CharField(label="Search", required=False, max_length=200, widget=TextInput())
    skill = forms.TypedChoiceField(
        label="Skill", required=False, coerce=int, empty_value=None, widget=Select()
    )
    level = forms.TypedChoiceField(
        label="Level",
        required=False,
        coerce=int,
        empty_value=None,
        widget=Select(),
        help_text="Resources that state no level are included.",
    )
    format = forms.ChoiceField(
        label="Format",
        required=False,
        choices=[("", "Any"), *Resource.Format.choices],
        widget=Select(),
    )
    length = forms.ChoiceField(
        label="Length",
        required=False,
        choices=[("", "Any"), *LENGTHS.items()],
        widget=Select(),
        help_text="Leaves out resources that state no length.",
    )
    cost = forms.ChoiceField(
        label="Cost",
        required=False,
        choices=[("", "Any"), (Resource.Cost.FREE, "Free"), (Resource.Cost.PAID, "Costs money")],
        widget=Select(),
        help_text="Leaves out resources that state no cost.",
    )
    provider = forms.ChoiceField(label="Provider", required=False, widget=Select())

    def __init__(self, *args, skills, levels, providers, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["skill"].choices = [("", "Any"), *((str(pk), name) for pk, name in skills)]
        self.fields["level"].choices = [("", "Any"), *levels]
        self.fields["provider"].choices = [("", "Any"), *((name, name) for name in providers)]

    @property
    def is_narrowed(self):
        """Whether a filter besides the words is in use."""
        return any(self[name].value() for name in self.fields if name != "q")


def level_field(label, choices=()):
    return forms.TypedChoiceField(
        label=label,
        required=False,
        coerce=int,
        empty_value=None,
        choices=choices,
        widget=Select(),
        error_messages=NOT_IN_LIST,
    )


class SuggestForm(SkillsMixin, GovukForm):
    skills_label = "Skills it is for"

    title = forms.CharField(label="Title", max_length=200, widget=TextInput())
    url = LinkField(label="Link", error_messages={"required": "Enter the link to it"})
    format = forms.ChoiceField(
        label="Format",
        choices=Resource.Format.choices,
        widget=RadioSelect(small=True),
        error_messages={"required": "Select a format", **NOT_IN_LIST},
    )
    provider = forms.CharField(
        label="Who provides it (optional)",
        required=False,
        max_length=200,
        widget=TextInput(),
        error_messages={"max_length": "Who provides it must be 200 characters or fewer"},
    )
    duration_minutes = DurationField(
        label="How long it takes (optional)",
        required=False,
        help_text="In minutes, such as 45, or as 1h 30m",
    )
    cost = forms.ChoiceField(
        label="Cost (optional)",
        required=False,
        choices=[("", "I do not know"), *Resource.Cost.choices],
        widget=RadioSelect(small=True, inline=True),
        error_messages=NOT_IN_LIST,
    )
    level_from = level_field("From level (optional)")
    level_to = level_field("To level (optional)")
    description = forms.CharField(
        label="Why it is worth the time (optional)",
        required=False,
        max_length=2000,
        widget=Textarea(rows=4),
        error_messages={"max_length": "Why it is worth the time must be 2,000 characters or fewer"},
    )
    form_key = forms.UUIDField(
        widget=forms.HiddenInput(attrs={"autocomplete": "off"}),
        error_messages=dict.fromkeys(("required", "invalid"), BROKEN),
    )

    def __init__(self, *args, at_hand, levels, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("level_from", "level_to"):
            self.fields[name].choices = [("", "Any"), *levels]
        self.add_skill_fields(at_hand)

    def clean(self):
        cleaned = super().clean()
        first, last = cleaned.get("level_from"), cleaned.get("level_to")
        if "level_from" in self.errors or "level_to" in self.errors:
            return cleaned
        if last and not first:
            cleaned["level_from"] = 1
        elif first and not last:
            cleaned["level_to"] = first
        elif first and last and last < first:
            self.add_error("level_to", "To level must be the same as or above from level")
        if not self.errors and not self.chosen_skill_ids():
            first_field = "skills" if "skills" in self.fields else "other_skill"
            self.add_error(first_field, "Select at least one skill it is for")
        return cleaned

    def values(self):
        names = (
            "title",
            "url",
            "format",
            "provider",
            "duration_minutes",
            "cost",
            "level_from",
            "level_to",
            "description",
        )
        return {name: self.cleaned_data[name] for name in names} | {
            "skill_ids": self.chosen_skill_ids(),
            "form_key": self.cleaned_data["form_key"],
        }


def suggest_initial():
    return {"form_key": uuid.uuid4(), "cost": ""}


class DecideForm(GovukForm):
    """Approve for the department or for all, or decline with a reason."""

    decision = forms.ChoiceField(
        label="What do you want to do?",
        widget=RadioSelect(
            label_size="m", conditional={"decline": "reason"}, dividers={"decline": "or"}
        ),
        error_messages={"required": "Select what you want to do", **NOT_IN_LIST},
    )
    reason = forms.CharField(
        label="Why not?",
        help_text="The person who suggested it reads this.",
        required=False,
        max_length=500,
        widget=Textarea(rows=3),
        error_messages={"max_length": "The reason must be 500 characters or fewer"},
    )

    def __init__(self, *args, department, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["decision"].choices = [
            ("department", f"Approve for everybody in {department}"),
            ("all", "Approve for everybody, in every department"),
            ("decline", "Decline"),
        ]

    def clean(self):
        cleaned = super().clean()
        if (
            cleaned.get("decision") == "decline"
            and not cleaned.get("reason")
            and "reason" not in self.errors
        ):
            self.add_error("reason", "Enter why you decline it")
        return cleaned
