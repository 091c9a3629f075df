"""The checks find what is wrong: without this, their silence would say little."""

import pytest

from tests.browser.checks import check_page, follow_error_links

GOOD = """
<!DOCTYPE html><html lang="en"><head><title>{title} – Skills portal</title></head>
<body><main><h1>Heading</h1>{content}</main></body></html>
"""


def show(open_page, content, title="Good"):
    page = open_page()
    page.set_content(GOOD.format(title=title, content=content))
    return page


def test_a_good_page_passes(open_page):
    check_page(show(open_page, "<p>Hello</p>"))


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("<input type='text'>", "label: "),
        ("<p style='color: #aaa'>Faint</p>", "color-contrast: "),
        ("<h3>Two below</h3>", "heading-order: "),
        ("<h1>Another</h1>", "2 headings of level 1"),
        ("<div style='width: 400px; height: 1px'></div>", "pixels too wide at 320 pixels"),
        ("<script>console.error('Oh dear')</script>", "Oh dear"),
        ("<script>nowhere()</script>", "nowhere is not defined"),
    ],
)
def test_a_fault_is_found(content, complaint, open_page):
    with pytest.raises(AssertionError, match=complaint):
        check_page(show(open_page, content))


def test_an_error_link_that_leads_nowhere_is_found(open_page):
    content = """
    <div class="govuk-error-summary"><a href="#id_name">Enter a name</a></div>
    <label for="id_nam">Name</label><input id="id_nam">
    """
    page = show(open_page, content, title="Error: Good")
    with pytest.raises(AssertionError, match="leads to"):
        follow_error_links(page)
