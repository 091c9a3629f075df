"""What a program can check of PDF/UA-1 (ISO 14289-1), by the numbers of the Matterhorn Protocol.

Source: PDF Association, "Matterhorn Protocol 1.1", https://pdfa.org/resource/the-matterhorn-protocol/.
veraPDF, the usual checker, needs Java and comes in no Python package.
"""

from pypdf import PdfReader
from pypdf.generic import ArrayObject, ContentStream, DictionaryObject, IndirectObject

STANDARD = set(
    "Document DocumentFragment Part Sect Div Aside P H H1 H2 H3 H4 H5 H6 Title Caption L LI Lbl "
    "LBody Table TR TH TD THead TBody TFoot Span Link Figure Formula Note Quote BlockQuote TOC "
    "TOCI Code Em Strong NonStruct Reference Annot Art Index".split()
)
SHOWS_TEXT_OR_PAINTS = {b"Tj", b"TJ", b"'", b'"', b"S", b"s", b"f", b"F", b"f*", b"B", b"B*"} | {
    *(b"b", b"b*", b"Do", b"sh", b"INLINE IMAGE")
}


def problems_of(file):
    """Sentences, each with the number of the checkpoint that the PDF fails; none for a good one."""
    reader = PdfReader(file)
    root = reader.trailer["/Root"]
    problems = []

    def check(number, good, sentence):
        if not good:
            problems.append(f"{number}: {sentence}")

    check("06-002", _xmp_has(root, b"pdfuaid:part"), "no PDF/UA identifier in the metadata")
    check("06-003", _xmp_has(root, b"dc:title"), "no title in the metadata")
    preferences = root.get("/ViewerPreferences", {})
    check("07-001", preferences.get("/DisplayDocTitle"), "the title is not displayed")
    check("11-006", root.get("/Lang"), "no language of the document")
    check("00-tag", root.get("/MarkInfo", {}).get("/Marked"), "not marked as tagged")
    check("26-001", not reader.is_encrypted, "encrypted")
    tree = root.get("/StructTreeRoot")
    check("01-tree", tree is not None, "no structure")
    if tree is None:
        return problems

    elements = list(_elements(tree, []))
    roles = {str(name)[1:]: str(role)[1:] for name, role in (tree.get("/RoleMap") or {}).items()}
    kinds = [roles.get(kind, kind) for kind, *_ in elements]
    unknown = set(kinds) - STANDARD
    check("02-001", not unknown, f"kinds of elements that nobody knows: {unknown}")
    levels = [int(kind[1]) for kind in kinds if len(kind) == 2 and kind[0] == "H"]
    jumps = [b for a, b in zip([0, *levels], levels, strict=False) if b > a + 1]
    check("14-003", not jumps, "a level of headings is skipped")
    for kind, element, ancestors, children in elements:
        if kind in {"Figure", "Formula"}:
            check(
                "13-004", element.get("/Alt") or element.get("/ActualText"), "a figure says nothing"
            )
        if kind in {"TH", "TD"}:
            check("09-table", "TR" in ancestors[-1:], "a cell outside a row")
        if kind == "TR":
            inside = {"Table", "THead", "TBody", "TFoot"}
            check("09-table", set(ancestors[-1:]) <= inside, "a row outside a table")
        if kind == "Table":
            heads = [found for found in _below(children) if found == "TH"]
            check("15-003", heads, "a table without headings")
        if kind == "LI":
            check("09-list", ancestors[-1:] == ["L"], "an item outside a list")
    scopes = [_scope(element) for kind, element, *_ in elements if kind == "TH"]
    check("15-003", all(scopes), "a table heading without scope")

    marked = _marked_content(tree)
    for number, page in enumerate(reader.pages, start=1):
        check("28-tabs", page.get("/Annots") is None or page.get("/Tabs") == "/S", "order of tabs")
        check("21-parents", "/StructParents" in page, f"page {number} is not in the structure")
        loose, told = _read_content(page, reader)
        check("01-003", not loose, f"page {number} has content that is neither tagged nor artifact")
        place = page.indirect_reference.idnum
        lost = told - {mcid for where, mcid in marked if where == place}
        check("01-005", not lost, f"page {number} has marks that are not in the structure")
        for font in (page["/Resources"].get("/Font") or {}).values():
            font = font.get_object()
            inner = font.get("/DescendantFonts", [font])[0].get_object()
            held = inner.get("/FontDescriptor", {})
            files = {"/FontFile", "/FontFile2", "/FontFile3"}
            check("31-009", files & set(held), f"page {number} has a font that is not embedded")
            check("10-001", "/ToUnicode" in font, f"page {number} has text without Unicode")
    return problems


