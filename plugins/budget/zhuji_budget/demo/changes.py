"""The demo's documents of budget changes, each waiting for somebody."""

from __future__ import annotations

from zhuji_budget.demo.people import PREFERRED_AGENCY, acting
from zhuji_budget.domain.adjustment import RowBefore
from zhuji_budget.domain.changes.model import Change, ChangeKind
from zhuji_budget.domain.changes.new_rows import WantedRow
from zhuji_budget.store.adjustments import positions_of_year
from zhuji_budget.usecases.agree_change import agree_change
from zhuji_budget.usecases.submit_change import submit_change
from zhuji_budget.usecases.write_change import WantedChange, WantedChangeLine, write_change
from zhuji_core.uow import UnitOfWork

SPRING, UNALLOTTED = 4, 0
NEW_NTD = 250_000
EQUIPMENT = "03"  # 設備及投資, of the codes that the demo's years use


def write_changes(uow: UnitOfWork, *, fiscal_year: int) -> None:
    """Leave a virement with the head, a first reserve with the budget office, and a supplement.

    None of them takes effect, so the published figures stay what they are.
    """
    agency = _agency_of_changes(uow, fiscal_year=fiscal_year)
    if agency is None:
        return
    agency_code, rows, reserve = agency
    supplies = next(row for row in rows if row.role == "" and row.account == "current")
    other = next(row for row in rows if row is not supplies and row.role == "")
    moved_ntd = min(supplies.enacted_ntd, other.enacted_ntd) // 10
    virement = (_line(supplies, -moved_ntd, SPRING), _line(other, moved_ntd, SPRING))
    reserved_ntd = reserve.unallotted_ntd // 24
    drawn = (_line(reserve, -reserved_ntd, UNALLOTTED), _line(supplies, reserved_ntd, SPRING))
    new_row = WantedRow(line_code=supplies.line_code, object_code=EQUIPMENT, account="capital")
    begun = (WantedChangeLine(amount_ntd=NEW_NTD, month=SPRING, new_row=new_row),)
    writer, head, office = (
        acting(uow, agency_code, name)
        for name in ("林經辦（示範）", "張首長（示範）", "主計處陳科員（示範）")
    )
    _send(writer, ChangeKind.VIREMENT, "補助增加，由業務費流用（示範）", virement, fiscal_year)
    sent = _send(writer, ChangeKind.FIRST_RESERVE, "臨時業務所需（示範）", drawn, fiscal_year)
    agree_change(head, document_id=sent.document_id)
    wanted = WantedChange(
        kind=ChangeKind.SUPPLEMENT,
        purpose="第一次追加預算草稿：新增設備（示範）",
        lines=begun,
        fiscal_year=fiscal_year,
        agency_code=agency_code,
    )
    write_change(office, wanted=wanted)


def _agency_of_changes(
    uow: UnitOfWork, *, fiscal_year: int
) -> tuple[str, list[RowBefore], RowBefore] | None:
    """Return an agency with a first reserve and a line of two objects that are not personnel."""
    by_agency: dict[str, list[RowBefore]] = {}
    for row in positions_of_year(uow, fiscal_year=fiscal_year):
        by_agency.setdefault(row.agency_code, []).append(row)
    for agency_code in sorted(by_agency, key=lambda code: (code != PREFERRED_AGENCY, code)):
        rows = by_agency[agency_code]
        reserves = [row for row in rows if row.role == "first_reserve"]
        lines: dict[str, list[RowBefore]] = {}
        for row in rows:
            lines.setdefault(row.line_code, []).append(row)
        for own in lines.values():
            free = [row for row in own if row.role == "" and row.account == "current"]
            if reserves and len(free) > 1:
                return agency_code, sorted(free, key=lambda row: row.object_code), reserves[0]
    return None


def _line(row: RowBefore, amount_ntd: int, month: int) -> WantedChangeLine:
    return WantedChangeLine(control_row_id=row.control_row_id, amount_ntd=amount_ntd, month=month)


def _send(
    uow: UnitOfWork,
    kind: ChangeKind,
    purpose: str,
    lines: tuple[WantedChangeLine, ...],
    fiscal_year: int,
) -> Change:
    wanted = WantedChange(kind=kind, purpose=purpose, lines=lines, fiscal_year=fiscal_year)
    draft = write_change(uow, wanted=wanted)
    return submit_change(uow, document_id=draft.document_id)
