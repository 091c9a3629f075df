"""Goals people set themselves."""

from django import forms

from govuk.forms import DateField, GovukForm, RadioSelect, Select
from learning.skills import current_skills

from .fields import BROKEN, DurationField, skill_options


def replaces_field():
    """The key of the goal that the form was shown with; empty for none."""
    return forms.IntegerField(
        required=False,
        min_value=1,
        max_value=2**63 - 1,
        widget=forms.HiddenInput(attrs={"autocomplete": "off"}),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), BROKEN),
    )


class MinutesGoalForm(GovukForm):
    minutes_a_month = DurationField(
        label="Time a month",
        help_text="In minutes, such as 120, or as 2h",
        error_messages={"required": "Enter how much time a month you want to learn"},
    )
    replaces = replaces_field()


class GoalSkillForm(GovukForm):
    """Which skill a new goal is about."""

    skill = forms.TypedChoiceField(
        label="Which skill do you want to reach a level of?",
        coerce=int,
        widget=Select(),
        error_messages={
            "required": "Select a skill",
            "invalid_choice": "Select a skill from the list",
        },
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        options = skill_options(current_skills())
        self.fields["skill"].choices = [("", "Choose a skill"), *options[1:]]


class LevelGoalForm(GovukForm):
    """The level and the day; `scale` holds the names of the levels, from level 1 up."""

    level = forms.TypedChoiceField(
        label="Which level do you want to reach?",
        coerce=int,
        widget=RadioSelect(label_size="m"),
        error_messages={
            "required": "Select the level you want to reach",
            "invalid_choice": "Select a level from the list",
        },
    )
    reach_by = DateField(
        label="Reach it by",
        future_only=True,
        help_text="For example, 31 3 2027",
        error_messages={"required": "Enter the date by which you want to reach it"},
    )
    replaces = replaces_field()

    def __init__(self, *args, scale, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["level"].choices = [
            (str(value), name) for value, name in enumerate(scale, start=1)
        ]
