"""Tagged PDF files (PDF/UA-1), set by Typst from a template and values."""

import json
import unicodedata
from pathlib import Path

import typst

# PDF/UA-1 refuses a character that no font shows. These are the ones that the fonts shipped with
# Typst show, found by trying each; a test compiles them all.
SHOWN = (
    (0x20, 0x7E),
    (0xA0, 0xAC),
    (0xAE, 0x24F),
    (0x370, 0x377),
    (0x37A, 0x37F),
    (0x384, 0x38A),
    (0x38C, 0x38C),
    (0x38E, 0x3A1),
    (0x3A3, 0x482),
    (0x48A, 0x4FF),
    (0x1E00, 0x1EFF),
    (0x2010, 0x2027),
    (0x2030, 0x2040),
    (0x20A0, 0x20BF),
    (0x2122, 0x2122),
    (0x2126, 0x2126),
    (0x2190, 0x22FF),
)
NOT_SHOWN = "\u25a1"
_SHOWN = {chr(code) for first, last in SHOWN for code in range(first, last + 1)}


def shown(text):
    """The text with a box for each character that the PDF cannot show; invisible ones go."""
    composed = unicodedata.normalize("NFC", " ".join(text.split()))
    return "".join(
        character if character in _SHOWN else NOT_SHOWN
        for character in composed
        if unicodedata.category(character) not in ("Cc", "Cf")
    )


def compile_pdf(template, data):
    """The PDF that the template makes of `data` (JSON values), as bytes.

    The same values give the same bytes on every machine. The template finds the data as JSON in
    `sys.inputs.data`: texts stay texts, whatever they hold, because they are never read as
    markup. Every text in it must have gone through `shown`.
    """
    template = Path(template)
    return typst.compile(
        template,
        root=template.parent,
        format="pdf",
        sys_inputs={"data": json.dumps(data)},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
    )


def has_boxes(data):
    """Whether a box stands for some character in these values."""
    return NOT_SHOWN in json.dumps(data, ensure_ascii=False)
