"""A person at a browser without scripts: follows links and fills in forms that are on the page."""

from urllib.parse import urljoin

from bs4 import BeautifulSoup
from django.test import Client

from tests import factories


class Visitor:
    """Somebody walking through the portal; `page` is what they have in front of them."""

    def __init__(self, person=None, *, at="/"):
        self.client = Client(enforce_csrf_checks=True)
        self.open(at)
        if person is not None:
            self.sign_in(person)

    def open(self, address):
        self._take(self.client.get(address, follow=True), address)

    def sign_in(self, person):
        """Sign in on the sign-in page that the visitor was led to."""
        self.press("Sign in", login=person.email, password=factories.PASSWORD)

    def follow(self, text, *, nth=0):
        """Follow the link with this text; its hidden words for screen readers count."""
        links = [link for link in self.page.find_all("a", href=True) if says(link, text)]
        assert links, f"No link “{text}” on {self.address}: {self.text[:600]}"
        self.open(urljoin(self.address, links[nth]["href"]))

    def press(self, text, *, nth=0, **fields):
        """Fill in the form of the button with this text and press it.

        `fields` are what the visitor enters; each must be on the page. A list ticks several.
        """
        buttons = [
            button
            for button in self.page.select("form button, form input[type=submit]")
            if says(button, text)
        ]
        assert buttons, f"No button “{text}” on {self.address}: {self.text[:600]}"
        button = buttons[nth]
        form = button.find_parent("form")
        data = filled_in(form)
        for name, value in fields.items():
            controls = form.find_all(attrs={"name": name})
            assert controls, f"No field “{name}” in the form of “{text}” on {self.address}"
            offered = {one.get("value", "on") for one in controls if one.get("type") == "radio"}
            assert not offered or value in offered, f"“{value}” is not offered for “{name}”"
            data[name] = value
        if button.get("name"):
            data[button["name"]] = button.get("value", "")
        address = urljoin(self.address, form.get("action") or self.address)
        send = self.client.post if form.get("method", "get").lower() == "post" else self.client.get
        self._take(send(address, data, follow=True), address)

    def _take(self, response, address):
        self.status = response.status_code
        assert self.status < 500, f"{address} answered {self.status}"
        chain = response.redirect_chain
        self.address = urljoin(address, chain[-1][0]) if chain else address
        self.page = BeautifulSoup(response.content, "html.parser")

    @property
    def heading(self):
        return squeezed(self.page.find("h1"))

    @property
    def text(self):
        """The page's words, without its menus."""
        return squeezed(self.page.find("main") or self.page)


def squeezed(element):
    return " ".join(element.get_text(" ").split()) if element else ""


def says(element, text):
    words = squeezed(element) or element.get("value", "")
    return words == text or words.startswith(f"{text} ")


def filled_in(form):
    """What a browser would send of the form as it stands, its buttons apart."""
    data = {}
    for control in form.select("input[name], textarea[name], select[name]"):
        kind = control.get("type", "text")
        if kind in {"submit", "button", "file"}:
            continue
        if kind in {"radio", "checkbox"} and not control.has_attr("checked"):
            continue
        if control.name == "textarea":
            # HTML leaves out one line end after the opening tag.
            value = control.get_text().removeprefix("\n")
        elif control.name == "select":
            chosen = control.select_one("option[selected]") or control.select_one("option")
            value = chosen.get("value", "") if chosen else ""
        else:
            value = control.get("value", "on" if kind in {"radio", "checkbox"} else "")
        data[control["name"]] = value
    return data
