"""The answer about one skill or about an area's, and the last word before submitting."""

from dataclasses import dataclass

from django import forms

from assessments.models import DraftAnswer
from assessments.reading import NOT_APPLICABLE, NOT_YET
from govuk.forms import (
    CheckboxInput,
    CheckboxSelectMultiple,
    GovukForm,
    RadioSelect,
    Textarea,
    TextInput,
)

# What the radios send for the third answer; levels send their number.
NOT_APPLICABLE_VALUE = "na"
EVIDENCE_MAX_LENGTH = 2000
BROKEN = "A hidden part of this page was changed. Go back, reload the page and try again"


class VersionField(forms.IntegerField):
    """The hidden version of what a form shows, 0 for nothing saved yet."""

    def __init__(self, **kwargs):
        super().__init__(
            min_value=0,
            max_value=2**31 - 1,
            # A browser that goes back must show the version the page came with, not an older one.
            widget=forms.HiddenInput(attrs={"autocomplete": "off"}),
            error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), BROKEN),
            **kwargs,
        )


class AnswerForm(GovukForm):
    """One person's answer about one skill.

    With `partial` the level may be missing: what is saved while somebody still types. With a
    `suggestion` from ticked statements, another level than that needs a reason.
    """

    level = forms.ChoiceField(
        label="Which level describes you best?",
        required=False,
        widget=RadioSelect(label_size="m", hint_template="assessments/components/level_hint.html"),
        error_messages={"invalid_choice": "Select a level from the list"},
    )
    override_reason = forms.CharField(
        label="Why does another level describe you better?",
        required=False,
        max_length=500,
        widget=TextInput(),
        error_messages={"max_length": "The reason must be 500 characters or fewer"},
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
    version = VersionField()

    def __init__(self, *args, options, partial=False, suggestion=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.partial, self.suggested = partial, None
        level = self.fields["level"]
        level.choices = level_choices(options)
        if suggestion is not None and suggestion.level is not None:
            self.suggested = str(suggestion.level)
            name = dict(level.choices)[self.suggested]
            self.fields[
                "override_reason"
            ].help_text = f"Only if you choose another level than {name}. A few words are enough."
            if not self.initial.get("level"):
                self.initial["level"] = self.suggested
        else:
            del self.fields["override_reason"]
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
        elif self._overrides(level) and not (
            cleaned.get("override_reason") or "override_reason" in self.errors
        ):
            self.add_error("override_reason", "Enter why another level describes you better")
        return cleaned

    def _overrides(self, level):
        """Whether a level is chosen that is not the one suggested."""
        return self.suggested is not None and level not in {
            "",
            self.suggested,
            NOT_APPLICABLE_VALUE,
        }

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
            "override_reason": cleaned["override_reason"]
            if self._overrides(cleaned["level"])
            else "",
        }


def level_choices(options):
    """Radios for a level: not yet, each level described, not applicable."""
    return [
        ("0", NOT_YET),
        *((str(option.value), option.name) for option in options),
        (NOT_APPLICABLE_VALUE, NOT_APPLICABLE),
    ]


def level_value(answer):
    """What the radios send for an answer; empty without one."""
    if answer is None:
        return ""
    level = NOT_APPLICABLE_VALUE if answer.not_applicable else answer.level
    return "" if level is None else str(level)


def answer_initial(answer):
    """A form's first values from a saved answer; None gives those of an unanswered skill."""
    if answer is None:
        return {"version": 0}
    return {
        "level": level_value(answer),
        "not_applicable_reason": answer.not_applicable_reason,
        "no_opportunity": answer.no_opportunity,
        "confidence": answer.confidence,
        "evidence": answer.evidence,
        "override_reason": answer.override_reason,
        "version": answer.version,
    }


class TickForm(GovukForm):
    """The statements somebody ticks as true of them, level by level.

    One group of checkboxes for each level that has statements: field `level-<n>`.
    """

    version = VersionField()

    def __init__(self, *args, options, **kwargs):
        super().__init__(*args, **kwargs)
        self.groups = []
        for option in options:
            if not option.statements:
                continue
            name = f"level-{option.value}"
            self.fields[name] = forms.MultipleChoiceField(
                label=option.name,
                required=False,
                choices=[(str(one.pk), sentence(one.text)) for one in option.statements],
                widget=CheckboxSelectMultiple(label_size="m"),
                error_messages={
                    "invalid_choice": "These statements have changed. Reload the page and try again"
                },
            )
            self.groups.append(name)

    def ticked(self):
        """Keys of the statements ticked."""
        return {int(key) for name in self.groups for key in self.cleaned_data[name]}


def sentence(text):
    """A statement as a sentence of its own: it continues "You can"."""
    return f"I can {text}"


def tick_initial(options, ticked, version):
    """A tick form's first values."""
    return {"version": version} | {
        f"level-{option.value}": [str(one.pk) for one in option.statements if one.pk in ticked]
        for option in options
    }


class AreaForm(GovukForm):
    """Levels of all skills of one area: fields `<slug>-level`, `-reason`, `-version`, `-shown`.

    `-shown` is the answer the page showed when it was opened: a skill that is as it was shown has
    not been touched here, whatever has happened to it elsewhere since.
    """

    def __init__(self, *args, tasks, options, **kwargs):
        super().__init__(*args, **kwargs)
        for task in tasks:
            slug, answer = task.skill.skill.slug, task.answer
            level = level_value(answer)
            self.fields[f"{slug}-level"] = forms.ChoiceField(
                label=task.skill.name,
                required=False,
                choices=level_choices(options[task.skill.pk][0]),
                initial=level,
                widget=RadioSelect(
                    label_size="m",
                    small=True,
                    attrs={"data-level-key": ""},
                    conditional={NOT_APPLICABLE_VALUE: f"{slug}-reason"},
                ),
                error_messages={"invalid_choice": "Select a level from the list"},
            )
            self.fields[f"{slug}-reason"] = forms.CharField(
                label="Why does this skill not apply to your work?",
                required=False,
                max_length=500,
                initial=answer.not_applicable_reason if answer else "",
                widget=TextInput(),
                error_messages={"max_length": "The reason must be 500 characters or fewer"},
            )
            self.fields[f"{slug}-version"] = VersionField(initial=answer.version if answer else 0)
            self.fields[f"{slug}-shown"] = forms.CharField(
                required=False,
                strip=False,
                max_length=600,
                initial=shown_value(level, answer.not_applicable_reason if answer else ""),
                widget=forms.HiddenInput(attrs={"autocomplete": "off"}),
                error_messages={"max_length": BROKEN},
            )

    def clean(self):
        cleaned = super().clean()
        for name in [name for name in self.fields if name.endswith("-level")]:
            slug = name.removesuffix("-level")
            reason = f"{slug}-reason"
            if cleaned.get(name) == NOT_APPLICABLE_VALUE and not (
                cleaned.get(reason) or reason in self.errors
            ):
                self.add_error(reason, "Enter why this skill does not apply to you")
        return cleaned

    def answer_to(self, slug):
        """What is answered about a skill, as the service takes it; None where that is nothing.

        Nothing, too, where the skill's fields have errors.
        """
        names = [f"{slug}-{part}" for part in ("level", "reason", "version", "shown")]
        if any(name in self.errors for name in names):
            return None
        level, reason, version, shown = (self.cleaned_data[name] for name in names)
        if not level:
            return None
        not_applicable = level == NOT_APPLICABLE_VALUE
        return AreaAnswer(
            version=version,
            is_as_shown=shown_value(level, reason) == shown,
            values={
                "level": None if not_applicable else int(level),
                "not_applicable": not_applicable,
                "not_applicable_reason": reason if not_applicable else "",
            },
        )


def shown_value(level, reason):
    """An answer on the page of its area as one text, to tell whether it was touched."""
    return f"{level}:{reason}" if level == NOT_APPLICABLE_VALUE else level


@dataclass(frozen=True)
class AreaAnswer:
    """One skill's answer on the page of its area."""

    version: int
    is_as_shown: bool
    values: dict


class SubmitForm(GovukForm):
    """What somebody agrees to when they submit.

    `shown_manager` is the public id of the line manager the page named; empty for none.
    `carried` answers are those of last time that nobody asks again: they are confirmed here.
    """

    shown_manager = forms.UUIDField(
        required=False, widget=forms.HiddenInput(), error_messages={"invalid": BROKEN}
    )

    def __init__(self, *args, unanswered, carried=0, **kwargs):
        super().__init__(*args, **kwargs)
        if carried:
            answers = "1 answer" if carried == 1 else f"{carried} answers"
            self.fields["confirm_carried"] = forms.BooleanField(
                label=f"My {answers} from last time {'is' if carried == 1 else 'are'} still right",
                widget=CheckboxInput(),
                error_messages={
                    "required": f"Confirm that your {answers} from last time "
                    f"{'is' if carried == 1 else 'are'} still right, or change them"
                },
            )
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
