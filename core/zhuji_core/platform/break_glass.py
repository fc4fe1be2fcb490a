"""An operator asks for emergency access to one county; a second one decides; the first opens it."""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from zhuji_core.access import CountyAccess
from zhuji_core.county import SESSION
from zhuji_core.db.states import checked_reason
from zhuji_core.identity import break_glass as county_side
from zhuji_core.identity.actor import Actor
from zhuji_core.identity.break_glass import MINUTES_MAX, PassToOpen, PassUnknown
from zhuji_core.ids import new_id
from zhuji_core.platform.accounts import count_operators
from zhuji_core.platform.operators import DECIDE_PASS, REQUEST_PASS, Operator
from zhuji_core.platform.service import HostService
from zhuji_core.platform.uow import Platform, PlatformUnitOfWork
from zhuji_core.values import N_, DomainError, Value

MINUTES_MIN = 5
# An approval that nobody used by then is asked for again.
APPROVAL_LASTS = dt.timedelta(hours=24)
LIST_MAX = 200

REQUEST = sa.text("""
    INSERT INTO platform.break_glass
           (pass_id, county_code, operator_id, reason, minutes, requested_at)
    SELECT :pass_id, c.code, :operator_id, :reason, :minutes, :now
      FROM platform.county AS c
     WHERE c.code = :county_code
    RETURNING pass_no
""")
# One at a time for each operator and county: a second click asks for nothing more.
WAITING = sa.text("""
    SELECT pass_no FROM platform.break_glass
     WHERE operator_id = :operator_id AND county_code = :county_code
       AND (state = 'requested' AND requested_at > :since
            OR state IN ('approved', 'single_handed') AND decided_at > :since)
     LIMIT 1
""")
# Of two clicks at one moment the second waits here for the first.
ONE_AT_A_TIME = sa.text("SELECT FROM platform.operator WHERE operator_id = :id FOR UPDATE")
LOCK = sa.text("""
    SELECT b.pass_id, b.pass_no, b.county_code, b.operator_id, b.reason, b.minutes, b.state,
           b.requested_at, b.decided_at, b.opened_at, b.expires_at,
           o.account AS operator_account, o.name AS operator_name,
           COALESCE(d.account, '') AS approved_by
      FROM platform.break_glass AS b
      JOIN platform.operator AS o ON o.operator_id = b.operator_id
      LEFT JOIN platform.operator AS d ON d.operator_id = b.decided_by
     WHERE b.pass_id = :pass_id
       FOR UPDATE OF b
""")
DECIDE = sa.text("""
    UPDATE platform.break_glass
       SET state = :state, decided_by = :decided_by, decided_at = :now
     WHERE pass_id = :pass_id
""")
OPENED = sa.text("""
    UPDATE platform.break_glass
       SET state = 'opened', opened_at = :now, expires_at = :expires_at
     WHERE pass_id = :pass_id
""")
LIST = sa.text("""
    SELECT b.pass_id, b.pass_no, b.county_code, c.name AS county_name, b.operator_id,
           o.account AS operator_account, b.reason, b.minutes, b.requested_at, b.state,
           COALESCE(d.account, '') AS decided_by, b.decided_at, b.opened_at, b.expires_at
      FROM platform.break_glass AS b
      JOIN platform.county AS c ON c.code = b.county_code
      JOIN platform.operator AS o ON o.operator_id = b.operator_id
      LEFT JOIN platform.operator AS d ON d.operator_id = b.decided_by
     ORDER BY b.pass_no DESC
     LIMIT :limit
""")

OPEN_OF = sa.text("""
    SELECT b.pass_id, b.pass_no, b.county_code
      FROM platform.break_glass AS b
      JOIN platform.operator AS o ON o.operator_id = b.operator_id
     WHERE o.account = :account AND b.state = 'opened' AND b.expires_at > :now
     ORDER BY b.pass_no
""")


class PassMinutes(DomainError):
    """Emergency access lasts minutes, at most four hours."""

    code = "E-BREAK-GLASS-MINUTES"
    message = N_("緊急調閱時間須為 {minutes_min} 至 {minutes_max} 分鐘。")
    status_code = 422


class PassPending(DomainError):
    """The same operator has asked for the same county already."""

    code = "E-BREAK-GLASS-PENDING"
    message = N_("您對 {county} 已有一項待核准或待開啟的緊急調閱（第 {number} 號）。")


