"""One statement in two texts: of every agency, and of those that are named; each has its plan."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

# Stands in the text where agencies are chosen.
CHOSEN = "{agencies}"


class ByAgency:
    """A statement asked of all agencies of the county, or of some; ``agency`` is its column.

    A connection keeps one plan of a statement for all values (``engines.OPTIONS``). A text that
    says ``:agencies IS NULL OR …`` is planned for both at once: to answer for one agency it reads
    the rows of all.
    """

    def __init__(self, text: str, *, agency: str) -> None:
        assert CHOSEN in text, "the text says where agencies are chosen"
        some = f"{agency} = ANY(CAST(:agencies AS text[]))"
        self.all = sa.text(text.replace(CHOSEN, "true"))
        self.some = sa.text(text.replace(CHOSEN, some))

    def of(self, agencies: Sequence[str] | None) -> sa.TextClause:
        """Return the text for these agencies, None: for all; ``:agencies`` is their list."""
        return self.all if agencies is None else self.some
