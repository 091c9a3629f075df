"""Tags that print charts with their tables; `govuk/charts.py` shows each with an example."""

from django import template

from govuk import charts

register = template.Library()


@register.inclusion_tag("govuk/charts/level_bars.html")
def level_bars(rows, *, scale, id="level-bars", title="Levels against the target"):
    """A list with a bar for each skill, its key, and the table of the same figures."""
    items = [
        {
            "row": row,
            "texts": charts.level_bar_texts(row, scale),
            # The words stand beside each bar: hearing them twice, forty times, helps nobody.
            "svg": charts.level_bar(row, scale=scale, id=f"{id}-{position}", decorative=True),
        }
        for position, row in enumerate(rows, start=1)
    ]
    kinds = [("own", "Level"), ("target", "Target")]
    if any(row.level == 0 and not row.not_applicable for row in rows):
        kinds.append(("not-yet", "Not yet"))
    if any(row.level is None and not row.not_applicable for row in rows):
        kinds.append(("not-rated", "Not rated"))
    if any(row.not_applicable for row in rows):
        kinds.append(("not-applicable", "Not applicable"))
    return {
        "id": id,
        "title": title,
        "items": items,
        "key": _key(kinds, id),
        "scale": scale,
        "table": charts.level_bars_table(rows, scale=scale, title=title),
    }


@register.simple_tag
def level_bar(row, *, scale, id):
    """One bar as a picture of its own, for a page that has the figures in its own table."""
    return charts.level_bar(row, scale=scale, id=id)


@register.inclusion_tag("govuk/charts/radar.html")
def radar(axes, *, scale, id="radar", title="Areas against the target"):
    """A radar, its key, and the table that names its numbered axes."""
    return {
        "id": id,
        "title": title,
        "svg": charts.radar(axes, scale=scale, id=id, title=title),
        "key": _key([("radar-own", "Level"), ("radar-target", "Target")], id),
        "scale": scale,
        "table": charts.radar_table(axes, title=title),
    }


@register.inclusion_tag("govuk/charts/distribution_bars.html")
def distribution_bars(rows, *, scale, id="distribution", title="People at each level"):
    """A list with a stacked bar for each skill, its key, and the table of the same figures."""
    items = [
        {
            "row": row,
            "counts": [
                (charts.level_name(level, scale), charts.count_text(count))
                for level, count in enumerate(row.counts)
            ],
            "target": charts.level_name(row.target, scale) if row.target else "",
            "svg": charts.distribution_bar(
                row, scale=scale, id=f"{id}-{position}", decorative=True
            ),
        }
        for position, row in enumerate(rows, start=1)
    ]
    kinds = []
    if any(row.target for row in rows):
        kinds.append(("target", "Target: people to the right of it are at or above target"))
    if any(count is None for row in rows for count in row.counts):
        kinds.append(("withheld", "[c] Withheld, so that nobody can be identified"))
    return {
        "id": id,
        "title": title,
        "items": items,
        "key": _key(kinds, id),
        "scale": scale,
        "table": charts.distribution_table(rows, scale=scale, title=title),
    }


@register.simple_tag
def distribution_bar(row, *, scale, id):
    """One stacked bar as a picture of its own, for a page with the figures in its own table."""
    return charts.distribution_bar(row, scale=scale, id=id)


@register.inclusion_tag("govuk/charts/column_chart.html")
def column_chart(columns, *, series, id="columns", title, unit="", first="Month"):
    """A chart of stacked columns, its key, and the table of the same figures."""
    kinds = [(f"series-{position}", name) for position, name in enumerate(series)]
    return {
        "id": id,
        "title": title,
        "svg": charts.column_chart(columns, series=series, id=id, title=title, unit=unit),
        "key": _key(kinds, id) if len(series) > 1 else [],
        "table": charts.column_table(columns, series=series, title=title, first=first),
    }


@register.inclusion_tag("govuk/charts/heat_map.html")
def heat_map(heat_map, *, id="heat-map"):
    """A heat map: a table that scrolls sideways by touch and keyboard, and its key."""
    return {"id": id, "heat_map": heat_map}


def _key(kinds, id):
    return [(charts.key_swatch(kind, id=f"{id}-key-{kind}"), words) for kind, words in kinds]