def tables_of(file):
    """The tables of a tagged PDF as lists of rows of texts, read by way of the structure."""
    return [found for kind, found in parts_of(file) if kind == "Table"]


def parts_of(file):
    """Headings, paragraphs and tables of a tagged PDF in order: kinds with their text or rows."""
    reader = PdfReader(file)
    texts = {}
    for page in reader.pages:
        texts.update(_texts_by_mark(page))

    def text_of(element):
        found = [texts.get(mark, "") for mark in _marked_content(element)]
        return " ".join("".join(found).split())

    parts = []
    for kind, element, ancestors, _ in _elements(reader.trailer["/Root"]["/StructTreeRoot"], []):
        if kind == "Table":
            parts.append((kind, []))
        elif kind == "TR":
            parts[-1][1].append([])
        elif kind in {"TH", "TD"} and "Table" in ancestors:
            parts[-1][1][-1].append(text_of(element))
        elif (kind == "P" or kind[1:].isdigit()) and "Table" not in ancestors:
            parts.append((kind, text_of(element)))
    return parts


def _xmp_has(root, words):
    return "/Metadata" in root and words in root["/Metadata"].get_data()


def _children(element):
    found = element.get("/K")
    if found is None:
        return []
    found = found.get_object() if isinstance(found, IndirectObject) else found
    return list(found) if isinstance(found, ArrayObject) else [found]


def _elements(element, ancestors):
    """Yield kind, element, kinds of those around it and its children, from the top down."""
    for child in _children(element):
        child = child.get_object() if isinstance(child, IndirectObject) else child
        if isinstance(child, DictionaryObject) and "/S" in child:
            kind = str(child["/S"])[1:]
            yield kind, child, ancestors, child
            yield from _elements(child, [*ancestors, kind])


def _below(element):
    return [kind for kind, *_ in _elements(element, [])]


def _scope(heading):
    attributes = heading.get("/A")
    attributes = attributes.get_object() if attributes is not None else []
    attributes = attributes if isinstance(attributes, ArrayObject) else [attributes]
    return any("/Scope" in each.get_object() for each in attributes)


def _marked_content(element, page=None):
    """(number of the page's object, mark) of all content below the element, in reading order."""
    if "/Pg" in element:
        page = element.raw_get("/Pg").idnum
    found = []
    for child in _children(element):
        child = child.get_object() if isinstance(child, IndirectObject) else child
        if isinstance(child, int):
            found.append((page, int(child)))
        elif isinstance(child, DictionaryObject) and "/MCID" in child:
            where = child.raw_get("/Pg").idnum if "/Pg" in child else page
            found.append((where, int(child["/MCID"])))
        elif isinstance(child, DictionaryObject):
            found.extend(_marked_content(child, page))
    return found


def _read_content(page, reader):
    """Whether something is painted outside of all marks, and the marks there are."""
    loose, told, open_marks = False, set(), []
    for operands, operator in ContentStream(page.get_contents(), reader).operations:
        if operator in {b"BDC", b"BMC"}:
            open_marks.append(str(operands[0]))
            values = operands[1] if operator == b"BDC" else None
            if isinstance(values, DictionaryObject) and "/MCID" in values:
                told.add(int(values["/MCID"]))
        elif operator == b"EMC":
            open_marks.pop()
        elif operator in SHOWS_TEXT_OR_PAINTS and not open_marks:
            loose = True
    return loose, told


def _texts_by_mark(page):
    """{(number of the page's object, mark): its text}."""
    texts, marks = {}, []
    place = page.indirect_reference.idnum

    def before(operator, operands, *_):
        if operator == b"BDC" and isinstance(operands[1], DictionaryObject):
            marks.append(operands[1].get("/MCID"))
        elif operator in {b"BDC", b"BMC"}:
            marks.append(None)

    def after(operator, operands, *_):
        if operator == b"EMC":
            marks.pop()

    def text(found, *_):
        current = next((mark for mark in reversed(marks) if mark is not None), None)
        if current is not None:
            key = place, int(current)
            texts[key] = texts.get(key, "") + found

    page.extract_text(visitor_operand_before=before, visitor_operand_after=after, visitor_text=text)
    return texts
