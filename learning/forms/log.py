"""A log entry, quick or in full."""

import datetime
import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from assessments.models import Skill
from govuk.forms import DateField, GovukForm, RadioSelect, Select, Textarea, TextInput
from learning.models import LogEntry, Resource

from .fields import BROKEN, DurationField, LinkField, SkillsMixin

EARLIEST_DAY = datetime.date(1970, 1, 1)
HIDDEN = {"autocomplete": "off"}
# What the page shows at once; the rest stands behind "Add more".
QUICK_FIELDS = ("title", "done_on", "duration_minutes", "time")


class LogEntryForm(SkillsMixin, GovukForm):
    """Four things to say, the rest optional.

    `resources` are those the person may refer to, `assigned` the assignments it may belong to.
    `form_key` goes with each rendered form.
    """

    title = forms.CharField(
        label="What you did",
        max_length=200,
        widget=TextInput(),
        error_messages={
            "required": "Enter what you did",
            "max_length": "What you did must be 200 characters or fewer",
        },
    )
    done_on = DateField(
        label="Date",
        past_only=True,
        error_messages={"required": "Enter the date on which you did it"},
    )
    duration_minutes = DurationField(
        label="Time it took",
        help_text="In minutes, such as 45, or as 1h 30m",
        error_messages={"required": "Enter how long it took"},
    )
    time = forms.ChoiceField(
        label="Whose time was it?",
        choices=LogEntry.Time.choices,
        widget=RadioSelect(inline=True),
        error_messages={
            "required": "Select work time or your own time",
            "invalid_choice": "Select work time or your own time",
        },
    )
    kind = forms.ChoiceField(
        label="Kind (optional)",
        choices=[("", "Not given"), *LogEntry.Kind.choices],
        required=False,
        widget=Select(),
        error_messages={"invalid_choice": "Select a kind from the list"},
    )
    link = LinkField(label="Link (optional)", required=False)
    reflection = forms.CharField(
        label="What you took from it (optional)",
        required=False,
        max_length=4000,
        widget=Textarea(rows=4),
        error_messages={"max_length": "What you took from it must be 4,000 characters or fewer"},
    )
    resource = forms.ModelChoiceField(
        queryset=Resource.objects.none(),
        required=False,
        widget=forms.HiddenInput(attrs=HIDDEN),
        error_messages={"invalid_choice": BROKEN},
    )
    assigned = forms.TypedChoiceField(
        label="Assignment it belongs to (optional)",
        help_text="The assignment is done with this entry.",
        coerce=int,
        empty_value=None,
        required=False,
        widget=Select(),
        error_messages={
            "invalid_choice": "This assignment is no longer asked of you. Select another, or none"
        },
    )
    form_key = forms.UUIDField(
        widget=forms.HiddenInput(attrs=HIDDEN),
        error_messages=dict.fromkeys(("required", "invalid"), BROKEN),
    )

    def __init__(self, *args, at_hand, resources, assigned, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["resource"].queryset = resources
        self.asked = {one.assignment_id: one for one in assigned}
        if self.asked:
            self.fields["assigned"].choices = [
                ("", "None"),
                *((str(pk), _named(one.assignment)) for pk, one in self.asked.items()),
            ]
        else:
            del self.fields["assigned"]
        self.add_skill_fields(at_hand)

    def clean_done_on(self):
        done_on = self.cleaned_data["done_on"]
        if done_on < EARLIEST_DAY:
            raise ValidationError(f"Date must be in {EARLIEST_DAY.year} or later")
        return done_on

    @property
    def more_fields(self):
        """The optional fields, in the order to print them."""
        names = ("assigned", "kind", "skills", "other_skill", "link", "reflection")
        return [self[name] for name in names if name in self.fields]

    @property
    def has_more(self):
        """Whether an optional field holds something or has an error, so that it must be seen."""
        return any(field.errors or field.value() for field in self.more_fields)

    def values(self):
        """The entry's fields as the services take them."""
        cleaned = self.cleaned_data
        return {
            **{name: cleaned[name] for name in QUICK_FIELDS},
            "kind": cleaned["kind"],
            "link": cleaned["link"],
            "reflection": cleaned["reflection"],
            "resource": cleaned["resource"],
            "assigned": self.asked.get(cleaned.get("assigned")),
            "skills": list(Skill.objects.filter(pk__in=self.chosen_skill_ids())),
        }


def _named(assignment):
    return f"{assignment}, due on {assignment.due_on:%-d %B %Y}"


class ChangeEntryForm(LogEntryForm):
    """An entry that exists: the version it was shown with stands in for the form's key."""

    form_key = None
    version = forms.IntegerField(
        min_value=1,
        max_value=2**31 - 1,
        widget=forms.HiddenInput(attrs=HIDDEN),
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), BROKEN),
    )


def blank_initial(*, time=""):
    """First values of a new form: today, and the time the person chose last."""
    return {"done_on": timezone.localdate(), "time": time, "form_key": uuid.uuid4()}


def entry_initial(entry):
    """A form's first values from an entry."""
    return {
        "title": entry.title,
        "done_on": entry.done_on,
        "duration_minutes": entry.duration_minutes,
        "time": entry.time,
        "kind": entry.kind,
        "link": entry.link,
        "reflection": entry.reflection,
        "resource": entry.resource_id,
        "skills": [str(skill.pk) for skill in entry.skills.all()],
        "version": entry.version,
    }


class ShareForm(GovukForm):
    """What somebody agrees to when they share: the public id of the manager the page named."""

    shown_manager = forms.UUIDField(
        widget=forms.HiddenInput(attrs=HIDDEN),
        error_messages=dict.fromkeys(("required", "invalid"), BROKEN),
    )
