"""SQL that writes money that came back: the recovery, and what it leaves of its source."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

import msgspec
import sqlalchemy as sa

from zhuji_accounting.domain.recoveries.recovery import Recovery, SourceKind, recovery_label
from zhuji_accounting.domain.recoveries.refusals import SlipTwice
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_

SAME = sa.text("""
    SELECT v.fiscal_year, v.recovery_no
      FROM accounting.recovery AS v
     WHERE v.fiscal_year = :fiscal_year AND v.slip_no = :slip_no
""")
INSERT = sa.text("""
    WITH recovery AS (
        INSERT INTO accounting.recovery
               (recovery_id, fiscal_year, agency_code, agency_name, recovery_no, advance_id,
                claim_id, source_label, payer, slip_no, deposited_on, reason, amount_ntd,
                business_date, recorded_by, recorded_by_name, recorded_for, recorded_at)
        VALUES (:recovery_id, :fiscal_year, :agency_code, :agency_name, :recovery_no, :advance_id,
                :claim_id, :source_label, :payer, :slip_no, :deposited_on, :reason, :amount_ntd,
                :business_date, :recorded_by, :recorded_by_name, :recorded_for, :now)
    )
    INSERT INTO accounting.recovery_line (recovery_id, line_no, amount_ntd)
    SELECT :recovery_id, l.line_no, l.amount_ntd
      FROM jsonb_to_recordset(CAST(:lines AS jsonb)) AS l (line_no integer, amount_ntd bigint)
""")
SLIP_ONCE = "recovery_slip_once"
CLAIM = sa.text("""
    UPDATE accounting.claim_line AS l
       SET recovered_ntd = l.recovered_ntd + g.amount_ntd
      FROM jsonb_to_recordset(CAST(:lines AS jsonb)) AS g (line_no integer, amount_ntd bigint)
     WHERE l.claim_id = :claim_id AND l.line_no = g.line_no
""")
# What came back was held by the request and is not any more: a release, as its register shows.
GIVEN_BACK = sa.text("""
    WITH given AS (
        SELECT g.*
          FROM jsonb_to_recordset(CAST(:lines AS jsonb))
               AS g (release_id uuid, line_no integer, amount_ntd bigint)
    ), lines AS (
        UPDATE accounting.request_line AS l
           SET advanced_ntd = l.advanced_ntd - CASE WHEN :of_advance THEN g.amount_ntd ELSE 0 END,
               claimed_ntd = l.claimed_ntd - CASE WHEN :of_advance THEN 0 ELSE g.amount_ntd END,
               released_ntd = l.released_ntd + g.amount_ntd
          FROM given AS g
         WHERE l.request_id = :request_id AND l.line_no = g.line_no
    ), states AS (
        UPDATE accounting.spending_request AS r
           SET state = :state, revision = r.revision + 1
         WHERE r.request_id = :request_id
    )
    INSERT INTO accounting.release
           (release_id, request_id, line_no, amount_ntd, reason, business_date, released_by,
            released_by_name, released_at)
    SELECT g.release_id, :request_id, g.line_no, g.amount_ntd, :reason, :business_date,
           :released_by, :released_by_name, :now
      FROM given AS g
     ORDER BY g.line_no
""")


def insert(uow: UnitOfWork, recovery: Recovery) -> None:
    """Write the recovery; raise SlipTwice for a slip that is booked already."""
    slip = recovery.slip
    given = {"fiscal_year": recovery.fiscal_year, "slip_no": slip.slip_no}
    same = uow.connection.execute(SAME, given).one_or_none()
    if same is not None:
        raise _slip_twice(slip.slip_no, recovery_label(same.fiscal_year, same.recovery_no))
    of_advance = recovery.source_kind is SourceKind.ADVANCE
    try:
        uow.connection.execute(
            INSERT,
            {
                **msgspec.structs.asdict(recovery),
                **msgspec.structs.asdict(slip),
                "advance_id": recovery.source_id if of_advance else None,
                "claim_id": None if of_advance else recovery.source_id,
                "amount_ntd": recovery.amount_ntd,
                "lines": msgspec.json.encode(recovery.lines).decode(),
                "now": uow.now,
            },
        )
    except sa.exc.IntegrityError as error:
        if getattr(getattr(error.orig, "diag", None), "constraint_name", "") != SLIP_ONCE:
            raise
        raise _slip_twice(slip.slip_no, N_("（剛登記者）")) from error


def _slip_twice(slip_no: str, other: str) -> SlipTwice:
    return SlipTwice(slip_no=slip_no, other=other, fields={"slip_no": N_("請核對號碼。")})


def take_from_claim(uow: UnitOfWork, recovery: Recovery) -> None:
    """Add what came back to the lines of the locked claim."""
    uow.connection.execute(
        CLAIM,
        {
            "claim_id": recovery.source_id,
            "lines": msgspec.json.encode(recovery.lines).decode(),
        },
    )


def give_back(
    uow: UnitOfWork, recovery: Recovery, request: SpendingRequest, amounts_ntd: Mapping[int, int]
) -> None:
    """Write on the locked request what came back of it (number of its line → NT dollars)."""
    lines: list[dict[str, uuid.UUID | int]] = [
        {"release_id": new_id(), "line_no": line_no, "amount_ntd": amount_ntd}
        for line_no, amount_ntd in sorted(amounts_ntd.items())
    ]
    uow.connection.execute(
        GIVEN_BACK,
        {
            "lines": msgspec.json.encode(lines).decode(),
            "of_advance": recovery.source_kind is SourceKind.ADVANCE,
            "request_id": request.request_id,
            "state": str(request.state),
            "reason": f"{recovery.label} {recovery.source_label}",
            "business_date": uow.business_date,
            "released_by": uow.actor.user_id,
            "released_by_name": uow.actor.name,
            "now": uow.now,
        },
    )
