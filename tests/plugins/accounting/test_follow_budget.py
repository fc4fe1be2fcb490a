"""Automatic vouchers: what the budget tells enters the books, once, in both bases of accounting."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from tests.plugins.accounting.given import Office
from zhuji_accounting.domain.refusals import PeriodClosed
from zhuji_accounting.usecases.follow_budget import follow_budget
from zhuji_core.contracts.budgets import (
    AllotmentReleased,
    BudgetEnacted,
    BudgetRow,
    ChangedRow,
    ChangePosted,
    ReleasedRow,
)
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.ids import new_id
from zhuji_core.values import Event

ROW, RESERVE, FEES = (uuid.UUID(int=number) for number in (1, 2, 3))
YEAR_DOCUMENT = uuid.UUID(int=9)
NEW_BASIS = 114


def day(year: int, month: int, date: int = 1) -> dt.date:
    return dt.date(year + 1911, month, date)


def enacted(year: int) -> BudgetEnacted:
    def row(row_id: uuid.UUID, code: str, name: str, amount_ntd: int) -> BudgetRow:
        return BudgetRow(
            row_id=row_id, code=code, name=name, object_code="2000", object_name="業務費",
            account="current", amount_ntd=amount_ntd,
        )  # fmt: skip

    return BudgetEnacted(
        event_id=new_id(),
        fiscal_year=year,
        agency_code="A1",
        document_id=YEAR_DOCUMENT,
        label=f"{year} 年度總預算",
        act_no="1",
        effective_on=day(year, 1),
        business_date=day(year - 1, 12),
        expenditure_ntd=660,
        expenditure=(
            row(ROW, "0101", "行政管理", 600),
            row(RESERVE, "9801", "第一預備金", 60),
        ),
        revenue_ntd=48,
        revenue=(row(FEES, "0401", "證照費", 48),),
    )


def released(year: int, month: int, amount_ntd: int, side: str = "expenditure") -> Event:
    return AllotmentReleased(
        event_id=new_id(),
        fiscal_year=year,
        agency_code="A1",
        side=side,
        month=month,
        occasion="month",
        document_id=YEAR_DOCUMENT,
        label="分配表",
        amount_ntd=amount_ntd,
        rows=(ReleasedRow(row_id=ROW if side == "expenditure" else FEES, amount_ntd=amount_ntd),),
        effective_on=day(year, month),
        business_date=day(year, month),
    )


def reserve_used(year: int) -> ChangePosted:
    def row(row_id: uuid.UUID, change_ntd: int, released_ntd: int) -> ChangedRow:
        months = (0, 0, released_ntd, *[0] * 9)
        return ChangedRow(
            row_id=row_id, code="x", name="y", object_code="2000", object_name="業務費",
            account="current", change_ntd=change_ntd, frozen_ntd=0, months_ntd=months,
            released_ntd=released_ntd,
        )  # fmt: skip

    return ChangePosted(
        event_id=new_id(),
        fiscal_year=year,
        agency_code="A1",
        document_id=new_id(),
        label="動一1",
        kind="first_reserve",
        act_no="2",
        purpose="動支第一預備金並分配",
        reverses_id=None,
        effective_on=day(year, 3, 15),
        business_date=day(year, 3, 15),
        change_ntd=0,
        released_ntd=20,
        expenditure=(row(RESERVE, -20, 0), row(ROW, 20, 20)),
    )


def hear(office: Office, *events: Event) -> None:
    with office.county.uow() as uow:
        follow_budget(uow, events)
        uow.audit("test.followed", DOCUMENT)


DOCUMENT = DocumentRef(
    kind="budget.year", document_id=YEAR_DOCUMENT, label="某年度", agency_code="A1"
)


def journal(office: Office) -> list[tuple[str, dt.date, str, str, int, int]]:
    rows = office.county.rows(
        "SELECT v.voucher_no, v.posting_date, v.memo, l.account_name, l.debit_ntd, l.credit_ntd"
        "  FROM accounting.voucher AS v JOIN accounting.voucher_line AS l USING (voucher_id)"
        " WHERE v.state = 'posted' AND v.automatic ORDER BY v.voucher_no, l.line_no"
    )
    return [(f"轉{row[0]}", *row[1:]) for row in rows]


def test_the_year_is_entered_by_itself(office: Office) -> None:
    year = NEW_BASIS
    office.county.business_date = day(year, 3, 15)
    hear(office, enacted(year), released(year, 1, 50), released(year, 1, 4, "revenue"))
    hear(office, reserve_used(year))
    assert journal(office) == [
        ("轉1", day(year, 1), "法定歲出預算成立", "預計撥入數", 660, 0),
        ("轉1", day(year, 1), "法定歲出預算成立", "支出預算數", 0, 660),
        ("轉2", day(year, 1), "法定歲入預算成立", "收入預算數", 48, 0),
        ("轉2", day(year, 1), "法定歲入預算成立", "預計繳付數", 0, 48),
        ("轉3", day(year, 1), "1月歲出分配", "支出預算數", 50, 0),
        ("轉3", day(year, 1), "1月歲出分配", "支出分配數", 0, 50),
        ("轉4", day(year, 1), "1月歲入分配", "收入分配數", 4, 0),
        ("轉4", day(year, 1), "1月歲入分配", "收入預算數", 0, 4),
        ("轉5", day(year, 3, 15), "動支第一預備金並分配", "支出預算數", 20, 0),
        ("轉5", day(year, 3, 15), "動支第一預備金並分配", "支出分配數", 0, 20),
    ]
    kept = office.county.rows(
        "SELECT row_id, kind, sum(amount_ntd)::bigint AS ntd FROM accounting.budget_item_movement"
        " GROUP BY row_id, kind ORDER BY row_id, kind"
    )
    assert [tuple(row) for row in kept] == [
        (ROW, "enacted", 600), (ROW, "first_reserve", 20), (ROW, "released", 70),
        (RESERVE, "enacted", 60), (RESERVE, "first_reserve", -20),
        (FEES, "enacted", 48), (FEES, "released", 4),
    ]  # fmt: skip


def test_the_older_basis_enters_its_own_accounts(office: Office) -> None:
    hear(office, enacted(105), released(105, 1, 50))
    names = [(number, name) for number, _, _, name, _, _ in journal(office)]
    assert names == [
        ("轉1", "預計支用數"), ("轉1", "歲出預算數"), ("轉2", "歲入預算數"), ("轉2", "預計納庫數"),
        ("轉3", "歲出預算數"), ("轉3", "可支庫款"), ("轉3", "歲出分配數"), ("轉3", "預計支用數"),
    ]  # fmt: skip


def test_told_twice_is_entered_once(office: Office) -> None:
    first, second = enacted(105), released(105, 1, 50)
    hear(office, first)
    hear(office, first, second, second)
    hear(office, second)
    assert len({number for number, *_ in journal(office)}) == 3
    assert len(office.county.rows("SELECT FROM accounting.budget_item_movement")) == 4


def test_what_moves_nothing_of_the_agency_makes_no_voucher(office: Office) -> None:
    change = reserve_used(105)
    virement = ChangePosted(
        **{
            **{name: getattr(change, name) for name in change.__struct_fields__},
            "kind": "virement",
            "released_ntd": 0,
        }
    )
    hear(office, enacted(105))
    before = journal(office)
    hear(office, virement)
    assert journal(office) == before


def test_a_closed_month_takes_no_automatic_voucher_and_nothing_is_kept(office: Office) -> None:
    hear(office, enacted(105))
    office.close_through(2)
    before = office.county.rows("SELECT count(*) FROM accounting.followed_event")
    with pytest.raises(PeriodClosed):
        hear(office, released(105, 2, 50))
    assert office.county.rows("SELECT count(*) FROM accounting.followed_event") == before
