"""Excel workbooks (Office Open XML), written straight into the file.

Our own writer, because XlsxWriter either marks up tables or keeps few rows in memory, never
both, and published tables need the marks whatever their length. Text is always typed as text,
so that nothing in it becomes a formula or a link. Source: ECMA-376, part 1, SpreadsheetML.
"""

import datetime
import re
import zipfile
from xml.sax.saxutils import escape, quoteattr

from govuk.files.sheets import clean, laid_out, reference, sheet_names, table_cells
from govuk.files.zips import member

LONGEST_TEXT = 32_767
# How days are counted: 1 January 1900 is 1, and a 29 February 1900 that never was is 60.
_FIRST_DAY = datetime.date(1899, 12, 30)
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
# The places of styles in `cellXfs` below.
_STYLES = {"": 0, "head": 1, "right": 2, "title": 3, "heading": 4, "prose": 5, "date": 6}
_STYLE_SHEET = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}">'
    '<fonts count="4"><font><sz val="12"/><name val="Arial"/><family val="2"/></font>'
    '<font><b/><sz val="12"/><name val="Arial"/><family val="2"/></font>'
    '<font><b/><sz val="16"/><name val="Arial"/><family val="2"/></font>'
    '<font><b/><sz val="14"/><name val="Arial"/><family val="2"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="7">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1" '
    'applyAlignment="1"><alignment wrapText="1"/></xf>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" applyAlignment="1">'
    '<alignment horizontal="right"/></xf>'
    '<xf numFmtId="0" fontId="2" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="0" fontId="3" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" applyAlignment="1">'
    '<alignment vertical="top" wrapText="1"/></xf>'
    '<xf numFmtId="14" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    "</cellXfs>"
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)
# A text that looks like the way XML stands for a character has to say that it does not.
_LIKE_AN_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def write_xlsx(file, sheets, *, title):
    """Write the `Sheet`s into a binary file; rows are taken one by one.

    The same sheets give the same bytes. A text longer than the 32,767 characters that a cell
    holds is cut. Raises TooManyRowsError.
    """
    names = sheet_names(sheets)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:

        def write(name, text):
            archive.writestr(member(name), f"{_HEAD}{text}")

        tables = 0
        for number, sheet in enumerate(sheets, start=1):
            with archive.open(member(f"xl/worksheets/sheet{number}.xml"), "w") as part:
                marked = _write_sheet(part, sheet, first=number == 1)
            if marked:
                tables += 1
                relation = _relation(1, "table", f"../tables/table{tables}.xml")
                write(f"xl/worksheets/_rels/sheet{number}.xml.rels", _relations(relation))
                write(f"xl/tables/table{tables}.xml", _table(tables, sheet, *marked))
        archive.writestr(member("xl/styles.xml"), _STYLE_SHEET)
        write("xl/workbook.xml", _workbook(names))
        count = len(names)
        related = [
            *(_relation(n, "worksheet", f"worksheets/sheet{n}.xml") for n in range(1, count + 1)),
            _relation(count + 1, "styles", "styles.xml"),
        ]
        write("xl/_rels/workbook.xml.rels", _relations(*related))
        write(
            "docProps/core.xml",
            f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f"<dc:title>{_text(title)}</dc:title><dc:language>en-GB</dc:language>"
            "</cp:coreProperties>",
        )
        write(
            "_rels/.rels",
            _relations(
                _relation(1, "officeDocument", "xl/workbook.xml"),
                '<Relationship Id="rId2" Target="docProps/core.xml" '
                f'Type="{_PACKAGE}/relationships/metadata/core-properties"/>',
            ),
        )
        write("[Content_Types].xml", _content_types(count, tables))


def _write_sheet(part, sheet, *, first):
    """Write one sheet; the first and last cell of its table, or None."""

    def put(text):
        part.write(text.encode())

    selected = ' tabSelected="1"' if first else ""
    put(f'{_HEAD}<worksheet xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheetViews>')
    put(f'<sheetView{selected} workbookViewId="0"/></sheetViews>')
    put(f"<cols>{_columns(sheet)}</cols><sheetData>")
    count = 0
    for cells, kinds in laid_out(sheet):
        put(_row(count, cells, kinds))
        count += 1
    put("</sheetData>")
    marked = table_cells(sheet, count)
    if marked:
        put('<tableParts count="1"><tablePart r:id="rId1"/></tableParts>')
    put("</worksheet>")
    return marked


def _columns(sheet):
    widths = [14 if column.numeric else 26 for column in sheet.columns] or [100]
    return "".join(
        f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>'
        for n, width in enumerate(widths, start=1)
    )


def _row(number, cells, kinds):
    made = "".join(
        _cell(reference(number, column), value, style)
        for column, (value, style) in enumerate(zip(cells, kinds, strict=True))
    )
    return f'<row r="{number + 1}">{made}</row>'


def _cell(place, value, style):
    styled = f' s="{_STYLES[style]}"' if style else ""
    if value is None:
        return ""
    if isinstance(value, datetime.date):
        return f'<c r="{place}" s="{_STYLES["date"]}"><v>{(value - _FIRST_DAY).days}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}"{styled}><v>{value}</v></c>'
    text = _text(_LIKE_AN_ESCAPE.sub("_x005F_", str(value)[:LONGEST_TEXT]))
    return f'<c r="{place}"{styled} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _text(text):
    return escape(clean(text))


def _table(number, sheet, first, last):
    """The mark that makes cells a table. Its columns have the very texts of the headings."""
    columns = "".join(
        f'<tableColumn id="{n}" name={quoteattr(clean(column.label))}/>'
        for n, column in enumerate(sheet.columns, start=1)
    )
    return (
        f'<table xmlns="{_MAIN}" id="{number}" name="table_{number}" '
        f'displayName="table_{number}" ref="{first}:{last}" totalsRowShown="0">'
        f'<tableColumns count="{len(sheet.columns)}">{columns}</tableColumns></table>'
    )


def _workbook(names):
    sheets = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>'
        for n, name in enumerate(names, start=1)
    )
    return (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><bookViews><workbookView/></bookViews>'
        f"<sheets>{sheets}</sheets></workbook>"
    )


def _relation(number, kind, target):
    return f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'


def _relations(*relations):
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{"".join(relations)}</Relationships>'


def _content_types(sheets, tables):
    parts = [
        ("/xl/workbook.xml", f"{_TYPE}.sheet.main+xml"),
        *((f"/xl/worksheets/sheet{n}.xml", f"{_TYPE}.worksheet+xml") for n in _numbers(sheets)),
        *((f"/xl/tables/table{n}.xml", f"{_TYPE}.table+xml") for n in _numbers(tables)),
        ("/xl/styles.xml", f"{_TYPE}.styles+xml"),
        (
            "/docProps/core.xml",
            "application/vnd.openxmlformats-package.core-properties+xml",
        ),
    ]
    overrides = "".join(
        f'<Override PartName="{name}" ContentType="{content_type}"/>'
        for name, content_type in parts
    )
    return (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )


def _numbers(count):
    return range(1, count + 1)
