"""Write an advance on a certified request, new or changed, as a draft."""

from __future__ import annotations

import datetime as dt
import uuid

import msgspec

from zhuji_accounting.domain.advances import rules
from zhuji_accounting.domain.advances.advance import Advance, AdvanceKind, AdvanceState
from zhuji_accounting.domain.advances.refusals import AdvanceRequestUnknown, AdvanceStale
from zhuji_accounting.domain.commitments.rules import ends_on
from zhuji_accounting.domain.request import RequestState, SpendingRequest
from zhuji_accounting.permissions import WRITE_ADVANCE
from zhuji_accounting.queries.claims import claimable_requests
from zhuji_accounting.store import advances
from zhuji_accounting.usecases._advance import lock_advance
from zhuji_accounting.usecases._agency import agency_name
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value


class WantedAdvanceLine(Value, frozen=True, kw_only=True):
    """How many NT dollars are advanced of one line of the request."""

    line_no: int
    amount_ntd: int


class WantedAdvance(Value, frozen=True, kw_only=True):
    """What a clerk keys for an advance; ``revision`` is the one that the form was opened with.

    ``settle_by`` None: the end of the year, which is what petty cash has.
    """

    request_id: uuid.UUID
    memo: str
    receiver_name: str
    lines: tuple[WantedAdvanceLine, ...]
    kind: AdvanceKind = AdvanceKind.GENERAL
    settle_by: dt.date | None = None
    receiver_id: str = ""
    bank_code: str = ""
    branch_code: str = ""
    account_no: str = ""
    contract_no: str = ""
    open_reason: str = ""
    agency_code: str = ""
    revision: int = 0


def write_advance(
    uow: UnitOfWork, *, wanted: WantedAdvance, advance_id: uuid.UUID | None = None
) -> Advance:
    """Write a new draft, or change the draft or returned advance ``advance_id``.

    A draft may be incomplete: submission asks for all of it, and for the money. Raises Forbidden,
    AdvanceNotFound, AdvanceWrongState, NotAdvanceWriter, AdvanceStale, AdvanceRequestUnknown,
    AdvanceLineInvalid or TooLong; then nothing is kept.
    """
    before = None if advance_id is None else _open(uow, advance_id, wanted)
    draft = before or _blank(uow, wanted)
    uow.require(WRITE_ADVANCE, agency_code=draft.agency_code)
    request = _request(uow, wanted.request_id, draft)
    advance = msgspec.structs.replace(
        draft,
        kind=wanted.kind,
        request_id=request.request_id,
        request_label=request.label,
        memo=wanted.memo.strip(),
        settle_by=wanted.settle_by or ends_on(draft.fiscal_year),
        receiver_name=wanted.receiver_name.strip(),
        receiver_id=wanted.receiver_id.strip(),
        bank_code=wanted.bank_code,
        branch_code=wanted.branch_code,
        account_no=wanted.account_no,
        contract_no=request.contract_no or wanted.contract_no.strip(),
        open_reason=wanted.open_reason.strip(),
        lines=rules.lines_of(request, [(line.line_no, line.amount_ntd) for line in wanted.lines]),
    )
    rules.require_short(advance)
    (advances.insert if before is None else advances.rewrite)(uow, advance)
    uow.audit(
        WRITE_ADVANCE.name,
        advance.document,
        before=before.summary() if before else None,
        after=advance.summary(),
    )
    return advance


def _blank(uow: UnitOfWork, wanted: WantedAdvance) -> Advance:
    agency_code = wanted.agency_code or uow.actor.agency_code
    principal = uow.actor.on_behalf_of
    return Advance(
        advance_id=new_id(),
        fiscal_year=uow.fiscal_year,
        agency_code=agency_code,
        agency_name=agency_name(uow, agency_code),
        state=AdvanceState.DRAFT,
        kind=wanted.kind,
        request_id=wanted.request_id,
        request_label="",
        memo="",
        settle_by=uow.business_date,
        receiver_name="",
        created_by=uow.actor.user_id,
        created_for=None if principal is None else principal.user_id,
        created_by_name=uow.actor.signature,
        lines=(),
    )


def _open(uow: UnitOfWork, advance_id: uuid.UUID, wanted: WantedAdvance) -> Advance:
    """Lock the advance to be changed; raise unless it may be changed by this actor now."""
    advance = lock_advance(uow, advance_id, permission=WRITE_ADVANCE)
    rules.require_editable(advance, by=uow.actor.user_id)
    if wanted.revision and wanted.revision != advance.revision:
        raise AdvanceStale(label=advance.label)
    return advance


def _request(uow: UnitOfWork, request_id: uuid.UUID, draft: Advance) -> SpendingRequest:
    found = claimable_requests(uow, [request_id])
    if (
        not found
        or found[0].state is not RequestState.CERTIFIED
        or (found[0].agency_code, found[0].fiscal_year) != (draft.agency_code, draft.fiscal_year)
    ):
        raise AdvanceRequestUnknown(
            fiscal_year=draft.fiscal_year, fields={"requests": N_("請重新選取動支申請。")}
        )
    return found[0]
