"""Setting assignments and changing their due date."""

import datetime
import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from assessments.models import Role, Skill
from govuk.forms import (
    CheckboxInput,
    CheckboxSelectMultiple,
    DateField,
    GovukForm,
    RadioSelect,
    Select,
    Textarea,
    TextInput,
)
from learning.audience import posts_for
from learning.models import Assignment
from learning.skills import current_roles, current_skills

from .fields import BROKEN, LinkField, options_by_framework

MOST_NAMED = 200
LONGEST_DAYS = 2 * 366
Audience = Assignment.Audience
NOT_IN_LIST = {"invalid_choice": "Select an option from the list"}


class PlaceSearchForm(GovukForm):
    q = forms.CharField(
        label="Find a unit by name", required=False, max_length=100, widget=TextInput(width=20)
    )


class DueDateField(DateField):
    """A day from today to two years ahead."""

    def __init__(self, **kwargs):
        super().__init__(label="Due date", future_only=True, **kwargs)

    def validate(self, value):
        super().validate(value)
        if value and value > timezone.localdate() + datetime.timedelta(days=LONGEST_DAYS):
            self.fail("Due date must be within two years", ["year"])


class AssignmentForm(GovukForm):
    """What to learn, for whom in one place, why and by when.

    `place` is an unsaved Assignment that has only its unit or team; `resources` are those that
    may be chosen. A team's people are ticked; a unit's are named by their e-mail addresses.
    """

    audience = forms.ChoiceField(
        label="Who is asked?",
        choices=Audience.choices,
        widget=RadioSelect(
            label_size="m",
            hints={
                Audience.BELOW_TARGET: "You are not shown who they are, or how many. Select a "
                "skill below.",
            },
            conditional={Audience.NAMED: "people"},
        ),
        error_messages={"required": "Select who is asked", **NOT_IN_LIST},
    )
    people = forms.CharField(required=False)
    skill = forms.ModelChoiceField(
        queryset=Skill.objects.none(),
        label="Skill (optional, unless you ask people below target)",
        required=False,
        widget=Select(),
        error_messages={"invalid_choice": "Select a skill from the list"},
    )
    role = forms.ModelChoiceField(
        queryset=Role.objects.none(),
        label="Only people with this role (optional)",
        required=False,
        widget=Select(),
        error_messages={"invalid_choice": "Select a role from the list"},
    )
    resource = forms.ModelChoiceField(
        queryset=None,
        label="What to learn from: something from the catalogue",
        help_text="Or leave this empty and fill in the title below.",
        empty_label="Nothing from the catalogue",
        required=False,
        widget=Select(),
        error_messages={"invalid_choice": "Select a resource from the list"},
    )
    title = forms.CharField(
        label="Or something else: its title",
        required=False,
        max_length=200,
        widget=TextInput(),
        error_messages={"max_length": "Title must be 200 characters or fewer"},
    )
    description = forms.CharField(
        label="What to do (optional, with a title)",
        required=False,
        max_length=2000,
        widget=Textarea(rows=4),
        error_messages={"max_length": "What to do must be 2,000 characters or fewer"},
    )
    link = LinkField(label="Link (optional, with a title)", required=False)
    reason = forms.CharField(
        label="Why you ask for it",
        help_text="Everybody who is asked reads this.",
        max_length=1000,
        widget=Textarea(rows=3),
        error_messages={
            "required": "Enter why you ask for it",
            "max_length": "Why you ask for it must be 1,000 characters or fewer",
        },
    )
    due_on = DueDateField(
        help_text="People are reminded 7 days before and 1 day after.",
        error_messages={"required": "Enter the due date"},
    )
    offered_also_later = forms.BooleanField(
        label="Until the due date, ask people too who join or fall below target later",
        required=False,
        widget=CheckboxInput(),
    )
    form_key = forms.UUIDField(
        widget=forms.HiddenInput(attrs={"autocomplete": "off"}),
        error_messages=dict.fromkeys(("required", "invalid"), BROKEN),
    )

    def __init__(self, *args, place, resources, **kwargs):
        super().__init__(*args, **kwargs)
        self.place = place
        self.fields["people"] = self._people_field()
        for name, model, versions, empty in (
            ("skill", Skill, current_skills(), "No skill"),
            ("role", Role, current_roles(), "Any role"),
        ):
            field = self.fields[name]
            field.queryset = model.objects.filter(pk__in=versions.order_by().values(name))
            field.widget.choices = options_by_framework(versions, key=f"{name}_id", empty=empty)
        self.fields["resource"].queryset = resources

    def _people_field(self):
        """Checkboxes of a team's people; for a unit, a text with their addresses."""
        if self.place.team_of_id is None:
            return forms.CharField(
                label="Their email addresses, one a line",
                required=False,
                max_length=MOST_NAMED * 255,
                widget=Textarea(rows=4),
            )
        posts = posts_for(self.place).select_related("person").order_by("person__full_name")
        self.team = {str(post.person.public_id): post.person for post in posts}
        return forms.MultipleChoiceField(
            label="People in the team",
            choices=[(key, person.full_name) for key, person in self.team.items()],
            required=False,
            widget=CheckboxSelectMultiple(small=True),
            error_messages={"invalid_choice": "Select people from the list"},
        )

    def clean_people(self):
        """The people named, as a list; none are read unless people are named."""
        if self.cleaned_data.get("audience") != Audience.NAMED:
            return []
        given = self.cleaned_data["people"]
        if not given:
            raise ValidationError("Name at least one person")
        if self.place.team_of_id is not None:
            return [self.team[key] for key in given]
        wanted = sorted({word.strip(",;").lower() for word in given.split()} - {""})
        if len(wanted) > MOST_NAMED:
            raise ValidationError(f"Name {MOST_NAMED} people or fewer: ask everyone instead")
        people = User.objects.filter(
            email__in=wanted, pk__in=posts_for(self.place).values("person")
        )
        found = {person.email: person for person in people}
        if unknown := [address for address in wanted if address not in found]:
            shown = ", ".join(unknown[:5]) + (" and others" if len(unknown) > 5 else "")
            raise ValidationError(f"Nobody in {self.place.unit} has the email address {shown}")
        return list(found.values())

    def clean(self):
        cleaned = super().clean()
        audience = cleaned.get("audience")
        if (
            audience == Audience.BELOW_TARGET
            and not cleaned.get("skill")
            and "skill" not in self.errors
        ):
            self.add_error("skill", "Select the skill in which people are below target")
        if audience == Audience.NAMED:
            cleaned["role"], cleaned["offered_also_later"] = None, False
        self._check_what(cleaned)
        return cleaned

    def _check_what(self, cleaned):
        """Exactly one of a resource and a title; what goes with a title needs one."""
        if {"resource", "title"} & self.errors.keys():
            return
        if cleaned.get("resource"):
            for name in ("title", "description", "link"):
                if cleaned.get(name):
                    self.add_error(
                        name, "Leave this empty, or select nothing from the catalogue above"
                    )
        elif not cleaned.get("title"):
            self.add_error("resource", "Select something from the catalogue, or enter a title")

    def values(self):
        """The assignment's fields, and the people named, as the service takes them."""
        return {"unit": self.place.unit, "team_of": self.place.team_of, **self.cleaned_data}


class DueDateForm(GovukForm):
    due_on = DueDateField(error_messages={"required": "Enter the due date"})


def blank_initial():
    return {"form_key": uuid.uuid4(), "offered_also_later": True}


def copy_initial(assignment):
    """A new form's first values from an assignment: all but the people and a date that is past."""
    names = ("audience", "title", "description", "link", "reason", "offered_also_later")
    return blank_initial() | {
        **{name: getattr(assignment, name) for name in names},
        "skill": assignment.skill_id,
        "role": assignment.role_id,
        "resource": assignment.resource_id,
        "due_on": assignment.due_on if assignment.due_on > timezone.localdate() else None,
    }
