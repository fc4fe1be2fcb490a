"""Write a spending request, new or changed, as a draft."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

import msgspec

from zhuji_accounting.domain import rules
from zhuji_accounting.domain.commitments.rules import require_hold_until, require_supplementable
from zhuji_accounting.domain.refusals import (
    AgencyMismatch,
    LinesMissing,
    RequestNotFound,
    StaleRevision,
)
from zhuji_accounting.domain.request import (
    LINES_MAX,
    NTD_MAX,
    Period,
    RequestKind,
    RequestLine,
    RequestState,
    SpendingRequest,
    numbered,
)
from zhuji_accounting.domain.reserve_lines import require_no_reserve
from zhuji_accounting.permissions import WRITE_REQUEST
from zhuji_accounting.queries.claims import claimable_requests
from zhuji_accounting.store import requests
from zhuji_accounting.usecases._agency import agency_name
from zhuji_core.contracts.funds import ControlRowNotFound, FundPosition
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value


class WantedLine(Value, frozen=True, kw_only=True):
    """What a clerk keys for one line: which control row, how many NT dollars, for what."""

    control_row_id: uuid.UUID
    amount_ntd: int
    detail_object_code: str = ""
    description: str = ""


class WantedRequest(Value, frozen=True, kw_only=True):
    """What a clerk keys for a request; ``revision`` is the one that the form was opened with.

    ``supplements`` is the certified request that a new one adds to (追加); it stays what it was
    when the draft is changed. ``hold_until``: the day until which the money is to be held.
    """

    kind: RequestKind
    purpose: str
    basis: str
    lines: tuple[WantedLine, ...]
    payee: str = ""
    duplicate_reason: str = ""
    fiscal_year: int = 0
    agency_code: str = ""
    revision: int = 0
    supplements: uuid.UUID | None = None
    hold_until: dt.date | None = None


def write_request(
    uow: UnitOfWork, *, wanted: WantedRequest, request_id: uuid.UUID | None = None
) -> SpendingRequest:
    """Write a new draft, or change the draft or returned request ``request_id``.

    A draft may be incomplete (no purpose yet, no lines yet): submission asks for all of it.
    Raises Forbidden, RequestNotFound, WrongState, NotWriter, StaleRevision, LinesMissing,
    TooLong, ControlRowNotFound, AgencyMismatch, ReserveDirect, HoldUntilInvalid, SupplementOf
    or SupplementOfSupplement; then nothing is kept.
    """
    before = None if request_id is None else _open(uow, request_id, wanted)
    agency_code = before.agency_code if before else wanted.agency_code or uow.actor.agency_code
    uow.require(WRITE_REQUEST, agency_code=agency_code)
    fiscal_year = before.fiscal_year if before else wanted.fiscal_year or uow.fiscal_year
    positions = _positions(uow, wanted.lines)
    lines = _lines(wanted.lines, positions, agency_code=agency_code, fiscal_year=fiscal_year)
    draft = before or _blank(uow, wanted, agency_code=agency_code, fiscal_year=fiscal_year)
    request = msgspec.structs.replace(
        draft,
        kind=wanted.kind,
        purpose=wanted.purpose.strip(),
        basis=wanted.basis.strip(),
        payee=wanted.payee.strip(),
        duplicate_reason=wanted.duplicate_reason.strip(),
        hold_until=wanted.hold_until,
        lines=lines,
    )
    rules.require_short(request)
    require_no_reserve(request, positions)
    require_hold_until(request, today=uow.business_date)
    (requests.insert if before is None else requests.rewrite)(uow, request)
    uow.audit(
        WRITE_REQUEST.name,
        request.document,
        before=before.summary() if before else None,
        after=request.summary(),
    )
    return request


def _blank(
    uow: UnitOfWork, wanted: WantedRequest, *, agency_code: str, fiscal_year: int
) -> SpendingRequest:
    """Return the empty draft, of a supplement with the request that it adds to."""
    origin = None
    if wanted.supplements is not None:
        found = claimable_requests(uow, [wanted.supplements])
        if not found or found[0].agency_code != agency_code:
            raise RequestNotFound
        origin = found[0]
        require_supplementable(origin, agency_code=agency_code, fiscal_year=fiscal_year)
    principal = uow.actor.on_behalf_of
    return SpendingRequest(
        request_id=new_id(),
        fiscal_year=fiscal_year,
        agency_code=agency_code,
        agency_name=agency_name(uow, agency_code),
        state=RequestState.DRAFT,
        kind=wanted.kind,
        purpose="",
        basis="",
        created_by=uow.actor.user_id,
        created_for=None if principal is None else principal.user_id,
        created_by_name=uow.actor.signature,
        lines=(),
        supplements_id=None if origin is None else origin.request_id,
        supplements_label="" if origin is None else origin.label,
    )


def _open(uow: UnitOfWork, request_id: uuid.UUID, wanted: WantedRequest) -> SpendingRequest:
    """Lock the request to be changed; raise unless it may be changed by this actor now."""
    locked = requests.lock(uow, [request_id], period=Period.of(uow.business_date))
    if request_id not in locked:
        raise RequestNotFound
    request = locked[request_id].request
    uow.require(WRITE_REQUEST, agency_code=request.agency_code)
    rules.require_editable(request, by=uow.actor.user_id)
    if wanted.revision and wanted.revision != request.revision:
        raise StaleRevision(label=request.label)
    return request


def _positions(uow: UnitOfWork, wanted: Sequence[WantedLine]) -> Mapping[uuid.UUID, FundPosition]:
    """Look the control rows up; raise LinesMissing for lines that no request has."""
    if len(wanted) > LINES_MAX or not all(0 < line.amount_ntd <= NTD_MAX for line in wanted):
        raise LinesMissing(lines_max=LINES_MAX, fields={"lines": LinesMissing.message})
    ids = sorted({line.control_row_id for line in wanted})
    found = uow.hooks.fund_positions(uow, ids) if ids else ()
    return {position.control_row_id: position for position in found}


def _lines(
    wanted: Sequence[WantedLine],
    positions: Mapping[uuid.UUID, FundPosition],
    *,
    agency_code: str,
    fiscal_year: int,
) -> tuple[RequestLine, ...]:
    """Freeze the words of the control rows in the lines."""
    lines = []
    for line_no, line in enumerate(wanted, 1):
        position = positions.get(line.control_row_id)
        if position is None:
            raise ControlRowNotFound(control_row_id=str(line.control_row_id))
        if position.fiscal_year != fiscal_year or not position.serves(agency_code):
            raise AgencyMismatch(
                line_no=line_no,
                line_code=position.line_code,
                agency_code=agency_code,
                fiscal_year=fiscal_year,
            )
        lines.append(_line(line, position))
    return numbered(lines)


def _line(wanted: WantedLine, position: FundPosition) -> RequestLine:
    return RequestLine(
        line_no=0,
        control_row_id=wanted.control_row_id,
        line_code=position.line_code,
        line_name=position.line_name,
        object_code=position.object_code,
        object_name=position.object_name,
        account=position.account,
        amount_ntd=wanted.amount_ntd,
        detail_object_code=wanted.detail_object_code.strip(),
        description=wanted.description.strip(),
    )
