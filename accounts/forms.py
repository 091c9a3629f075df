"""Forms about people, posts, grants and units.

Each takes `by`, the person who fills it in: what they may choose lies within their scope, and
anything else is refused in the same words as what does not exist.
"""

from django import forms
from django.utils import timezone

from accounts.models import Grade, Post, Unit, User
from accounts.permissions import (
    EVERYWHERE_KINDS,
    GrantKind,
    Permission,
    in_words,
    may_everywhere,
)
from govuk.forms import (
    CheckboxInput,
    DateField,
    EmailInput,
    GovukForm,
    RadioSelect,
    Select,
    TextInput,
)

NO_BREAK_SPACE = "\u00a0"


class UnitField(forms.ModelChoiceField):
    """A choice among the units where `by` has the permission, each set in below its parent."""

    widget = Select

    def __init__(self, **kwargs):
        super().__init__(queryset=Unit.objects.none(), to_field_name="slug", **kwargs)

    def label_from_instance(self, unit):
        return f"{NO_BREAK_SPACE * 3 * unit.depth}{unit.name}"


class PeopleSearchForm(GovukForm):
    q = forms.CharField(
        label="Name or email address",
        max_length=200,
        required=False,
        widget=TextInput(width="two-thirds"),
    )
    unit = UnitField(label="Unit and all below it", required=False, empty_label="Any unit")
    closed = forms.BooleanField(
        label="Show closed accounts", required=False, widget=CheckboxInput(small=True)
    )

    def __init__(self, data, *, by):
        super().__init__(data)
        self.fields["unit"].queryset = Unit.objects.where(by, Permission.MANAGE_ORGANISATION)

    def search(self, people):
        """Those of `people` that the valid fields ask for."""
        asked = self.cleaned_data if self.is_bound and not self.errors else {}
        return people.search(
            words=asked.get("q", ""), unit=asked.get("unit"), closed=asked.get("closed", False)
        )


class PostForm(GovukForm):
    """A post: where, at which grade, managed by whom, from which day."""

    unit = UnitField(label="Unit", empty_label="Select a unit")
    grade = forms.ChoiceField(
        label="Grade",
        choices=[("", "Select a grade"), *Grade.choices],
        error_messages={"required": "Select a grade"},
        widget=Select,
    )
    line_manager = forms.EmailField(
        label="Line manager’s email address",
        help_text="Leave empty for somebody without a line manager. "
        "The line manager can read what the person submits.",
        max_length=254,
        required=False,
        widget=EmailInput(width="two-thirds"),
    )
    started_on = DateField(
        label="First day in the post",
        past_only=True,
        error_messages={"required": "Enter the first day in the post"},
    )

    def __init__(self, data=None, *, by, person=None, initial=None):
        self.by, self.person = by, person
        self.post = person.current_post if person else None
        if self.post is not None:
            initial = {
                "unit": self.post.unit.slug,
                "grade": self.post.grade,
                "line_manager": self.post.line_manager.email if self.post.line_manager else "",
            }
        super().__init__(data, initial={"started_on": timezone.localdate(), **(initial or {})})
        self.fields["unit"].queryset = Unit.objects.where(by, Permission.MANAGE_ORGANISATION)
        self.fields["unit"].error_messages["required"] = "Select a unit"

    def clean_line_manager(self):
        email = self.cleaned_data["line_manager"].lower()
        if not email:
            return None
        known = self.post and self.post.line_manager
        if known and known.email == email:
            return known
        people = User.objects.visible_to(self.by).active().filter(email=email)
        manager = people.filter(pk__in=Post.objects.current().values("person")).first()
        if manager is None:
            raise forms.ValidationError(
                "Enter the email address of somebody with a post in your part of the organisation"
            )
        return manager

    def clean(self):
        facts = ("unit", "grade", "line_manager")
        if (
            self.post is not None
            and not self.errors
            and all(self.cleaned_data[fact] == getattr(self.post, fact) for fact in facts)
        ):
            self.add_error(
                "unit", "Change the unit, the grade or the line manager: all three are as before"
            )
        return self.cleaned_data


class AddPersonForm(PostForm):
    full_name = forms.CharField(
        label="Full name",
        max_length=200,
        error_messages={"required": "Enter their full name"},
        widget=TextInput(width="two-thirds"),
    )
    email = forms.EmailField(
        label="Work email address",
        help_text="They sign in with it. We send a message that leads them to choose a password.",
        max_length=254,
        error_messages={"required": "Enter their work email address"},
        widget=EmailInput(width="two-thirds"),
    )
    field_order = ["full_name", "email"]


class CloseAccountForm(GovukForm):
    last_day = DateField(
        label="Last day in the post",
        help_text="The account is closed as soon as you confirm, whatever the day.",
        past_only=True,
        error_messages={"required": "Enter the last day in the post"},
    )

    def __init__(self, data=None):
        super().__init__(data, initial={"last_day": timezone.localdate()})


class GrantForm(GovukForm):
    kind = forms.ChoiceField(
        label="What they become",
        error_messages={"required": "Select what they become"},
        widget=RadioSelect(
            hints={
                kind: f"May {in_words(kind)}"
                + (", everywhere" if kind in EVERYWHERE_KINDS else ", in one unit and all below it")
                for kind in GrantKind
            }
        ),
    )
    unit = UnitField(
        label="For which unit",
        required=False,
        empty_label="Select a unit",
    )

    def __init__(self, data=None, *, by):
        super().__init__(data)
        self.fields["unit"].queryset = Unit.objects.where(by, Permission.MANAGE_GRANTS)
        gives_everywhere = may_everywhere(by, Permission.MANAGE_GRANTS)
        self.fields["kind"].choices = [
            (kind, label)
            for kind, label in GrantKind.choices
            if gives_everywhere or kind not in EVERYWHERE_KINDS
        ]
        if gives_everywhere:
            hint = "A framework editor and a system administrator need none."
            self.fields["unit"].help_text = hint

    def clean(self):
        kind = self.cleaned_data.get("kind")
        if kind in EVERYWHERE_KINDS:
            self.cleaned_data["unit"] = None
        elif kind and not self.errors and self.cleaned_data.get("unit") is None:
            self.add_error("unit", "Select the unit in which they may do this")
        return self.cleaned_data


class UnitForm(GovukForm):
    name = forms.CharField(
        label="Name of the unit",
        max_length=200,
        error_messages={"required": "Enter the name of the unit"},
        widget=TextInput(width="two-thirds"),
    )
