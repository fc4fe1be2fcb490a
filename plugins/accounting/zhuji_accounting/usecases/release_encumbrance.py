"""Release certified money that is not needed any more (釋放): it returns to its control rows."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from zhuji_accounting.domain import rules
from zhuji_accounting.domain.carries.brought import lapsed_fact
from zhuji_accounting.domain.request import Brought, Period, SpendingRequest
from zhuji_accounting.permissions import RELEASE_ENCUMBRANCE
from zhuji_accounting.queries.certifications import certification_label_of
from zhuji_accounting.store import certifications
from zhuji_accounting.usecases._contract import clear_contracts
from zhuji_accounting.usecases._one import lock_one
from zhuji_accounting.usecases._record_fact import draft_from_fact
from zhuji_core.contracts.funds import FundsMove, MoveKind
from zhuji_core.contracts.requests import CertifiedLine, EncumbranceReleased
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_


def release_encumbrance(
    uow: UnitOfWork, *, request_id: uuid.UUID, amounts_ntd: Mapping[int, int], reason: str
) -> SpendingRequest:
    """Release ``amounts_ntd`` (line number → NT dollars); a request that holds nothing is closed.

    In the two months after its year (整理期間) too, until that period is closed. Of a contract the
    契約責任 is cleared too; what is owed of a former year (應付) lapses (註銷), with a voucher.
    Raises ReasonMissing, TooLong, RequestNotFound, Forbidden, YearEnded, PeriodClosed, WrongState,
    LinesMissing, OverRelease, or what ``clear_contracts`` and ``draft_from_fact`` raise; then
    nothing is kept.
    """
    said = rules.require_reason(reason)
    locked = lock_one(uow, request_id, permission=RELEASE_ENCUMBRANCE, late=True)
    before = locked.request
    rules.require_open(
        before,
        period=Period.of_year(uow.business_date, before.fiscal_year),
        period_closed=locked.period_closed,
        action=N_("釋放"),
    )
    released = rules.release(before, dict(amounts_ntd))
    answers = uow.hooks.move_funds(uow, release_moves(released, amounts_ntd))
    assert all(answer.granted for answer in answers), "giving money back is never refused"
    certifications.release(uow, released, amounts_ntd, reason=said)
    tell_release(uow, released, amounts_ntd)
    uow.audit(
        RELEASE_ENCUMBRANCE.name,
        released.document,
        before=before.summary(),
        after={**released.summary(), "reason": said},
    )
    clear_contracts(uow, [(released, amounts_ntd)])
    return released


def release_moves(request: SpendingRequest, amounts_ntd: Mapping[int, int]) -> list[FundsMove]:
    """Return one move for each line that gives money back, in order of the lines."""
    kind = MoveKind.LAPSE if request.brought is Brought.OWED else MoveKind.RELEASE
    rows = {line.line_no: line.control_row_id for line in request.lines}
    return [
        FundsMove(
            control_row_id=rows[line_no],
            kind=kind,
            amount_ntd=amount_ntd,
            document=request.document,
        )
        for line_no, amount_ntd in sorted(amounts_ntd.items())
    ]


def tell_release(uow: UnitOfWork, request: SpendingRequest, amounts_ntd: Mapping[int, int]) -> None:
    """Tell after the commit that money went back; of what is owed, draft the voucher instead."""
    if request.brought is Brought.OWED:
        draft_from_fact(uow, lapsed_fact(request, amounts_ntd, on_date=uow.business_date))
    else:
        uow.record(release_event(uow, request, amounts_ntd), document_id=request.request_id)


def release_event(
    uow: UnitOfWork, request: SpendingRequest, amounts_ntd: Mapping[int, int]
) -> EncumbranceReleased:
    """Return the fact to tell after the commit."""
    rows = {line.line_no: line.control_row_id for line in request.lines}
    return EncumbranceReleased(
        event_id=new_id(),
        request_id=request.request_id,
        certification_no=certification_label_of(uow, request.request_id),
        agency_code=request.agency_code,
        fiscal_year=request.fiscal_year,
        amount_ntd=sum(amounts_ntd.values()),
        lines=tuple(
            CertifiedLine(line_no=line_no, control_row_id=rows[line_no], amount_ntd=amount_ntd)
            for line_no, amount_ntd in sorted(amounts_ntd.items())
        ),
        released_by=uow.actor.user_id,
        business_date=uow.business_date,
    )
