"""A report of levels from rows that are no table of the module that reports: added up here.

The rules are those of ``statements.statement_of``: what is read of one source by SQL and of
another by a hook opens, pages and adds up alike (``tests/core/test_reports.py`` compares them).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from zhuji_core.reports.definition import SEPARATOR, ReportDefinition, complete
from zhuji_core.reports.reading import EXPORT_MAX, PAGE_MAX, ReportFilter, ReportFound, ReportRow
from zhuji_core.values import Value


class Leaf(Value, frozen=True, kw_only=True):
    """A row of the last level: its keys, names and references from the outermost level down.

    ``amounts`` are the figures that are read; ``references`` name what the row of a level is.
    """

    keys: tuple[str, ...]
    labels: tuple[str, ...]
    references: tuple[str, ...]
    amounts: Mapping[str, int]


class _Sum:
    """One row while it is added up."""

    def __init__(self, leaf: Leaf, level: int) -> None:
        self.label = leaf.labels[level] if level >= 0 else ""
        self.reference = leaf.references[level] if level >= 0 else ""
        self.amounts = dict.fromkeys(leaf.amounts, 0)

    def add(self, leaf: Leaf) -> None:
        for name, amount_ntd in leaf.amounts.items():
            self.amounts[name] += amount_ntd


def add_up(
    report: ReportDefinition, wanted: ReportFilter, leaves: Iterable[Leaf], *, whole: bool = False
) -> ReportFound:
    """Return a page of the report, or with ``whole`` all of it."""
    fixed = len(wanted.within)
    inside = [leaf for leaf in leaves if leaf.keys[:fixed] == wanted.within]
    sums = _sums(inside, fixed=fixed, depth=wanted.depth)
    read = [figure.name for figure in report.figures if figure.is_read]
    total_read = {name: sum(leaf.amounts[name] for leaf in inside) for name in read}
    total = complete(report.figures, total_read, total=total_read)
    places = sorted((SEPARATOR.join(keys[fixed:]).encode(), keys) for keys in sums)
    after = wanted.after.encode()
    before = [place for place, _ in places if place <= after] if after else []
    following = [one for one in places if one[0] > after] if after else places
    limit = EXPORT_MAX if whole else min(wanted.limit, PAGE_MAX)
    rows = tuple(
        ReportRow(
            keys=keys,
            label=sums[keys].label,
            place=place.decode(),
            reference=sums[keys].reference,
            figures=complete(report.figures, sums[keys].amounts, total=total),
        )
        for place, keys in following[:limit]
    )
    return ReportFound(
        report=report,
        wanted=wanted,
        parents=tuple(inside[0].labels[:fixed]) if inside else ("",) * fixed,
        total=total,
        rows=rows,
        count=len(places),
        more=len(following) > limit,
        previous=before[-limit - 1].decode() if len(before) > limit else "",
    )


def _sums(leaves: list[Leaf], *, fixed: int, depth: int) -> dict[tuple[str, ...], _Sum]:
    sums: dict[tuple[str, ...], _Sum] = {}
    for leaf in leaves:
        for level in range(fixed, depth):
            keys = leaf.keys[: level + 1]
            if keys not in sums:
                sums[keys] = _Sum(leaf, level)
            sums[keys].add(leaf)
    return sums