class PassOwnDecision(DomainError):
    """Nobody decides on their own request while somebody else could."""

    code = "E-BREAK-GLASS-OWN"
    message = N_("緊急調閱須由另一位集中維運人員核准，不得自行決定。")


class PassState(DomainError):
    """The request has been decided, opened or withdrawn already, or its approval is too old."""

    code = "E-BREAK-GLASS-STATE"
    message = N_("這項緊急調閱申請目前的狀態不能執行此作業。")


class PassCounty(DomainError):
    """No county of this code."""

    code = "E-BREAK-GLASS-COUNTY"
    message = N_("查無縣市 {county}。")
    status_code = 422


class HostPass(Value, frozen=True, kw_only=True):
    """A request as the host's page shows it."""

    pass_id: uuid.UUID
    pass_no: int
    county_code: str
    county_name: str
    operator_id: uuid.UUID
    operator_account: str
    reason: str
    minutes: int
    requested_at: dt.datetime
    state: str
    decided_by: str
    decided_at: dt.datetime | None
    opened_at: dt.datetime | None
    expires_at: dt.datetime | None


def request_pass(
    uow: PlatformUnitOfWork, *, county_code: str, reason: str, minutes: int
) -> uuid.UUID:
    """Ask for access; raise HostForbidden, ReasonMissing, PassMinutes, PassCounty, PassPending.

    Where no other operator could decide, it is let through at once and flagged everywhere as
    single-handed: an emergency does not wait for a person who does not exist.
    """
    uow.require(REQUEST_PASS)
    operator_id = _identified(uow.operator)
    why = checked_reason(reason)
    if not MINUTES_MIN <= minutes <= MINUTES_MAX:
        raise PassMinutes(minutes_min=MINUTES_MIN, minutes_max=MINUTES_MAX)
    uow.connection.execute(ONE_AT_A_TIME, {"id": operator_id})
    code = county_code.upper()
    since = uow.now - APPROVAL_LASTS
    known = {"operator_id": operator_id, "county_code": code, "since": since}
    waiting = uow.connection.execute(WAITING, known).scalar_one_or_none()
    if waiting is not None:
        raise PassPending(county=code, number=waiting)
    pass_id = new_id()
    number = uow.connection.execute(
        REQUEST,
        {
            "pass_id": pass_id,
            "county_code": code,
            "operator_id": operator_id,
            "reason": why,
            "minutes": minutes,
            "now": uow.now,
        },
    ).scalar_one_or_none()
    if number is None:
        raise PassCounty(county=code)
    told = {"pass_no": number, "minutes": minutes}
    uow.audit("host.break-glass.request", county_code=code, reason=why, after=told)
    if count_operators(uow) == 1:
        _decide(uow, pass_id, state="single_handed", decided_by=None)
        uow.audit("host.break-glass.single-handed", county_code=code, reason=why, after=told)
    return pass_id


def decide_pass(uow: PlatformUnitOfWork, *, pass_id: uuid.UUID, approve: bool) -> None:
    """Approve or refuse another's request; raise HostForbidden, PassUnknown, PassOwnDecision,
    PassState.
    """  # noqa: D205 (one sentence)
    uow.require(DECIDE_PASS)
    mine = _identified(uow.operator)
    found = _locked(uow, pass_id)
    if found.operator_id == mine:
        raise PassOwnDecision
    if found.state != "requested" or found.requested_at <= uow.now - APPROVAL_LASTS:
        raise PassState
    state = "approved" if approve else "refused"
    _decide(uow, pass_id, state=state, decided_by=mine)
    uow.audit(
        f"host.break-glass.{'approve' if approve else 'refuse'}",
        county_code=found.county_code,
        reason=found.reason,
        after={"pass_no": found.pass_no, "operator": found.operator_account},
    )


