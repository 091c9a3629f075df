"""How an assignment goes, for those who look after it: bands of people, never a person."""

from django.conf import settings
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from govuk.charts import ChartColumn, column_chart
from govuk.tables import Column, Table
from learning.audience import name_what_is_asked
from learning.disclosure import STATES, Band, most_names
from learning.models import AssignedPerson, Assignment, AssignmentFigures
from learning.outcomes import rounded

# The newest counts of answers that the page shows.
COUNTS_SHOWN = 24
STATE_NAMES = {
    "unanswered": "Not answered",
    "accepted": "Accepted",
    "declined": "Declined",
    "done": "Done",
}
WITHHELD = "[c]"


@require_safe
def assignment_figures(request, pk):
    """Counts of answers over time and what changed, as the last nights found them."""
    found = get_object_or_404(
        Assignment.objects.visible_to(request.user)
        .looked_after_by(request.user)
        .select_related("unit", "team_of", "resource"),
        pk=pk,
    )
    name_what_is_asked([found])
    figures = AssignmentFigures.objects.filter(assignment=found).first()
    counts = list(found.answer_counts.order_by("-counted_at")[:COUNTS_SHOWN])[::-1]
    context = {
        "assignment": found,
        "figures": figures,
        "minimum": settings.REPORT_MINIMUM_COUNT,
        "asked": asked_sentence(found, figures),
        "counts": counts,
        "chart": answers_chart(counts),
        "table": answers_table(counts),
        "impact": impact_table(figures),
    }
    return render(request, "learning/assignment_figures.html", context)


def named_people(assignment, user):
    """Rows of people who agreed to be named that the user may see, and whether some are left out.

    Of an assignment chosen by gap, only so many are shown that enough people stay without a name:
    those who agreed first. At most three queries, not counting that of the rows.
    """
    agreed = AssignedPerson.objects.visible_to(user).named().filter(assignment=assignment)
    figures = AssignmentFigures.objects.filter(assignment=assignment).first()
    if figures is None or figures.offered_least is None:
        return agreed, False
    most = most_names(Band(figures.offered_least), minimum=settings.REPORT_MINIMUM_COUNT)
    in_order = agreed.order_by("agreed_to_be_named_at", "pk").values_list("pk", flat=True)
    first = list(in_order[: most + 1])
    return agreed.filter(pk__in=first[:most]), len(first) > most


# --- In words ---------------------------------------------------------------------------------


def asked_sentence(assignment, figures):
    """How many people were asked, as far as it may be said."""
    if figures is None:
        return ""
    least = settings.REPORT_MINIMUM_COUNT
    if assignment.is_by_gap:
        counted = _about(figures.counted, least)
        if figures.offered_least is None:
            return (
                "How many were asked is withheld: too few people are counted, or nearly all or "
                "nearly none of them were asked."
            )
        return f"{Band(figures.offered_least)} were asked, of {counted} whose answers are counted."
    asked = assignment.people.count()
    if assignment.audience == Assignment.Audience.NAMED:
        return f"{asked} {'person was' if asked == 1 else 'people were'} asked."
    sentence = f"{_about(asked, least)} were asked."
    return sentence[:1].upper() + sentence[1:]


def _about(count, least):
    return f"fewer than {least} people" if count < least else f"about {rounded(count):,} people"


def answers_table(counts):
    """The bands of each count, newest last."""
    return Table(
        caption="People by how they had answered",
        columns=[
            Column("Counted on"),
            *(Column(STATE_NAMES[state], numeric=True) for state in STATES),
        ],
        rows=[
            [_day(count), *(_band_text(getattr(count, state)) for state in STATES)]
            for count in counts
        ],
    )


def answers_chart(counts):
    """The people who had done it, at the least, as a picture; empty without any."""
    columns = [ChartColumn(_day(count), [count.done], short=_day(count)[:-5]) for count in counts]
    if not any(count.done for count in counts):
        return ""
    return column_chart(
        columns,
        series=["Done, at least"],
        id="done",
        title="People who had done it",
        unit="People who had done it, at least",
    )


def _day(count):
    day = timezone.localdate(count.counted_at)
    return f"{day.day} {day:%b %Y}"


def _band_text(least):
    return WITHHELD if least is None else str(Band(least))


def impact_table(figures):
    """The two mean changes with the people behind them; None where they are withheld."""
    if figures is None or figures.finished_tenths is None:
        return None
    return Table(
        caption="Change in level, before and after",
        columns=[
            Column("Who"),
            Column("People", numeric=True),
            Column("Mean change (levels)", numeric=True),
        ],
        rows=[
            [
                "Finished and rated themselves again",
                f"about {rounded(figures.matched):,}",
                _tenths(figures.finished_tenths),
            ],
            [
                "Comparable, not asked",
                f"about {rounded(figures.compared):,}",
                _tenths(figures.compared_tenths),
            ],
        ],
    )


def _tenths(tenths):
    """ "+0.5" for 5; a minus sign is one, not a hyphen."""
    return f"{tenths / 10:+.1f}".replace("-", "−")
