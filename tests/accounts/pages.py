"""What the tests of pages look for on them."""

from tests.govuk.markup import parse


def errors(response):
    """The messages of the page's error summary, after checking that each link leads somewhere."""
    page = parse(response.content.decode())
    summary = page.find("div", class_="govuk-error-summary")
    assert summary, "the page shows no error summary"
    ids = page.ids()
    assert all(link.attrs["href"][1:] in ids for link in summary[0].find("a"))
    assert page.find("title")[0].text().startswith("Error: ")
    return [link.text() for link in summary[0].find("a")]
