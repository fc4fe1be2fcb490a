"""What both ways of money coming back share: the record, the counters, the voucher."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from zhuji_accounting.domain.ledger.fact import Fact, FactLine
from zhuji_accounting.domain.ledger.voucher import Subsidiary
from zhuji_accounting.domain.recoveries import recovery as rules
from zhuji_accounting.domain.recoveries.recovery import (
    PaidLine,
    Recovery,
    SourceKind,
    WantedRecovery,
)
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_accounting.store import recoveries
from zhuji_accounting.usecases._record_fact import draft_from_fact
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.contracts.funds import FundsMove, MoveKind
from zhuji_core.ids import new_id
from zhuji_core.numbering import take_numbers
from zhuji_core.uow import UnitOfWork

NUMBER_KIND = "recovery"


def new_recovery(
    uow: UnitOfWork,
    wanted: WantedRecovery,
    *,
    source: DocumentRef,
    source_kind: SourceKind,
    agency_name: str,
    fiscal_year: int,
) -> Recovery:
    """Return the recovery under its number, which is taken here: after the control rows."""
    principal = uow.actor.on_behalf_of
    numbers = take_numbers(
        uow, agency_code=source.agency_code, fiscal_year=fiscal_year, kind=NUMBER_KIND
    )
    return Recovery(
        recovery_id=new_id(),
        fiscal_year=fiscal_year,
        agency_code=source.agency_code,
        agency_name=agency_name,
        recovery_no=numbers[0],
        source_kind=source_kind,
        source_id=source.document_id,
        source_label=source.label,
        slip=wanted.slip,
        business_date=uow.business_date,
        recorded_by=uow.actor.user_id,
        recorded_by_name=uow.actor.signature,
        recorded_for=None if principal is None else principal.user_id,
        lines=wanted.lines,
    )


def move_back(
    uow: UnitOfWork,
    paid: Sequence[PaidLine],
    wanted: WantedRecovery,
    *,
    kind: MoveKind,
    source: DocumentRef,
    requests: Mapping[uuid.UUID, SpendingRequest],
) -> None:
    """Give the money back to its control rows; the source is the document that answers for it."""
    rows = {line.line_no: line for line in paid}
    moves = [
        FundsMove(
            control_row_id=rows[line.line_no].control_row_id,
            kind=kind,
            amount_ntd=line.amount_ntd,
            document=source,
            detail_object_code=rows[line.line_no].detail_object_code,
            commitment=requests[rows[line.line_no].request_id].document,
        )
        for line in wanted.lines
    ]
    answers = uow.hooks.move_funds(uow, moves)
    assert all(answer.granted for answer in answers), "giving money back is never refused"


def keep(
    uow: UnitOfWork,
    recovery: Recovery,
    paid: Sequence[PaidLine],
    requests: Mapping[uuid.UUID, SpendingRequest],
) -> None:
    """Write the recovery and what its requests have of it."""
    recoveries.insert(uow, recovery)
    rows = {line.line_no: line for line in paid}
    back: dict[uuid.UUID, dict[int, int]] = {}
    for line in recovery.lines:
        own = rows[line.line_no]
        back.setdefault(own.request_id, {})[own.request_line_no] = line.amount_ntd
    for request_id, amounts_ntd in sorted(back.items()):
        after = rules.give_back(requests[request_id], amounts_ntd, of=recovery.source_kind)
        recoveries.give_back(uow, recovery, after, amounts_ntd)


def tell_books(
    uow: UnitOfWork,
    recovery: Recovery,
    paid: Sequence[PaidLine],
    *,
    event_code: str,
    subsidiaries: Mapping[str, Subsidiary],
) -> None:
    """Draft the voucher of the recovery, by budget row and object."""
    rows = {line.line_no: line for line in paid}
    draft_from_fact(
        uow,
        Fact(
            event_code=event_code,
            agency_code=recovery.agency_code,
            agency_name=recovery.agency_name,
            fiscal_year=recovery.fiscal_year,
            posting_date=uow.business_date,
            memo=f"{recovery.source_label} {recovery.slip.reason}",
            document=recovery.document,
            document_count=1,
            lines=tuple(
                FactLine(
                    amounts_ntd={"amount": line.amount_ntd},
                    control_row_id=rows[line.line_no].control_row_id,
                    row_label=rows[line.line_no].title,
                    object_code=rows[line.line_no].object_code,
                    detail_object_code=rows[line.line_no].detail_object_code,
                    account=rows[line.line_no].account,
                    description=recovery.slip.payer,
                    subsidiaries=subsidiaries,
                )
                for line in recovery.lines
            ),
        ),
    )


def audit_recovery(uow: UnitOfWork, recovery: Recovery, source: DocumentRef, verb: str) -> None:
    """Keep the act with both documents: the history of each tells of it."""
    told = {
        "recovery": recovery.label,
        "source": recovery.source_label,
        "slip_no": recovery.slip.slip_no,
        "amount_ntd": recovery.amount_ntd,
        "reason": f"{recovery.label} {recovery.slip.reason}",
    }
    uow.audit(verb, recovery.document, after=told)
    uow.audit(verb, source, after=told)
