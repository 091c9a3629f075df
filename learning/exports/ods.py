"""OpenDocument spreadsheets, written straight into the file.

Our own writer, because the libraries that write this format hold every cell in memory or take
eight times as long. Text is always typed as text, so that nothing in it becomes a formula.
"""

import datetime
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

__all__ = ["Sheet", "write_ods"]

# What XML 1.0 cannot hold.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SPACES = re.compile(" {2,}|^ | $")
_OPENED = 'office:version="1.2"'
_NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in {
        "office": "office",
        "table": "table",
        "text": "text",
        "style": "style",
        "number": "datastyle",
        "fo": "xsl-fo-compatible",
        "meta": "meta",
    }.items()
)
_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" '
    'manifest:version="1.2">'
    '<manifest:file-entry manifest:full-path="/" '
    'manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    '<manifest:file-entry manifest:full-path="meta.xml" manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)
_STYLES = (
    "<office:automatic-styles>"
    '<number:date-style style:name="day"><number:day number:style="long"/>'
    '<number:text>/</number:text><number:month number:style="long"/>'
    '<number:text>/</number:text><number:year number:style="long"/></number:date-style>'
    '<style:style style:name="date" style:family="table-cell" style:data-style-name="day"/>'
    '<style:style style:name="head" style:family="table-cell">'
    '<style:text-properties fo:font-weight="bold"/></style:style>'
    '<style:style style:name="wide" style:family="table-column">'
    '<style:table-column-properties style:column-width="5cm"/></style:style>'
    "</office:automatic-styles>"
)


@dataclass(frozen=True)
class Sheet:
    """One table: its name, the headings of its columns, and rows of texts, numbers, dates, None."""

    name: str
    headings: list
    rows: Iterable


def write_ods(file, sheets, *, title):
    """Write the sheets into a binary file; rows are taken one by one."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        kind = zipfile.ZipInfo("mimetype")  # first, and not compressed: that is how it is known
        archive.writestr(kind, "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(_member("META-INF/manifest.xml"), _MANIFEST)
        archive.writestr(
            _member("meta.xml"),
            f'<?xml version="1.0" encoding="UTF-8"?><office:document-meta {_NAMESPACES} '
            f'xmlns:dc="http://purl.org/dc/elements/1.1/" {_OPENED}><office:meta>'
            f"<dc:title>{_text(title)}</dc:title><dc:language>en-GB</dc:language>"
            "</office:meta></office:document-meta>",
        )
        with archive.open(_member("content.xml"), "w") as content:
            for part in _content(sheets):
                content.write(part.encode())


def _member(name):
    """A compressed member without the time of day, so that the same log gives the same file."""
    member = zipfile.ZipInfo(name)
    member.compress_type = zipfile.ZIP_DEFLATED
    return member


def _content(sheets):
    yield (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_NAMESPACES} {_OPENED}>'
        f"{_STYLES}<office:body><office:spreadsheet>"
    )
    for sheet in sheets:
        yield f"<table:table table:name={quoteattr(_UNWRITABLE.sub('', sheet.name))}>"
        yield (
            '<table:table-column table:style-name="wide" '
            f'table:number-columns-repeated="{len(sheet.headings)}"/><table:table-header-rows>'
        )
        yield _row(sheet.headings, style="head")
        yield "</table:table-header-rows>"
        for row in sheet.rows:
            yield _row(row)
        yield "</table:table>"
    yield "</office:spreadsheet></office:body></office:document-content>"


def _row(cells, style=""):
    return f"<table:table-row>{''.join(_cell(cell, style) for cell in cells)}</table:table-row>"


def _cell(value, style):
    styled = f' table:style-name="{style}"' if style else ""
    if value is None:
        return f"<table:table-cell{styled}/>"
    if isinstance(value, datetime.date):
        return (
            '<table:table-cell table:style-name="date" office:value-type="date" '
            f'office:date-value="{value.isoformat()}"><text:p>{value:%d/%m/%Y}</text:p>'
            "</table:table-cell>"
        )
    if isinstance(value, int | float):
        return (
            f'<table:table-cell{styled} office:value-type="float" office:value="{value}">'
            f"<text:p>{value}</text:p></table:table-cell>"
        )
    paragraphs = "".join(f"<text:p>{_text(line)}</text:p>" for line in str(value).splitlines())
    return (
        f'<table:table-cell{styled} office:value-type="string">'
        f"{paragraphs or '<text:p/>'}</table:table-cell>"
    )


def _text(text):
    return _SPACES.sub(
        lambda match: f'<text:s text:c="{len(match[0])}"/>', escape(_UNWRITABLE.sub("", text))
    )
