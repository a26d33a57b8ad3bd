"""Reading other people's files: rows that can be used, and why the others cannot."""

from workbench.intake.model import (
    Columns,
    Preview,
    Record,
    Reject,
    Row,
    Source,
    content_uid,
    excerpt,
)
from workbench.intake.reading import (
    guess_columns,
    open_source,
    preview,
    read_rows,
    repeated_columns,
)

__all__ = [
    "Columns",
    "Preview",
    "Record",
    "Reject",
    "Row",
    "Source",
    "content_uid",
    "excerpt",
    "guess_columns",
    "open_source",
    "preview",
    "read_rows",
    "repeated_columns",
]
