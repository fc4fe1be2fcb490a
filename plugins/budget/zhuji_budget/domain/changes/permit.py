"""Whether a document may take effect: its year and lines, the law of its kind, the money. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_budget.domain.changes import refusals
from zhuji_budget.domain.changes.balances import refused, require_money, require_revenue
from zhuji_budget.domain.changes.effects import Circumstances, RevenueEffect, RowEffect
from zhuji_budget.domain.changes.legality import KIND_RULES
from zhuji_budget.domain.changes.model import (
    BY_AGENCY,
    KIND_TITLES,
    LINES_MAX,
    MONTHS,
    NTD_MAX,
    TRANSFERS,
    WITH_NEW_LINES,
    WITH_NEW_ROWS,
    WITH_REVENUE,
    Change,
    ChangeKind,
)
from zhuji_budget.domain.changes.pooling import require_pool_kept
from zhuji_core.values import N_, DomainError


def require_allowed(
    change: Change,
    effects: Sequence[RowEffect],
    met: Circumstances,
    revenues: Sequence[RevenueEffect] = (),
) -> None:
    """Raise the first refusal of the document: its shape, the law of its kind, then the money."""
    require_year(change, met)
    if change.revenues and change.kind not in WITH_REVENUE:
        raise refusals.ChangeRevenueKind(
            kind=KIND_TITLES[change.kind], line_no=change.revenues[0].line_no
        )
    require_lines(change)
    if change.reverses_id is None:
        require_new_rows(change)
        for rule in KIND_RULES.get(change.kind, ()):
            rule(change, effects, met)
        require_agency(change)
    elif change.kind is ChangeKind.ADVANCE and met.included_ntd:
        raise refusals.AdvanceIncluded(
            included_ntd=met.included_ntd, arithmetic={"included_ntd": met.included_ntd}
        )
    elif change.kind is ChangeKind.POOLED:
        require_pool_kept(effects, met)
    for effect in effects:
        require_money(effect, met)
    for revenue in revenues:
        require_revenue(revenue)


def refusal_of(
    change: Change,
    effects: Sequence[RowEffect],
    met: Circumstances,
    revenues: Sequence[RevenueEffect] = (),
) -> DomainError | None:
    """Return what ``require_allowed`` would raise now: the preview."""
    try:
        require_allowed(change, effects, met, revenues)
    except DomainError as refusal:
        return refusal
    return None


def require_year(change: Change, met: Circumstances) -> None:
    """Raise ChangeYear or ChangeMonth unless the document's year is in force."""
    if met.year_state not in {"enacted", "allotted"}:
        raise refusals.ChangeYear(fiscal_year=change.fiscal_year, reason=N_("尚無法定預算"))
    # An advance moves nothing of the year: one that came to nothing is taken back whenever.
    outlives = change.kind is ChangeKind.ADVANCE and change.reverses_id is not None
    if met.business_year > change.fiscal_year and not outlives:
        raise refusals.ChangeYear(fiscal_year=change.fiscal_year, reason=N_("已經終了"))
    for line in change.lines:
        if line.month and line.agency_code in met.unallotted:
            raise refusals.ChangeMonth(
                fiscal_year=change.fiscal_year,
                line_no=line.line_no,
                agency_code=line.agency_code,
            )


def require_agency(change: Change) -> None:
    """Raise ChangeAgency where an agency's own document names a row of another one.

    The second reserve lies with the budget office: there only what arrives is asked about.
    """
    if change.kind not in BY_AGENCY:
        return
    for line in change.lines:
        leaves_reserve = change.kind is ChangeKind.SECOND_RESERVE and line.amount_ntd < 0
        if line.agency_code != change.agency_code and not leaves_reserve:
            raise refusals.ChangeAgency(
                line_no=line.line_no,
                line_code=line.line_code,
                other=line.agency_code,
                agency_code=change.agency_code,
            )


def require_new_rows(change: Change) -> None:
    """Raise ChangeNewRow where a kind cannot name a row, or a line, that does not exist yet."""
    for line in change.lines:
        new = line.new_row
        if new is None or not line.is_to_be:
            continue
        rule = ""
        if line.amount_ntd < 0:
            rule = N_("尚無預算之科目不能減少")
        elif change.kind not in WITH_NEW_ROWS:
            rule = N_("不得增加原預算所無之科目或用途別")
        elif new.makes_line and change.kind not in WITH_NEW_LINES:
            rule = N_("僅得增加既有科目之用途別，不得增加新科目")
        if rule:
            raise refusals.ChangeNewRow(
                kind=KIND_TITLES[change.kind],
                line_no=line.line_no,
                line_code=line.line_code,
                line_name=line.line_name,
                rule=rule,
            )


def require_lines(change: Change) -> None:
    """Raise ChangeLines or ChangeUnbalanced unless the amounts fit the kind."""
    amounts: list[int] = [line.amount_ntd for line in change.lines]
    sign = -1 if change.reverses_id else 1
    wrong = ""
    if change.kind in TRANSFERS:
        wrong = "" if min(amounts, default=0) < 0 < max(amounts, default=0) else N_("須有增有減")
    elif change.kind is ChangeKind.REDUCTION:
        wrong = "" if all(sign * amount < 0 for amount in amounts) else N_("金額須為減少")
    else:
        wrong = "" if all(sign * amount > 0 for amount in amounts) else N_("金額須為增加")
    fits = all(0 < abs(amount) <= NTD_MAX for amount in amounts)
    months = all(0 <= line.month <= MONTHS for line in change.lines)
    if wrong or not fits or not months or not 1 <= len(amounts) <= LINES_MAX:
        raise refusals.ChangeLines(
            kind=KIND_TITLES[change.kind],
            lines_max=LINES_MAX,
            rule=wrong or N_("月份為 1 至 12 或未分配"),
            fields={"lines": wrong or N_("請填寫明細。")},
        )
    total_ntd = sum(amounts)
    if change.kind in TRANSFERS and total_ntd:
        in_ntd = sum(amount for amount in amounts if amount > 0)
        figures = {
            "out_ntd": in_ntd - total_ntd,
            "in_ntd": in_ntd,
            "difference_ntd": abs(total_ntd),
        }
        raise refused(refusals.ChangeUnbalanced, figures=figures)
