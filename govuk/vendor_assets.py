"""Make `static/govuk/govuk-frontend.min.{css,js}` from the npm package `govuk-frontend`.

For maintainers, to take a new version: `python govuk/vendor_assets.py`. Needs npm; the result is
committed, so nobody else does.

What is left out belongs to GOV.UK alone: the crown, the crest, its icons and the typeface GDS
Transport, which may be used on gov.uk domains only. Source: GOV.UK Design System, "Typeface" and
"Using the GOV.UK Frontend on other domains", https://design-system.service.gov.uk/styles/typeface/
"""

import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

VERSION = "6.6.0"
TARGET = Path(__file__).parent / "static" / "govuk"
FONTS = '"Helvetica Neue",Helvetica,Arial,sans-serif'
HEADER = (
    f"/*! govuk-frontend {VERSION}, MIT licence: see LICENCE-govuk-frontend.txt. Changed: {{}} */\n"
)

LICENCE = """\
The MIT License (MIT)

Copyright (C) 2011 Crown Copyright (Government Digital Service)

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in
all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""


def convert_css(css):
    """Return the stylesheet without GOV.UK's typeface, crest and source map."""
    css = css.removeprefix('@charset "UTF-8";')
    css = re.sub(r"/\*! Copyright \(c\) 2011 by Margaret Calvert[^*]*\*/", "", css)
    css = re.sub(r"@font-face\{[^}]*\}", "", css)
    css = css.replace("GDS Transport,arial,sans-serif", FONTS)
    # The crest is a background of the "Crown copyright" link, which we do not print.
    css = re.sub(r"[^{}]*\{[^{}]*url\(/assets/images/govuk-crest\.svg\)[^{}]*\}", "", css)
    css = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", css).strip()
    for leftover in (
        "GDS Transport",
        "Calvert",
        "@charset",
        "url(",
        "@font-face",
        "sourceMappingURL",
    ):
        if leftover in css:
            raise SystemExit(
                f"The stylesheet still has {leftover!r}: this version needs new rules."
            )
    header = HEADER.format("no typeface of GOV.UK, no crest")
    return '@charset "UTF-8";\n' + header + css + "\n"


def convert_js(js):
    """Return the module without its source map, starting every component on the page.

    Starting them here, not in a second module that imports this one, keeps the import's address
    out of our code: static files have a hash in their name.
    """
    js = re.sub(r"//# sourceMappingURL=.*", "", js).strip()
    if "initAll" not in js:
        raise SystemExit("The module no longer exports initAll: this version needs new rules.")
    local_name = re.search(r"([\w$]+) as initAll\b", js)
    start = local_name[1] if local_name else "initAll"
    return HEADER.format("starts itself") + js + f"\n{start}();\n"


def main():
    with tempfile.TemporaryDirectory() as folder:
        name = subprocess.run(  # noqa: S603
            ["npm", "pack", "--silent", f"govuk-frontend@{VERSION}"],  # noqa: S607
            cwd=folder, check=True, capture_output=True, text=True,
        ).stdout.strip()  # fmt: skip
        with tarfile.open(Path(folder) / name) as package:

            def read(path):
                return package.extractfile(f"package/dist/govuk/{path}").read().decode()

            css, js = read("govuk-frontend.min.css"), read("govuk-frontend.min.js")
    TARGET.mkdir(parents=True, exist_ok=True)
    (TARGET / "govuk-frontend.min.css").write_text(convert_css(css))
    (TARGET / "govuk-frontend.min.js").write_text(convert_js(js))
    (TARGET / "LICENCE-govuk-frontend.txt").write_text(LICENCE)


if __name__ == "__main__":
    main()
