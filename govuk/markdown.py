"""What people write, with a little formatting: paragraphs, lists, bold, italics and links.

Everything else is shown as it was typed. Criterion S6: no script, handler, image or frame can
come of it, and nothing is ever fetched from where a link leads.
"""

import re

import nh3
from markdown_it import MarkdownIt

RULES = ("emphasis", "escape", "link", "list", "newline")
LINK = re.compile(r"https?://", re.IGNORECASE)
CLASSES = {
    "paragraph_open": "govuk-body govuk-!-margin-bottom-1",
    "bullet_list_open": "govuk-list govuk-list--bullet",
    "ordered_list_open": "govuk-list govuk-list--number",
    "link_open": "govuk-link",
}
ELEMENTS = {"a", "br", "em", "li", "ol", "p", "strong", "ul"}


def _parser():
    parser = MarkdownIt("zero", {"breaks": True}).enable(list(RULES))
    parser.validateLink = lambda url: bool(LINK.match(url))
    for name, classes in CLASSES.items():
        parser.add_render_rule(name, _with_classes(classes))
    return parser


def _with_classes(classes):
    def render(renderer, tokens, index, options, env):
        tokens[index].attrSet("class", classes)
        return renderer.renderToken(tokens, index, options, env)

    return render


_PARSER = _parser()
# A second, independent judge: what the parser makes is let through only where it is harmless.
_CLEANER = nh3.Cleaner(
    tags=ELEMENTS,
    clean_content_tags={"script", "style"},
    attributes={"a": {"href"}, "*": set()},  # by itself, it lets titles through
    allowed_classes={
        element: set(classes.split())
        for element, classes in zip(("p", "ul", "ol", "a"), CLASSES.values(), strict=True)
    },
    url_schemes={"http", "https"},
    link_rel="nofollow noopener noreferrer",
)


def to_html(text):
    """The text as HTML that is safe to put into a page."""
    return _CLEANER.clean(_PARSER.render(text))
