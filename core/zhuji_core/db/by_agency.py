"""One statement in two texts: of every agency, and of those that are named; each has its plan."""

from __future__ import annotations

import re
from collections.abc import Sequence

import sqlalchemy as sa

# Stands in the text where agencies are chosen; ``chosen`` says it of another column.
CHOSEN = "{agencies}"
CHOSEN_OF = re.compile(r"\{agencies of ([\w.]+)\}")
AMONG = "{column} = ANY(CAST(:agencies AS text[]))"
# A page of a table, of all or of one (``own``); of several, a page of each and of these the first.
PAGE = """
    SELECT {alias}.* FROM {table} AS {alias}
     WHERE {where}{own}
     ORDER BY {order} LIMIT :limit
"""
OF_SOME = """
    SELECT {alias}.*
      FROM (SELECT DISTINCT unnest(CAST(:agencies AS text[])) AS agency_code) AS chosen
     CROSS JOIN LATERAL ({each}) AS {alias}
     ORDER BY {order} LIMIT :limit
"""
# A page of an agency's own, and one of those that it supervises and that are not shown as its own.
BOTH = "({own}) UNION ALL ({supervised})"
OTHERS = """
    AND {alias}.supervisor_code = chosen.agency_code
    AND NOT {alias}.agency_code = ANY(CAST(:agencies AS text[]))
"""
SHOWN = "SELECT {columns} FROM ({page}) AS {alias} {joined} ORDER BY {order}"


def chosen(column: str) -> str:
    """Return what stands in a text where agencies are chosen by this column of it."""
    return f"{{agencies of {column}}}"


def _supervised(alias: str) -> str:
    columns = (f"{alias}.agency_code", f"{alias}.supervisor_code")
    return f"({' OR '.join(AMONG.format(column=column) for column in columns)})"


class _Texts:
    """A text for all agencies of the county, and one for some."""

    all: sa.TextClause
    some: sa.TextClause

    def of(self, agencies: Sequence[str] | None) -> sa.TextClause:
        """Return the text for these agencies, None: for all; ``:agencies`` is their list."""
        return self.all if agencies is None else self.some


class ByAgency(_Texts):
    """A statement asked of all agencies of the county, or of some; ``agency`` is its column.

    A connection keeps one plan of a statement for all values (``engines.OPTIONS``). A text that
    says ``:agencies IS NULL OR …`` is planned for both at once: to answer for one agency it reads
    the rows of all. ``supervised``: some are also those whose supervisor (主管機關) is among the
    agencies; the table has a column ``supervisor_code``.
    """

    def __init__(self, text: str, *, agency: str = "", supervised: bool = False) -> None:
        assert CHOSEN in text or CHOSEN_OF.search(text), "it says where agencies are chosen"
        own = AMONG.format(column=agency)
        some = _supervised(agency.split(".", maxsplit=1)[0]) if supervised else own
        self.all = sa.text(CHOSEN_OF.sub("true", text.replace(CHOSEN, "true")))
        self.some = sa.text(
            CHOSEN_OF.sub(lambda met: AMONG.format(column=met[1]), text.replace(CHOSEN, some))
        )


class PageByAgency(_Texts):
    """A page of a table (``:limit`` rows), of all agencies of the county or of some.

    Of all it is read along an index of ``order``. Of some, a page of each is read along an index
    that begins with the agency, and of these the first: along the index of all, one agency of five
    hundred would be looked for among the others. ``where`` and ``order`` say ``alias`` for the
    table, which has a column ``agency_code``; ``columns`` and ``joined`` are asked of the rows of
    the page alone. ``supervised`` as of ``ByAgency``.
    """

    def __init__(  # noqa: PLR0913 (the parts of a statement, each by its name)
        self,
        *,
        columns: str,
        table: str,
        alias: str,
        where: str,
        order: str,
        joined: str = "",
        supervised: bool = False,
    ) -> None:
        parts = {"table": table, "alias": alias, "where": where, "order": order}
        each = PAGE.format(**parts, own=f" AND {alias}.agency_code = chosen.agency_code")
        if supervised:
            others = PAGE.format(**parts, own=OTHERS.format(alias=alias))
            each = BOTH.format(own=each, supervised=others)
        pages = PAGE.format(**parts, own=""), OF_SOME.format(**parts, each=each)
        self.all, self.some = (
            sa.text(SHOWN.format(**parts, page=page, columns=columns, joined=joined))
            for page in pages
        )
