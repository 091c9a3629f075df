"""Markup as a tree that can be compared and searched, however it is spaced."""

from html.parser import HTMLParser

VOID = {"input", "br", "hr", "img", "link", "meta"}


class Element:
    def __init__(self, tag, attrs):
        self.tag, self.attrs, self.children = tag, attrs, []

    def shape(self):
        """Return tag, attributes (classes in order of the alphabet), texts and children."""
        attrs = {
            name: tuple(sorted(value.split())) if name == "class" else value
            for name, value in self.attrs.items()
        }
        children = [
            " ".join(child.split()) if isinstance(child, str) else child.shape()
            for child in self.children
            if not isinstance(child, str) or child.strip()
        ]
        return self.tag, attrs, children

    def walk(self):
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.walk()

    def find(self, tag, **attrs):
        """Return the elements with this tag, these attributes and the class `class_`."""
        wanted_class = attrs.pop("class_", None)
        return [
            element
            for element in self.walk()
            if element.tag == tag
            and all(element.attrs.get(name) == value for name, value in attrs.items())
            and (wanted_class is None or wanted_class in element.attrs.get("class", "").split())
        ]

    def text(self):
        """Return what is read, with spaces as a browser shows them."""
        return " ".join("".join(self._texts()).split())

    def _texts(self):
        for child in self.children:
            if isinstance(child, str):
                yield child
            else:
                yield from child._texts()

    def ids(self):
        return [element.attrs["id"] for element in self.walk() if "id" in element.attrs]


class _Builder(HTMLParser):
    def __init__(self):
        super().__init__()
        self.root = Element("root", {})
        self.open = [self.root]

    def handle_starttag(self, tag, attrs):
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open[-1].tag == tag, f"<{self.open[-1].tag}> is closed by </{tag}>"
        self.open.pop()

    def handle_data(self, data):
        self.open[-1].children.append(data)


def parse(html):
    """Return the root of the tree; an element that is not closed properly is an error."""
    builder = _Builder()
    builder.feed(str(html))
    builder.close()
    assert builder.open == [builder.root], f"<{builder.open[-1].tag}> is never closed"
    return builder.root
