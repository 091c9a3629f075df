"""The matrix of a team: hundreds of cells of a few kinds."""

from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from assessments.team import Standing

register = template.Library()


@register.simple_tag
def standing_cells(member, skills):
    """A member's cells, one a skill: `components/team_cell.html` for each."""
    cells = [cell(member.standing(skill).appearance) for skill in skills]
    # Each is a template rendered.
    return mark_safe("".join(cells))  # noqa: S308  # nosemgrep: mark-safe


@lru_cache(maxsize=10_000)
def cell(appearance):
    """A cell's markup, rendered once for each kind of cell in the life of a process.

    It is made of levels alone: nothing in it tells whose it is.
    """
    one = Standing(*appearance)
    return render_to_string("assessments/components/team_cell.html", {"one": one}).strip()
