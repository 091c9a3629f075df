"""The line manager's answers to one self-assessment, and replies to them."""

import hashlib
import json
import uuid

from django import forms
from django.core.validators import MaxLengthValidator

from assessments.forms.self_assessments import BROKEN
from assessments.models import ReviewAnswer
from assessments.services.reviews import Said
from govuk.forms import CheckboxInput, GovukForm, RadioSelect, Select, Textarea

REASON_MAX_LENGTH = 2000
REPLY_MAX_LENGTH = 2000


def digest(said):
    """A short text that is the same for the same answer: tells what was changed on the page."""
    text = json.dumps([said.kind, said.level, said.reason])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def said_in(answer):
    """What a saved answer says; None says nothing."""
    if answer is None:
        return Said()
    return Said(answer.kind, answer.level, answer.reason, answer.version)


def values_of(rows, *, after, changed=None):
    """The form's values from `ReviewRow`s: what is saved, or what `changed` holds by rating.

    A row of `changed` counts as edited when the form comes back, whatever it then says; so does
    what was drafted about an earlier rating of the same level and is proposed again.
    """
    values = {"after": after}
    for row in rows:
        saved = said_in(row.draft)
        shown = saved
        if changed and row.rating.pk in changed:
            shown = changed[row.rating.pk]
        elif row.draft is None and row.unfinished is not None:
            shown = said_in(row.unfinished)
        name = prefix(row)
        values |= {
            f"{name}-kind": shown.kind,
            f"{name}-level": "" if shown.level is None else str(shown.level),
            f"{name}-reason": shown.reason,
            f"{name}-version": saved.version,
            f"{name}-shown": digest(saved),
        }
    return values


def prefix(row):
    return f"rating-{row.rating.pk}"


class ReviewForm(GovukForm):
    """An answer, which may still be incomplete, for each rating of a self-assessment.

    Each comes with the version of the saved answer and a digest of it, so that only what the
    reader changed is saved and two tabs do not undo each other.
    """

    after = forms.IntegerField(
        min_value=0,
        widget=forms.HiddenInput(attrs={"autocomplete": "off"}),
        error_messages=dict.fromkeys(("required", "invalid", "min_value"), BROKEN),
    )

    def __init__(self, *args, rows, unanswered=0, **kwargs):
        super().__init__(*args, **kwargs)
        self.rows = rows
        for row in rows:
            self._add_fields(row)
        if unanswered:
            skills = "1 skill" if unanswered == 1 else f"{unanswered} skills"
            self.fields["leave_rest"] = forms.BooleanField(
                label=f"Finish without answering {skills}", required=False, widget=CheckboxInput()
            )

    def _add_fields(self, row):
        name, skill = prefix(row), row.skill.name
        rated = row.rating.level is not None
        self.fields[f"{name}-kind"] = forms.ChoiceField(
            label=f"Your answer about {skill}",
            choices=[
                (
                    ReviewAnswer.Kind.AGREE,
                    f"Agree: {row.level_name}" if rated else "Agree that it does not apply",
                ),
                (ReviewAnswer.Kind.OTHER_LEVEL, "I see another level"),
                (ReviewAnswer.Kind.EVIDENCE, "Ask for evidence"),
            ],
            required=False,
            widget=RadioSelect(
                small=True,
                label_size="s",
                conditional={ReviewAnswer.Kind.OTHER_LEVEL: f"{name}-level"},
            ),
            error_messages={"invalid_choice": "Select an answer from the list"},
        )
        self.fields[f"{name}-level"] = forms.ChoiceField(
            label=f"The level you see in {skill}",
            choices=[
                ("", "Select a level"),
                *((str(v), text) for v, text in row.levels if v != row.rating.level),
            ],
            required=False,
            widget=Select(),
            error_messages={"invalid_choice": "Select a level from the list"},
        )
        self.fields[f"{name}-reason"] = forms.CharField(
            label=f"Your reason or question about {skill}",
            required=False,
            # Without `max_length`, which would print a counter below each of many small boxes.
            validators=[
                MaxLengthValidator(
                    REASON_MAX_LENGTH,
                    f"Your reason or question about {skill} must be "
                    f"{REASON_MAX_LENGTH:,} characters or fewer",
                )
            ],
            widget=Textarea(rows=2),
        )
        self.fields[f"{name}-version"] = forms.IntegerField(
            min_value=0,
            max_value=2**31 - 1,
            widget=forms.HiddenInput(attrs={"autocomplete": "off"}),
            error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), BROKEN),
        )
        self.fields[f"{name}-shown"] = forms.CharField(
            required=False, widget=forms.HiddenInput(attrs={"autocomplete": "off"})
        )

    def areas(self):
        """Pairs of an area and its rows, each row with its bound fields, for the template."""
        groups = {}
        for row in self.rows:
            name = prefix(row)
            fields = {part: self[f"{name}-{part}"] for part in ("kind", "reason")}
            hidden = [self[f"{name}-{part}"] for part in ("version", "shown")]
            groups.setdefault(row.skill.area, []).append((row, fields, hidden))
        return groups.items()

    def said(self, row):
        """What the form says about a row, once valid."""
        name, cleaned = prefix(row), self.cleaned_data
        kind, level = cleaned[f"{name}-kind"], cleaned[f"{name}-level"]
        is_level = kind == ReviewAnswer.Kind.OTHER_LEVEL
        return Said(
            kind=kind,
            # Chosen under an option that is no longer chosen: not part of the answer.
            level=int(level) if is_level and level else None,
            reason=cleaned[f"{name}-reason"].replace("\r\n", "\n"),
            version=cleaned[f"{name}-version"],
        )

    def changed_answers(self):
        """A `Said` by rating for each row that is not as it was shown."""
        found = {}
        for row in self.rows:
            said = self.said(row)
            if digest(said) != self.cleaned_data[f"{prefix(row)}-shown"]:
                found[row.rating.pk] = said
        return found


class ReplyForm(GovukForm):
    reply = forms.CharField(
        label="Your reply",
        max_length=REPLY_MAX_LENGTH,
        widget=Textarea(rows=4, label_size="m"),
        error_messages={
            "required": "Enter your reply",
            "max_length": f"Your reply must be {REPLY_MAX_LENGTH:,} characters or fewer",
        },
    )
    form_key = forms.UUIDField(
        widget=forms.HiddenInput(attrs={"autocomplete": "off"}),
        error_messages=dict.fromkeys(("required", "invalid"), BROKEN),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, initial={"form_key": uuid.uuid4()}, **kwargs)

    def clean_reply(self):
        return self.cleaned_data["reply"].replace("\r\n", "\n")
