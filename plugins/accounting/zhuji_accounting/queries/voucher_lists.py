"""Vouchers as lists: newest first with a filter, and what waits for a step, oldest first."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa

from zhuji_accounting.domain.ledger.voucher import KIND_WORDS, VoucherKind, VoucherState
from zhuji_accounting.permissions import READ_VOUCHERS
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

WAITING_MAX = 500  # a batch takes so many
COLUMNS = """
    v.voucher_id, v.fiscal_year, v.agency_code, v.agency_name, v.kind, v.state,
    COALESCE(v.voucher_no, 0) AS voucher_no, v.period, v.posting_date, v.memo, v.amount_ntd,
    v.event_code, v.automatic, v.source_kind, v.source_id, v.source_label, v.prepared_by_name,
    v.return_reason, v.created_at
"""
# The number is looked for as it is printed: 支10500001 is kind, year and number.
WHERE = """
     WHERE v.fiscal_year = :fiscal_year
       AND (CAST(:agencies AS text[]) IS NULL OR v.agency_code = ANY(:agencies))
       AND (:state = '' OR v.state = :state)
       AND (:kind = '' OR v.kind = :kind)
       AND (:period = 0 OR v.period = :period)
       AND (CAST(:prepared_by AS uuid) IS NULL OR v.prepared_by = :prepared_by)
       AND (CAST(:source_id AS uuid) IS NULL OR v.source_id = :source_id)
       AND (:account_code = '' OR EXISTS (
               SELECT FROM accounting.voucher_line AS l
                WHERE l.voucher_id = v.voucher_id AND l.account_code = :account_code))
       AND (:text = '' OR v.memo LIKE :pattern OR v.source_label LIKE :pattern
            OR v.prepared_by_name LIKE :pattern
            OR CASE v.kind WHEN 'receipt' THEN '收' WHEN 'disbursement' THEN '支' ELSE '轉' END
               || v.fiscal_year
               || lpad(v.voucher_no::text, greatest(5, length(v.voucher_no::text)), '0')
               LIKE :pattern)
"""
LIST = sa.text(f"""
    SELECT {COLUMNS}
      FROM accounting.voucher AS v
    {WHERE}
       AND (CAST(:before AS uuid) IS NULL OR v.voucher_id < :before)
     ORDER BY v.voucher_id DESC
     LIMIT :limit
""")
TOTALS = sa.text(f"""
    SELECT count(*) AS vouchers, COALESCE(sum(v.amount_ntd), 0)::bigint AS amount_ntd
      FROM accounting.voucher AS v
    {WHERE}
""")
# Who did a step before may not do the next one; a written exception may allow it, which the
# rules decide one by one. Reads the partial index voucher_waiting.
WAITING = sa.text(f"""
    SELECT {COLUMNS}
      FROM accounting.voucher AS v
     WHERE v.state = ANY(:states)
       AND (CAST(:agencies AS text[]) IS NULL OR v.agency_code = ANY(:agencies))
       AND (CAST(:not_by AS uuid) IS NULL
            OR (v.prepared_by IS DISTINCT FROM :not_by
                AND (v.state = 'reviewed' OR v.reviewed_by IS DISTINCT FROM :not_by)))
       AND (CAST(:after_at AS timestamptz) IS NULL
            OR (v.created_at, v.voucher_id) > (:after_at, CAST(:after_id AS uuid)))
       AND (CAST(:voucher_ids AS uuid[]) IS NULL OR v.voucher_id = ANY(:voucher_ids))
     ORDER BY v.created_at, v.voucher_id
     LIMIT :limit
""")


class VoucherFilter(Value, frozen=True, kw_only=True):
    """What a list shows: empty values do not restrict. ``before`` is the last id of the page."""

    fiscal_year: int
    agency_code: str = ""
    state: str = ""
    kind: str = ""
    period: int = 0
    account_code: str = ""
    source_id: uuid.UUID | None = None
    text: str = ""
    mine: bool = False
    before: uuid.UUID | None = None
    limit: int = 50


class VoucherRow(Value, frozen=True, kw_only=True):
    """One row of a list of vouchers."""

    voucher_id: uuid.UUID
    fiscal_year: int
    agency_code: str
    agency_name: str
    kind: str
    state: str
    voucher_no: int
    period: int
    posting_date: dt.date
    memo: str
    amount_ntd: int
    event_code: str
    automatic: bool
    source_kind: str
    source_id: uuid.UUID | None
    source_label: str
    prepared_by_name: str
    return_reason: str
    created_at: dt.datetime

    @property
    def label(self) -> str:
        if self.voucher_no:
            return f"{KIND_WORDS[VoucherKind(self.kind)]}{self.fiscal_year}{self.voucher_no:05}"
        return f"草稿 {self.voucher_id.hex[-6:].upper()}"


class VoucherTotals(Value, frozen=True, kw_only=True):
    """Totals of the whole filtered list, not of the page."""

    vouchers: int
    amount_ntd: int


def list_vouchers(uow: UnitOfWork, wanted: VoucherFilter) -> list[VoucherRow]:
    """Return vouchers that the actor may read, newest first."""
    uow.require(READ_VOUCHERS)
    rows = uow.connection.execute(
        LIST, {**_parameters(uow, wanted), "before": wanted.before, "limit": wanted.limit}
    )
    return [VoucherRow(**row) for row in rows.mappings()]


def voucher_totals(uow: UnitOfWork, wanted: VoucherFilter) -> VoucherTotals:
    """Return the totals of all that the filter shows."""
    uow.require(READ_VOUCHERS)
    return VoucherTotals(
        **uow.connection.execute(TOTALS, _parameters(uow, wanted)).mappings().one()
    )


def waiting_vouchers(
    uow: UnitOfWork,
    permission: Permission,
    *,
    states: tuple[VoucherState, ...],
    after: tuple[dt.datetime, uuid.UUID] | None = None,
    voucher_ids: list[uuid.UUID] | None = None,
    limit: int = WAITING_MAX,
) -> list[VoucherRow]:
    """Return what waits for the actor's step, oldest first; with ``voucher_ids`` only these."""
    uow.require(permission)
    agencies = uow.actor.agencies(permission)
    edits = VoucherState.DRAFT in states
    rows = uow.connection.execute(
        WAITING,
        {
            "states": [str(state) for state in states],
            "agencies": None if agencies is None else list(agencies),
            "not_by": None if edits or uow.actor.duty_exceptions else uow.actor.user_id,
            "after_at": None if after is None else after[0],
            "after_id": None if after is None else after[1],
            "voucher_ids": voucher_ids,
            "limit": min(limit, WAITING_MAX),
        },
    )
    return [VoucherRow(**row) for row in rows.mappings()]


def _parameters(uow: UnitOfWork, wanted: VoucherFilter) -> dict[str, object]:
    text = wanted.text.strip()
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {
        "fiscal_year": wanted.fiscal_year,
        "agencies": _agencies(uow, wanted.agency_code),
        "state": wanted.state,
        "kind": wanted.kind,
        "period": wanted.period,
        "prepared_by": uow.actor.user_id if wanted.mine else None,
        "source_id": wanted.source_id,
        "account_code": wanted.account_code,
        "text": text,
        "pattern": f"%{escaped}%",
    }


def _agencies(uow: UnitOfWork, agency_code: str) -> list[str] | None:
    """Return the agencies of the list: the wanted one if the actor may read it, else all such."""
    if agency_code:
        uow.require(READ_VOUCHERS, agency_code=agency_code)
        return [agency_code]
    allowed = uow.actor.agencies(READ_VOUCHERS)
    return None if allowed is None else list(allowed)
