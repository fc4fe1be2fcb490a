"""Vouchers as lists: newest first with a filter, and how many wait for a step of the actor."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from zhuji_accounting.domain.labels import draft_label
from zhuji_accounting.domain.ledger.voucher import KIND_WORDS, VoucherKind, VoucherState
from zhuji_accounting.permissions import (
    APPROVE_VOUCHER,
    POST_VOUCHER,
    READ_VOUCHERS,
    REVIEW_VOUCHER,
    WRITE_VOUCHER,
)
from zhuji_accounting.queries.scope import listed_agencies
from zhuji_core.ids import AFTER_ALL
from zhuji_core.matching import containing
from zhuji_core.modules import Permission, WorkItem
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value

COLUMNS = """
    v.voucher_id, v.fiscal_year, v.agency_code, v.agency_name, v.kind, v.state,
    COALESCE(v.voucher_no, 0) AS voucher_no, v.period, v.posting_date, v.memo, v.amount_ntd,
    v.event_code, v.automatic, v.source_kind, v.source_id, v.source_label, v.prepared_by_name,
    v.return_reason, v.created_at
"""
# The number is looked for as it is printed: 支10500001 is kind, year and number.
WHERE = """
     WHERE v.fiscal_year = :fiscal_year
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
# Of all agencies along the index of the year. Of some a page of each, and of these the newest:
# along the year's index one agency of five hundred would be looked for among all.
LIST = {
    "all": sa.text(f"""
    SELECT {COLUMNS}
      FROM accounting.voucher AS v
    {WHERE}
       AND v.voucher_id < :before
     ORDER BY v.voucher_id DESC
     LIMIT :limit
"""),
    "some": sa.text(f"""
    SELECT {COLUMNS}
      FROM unnest(CAST(:agencies AS text[])) AS a (agency_code)
     CROSS JOIN LATERAL (
           SELECT v.*
             FROM accounting.voucher AS v
           {WHERE}
              AND v.agency_code = a.agency_code AND v.voucher_id < :before
            ORDER BY v.voucher_id DESC
            LIMIT :limit) AS v
     ORDER BY v.voucher_id DESC
     LIMIT :limit
"""),
}
# What waits for the actor: each step in the agencies of its right. Who did a step before may not
# do the next one; a written exception may allow it, which the rules decide one by one.
WAITING = sa.text("""
    SELECT v.state, count(*) AS vouchers, min(v.created_at) AS oldest,
           sum(v.amount_ntd)::bigint AS amount_ntd
      FROM accounting.voucher AS v
      JOIN jsonb_to_recordset(CAST(:rights AS jsonb))
           AS g (state text, agencies jsonb, edits boolean)
        ON g.state = v.state
     WHERE (g.agencies IS NULL OR g.agencies = 'null'::jsonb OR g.agencies ? v.agency_code)
       AND (g.edits OR :excepted
            OR (v.prepared_by IS DISTINCT FROM :actor_id
                AND (v.state <> 'approved' OR v.reviewed_by IS DISTINCT FROM :actor_id)))
     GROUP BY v.state
     LIMIT 8
""")


# The same one by one, oldest first: a day's work from the top.
WAITING_ROWS = sa.text(f"""
    SELECT {COLUMNS}
      FROM accounting.voucher AS v
     WHERE v.state = :state
       AND (CAST(:agencies AS text[]) IS NULL OR v.agency_code = ANY(:agencies))
       AND (CAST(:ids AS uuid[]) IS NULL OR v.voucher_id = ANY(:ids))
       AND (:edits OR :excepted
            OR (v.prepared_by IS DISTINCT FROM :actor_id
                AND (v.state <> 'approved' OR v.reviewed_by IS DISTINCT FROM :actor_id)))
       AND (CAST(:after_at AS timestamptz) IS NULL
            OR (v.created_at, v.voucher_id) > (:after_at, CAST(:after_id AS uuid)))
     ORDER BY v.created_at, v.voucher_id
     LIMIT :limit
""")


