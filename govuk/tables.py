"""A table built in Python and printed by `{% table %}`."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Column:
    label: str
    numeric: bool = False


@dataclass(frozen=True)
class Link:
    text: str
    url: str


@dataclass
class Table:
    """Rows are lists of cells in the columns' order: text, numbers, `Link`s or None (a dash)."""

    caption: str
    columns: list[Column]
    rows: list[list] = field(default_factory=list)
    caption_size: str = "m"
    first_cell_is_header: bool = True

    def body(self):
        """Yield each row as its cells, each with its column."""
        for row in self.rows:
            yield list(zip(self.columns, row, strict=True))
