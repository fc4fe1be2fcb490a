"""Rows and documents for the rules, and the documents of a county, said shortly."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import msgspec

from tests.plugins.budget.given import YEAR
from zhuji_budget.domain.adjustment import RowBefore
from zhuji_budget.domain.changes.effects import Circumstances
from zhuji_budget.domain.changes.model import Change, ChangeKind, ChangeLine, ChangeState
from zhuji_budget.domain.changes.reserve_use import ReserveUse
from zhuji_budget.domain.supervisor import Endorsement
from zhuji_budget.usecases.agree_change import agree_change
from zhuji_budget.usecases.decide_change import decide_change
from zhuji_budget.usecases.endorse_change import endorse_change
from zhuji_budget.usecases.submit_change import submit_change
from zhuji_budget.usecases.write_change import WantedChange, WantedChangeLine, write_change
from zhuji_core.testing.counties import CountyUnderTest, given_actor

AGENCY = "0001010000"
WRITER, HEAD, OFFICE, BUREAU = 1, 2, 3, 4
MARCH = 3


def row(  # noqa: PLR0913 (a row has many counters, each by name)
    number: int,
    *,
    plan: str,
    object_name: str,
    enacted_ntd: int,
    months: Sequence[int] = (),
    line: str = "",
    agency: str = AGENCY,
    account: str = "current",
    council_ntd: int = 0,
    frozen_ntd: int = 0,
    used_ntd: int = 0,
    pooled: bool = False,
    role: str = "",
) -> RowBefore:
    line = line or plan
    return RowBefore(
        control_row_id=uuid.UUID(int=number),
        line_id=uuid.uuid5(uuid.NAMESPACE_OID, line),
        fiscal_year=YEAR,
        agency_code=agency,
        line_code=line,
        line_name=line,
        plan_code=plan,
        function_code="",
        pooled=pooled,
        role=role,
        object_code=object_name,
        object_name=object_name,
        account=account,
        bill_ntd=enacted_ntd - council_ntd,
        council_ntd=council_ntd,
        enacted_ntd=enacted_ntd,
        changes_ntd=0,
        frozen_ntd=frozen_ntd,
        allotment_ntd=tuple(months) + (0,) * (12 - len(months)),
        encumbered_ntd=used_ntd,
        advanced_ntd=0,
        expended_ntd=0,
        closed_reason="",
    )


# The golden example's agency in March (domain §9): L1 to L6.
L1 = row(1, plan="一般行政", object_name="人事費", enacted_ntd=6_000_000, months=[700_000] * 3,
         used_ntd=2_030_000, role="personnel")  # fmt: skip
L2 = row(2, plan="一般行政", object_name="業務費", enacted_ntd=600_000, months=[50_000] * 3,
         used_ntd=58_520)  # fmt: skip
L3 = row(3, plan="戶政業務", object_name="業務費", enacted_ntd=1_200_000, months=[100_000] * 3,
         used_ntd=158_600)  # fmt: skip
L4 = row(4, plan="戶政業務", object_name="獎補助費", enacted_ntd=100_000, months=[8_000] * 3)
L6 = row(6, plan="第一預備金", object_name="預備金", enacted_ntd=60_000,
         role="first_reserve")  # fmt: skip
GOLDEN = (L1, L2, L3, L4, L6)


def met(**more: object) -> Circumstances:
    plain = Circumstances(
        year_state="allotted", business_year=YEAR, month=MARCH, binds_to_date=True
    )
    return msgspec.structs.replace(plain, **more)


def change(
    kind: ChangeKind, *moves: tuple[RowBefore, int] | tuple[RowBefore, int, int], **more: object
) -> Change:
    """Return a document that moves these amounts; the third figure is the month."""
    lines = tuple(
        ChangeLine(
            line_no=number,
            control_row_id=move[0].control_row_id,
            agency_code=move[0].agency_code,
            line_code=move[0].line_code,
            line_name=move[0].line_name,
            object_code=move[0].object_code,
            object_name=move[0].object_name,
            account=move[0].account,
            amount_ntd=move[1],
            month=move[2] if len(move) == 3 else 0,
        )
        for number, move in enumerate(moves, 1)
    )
    plain = Change(
        document_id=uuid.UUID(int=999),
        fiscal_year=YEAR,
        agency_code=AGENCY,
        agency_name="示範機關甲",
        kind=kind,
        state=ChangeState.DRAFT,
        purpose="戶政資訊補助",
        ground="預算法",
        created_by=uuid.UUID(int=WRITER),
        created_by_name="經辦",
        lines=lines,
    )
    return msgspec.structs.replace(plain, **more)


def write(
    county: CountyUnderTest,
    kind: ChangeKind,
    *moves: tuple[uuid.UUID, int, int],
    agency_code: str = AGENCY,
    advance_id: uuid.UUID | None = None,
    reserve_use: ReserveUse | None = None,
) -> Change:
    wanted = WantedChange(
        kind=kind,
        purpose="執行所需",
        lines=tuple(
            WantedChangeLine(control_row_id=row_id, amount_ntd=amount_ntd, month=month)
            for row_id, amount_ntd, month in moves
        ),
        fiscal_year=YEAR,
        agency_code=agency_code,
        advance_id=advance_id,
        reserve_use=reserve_use,
    )
    with county.uow(given_actor(WRITER)) as uow:
        return write_change(uow, wanted=wanted)


def submit(county: CountyUnderTest, document_id: uuid.UUID) -> Change:
    with county.uow(given_actor(WRITER)) as uow:
        return submit_change(uow, document_id=document_id)


def settle(county: CountyUnderTest, submitted: Change) -> Change:
    """Let the head, a supervising agency and the budget office do what the document waits for."""
    if submitted.state is ChangeState.SUBMITTED:
        with county.uow(given_actor(HEAD)) as uow:
            submitted = agree_change(uow, document_id=submitted.document_id)
    if submitted.state is ChangeState.SUPERVISING:
        with county.uow(given_actor(BUREAU)) as uow:
            submitted = endorse_change(
                uow, document_id=submitted.document_id, opinion=Endorsement.AGREE
            )
    if submitted.state is ChangeState.AGREED:
        with county.uow(given_actor(OFFICE)) as uow:
            submitted = decide_change(
                uow, document_id=submitted.document_id, act_no="府主一字第 9 號"
            )
    return submitted


def state_of(county: CountyUnderTest, document_id: uuid.UUID) -> str:
    found: str = county.rows(
        "SELECT state FROM budget.change_document WHERE document_id = :id", id=document_id
    )[0][0]
    return found


def post(
    county: CountyUnderTest,
    kind: ChangeKind,
    *moves: tuple[uuid.UUID, int, int],
    agency_code: str = AGENCY,
    advance_id: uuid.UUID | None = None,
) -> Change:
    """Write a document and take it through every hand."""
    draft = write(county, kind, *moves, agency_code=agency_code, advance_id=advance_id)
    return settle(county, submit(county, draft.document_id))
