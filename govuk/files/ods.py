"""OpenDocument spreadsheets, written straight into the file.

Our own writer, because the libraries that write this format hold every cell in memory or take
eight times as long. Text is always typed as text, so that nothing in it becomes a formula.
"""

import datetime
import re
import zipfile
from xml.sax.saxutils import escape, quoteattr

from govuk.files.sheets import clean, laid_out, sheet_names, table_cells
from govuk.files.zips import member

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
    '<manifest:file-entry manifest:full-path="styles.xml" manifest:media-type="text/xml"/>'
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
    '<style:table-cell-properties fo:wrap-option="wrap"/>'
    '<style:text-properties fo:font-weight="bold"/></style:style>'
    '<style:style style:name="right" style:family="table-cell">'
    '<style:paragraph-properties fo:text-align="end"/></style:style>'
    '<style:style style:name="title" style:family="table-cell">'
    '<style:text-properties fo:font-size="16pt" fo:font-weight="bold"/></style:style>'
    '<style:style style:name="heading" style:family="table-cell">'
    '<style:text-properties fo:font-size="14pt" fo:font-weight="bold"/></style:style>'
    '<style:style style:name="prose" style:family="table-cell">'
    '<style:table-cell-properties fo:wrap-option="wrap"/></style:style>'
    '<style:style style:name="wide" style:family="table-column">'
    '<style:table-column-properties style:column-width="5cm"/></style:style>'
    '<style:style style:name="figure" style:family="table-column">'
    '<style:table-column-properties style:column-width="3cm"/></style:style>'
    '<style:style style:name="page" style:family="table-column">'
    '<style:table-column-properties style:column-width="20cm"/></style:style>'
    "</office:automatic-styles>"
)
_DEFAULT_STYLES = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    f"<office:document-styles {_NAMESPACES} {_OPENED}><office:styles>"
    '<style:default-style style:family="table-cell">'
    '<style:text-properties fo:font-family="Arial" fo:font-size="12pt" fo:language="en" '
    'fo:country="GB"/></style:default-style></office:styles></office:document-styles>'
)


def write_ods(file, sheets, *, title):
    """Write the `Sheet`s into a binary file; rows are taken one by one.

    The same sheets give the same bytes. Raises TooManyRowsError.
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        kind = zipfile.ZipInfo("mimetype")  # first, and not compressed: that is how it is known
        archive.writestr(kind, "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(member("META-INF/manifest.xml"), _MANIFEST)
        archive.writestr(
            member("meta.xml"),
            f'<?xml version="1.0" encoding="UTF-8"?><office:document-meta {_NAMESPACES} '
            f'xmlns:dc="http://purl.org/dc/elements/1.1/" {_OPENED}><office:meta>'
            f"<dc:title>{_text(title)}</dc:title><dc:language>en-GB</dc:language>"
            "</office:meta></office:document-meta>",
        )
        archive.writestr(member("styles.xml"), _DEFAULT_STYLES)
        with archive.open(member("content.xml"), "w") as content:
            for part in _content(sheets):
                content.write(part.encode())


def _content(sheets):
    yield (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_NAMESPACES} {_OPENED}>'
        f"{_STYLES}<office:body><office:spreadsheet>"
    )
    ranges = []
    for name, sheet in zip(sheet_names(sheets), sheets, strict=True):
        yield f"<table:table table:name={quoteattr(name)}>"
        yield _columns(sheet)
        count = 0
        for cells, kinds in laid_out(sheet):
            count += 1
            row = _row(cells, kinds)
            if "head" in kinds:
                row = f"<table:table-header-rows>{row}</table:table-header-rows>"
            yield row
        if marked := table_cells(sheet, count):
            ranges.append(_range(len(ranges) + 1, name, *marked))
        yield "</table:table>"
    if ranges:
        yield f"<table:database-ranges>{''.join(ranges)}</table:database-ranges>"
    yield "</office:spreadsheet></office:body></office:document-content>"


def _columns(sheet):
    if not sheet.columns:
        return '<table:table-column table:style-name="page"/>'
    return "".join(
        f'<table:table-column table:style-name="{"figure" if column.numeric else "wide"}"/>'
        for column in sheet.columns
    )


def _range(number, sheet_name, first, last):
    """The mark that makes cells a table, as a screen reader and a formula know it."""
    quoted = "'" + sheet_name.replace("'", "''") + "'"
    return (
        f'<table:database-range table:name="table_{number}" '
        f"table:target-range-address={quoteattr(f'{quoted}.{first}:{quoted}.{last}')}/>"
    )


def _row(cells, styles):
    made = "".join(_cell(cell, style) for cell, style in zip(cells, styles, strict=True))
    return f"<table:table-row>{made}</table:table-row>"


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
    return _SPACES.sub(lambda match: f'<text:s text:c="{len(match[0])}"/>', escape(clean(text)))
