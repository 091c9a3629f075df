"""Descriptions as frameworks publish them: paragraphs, and lists of lines that start "- "."""

from itertools import groupby

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

register = template.Library()
BULLET = "- "


@register.filter
def framework_text(text):
    """The text as GOV.UK paragraphs and bulleted lists, escaped."""
    lines = [line for line in text.splitlines() if line.strip()]
    parts = []
    for is_list, group in groupby(lines, key=lambda line: line.startswith(BULLET)):
        if is_list:
            items = format_html_join(
                "", "<li>{}</li>", ((line.removeprefix(BULLET),) for line in group)
            )
            parts.append(format_html('<ul class="govuk-list govuk-list--bullet">{}</ul>', items))
        else:
            parts.extend(format_html('<p class="govuk-body">{}</p>', line) for line in group)
    return mark_safe("".join(parts))  # noqa: S308  # nosemgrep: mark-safe - from format_html
