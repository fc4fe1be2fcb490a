"""Which lines of read books the year has already, and what of them differs."""

from __future__ import annotations

from zhuji_budget.domain.books.model import Budget, Line
from zhuji_budget.store import books as store
from zhuji_budget.store.books import KnownLine
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError


class LineDiffers(DomainError):
    """The year has a line of this code already, with another amount or agency."""

    code = "E-LINE-DIFFERS"
    message = N_(
        "{fiscal_year} 年度已有科目 {line_code}，金額 {known_ntd:,}，"
        "與本次匯入的 {wanted_ntd:,} 不符"
        "（共 {count} 筆不符）。請先確認何者正確。"
    )


class SplitDiffers(DomainError):
    """The year has the line with the same amount, split by object in another way."""

    code = "E-SPLIT-DIFFERS"
    message = N_(
        "{fiscal_year} 年度已有科目 {line_code}，金額相同但用途別拆分不同（共 {count} 筆）。"
        "請先確認何者正確。"
    )


def known_codes(uow: UnitOfWork, budget: Budget) -> set[str]:
    """Return the codes that the year has with the same figures.

    Raises LineDiffers for another amount or agency, SplitDiffers for another split by object.
    """
    wanted = {line.code: _known_as(line) for line in budget.lines}
    known = store.known_lines(uow, list(wanted), fiscal_year=budget.fiscal_year)
    different = sorted(code for code, found in known.items() if found != wanted[code])
    for code in different:
        if (known[code].agency_code, known[code].bill_ntd) != (
            wanted[code].agency_code,
            wanted[code].bill_ntd,
        ):
            raise LineDiffers(
                fiscal_year=budget.fiscal_year,
                line_code=code,
                known_ntd=known[code].bill_ntd,
                wanted_ntd=wanted[code].bill_ntd,
                count=len(different),
            )
    if different:
        raise SplitDiffers(
            fiscal_year=budget.fiscal_year, line_code=different[0], count=len(different)
        )
    return set(known)


def _known_as(line: Line) -> KnownLine:
    """Return ``line`` as the year would have it: unsplit money has an empty object code."""
    split = {item.code: item.amount_ntd for item in line.split}
    if not split and line.this_year_ntd:
        split = {"": line.this_year_ntd}
    return KnownLine(agency_code=line.agency_code, bill_ntd=line.this_year_ntd, split=split)
