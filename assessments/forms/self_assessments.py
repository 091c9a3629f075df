"""The answer about one skill, and the last word before submitting."""

from django import forms

from assessments.models import DraftAnswer
from assessments.reading import NOT_APPLICABLE, NOT_YET
from govuk.forms import CheckboxInput, GovukForm, RadioSelect, Textarea, TextInput

# What the radios send for the third answer; levels send their number.
NOT_APPLICABLE_VALUE = "na"
EVIDENCE_MAX_LENGTH = 2000
BROKEN = "A hidden part of this page was changed. Go back, reload the page and try again"


class AnswerForm(GovukForm):
    """One person's answer about one skill.

    With `partial` the level may be missing: what is saved while somebody still types.
    """

    level = forms.ChoiceField(
        label="Which level describes you best?",
        required=False,
        widget=RadioSelect(label_size="m", hint_template="assessments/components/level_hint.html"),
        error_messages={"invalid_choice": "Select a level from the list"},
    )
    not_applicable_reason = forms.CharField(
        label="Why does this skill not apply to your work?",
        required=False,
        max_length=500,
        widget=TextInput(),
        error_messages={"max_length": "The reason must be 500 characters or fewer"},
    )
    no_opportunity = forms.BooleanField(
        label="I have had no opportunity to show this yet",
        required=False,
        widget=CheckboxInput(),
        help_text="Choose this as well as a level, if you could do it but your work has not asked "
        "for it.",
    )
    evidence = forms.CharField(
        label="Evidence (optional)",
        required=False,
        max_length=EVIDENCE_MAX_LENGTH,
        widget=Textarea(rows=6, label_size="m"),
        help_text="What have you done that shows this level? One or two examples are enough. "
        "Leave out names and anything confidential.",
        error_messages={
            "max_length": f"Evidence must be {EVIDENCE_MAX_LENGTH:,} characters or fewer"
        },
    )
    confidence = forms.ChoiceField(
        label="How sure are you of this level? (optional)",
        required=False,
        choices=[*DraftAnswer.Confidence.choices, ("", "I would rather not say")],
        widget=RadioSelect(label_size="m", inline=True),
        error_messages={"invalid_choice": "Select low, medium, high or “I would rather not say”"},
    )
    version = forms.IntegerField(
        min_value=0,
        max_value=2**31 - 1,
        # A browser that goes back must show the version the page came with, not an older one.
        widget=forms.HiddenInput(attrs={"autocomplete": "off"}),
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), BROKEN),
    )

    def __init__(self, *args, options, partial=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.partial = partial
        level = self.fields["level"]
        level.choices = [
            ("0", NOT_YET),
            *((str(option.value), option.name) for option in options),
            (NOT_APPLICABLE_VALUE, NOT_APPLICABLE),
        ]
        level.widget.hints = {
            "0": {"description": "No level below describes you yet."},
            **{str(option.value): option for option in options},
            NOT_APPLICABLE_VALUE: {"description": "Your work does not involve this at all."},
        }
        level.widget.dividers = {NOT_APPLICABLE_VALUE: "or"}
        level.widget.conditional = {NOT_APPLICABLE_VALUE: "not_applicable_reason"}

    def clean(self):
        cleaned = super().clean()
        if "level" in self.errors:
            return cleaned
        level = cleaned["level"]
        if not level and not self.partial:
            self.add_error("level", "Select your level, “Not yet” or “Not applicable”")
        elif level == NOT_APPLICABLE_VALUE and not (
            cleaned.get("not_applicable_reason") or "not_applicable_reason" in self.errors
        ):
            self.add_error("not_applicable_reason", "Enter why this skill does not apply to you")
        return cleaned

    def values(self):
        """The answer's fields as the service takes them."""
        cleaned = self.cleaned_data
        not_applicable = cleaned["level"] == NOT_APPLICABLE_VALUE
        level = None if not_applicable or not cleaned["level"] else int(cleaned["level"])
        return {
            "level": level,
            "not_applicable": not_applicable,
            # Typed under an option that is no longer chosen: not part of the answer.
            "not_applicable_reason": cleaned["not_applicable_reason"] if not_applicable else "",
            "no_opportunity": cleaned["no_opportunity"] and not not_applicable,
            "confidence": "" if not_applicable else cleaned["confidence"],
            "evidence": cleaned["evidence"],
        }


def answer_initial(answer):
    """A form's first values from a saved answer; None gives those of an unanswered skill."""
    if answer is None:
        return {"version": 0}
    level = NOT_APPLICABLE_VALUE if answer.not_applicable else answer.level
    return {
        "level": "" if level is None else str(level),
        "not_applicable_reason": answer.not_applicable_reason,
        "no_opportunity": answer.no_opportunity,
        "confidence": answer.confidence,
        "evidence": answer.evidence,
        "version": answer.version,
    }


class SubmitForm(GovukForm):
    """What somebody agrees to when they submit.

    `shown_manager` is the public id of the line manager the page named; empty for none.
    """

    shown_manager = forms.UUIDField(
        required=False, widget=forms.HiddenInput(), error_messages={"invalid": BROKEN}
    )

    def __init__(self, *args, unanswered, **kwargs):
        super().__init__(*args, **kwargs)
        if unanswered:
            skills = "1 skill" if unanswered == 1 else f"{unanswered} skills"
            self.fields["leave_unrated"] = forms.BooleanField(
                label=f"Submit without rating {skills}",
                widget=CheckboxInput(),
                error_messages={
                    "required": f"Rate the {skills} left, or confirm that you want to submit "
                    "without rating them"
                },
            )
