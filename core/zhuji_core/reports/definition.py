"""A report of levels as data: what it counts, from the outermost level down to the last."""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_core.values import N_, DomainError, Value

Amounts = Mapping[str, int | None]
# A rate is in hundredths of a percent: 9667 is 96.67 %.
RATE_WHOLE = 10_000
# Between the keys of a row's levels, in addresses too; no code has one.
SEPARATOR = ","


class Dimension(Value, frozen=True, kw_only=True):
    """A level of a report; the columns of a row are its code and its name there."""

    name: str
    title: str


class Figure(Value, frozen=True, kw_only=True):
    """A column: a sum as it is read, ``plus`` − ``less`` of others, or their part of ``by``.

    A figure with ``by`` is a rate: whoever adds rows up asks for it again from the sums.
    ``by_total`` takes the total of the whole report as its base. ``under`` names the figure below
    which it stands on paper.
    """

    name: str
    title: str
    plus: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    by: str = ""
    by_total: bool = False
    under: str = ""

    @property
    def is_rate(self) -> bool:
        return bool(self.by)

    @property
    def is_read(self) -> bool:
        """Tell whether the database adds it up, and not ``complete``."""
        return not self.plus


class ReportDefinition(Value, frozen=True, kw_only=True):
    """One report. ``depth`` levels are shown when nobody asks for others.

    A module's own kind of report adds what its statements and pages must know.
    """

    name: str
    title: str
    about: str
    dimensions: tuple[Dimension, ...]
    figures: tuple[Figure, ...]
    depth: int = 1


class ReportNotFound(DomainError):
    """No report has this name."""

    code = "E-REPORT-NOT-FOUND"
    message = N_("沒有名為「{name}」的報表。")
    status_code = 404


class ReportLevel(DomainError):
    """The levels asked for are not levels of the report, or the row to open is a last one."""

    code = "E-REPORT-LEVEL"
    message = N_("「{title}」共有 {levels} 層，不能展開到第 {depth} 層。")
    status_code = 422


def complete(figures: tuple[Figure, ...], amounts: Amounts, *, total: Amounts) -> Amounts:
    """Return ``amounts`` with the columns that are made from the others.

    ``total`` are the amounts of the whole report. A rate of nothing is None, and so is what
    would be made from a figure that nobody knows.
    """
    known = dict(amounts)
    for figure in figures:
        if figure.is_read:
            continue
        made = _sum(known, figure.plus) - _sum(known, figure.less)
        if figure.is_rate:
            base = (total if figure.by_total else known).get(figure.by) or 0
            known[figure.name] = rate(made, base)
        else:
            unknown = any(known[name] is None for name in (*figure.plus, *figure.less))
            known[figure.name] = None if unknown else made
    return {figure.name: known[figure.name] for figure in figures}


def rate(part_ntd: int, whole_ntd: int) -> int | None:
    """Return ``part`` of ``whole`` in hundredths of a percent, halves away from zero."""
    if whole_ntd <= 0:
        return None
    sign = -1 if part_ntd < 0 else 1
    return sign * ((2 * abs(part_ntd) * RATE_WHOLE + whole_ntd) // (2 * whole_ntd))


def figure_text(hundredths: int | None) -> str | None:
    """Return hundredths of a percent as 96.67."""
    if hundredths is None:
        return None
    sign = "−" if hundredths < 0 else ""
    return f"{sign}{abs(hundredths) // 100:,}.{abs(hundredths) % 100:02}"


def _sum(known: Amounts, names: tuple[str, ...]) -> int:
    return sum(known[name] or 0 for name in names)
