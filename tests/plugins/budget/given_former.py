"""A row of former years (以前年度), brought into the next year by the end of this one."""

from __future__ import annotations

import uuid

from tests.plugins.budget.given import AGENCY, YEAR, do
from zhuji_budget.usecases.bring_forward import bring_forward, take_back_forward
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.contracts.funds import BroughtForward, FundsMove, MoveKind
from zhuji_core.testing.counties import CountyUnderTest


def _document(number: int, kind: str) -> DocumentRef:
    return DocumentRef(
        kind=kind, document_id=uuid.UUID(int=number), label=f"{number}", agency_code=AGENCY
    )


END = _document(9_001, "test.year-end")
GOES_ON, OWED = _document(9_002, "test.request"), _document(9_003, "test.request")


def given_former(
    county: CountyUnderTest, row: uuid.UUID, *, carried_ntd: int, owed_ntd: int
) -> uuid.UUID:
    """Bring what ``row`` holds and owes into the next year; return its row there."""
    with county.uow() as uow:
        opened = bring_forward(
            uow,
            fiscal_year=YEAR + 1,
            document=END,
            brought=[
                BroughtForward(control_row_id=row, commitment=GOES_ON, carried_ntd=carried_ntd),
                BroughtForward(control_row_id=row, commitment=OWED, owed_ntd=owed_ntd),
            ],
        )
        uow.audit("test.year-end", END)
    return opened[row]


def spend_former(county: CountyUnderTest, row: uuid.UUID, amount_ntd: int) -> None:
    """Claim of what was carried over."""
    move = FundsMove(
        control_row_id=row,
        kind=MoveKind.EXPEND,
        amount_ntd=amount_ntd,
        document=_document(9_004, "test.claim"),
        commitment=GOES_ON,
    )
    do(county, move)


def undo_former(county: CountyUnderTest) -> None:
    with county.uow() as uow:
        take_back_forward(uow, document=END)
        uow.audit("test.year-end", END)
