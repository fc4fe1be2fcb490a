"""Money that came back: a list, one recovery, and those of an advance or a claim. Reads only."""

from __future__ import annotations

import datetime as dt
import uuid

import msgspec
import sqlalchemy as sa

from zhuji_accounting.domain.recoveries.recovery import (
    PaidLine,
    Recovery,
    SourceKind,
    paid_of_advance,
    paid_of_claim,
    recovery_label,
)
from zhuji_accounting.domain.recoveries.refusals import RecoveryNotFound
from zhuji_accounting.permissions import READ_ADVANCES, READ_CLAIMS
from zhuji_accounting.queries.advances import find_advance
from zhuji_accounting.queries.claims import find_claim
from zhuji_core.db.by_agency import PageByAgency
from zhuji_core.ids import AFTER_ALL
from zhuji_core.matching import containing
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

OF_SOURCE_MAX = 500
READ: dict[SourceKind, Permission] = {
    SourceKind.ADVANCE: READ_ADVANCES,
    SourceKind.CLAIM: READ_CLAIMS,
}

COLUMNS = """
    v.recovery_id, v.fiscal_year, v.agency_code, v.agency_name, v.recovery_no,
    CASE WHEN v.claim_id IS NULL THEN 'advance' ELSE 'claim' END AS source_kind,
    COALESCE(v.advance_id, v.claim_id) AS source_id, v.source_label, v.payer, v.slip_no,
    v.deposited_on, v.reason, v.amount_ntd, v.business_date, v.recorded_by_name
"""
# Claims and advances are read by rights of their own: of all agencies that one of both opens.
LIST = PageByAgency(
    columns=COLUMNS,
    table="accounting.recovery",
    alias="v",
    where="""
        v.fiscal_year = :fiscal_year
        AND ((v.claim_id IS NOT NULL AND (:all_claims OR v.agency_code = ANY(:of_claims)))
             OR (v.advance_id IS NOT NULL
                 AND (:all_advances OR v.agency_code = ANY(:of_advances))))
        AND (:text = '' OR v.payer LIKE :pattern OR v.slip_no LIKE :pattern
             OR v.reason LIKE :pattern OR v.source_label LIKE :pattern
             OR v.fiscal_year || '回' || lpad(v.recovery_no::text, 5, '0') LIKE :pattern)
        AND v.recovery_id < :before
    """,
    order="v.recovery_id DESC",
)
OF_SOURCE = sa.text(f"""
    SELECT {COLUMNS}
      FROM accounting.recovery AS v
     WHERE v.advance_id = :source_id OR v.claim_id = :source_id
     ORDER BY v.recovery_id
     LIMIT {OF_SOURCE_MAX}
""")
ONE = sa.text(f"""
    SELECT {COLUMNS}, v.recorded_by, v.recorded_for,
           (SELECT json_agg(json_build_object('line_no', l.line_no, 'amount_ntd', l.amount_ntd)
                            ORDER BY l.line_no)
              FROM accounting.recovery_line AS l WHERE l.recovery_id = v.recovery_id) AS lines
      FROM accounting.recovery AS v
     WHERE v.recovery_id = :recovery_id
""")


class RecoveryFilter(Value, frozen=True, kw_only=True):
    """What a list shows: empty values do not restrict. ``before`` is the last id of the page."""

    fiscal_year: int
    agency_code: str = ""
    text: str = ""
    before: uuid.UUID | None = None
    limit: int = 50


class RecoveryRow(Value, frozen=True, kw_only=True):
    """One row of a list of money that came back."""

    recovery_id: uuid.UUID
    fiscal_year: int
    agency_code: str
    agency_name: str
    recovery_no: int
    source_kind: str
    source_id: uuid.UUID
    source_label: str
    payer: str
    slip_no: str
    deposited_on: dt.date
    reason: str
    amount_ntd: int
    business_date: dt.date
    recorded_by_name: str

    @property
    def label(self) -> str:
        return recovery_label(self.fiscal_year, self.recovery_no)


class PaidSource(Value, frozen=True, kw_only=True):
    """The advance or claim of which money may come back, and how much of each line."""

    label: str
    paid: tuple[PaidLine, ...]


def paid_source(uow: UnitOfWork, kind: SourceKind, source_id: uuid.UUID) -> PaidSource:
    """Return the advance or claim, if the actor may read it; nothing is paid before its grant."""
    if kind is SourceKind.ADVANCE:
        advance = find_advance(uow, source_id)
        paid = paid_of_advance(advance) if advance.is_out else ()
        return PaidSource(label=advance.label, paid=paid)
    claim = find_claim(uow, source_id)
    return PaidSource(label=claim.label, paid=paid_of_claim(claim) if claim.approved_on else ())


def list_recoveries(uow: UnitOfWork, wanted: RecoveryFilter) -> list[RecoveryRow]:
    """Return what came back of claims and advances that the actor may read, newest first."""
    uow.require(READ_CLAIMS, agency_code=wanted.agency_code or None)
    allowed = {kind: uow.actor.agencies(right) for kind, right in READ.items()}
    agencies: list[str] | None = None
    if wanted.agency_code:
        agencies = [wanted.agency_code]
    elif None not in allowed.values():
        agencies = sorted({code for codes in allowed.values() for code in codes or ()})
    rows = uow.connection.execute(
        LIST.of(agencies),
        {
            "fiscal_year": wanted.fiscal_year,
            "agencies": agencies,
            **{f"all_{kind}s": codes is None for kind, codes in allowed.items()},
            **{f"of_{kind}s": list(codes or ()) for kind, codes in allowed.items()},
            "text": wanted.text.strip(),
            "pattern": containing(wanted.text),
            "before": wanted.before or AFTER_ALL,
            "limit": wanted.limit,
        },
    )
    return [RecoveryRow(**row) for row in rows.mappings()]


def recoveries_of(uow: UnitOfWork, source_id: uuid.UUID) -> list[RecoveryRow]:
    """Return what came back of one advance or claim that the actor may read, oldest first."""
    rows = uow.connection.execute(OF_SOURCE, {"source_id": source_id}).mappings()
    return [RecoveryRow(**row) for row in rows]


def find_recovery(uow: UnitOfWork, recovery_id: uuid.UUID) -> Recovery:
    """Return the recovery; raise RecoveryNotFound, also for those whom its source is closed to."""
    row = uow.connection.execute(ONE, {"recovery_id": recovery_id}).mappings().one_or_none()
    if row is None or not uow.actor.may(
        READ[SourceKind(row["source_kind"])], agency_code=row["agency_code"]
    ):
        raise RecoveryNotFound
    slip = {name: row[name] for name in ("payer", "slip_no", "deposited_on", "reason")}
    known = {name: row[name] for name in Recovery.__struct_fields__ if name != "slip"}
    return msgspec.convert({**known, "slip": slip}, Recovery)
