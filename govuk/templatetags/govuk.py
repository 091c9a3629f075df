"""GOV.UK components as template tags: README.md has an example of each."""

from django import template
from django.contrib import messages
from django.core.exceptions import ImproperlyConfigured
from django.utils.safestring import mark_safe

from govuk.forms import GovukBoundField, GovukRenderer
from govuk.markdown import to_html
from govuk.tables import Link

register = template.Library()


@register.filter
def markdown(text):
    """What somebody wrote, with paragraphs, lists, bold, italics and links; nothing else."""
    return mark_safe(to_html(text))  # noqa: S308  # nosemgrep: mark-safe - cleaned by nh3


# --- Buttons and ways about ------------------------------------------------------------------


@register.inclusion_tag("govuk/button.html")
def button(text, **options):
    known = {"href", "variant", "start", "name", "value", "type", "form", "prevent_double_click"}
    if unknown := options.keys() - known - {"id", "formaction"}:
        raise template.TemplateSyntaxError(f"button does not take {', '.join(sorted(unknown))}")
    return {"text": text, **options}


@register.inclusion_tag("govuk/back_link.html")
def back_link(url, text="Back"):
    return {"url": url, "text": text}


@register.inclusion_tag("govuk/breadcrumbs.html")
def breadcrumbs(*labels_and_urls):
    urls = [*labels_and_urls[1::2], ""]
    return {"crumbs": list(zip(labels_and_urls[::2], urls, strict=False))}


@register.inclusion_tag("govuk/pagination.html", takes_context=True)
def pagination(context, page, parameter="page"):
    """Links to the pages of a Paginator's page, keeping the address's other parameters."""

    def address(number):
        query = context["request"].GET.copy()
        query[parameter] = number
        return f"?{query.urlencode()}"

    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    items = [
        {"number": n, "url": address(n) if isinstance(n, int) else "", "current": n == page.number}
        for n in numbers
    ]
    return {
        "page": page,
        "items": items,
        "previous": address(page.previous_page_number()) if page.has_previous() else "",
        "next": address(page.next_page_number()) if page.has_next() else "",
    }


# --- Forms -----------------------------------------------------------------------------------


@register.inclusion_tag("govuk/error_summary.html")
def error_summary(form):
    """Lists a form's (or formset's) errors, each with a link to its field.

    Errors about the whole form link to its first field, as a keyboard user has to begin somewhere.
    """
    forms = getattr(form, "forms", None)
    items = []
    if forms is not None:
        items += [{"message": message} for message in form.non_form_errors()]
    for one in [form] if forms is None else forms:
        if getattr(one, "is_bound", False):
            items += _error_items(one)
            one.error_summary_shown = True
    return {"items": items}


def _error_items(form):
    visible = form.visible_fields()
    start = _first_id(visible[0]) if visible else ""
    general = [*form.non_field_errors()]
    for field in form.hidden_fields():
        general += field.errors
    return [{"message": message, "id": start} for message in general] + [
        {"message": message, "id": _first_id(field)}
        for field in visible
        for message in field.errors
    ]


def _first_id(field):
    return getattr(field, "first_id", field.auto_id)


@register.simple_tag
def govuk_form(form):
    """Print a form that is not a GovukForm (allauth's) as if it were one."""
    form.renderer = GovukRenderer()
    form.use_required_attribute = False
    if form.bound_field_class is not GovukBoundField:
        form.bound_field_class = GovukBoundField
        form._bound_fields_cache.clear()
    return form.render()


# --- Components with content -----------------------------------------------------------------
# What stands between the tags is a part of the template and so already escaped where needed.


def _block(name):
    def decorate(function):
        return register.simple_block_tag(function, name=name, end_name=f"end{name}")

    return decorate


def _render(template_name, **context):
    return mark_safe(template.loader.render_to_string(template_name, context))  # noqa: S308  # nosemgrep: mark-safe


@_block("details")
def details(content, summary, open=False):
    return _render("govuk/details.html", summary=summary, content=content, open=open)


@_block("inset")
def inset(content):
    return _render("govuk/inset.html", content=content)


@_block("warning_text")
def warning_text(content):
    return _render("govuk/warning_text.html", content=content)


@_block("panel")
def panel(content, title):
    return _render("govuk/panel.html", title=title, content=content)


@_block("notification_banner")
def notification_banner(content, title="Important", kind="", id="notification-banner-title"):
    """`kind`: "success" (green) or "error" (red)."""
    return _render("govuk/notification_banner.html", title=title, content=content, kind=kind, id=id)


@_block("scrollable")
def scrollable(content, name):
    return _render("govuk/scrollable.html", name=name, content=content)


@register.inclusion_tag("govuk/messages.html")
def message_banners(waiting):
    """Django's messages in one banner for each kind, worst first."""
    kinds = {"error": [], "": [], "success": []}
    for message in waiting or ():
        if message.level >= messages.WARNING:
            kinds["error"].append(message)
        elif message.level == messages.SUCCESS:
            kinds["success"].append(message)
        else:
            kinds[""].append(message)
    titles = {"error": "There is a problem", "": "Important", "success": "Success"}
    return {
        "banners": [
            {
                "kind": kind,
                "title": titles[kind],
                "messages": found,
                "id": f"banner-{kind or 'info'}",
            }
            for kind, found in kinds.items()
            if found
        ]
    }


# --- Lists and tables ------------------------------------------------------------------------

TAG_COLOURS = {"", "grey", "green", "teal", "purple", "magenta", "red", "orange", "yellow"}


@register.inclusion_tag("govuk/tag.html")
def tag(text, colour="blue"):
    colour = "" if colour == "blue" else colour
    if colour not in TAG_COLOURS:
        raise ImproperlyConfigured(f"GOV.UK Frontend has no tag of the colour {colour!r}")
    return {"text": text, "colour": colour}


@register.inclusion_tag("govuk/summary_list.html")
def summary_list(rows, borders=True):
    rows = list(rows)
    return {"rows": rows, "borders": borders, "any_action": any(row.get("url") for row in rows)}


@register.inclusion_tag("govuk/task_list.html")
def task_list(tasks, id="tasks"):
    return {"tasks": tasks, "id": id}


@register.inclusion_tag("govuk/table.html")
def table(table):
    return {"table": table}


@register.filter
def is_link(cell):
    return isinstance(cell, Link)


@register.inclusion_tag("govuk/progress.html")
def progress(done, total, label):
    return {"done": done, "total": total, "label": label}
