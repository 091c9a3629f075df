"""Text in CSV files that people open in a spreadsheet program."""

# What such a program takes as the start of a formula. Criterion S7.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")


def safe_cell(text):
    """The text as a cell that no spreadsheet program takes for a formula."""
    return f"'{text}" if _looks_like_a_formula(text) else text


def plain_cell(text):
    """The text that `safe_cell` was given: what the portal exported comes back unchanged."""
    return text.removeprefix("'") if _looks_like_a_formula(text) else text


def _looks_like_a_formula(text):
    return text.lstrip("' ").startswith(FORMULA_STARTS)
