"""How learning is put into words on pages."""

from django import template

from learning.durations import duration_words

register = template.Library()
register.filter("duration", duration_words)