# State → right of its step, title. A prepared one waits for review, or for the chief accountant.
WORK: dict[VoucherState, tuple[Permission, str]] = {
    VoucherState.APPROVED: (POST_VOUCHER, N_("待登帳傳票")),
    VoucherState.REVIEWED: (APPROVE_VOUCHER, N_("待核定傳票")),
    VoucherState.PREPARED: (REVIEW_VOUCHER, N_("待覆核傳票")),
    VoucherState.RETURNED: (WRITE_VOUCHER, N_("退回補正傳票")),
    VoucherState.DRAFT: (WRITE_VOUCHER, N_("待製票（草稿）")),
}


WAITING_MAX = 200


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
        return draft_label(self.voucher_id)


def list_vouchers(uow: UnitOfWork, wanted: VoucherFilter) -> list[VoucherRow]:
    """Return vouchers that the actor may read, newest first."""
    asked = _parameters(uow, wanted)
    rows = uow.connection.execute(
        LIST["all" if asked["agencies"] is None else "some"],
        {**asked, "before": wanted.before or AFTER_ALL, "limit": wanted.limit},
    )
    return [VoucherRow(**row) for row in rows.mappings()]


def vouchers_waiting(uow: UnitOfWork) -> list[WorkItem]:
    """Return what waits for the actor, nearest to the books first. One round trip."""
    rights = [
        {
            "state": str(state),
            "agencies": None if codes is None else list(codes),
            "edits": permission is WRITE_VOUCHER,
        }
        for state, (permission, _) in WORK.items()
        if uow.actor.may(permission)
        for codes in [uow.actor.agencies(permission)]
    ]
    if not rights:
        return []
    found = uow.connection.execute(
        WAITING,
        {
            "rights": msgspec.json.encode(rights).decode(),
            "actor_id": uow.actor.user_id,
            "excepted": bool(uow.actor.duty_exceptions),
        },
    )
    rows = {row.state: row for row in found}
    return [
        WorkItem(
            title=title,
            path=f"accounting/vouchers/waiting?states={state}",
            count=rows[state].vouchers,
            oldest_days=max(0, (uow.now - rows[state].oldest).days),
            amount_ntd=rows[state].amount_ntd,
        )
        for state, (_, title) in WORK.items()
        if state in rows
    ]


def own_states(uow: UnitOfWork) -> list[VoucherState]:
    """Return the states in which something may wait for the actor, nearest to the books first."""
    return [state for state, (permission, _) in WORK.items() if uow.actor.may(permission)]


def waiting_vouchers(
    uow: UnitOfWork,
    state: VoucherState,
    *,
    after: tuple[dt.datetime, uuid.UUID] | None = None,
    ids: Sequence[uuid.UUID] | None = None,
    limit: int = WAITING_MAX,
) -> list[VoucherRow]:
    """Return what waits in ``state`` for a step of the actor, oldest first; ``ids``: of these.

    ``after`` is where the page before ended. Nobody's own second step is among them.
    """
    permission, _ = WORK[state]
    uow.require(permission)
    codes = uow.actor.agencies(permission)
    rows = uow.connection.execute(
        WAITING_ROWS,
        {
            "state": str(state),
            "agencies": None if codes is None else list(codes),
            "ids": None if ids is None else list(ids),
            "edits": permission is WRITE_VOUCHER,
            "excepted": bool(uow.actor.duty_exceptions),
            "actor_id": uow.actor.user_id,
            "after_at": after[0] if after else None,
            "after_id": after[1] if after else None,
            "limit": limit,
        },
    )
    return [VoucherRow(**row) for row in rows.mappings()]


def _parameters(uow: UnitOfWork, wanted: VoucherFilter) -> dict[str, object]:
    text = wanted.text.strip()
    return {
        "fiscal_year": wanted.fiscal_year,
        "agencies": listed_agencies(uow, READ_VOUCHERS, wanted.agency_code),
        "state": wanted.state,
        "kind": wanted.kind,
        "period": wanted.period,
        "prepared_by": uow.actor.user_id if wanted.mine else None,
        "source_id": wanted.source_id,
        "account_code": wanted.account_code,
        "text": text,
        "pattern": containing(wanted.text),
    }
