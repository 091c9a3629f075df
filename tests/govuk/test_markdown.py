"""What people write is formatted a little, and nothing that they write can do anything."""

import time
from html.parser import HTMLParser

import pytest
from django.template import Context, Template

from govuk.markdown import ELEMENTS, to_html

SCHEMES = (
    *("javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "java&#10;script:x"),
    *("&#106;avascript:alert(1)", "&#x6A;avascript:x", "javascript&colon;alert(1)"),
    *("vbscript:x", "data:text/html,<script>alert(1)</script>", "data:image/svg+xml;base64,AA"),
    *("file:///etc/passwd", "//example.com/x", "/people/", "mailto:a@example.com", "ftp://e.com"),
    *("\x01javascript:alert(1)", " javascript:alert(1)", "blob:https://e.com/1", "about:blank"),
)
PAYLOADS = [
    *(
        shape % scheme
        for scheme in SCHEMES
        for shape in ("[x](%s)", "[x](<%s>)", "<%s>", "![x](%s)")
    ),
    "<script>alert(1)</script>",
    "<ScRiPt src=//e.com/x.js></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=https://e.com></iframe>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='https://e.com' onclick=alert(1)>x</a>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src onerror=x&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<form action=https://e.com><button>x</button></form>",
    "<style>@import 'https://e.com/x.css'</style>",
    "<link rel=stylesheet href=https://e.com>",
    "<meta http-equiv=refresh content='0;url=https://e.com'>",
    "<base href=https://e.com>",
    "<object data=x></object><embed src=x>",
    "<video src=x onerror=alert(1)></video>",
    '[x](https://e.com "\\" onmouseover=\\"alert(1)")',
    '[x](https://e.com"onmouseover="alert(1))',
    "[x](https://e.com/'><script>alert(1)</script>)",
    "![x](https://e.com/x.png)",
    "![x][1]\n\n[1]: https://e.com/x.png",
    "[x][1]\n\n[1]: javascript:alert(1)",
    "[![x](https://e.com/x.png)](https://e.com)",
    "`<script>alert(1)</script>`",
    "```html\n<script>alert(1)</script>\n```",
    "    <script>alert(1)</script>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?php echo 1 ?>",
    "\0<scr\0ipt>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "**<img src=x onerror=alert(1)>**",
    "- <iframe srcdoc='<script>alert(1)</script>'>",
]


class Elements(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_there_are_a_hundred_payloads():
    assert len(set(PAYLOADS)) >= 100


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_harmful_comes_of(payload):
    for tag, attributes in Elements(to_html(payload)).found:
        assert tag in ELEMENTS
        assert attributes.keys() <= {"class", "href", "rel"}
        if "href" in attributes:
            assert attributes["href"].startswith("https://e.com")
            assert attributes["rel"] == "nofollow noopener noreferrer"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One\ntwo", "One<br>\ntwo"),
        ("a **bold** and *slanted* word", "a <strong>bold</strong> and <em>slanted</em> word"),
        ("<b>5 < 6 & 7</b>", "&lt;b&gt;5 &lt; 6 &amp; 7&lt;/b&gt;"),
        ("# not a heading", "# not a heading"),
        (
            "[the *plan*](https://e.com/?a=1&b=2)",
            '<a href="https://e.com/?a=1&amp;b=2" class="govuk-link" '
            'rel="nofollow noopener noreferrer">the <em>plan</em></a>',
        ),
    ],
)
def test_a_paragraph(text, html):
    assert to_html(text) == f'<p class="govuk-body govuk-!-margin-bottom-1">{html}</p>\n'


def test_lists():
    bullets = Elements(to_html("- one\n- two\n\n1. first\n2. second")).found
    assert [tag for tag, _ in bullets] == ["ul", "li", "li", "ol", "li", "li"]
    assert bullets[0][1]["class"] == "govuk-list govuk-list--bullet"
    assert bullets[3][1]["class"] == "govuk-list govuk-list--number"


def test_the_filter_is_safe_in_a_page_and_nothing_stays_nothing():
    page = Template("{% load govuk %}{{ text|markdown|default:'None' }}")
    assert "<em>x</em>" in page.render(Context({"text": "*x* <script>"}))
    assert "<script>" not in page.render(Context({"text": "*x* <script>"}))
    assert page.render(Context({"text": ""})) == "None"


@pytest.mark.parametrize(
    "text",
    ["[" * 4000, "*a_" * 1333, "- " * 2000, "[a](" * 1000, "> " * 2000, "![" * 2000, "\\" * 4000],
)
def test_no_text_of_the_longest_length_takes_long(text):
    begin = time.process_time()
    to_html(text)
    assert time.process_time() - begin < 2
