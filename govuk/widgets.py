"""Widgets with GOV.UK options. Django's own widgets work too; these can say more."""

import datetime

from django import forms

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
BLANK_CHOICE_LABEL = "---------"  # what Django puts first among a model field's choices


class Look:
    """Options every widget here takes.

    `label_size`: "s", "m", "l" or "xl". `label_is_heading`: the label (or legend) is the page's h1.
    """

    label_size = ""
    label_is_heading = False

    def __init__(self, *args, label_size="", label_is_heading=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.label_is_heading = label_is_heading
        self.label_size = label_size or ("l" if label_is_heading else "")


class Sized(Look):
    """`width`: characters that fit (2, 3, 4, 5, 10, 20, 30), or a share such as "two-thirds"."""

    def __init__(self, *args, width="", prefix="", suffix="", **kwargs):
        super().__init__(*args, **kwargs)
        self.width, self.prefix, self.suffix = width, prefix, suffix

    @property
    def width_class(self):
        if not self.width:
            return ""
        if isinstance(self.width, int):
            return f"govuk-input--width-{self.width}"
        return f"govuk-!-width-{self.width}"


class TextInput(Sized, forms.TextInput):
    pass


class EmailInput(Sized, forms.EmailInput):
    pass


class NumberInput(Sized, forms.NumberInput):
    pass


class PasswordInput(Sized, forms.PasswordInput):
    pass


class Select(Sized, forms.Select):
    pass


class CheckboxInput(Look, forms.CheckboxInput):
    def __init__(self, *args, small=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.small = small


class FileInput(Look, forms.FileInput):
    pass


class Textarea(Look, forms.Textarea):
    def __init__(self, *args, rows=5, **kwargs):
        super().__init__(*args, **kwargs)
        self.attrs["rows"] = rows

    def value_from_datadict(self, data, files, name):
        """Return the text with line ends of one character, as the character count counts them."""
        value = super().value_from_datadict(data, files, name)
        return value.replace("\r\n", "\n") if isinstance(value, str) else value


class WithHints(Look):
    """Choices with a hint under each.

    `hints` maps a choice's value to its hint: text, or anything `hint_template` can print as
    `hint`. `small` makes small controls.
    """

    def __init__(self, *args, hints=None, hint_template="", small=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.hints, self.hint_template, self.small = hints or {}, hint_template, small

    def create_option(self, name, value, *args, **kwargs):
        option = super().create_option(name, value, *args, **kwargs)
        return {**option, "hint": self.entry(self.hints, value)}

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        context["widget"] |= {"small": self.small, "hint_template": self.hint_template}
        return context

    @staticmethod
    def entry(mapping, value):
        """Return a choice's entry; its value may be a number in the code and text in the form."""
        return {str(key): entry for key, entry in mapping.items()}.get(str(value), "")


class RadioSelect(WithHints, forms.RadioSelect):
    """Radios. `dividers` maps a choice's value to the word above it ("or"); `conditional` maps one
    to the name of the form's field that appears under it."""

    def __init__(self, *args, inline=False, dividers=None, conditional=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.inline, self.dividers, self.conditional = inline, dividers or {}, conditional or {}
        self.conditional_html = {}  # filled by the bound field, which knows the form

    def create_option(self, name, value, *args, **kwargs):
        option = super().create_option(name, value, *args, **kwargs)
        return {
            **option,
            "divider": self.entry(self.dividers, value),
            "conditional_html": self.entry(self.conditional_html, value),
        }

    def optgroups(self, name, value, attrs=None):
        """Return the options without Django's row of dashes, which is no choice among radios."""
        return [
            group
            for group in super().optgroups(name, value, attrs)
            if (str(group[1][0]["value"]), str(group[1][0]["label"])) != ("", BLANK_CHOICE_LABEL)
        ]

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        context["widget"]["inline"] = self.inline
        return context


class CheckboxSelectMultiple(WithHints, forms.CheckboxSelectMultiple):
    pass


class DateInput(Look, forms.Widget):
    """Three text inputs: day, month and year."""

    template_name = "govuk/widgets/date.html"
    use_fieldset = True
    parts = ("day", "month", "year")
    error_parts = ()  # filled by the bound field, which knows the errors

    def id_for_label(self, id_):
        return f"{id_}-day" if id_ else id_

    def value_from_datadict(self, data, files, name):
        value = {part: data.get(f"{name}-{part}", "").strip() for part in self.parts}
        return value if any(value.values()) else None

    def value_omitted_from_data(self, data, files, name):
        return not any(f"{name}-{part}" in data for part in self.parts)

    def format_value(self, value):
        if isinstance(value, str) and value:
            value = datetime.date.fromisoformat(value)
        if isinstance(value, datetime.date):
            return {part: getattr(value, part) for part in self.parts}
        return value or {}

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        values = self.format_value(value)
        context["widget"]["parts"] = [
            {
                "name": f"{name}-{part}",
                "id": f"{context['widget']['attrs'].get('id', name)}-{part}",
                "label": part.capitalize(),
                "value": values.get(part, ""),
                "width": 4 if part == "year" else 2,
                "error": part in self.error_parts,
            }
            for part in self.parts
        ]
        return context