def use_pass(
    service: HostService, operator: Operator, *, pass_id: uuid.UUID, language: str
) -> tuple[str, str]:
    """Open an approved pass; return the county's code and the token for the browser.

    The host notes first that it is used up: a crash before the county has it costs a new request,
    never a second use. Raises HostForbidden, PassUnknown, PassState, CountyReadOnly.
    """
    with service.platform.begin(operator) as uow:
        uow.require(REQUEST_PASS)
        found = _locked(uow, pass_id)
        decided = found.state in {"approved", "single_handed"}
        if found.operator_id != operator.operator_id or not decided:
            raise PassState
        if found.decided_at <= uow.now - APPROVAL_LASTS:
            raise PassState
        expires_at = uow.now + dt.timedelta(minutes=found.minutes)
        uow.connection.execute(
            OPENED, {"pass_id": pass_id, "now": uow.now, "expires_at": expires_at}
        )
        uow.audit(
            "host.break-glass.open",
            county_code=found.county_code,
            reason=found.reason,
            after={"pass_no": found.pass_no, "expires_at": expires_at},
        )
    given = PassToOpen(
        pass_id=found.pass_id,
        pass_no=found.pass_no,
        operator_id=found.operator_id,
        operator_account=found.operator_account,
        operator_name=found.operator_name,
        reason=found.reason,
        approved_by=found.approved_by,
        minutes=found.minutes,
    )
    access = service.county(found.county_code)
    with access.begin(actor=_in_county(operator, found.pass_no), writes=SESSION) as county:
        return found.county_code, county_side.open_pass(county, given, language=language)


def finish_pass(service: HostService, operator: Operator, *, pass_id: uuid.UUID) -> None:
    """Withdraw one's own request, or end one's own pass before its time.

    Raises HostForbidden, PassUnknown, PassNotOpen.
    """
    with service.platform.begin(operator) as uow:
        uow.require(REQUEST_PASS)
        found = _locked(uow, pass_id)
        if found.operator_id != operator.operator_id:
            raise PassUnknown
        is_used = found.state not in {"requested", "approved", "single_handed"}
        if not is_used:
            _decide(uow, pass_id, state="withdrawn", decided_by=None)
        uow.audit(
            f"host.break-glass.{'end' if is_used else 'withdraw'}",
            county_code=found.county_code,
            reason=found.reason,
            after={"pass_no": found.pass_no},
        )
    if is_used:
        access = service.county(found.county_code)
        with access.begin(actor=_in_county(operator, found.pass_no), writes=SESSION) as county:
            county_side.close_pass(county, pass_id=pass_id)


def end_passes_of(
    platform: Platform,
    county: Callable[[str], CountyAccess],
    *,
    account: str,
    machine: Operator,
    system: Actor,
) -> int:
    """End in their counties what passes of ``account`` are open, and return how many those were.

    For who may be operator no longer: the host's sign-in is refused at once, but a pass is held
    by the county's browser cookie alone. ``machine`` acts on the host, ``system`` in the counties.
    One that its county ended already is left.
    """
    with platform.begin(machine, read_only=True) as uow:
        found = uow.connection.execute(OPEN_OF, {"account": account, "now": uow.now}).all()
    ended = 0
    for one in found:
        with (
            contextlib.suppress(county_side.PassNotOpen),
            county(one.county_code).begin(actor=system, writes=SESSION) as uow_there,
        ):
            county_side.close_pass(uow_there, pass_id=one.pass_id)
            ended += 1
    return ended


def list_host_passes(uow: PlatformUnitOfWork) -> list[HostPass]:
    """Return the requests of the host, newest first (at most 200)."""
    uow.require(REQUEST_PASS)
    rows = uow.connection.execute(LIST, {"limit": LIST_MAX}).mappings()
    return [HostPass(**row) for row in rows]


def _decide(
    uow: PlatformUnitOfWork, pass_id: uuid.UUID, *, state: str, decided_by: uuid.UUID | None
) -> None:
    uow.connection.execute(
        DECIDE,
        {"pass_id": pass_id, "state": state, "decided_by": decided_by, "now": uow.now},
    )


def _locked(uow: PlatformUnitOfWork, pass_id: uuid.UUID) -> sa.Row[Any]:
    found = uow.connection.execute(LOCK, {"pass_id": pass_id}).one_or_none()
    if found is None:
        raise PassUnknown
    return found


def _identified(operator: Operator) -> uuid.UUID:
    assert operator.operator_id is not None, "emergency access is a person's, never a command's"
    return operator.operator_id


def _in_county(operator: Operator, pass_no: int) -> Actor:
    """Who opens and ends a pass in the county's trail: the operator, with no right there."""
    return Actor(
        user_id=_identified(operator),
        account=f"host:{operator.account}",
        name=operator.name,
        agency_code="",
        agency_name="集中維運",
        roles=(),
        role_titles=(),
        permissions={},
        context={"break_glass": str(pass_no)},
    )
