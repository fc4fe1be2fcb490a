"""What tests of budget begin with, saying only what matters."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from tests.plugins.budget.given_equal import given_equal
from zhuji_budget.domain.books.model import Budget
from zhuji_budget.facts import load_facts
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_budget.usecases.import_budget import Imported, import_budget
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.contracts.funds import FundsAnswer, FundsMove, MoveKind
from zhuji_core.testing.counties import CountyUnderTest, given_actor

# 行政管理 of 示範機關甲: 業務費 (02) has 12,987,650 for the year and 3,246,912 until March.
YEAR = 105
ENACTOR = given_actor(50)  # whoever made the bill does not enact it
AGENCY = "0001010000"
LINE = "3201010101"
SUPPLIES_NTD = 12_987_650
SUPPLIES_TO_MARCH_NTD = 3_246_912
TOTAL_NTD = 131_036_348
RESERVE = "6101010301"  # 第一預備金 of 示範機關甲, which the equal rule leaves unallotted
RESERVE_NTD = 700_000


def small_budget() -> Budget:
    return load_facts("demo-small").budget


def keep(county: CountyUnderTest, budget: Budget) -> Imported:
    """Import ``budget`` in a transaction of its own."""
    with county.uow() as uow:
        return import_budget(uow, budget=budget, pack=load_facts("demo-small").pack)


def given_bill(county: CountyUnderTest) -> None:
    county.begun("budget's bill", lambda: keep(county, small_budget()))


def given_allotted(county: CountyUnderTest) -> None:
    county.begun("budget's allotted year", lambda: _made_allotted(county))


def _made_allotted(county: CountyUnderTest) -> None:
    keep(county, small_budget())
    with county.uow(ENACTOR) as uow:
        enact_year(uow, fiscal_year=YEAR, act_no="府主一字第 1 號")
    with county.uow() as uow:
        given_equal(uow, fiscal_year=YEAR)


def rows_of(county: CountyUnderTest, *, line_code: str) -> Sequence[uuid.UUID]:
    found = county.rows(
        "SELECT control_row_id FROM budget.control_row WHERE line_code = :code"
        " ORDER BY object_code",
        code=line_code,
    )
    return [row.control_row_id for row in found]


def document(number: int, kind: str = "accounting.request") -> DocumentRef:
    return DocumentRef(
        kind=kind, document_id=uuid.UUID(int=number), label=f"簽 {number}", agency_code=AGENCY
    )


def move(
    row: uuid.UUID,
    amount_ntd: int,
    *,
    kind: MoveKind = MoveKind.RESERVE,
    number: int = 1,
    detail: str = "",
    document_kind: str = "accounting.request",
) -> FundsMove:
    return FundsMove(
        control_row_id=row,
        kind=kind,
        amount_ntd=amount_ntd,
        document=document(number, document_kind),
        detail_object_code=detail,
    )


def do(county: CountyUnderTest, *moves: FundsMove) -> Sequence[FundsAnswer]:
    """Move funds through the hook, as accounting does, with the audit that it would write."""
    with county.uow() as uow:
        answers = uow.hooks.move_funds(uow, moves)
        uow.audit("test.move", moves[0].document)
    return answers


def counters(county: CountyUnderTest, row: uuid.UUID) -> tuple[int, int, int]:
    """Return enacted, allotted (whole year) and encumbered of one row."""
    found = county.rows(
        "SELECT enacted_ntd, (SELECT sum(a) FROM unnest(allotment_ntd) AS a) AS allotted_ntd,"
        " encumbered_ntd FROM budget.control_row WHERE control_row_id = :row",
        row=row,
    )[0]
    return found.enacted_ntd, int(found.allotted_ntd), found.encumbered_ntd
