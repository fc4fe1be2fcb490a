"""Write a carry-over request (保留申請), new or changed: how each open line is divided."""

from __future__ import annotations

import uuid

import msgspec

from zhuji_accounting.domain.carries import rules
from zhuji_accounting.domain.carries.carry_over import CarryOver, CarryState
from zhuji_accounting.domain.carries.refusals import CarryStale
from zhuji_accounting.domain.carries.rules import Split
from zhuji_accounting.domain.refusals import RequestNotFound
from zhuji_accounting.domain.request import Period, SpendingRequest
from zhuji_accounting.permissions import WRITE_CARRY
from zhuji_accounting.store import carries, requests
from zhuji_accounting.usecases._carry import lock_with_request, require_open
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value


class WantedCarry(Value, frozen=True, kw_only=True):
    """What a clerk keys: why, by which evidence, whose what is due is, and the division.

    ``revision`` is the one that the form was opened with; 0: none was.
    """

    reason: str
    evidence: str
    lines: tuple[Split, ...]
    creditor: str = ""
    creditor_id: str = ""
    revision: int = 0


def write_carry(
    uow: UnitOfWork,
    *,
    wanted: WantedCarry,
    request_id: uuid.UUID | None = None,
    carry_id: uuid.UUID | None = None,
) -> CarryOver:
    """Write a new draft of the certified request, or change the draft or returned ``carry_id``.

    Raises RequestNotFound, CarryNotFound, Forbidden, CarryEarly, YearEnded, PeriodClosed,
    WrongState, CarryWrongState, NotCarryWriter, CarryStale, CarryLines, CarrySplit, TooLong or
    CarryTwice; then nothing is kept.
    """
    if carry_id is None:
        before, request = None, _request(uow, request_id)
    else:
        locked = lock_with_request(uow, carry_id, permission=WRITE_CARRY)
        before, request = locked.carry, locked.request.request
        rules.require_state(before, rules.EDITABLE, action=N_("修改"))
        rules.require_writer(before, by=uow.actor.user_id, action=N_("修改"))
        if wanted.revision and wanted.revision != before.revision:
            raise CarryStale(label=before.label)
    carry = msgspec.structs.replace(
        before or _blank(uow, request),
        reason=wanted.reason.strip(),
        evidence=wanted.evidence.strip(),
        creditor=wanted.creditor.strip() or request.contractor or request.payee.strip(),
        creditor_id=wanted.creditor_id.strip(),
        contract_no=request.contract_no,
        lines=rules.divide(request, wanted.lines),
    )
    rules.require_short(carry)
    (carries.insert if before is None else carries.rewrite)(uow, carry)
    uow.audit(
        WRITE_CARRY.name,
        carry.document,
        before=before.summary() if before else None,
        after=carry.summary(),
    )
    return carry


def _request(uow: UnitOfWork, request_id: uuid.UUID | None) -> SpendingRequest:
    """Lock the request of a new draft."""
    year = None if request_id is None else requests.year_of(uow, request_id)
    if request_id is None or year is None:
        raise RequestNotFound
    period = Period.of_year(uow.business_date, year)
    locked = requests.lock(uow, [request_id], period=period)[request_id]
    uow.require(WRITE_CARRY, agency_code=locked.request.agency_code)
    require_open(uow, locked, period)
    return locked.request


def _blank(uow: UnitOfWork, request: SpendingRequest) -> CarryOver:
    principal = uow.actor.on_behalf_of
    return CarryOver(
        carry_id=new_id(),
        fiscal_year=request.fiscal_year,
        agency_code=request.agency_code,
        agency_name=request.agency_name,
        state=CarryState.DRAFT,
        request_id=request.request_id,
        request_label=request.label,
        reason="",
        evidence="",
        created_by=uow.actor.user_id,
        created_for=None if principal is None else principal.user_id,
        created_by_name=uow.actor.signature,
        lines=(),
    )
