"""Text for files that people open in a spreadsheet program."""

# What such a program takes as the start of a formula. Criterion S7.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")


def safe_cell(text):
    """The text as a CSV cell that no spreadsheet program takes for a formula."""
    return f"'{text}" if text.lstrip("' ").startswith(FORMULA_STARTS) else text
