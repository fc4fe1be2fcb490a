"""Vouchers as lists: newest first with a filter, and how many wait for a step of the actor."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

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
from zhuji_accounting.queries.waiting_counts import Right, count_waiting, counted
from zhuji_core.db.by_agency import PageByAgency
from zhuji_core.ids import AFTER_ALL, BEFORE_ALL
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
SHOWN = """
           v.fiscal_year = :fiscal_year
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
LIST = PageByAgency(
    columns=COLUMNS,
    table="accounting.voucher",
    alias="v",
    where=f"{SHOWN} AND v.voucher_id < :before",
    order="v.voucher_id DESC",
)
# State → right of its step, title. A prepared one waits for review, or for the chief accountant.
WORK: dict[VoucherState, tuple[Permission, str]] = {
    VoucherState.APPROVED: (POST_VOUCHER, N_("待登帳傳票")),
    VoucherState.REVIEWED: (APPROVE_VOUCHER, N_("待核定傳票")),
    VoucherState.PREPARED: (REVIEW_VOUCHER, N_("待覆核傳票")),
    VoucherState.RETURNED: (WRITE_VOUCHER, N_("退回補正傳票")),
    VoucherState.DRAFT: (WRITE_VOUCHER, N_("待製票（草稿）")),
}


# What waits for the actor: each step in the agencies of its right. Who did a step before may not
# do the next one; a written exception may allow it, which the rules decide one by one.
NOT_TWICE = """
    (:excepted
     OR ({0}.prepared_by IS DISTINCT FROM :actor_id
         AND ({0}.state <> 'approved' OR {0}.reviewed_by IS DISTINCT FROM :actor_id)))
"""
WAITING = counted(
    table="accounting.voucher",
    figures="min(d.created_at) AS oldest, sum(d.amount_ntd) AS amount_ntd",
    states=[str(state) for state in WORK],
    waits=f"(g.own OR {NOT_TWICE.format('d')})",
)
# The same one by one, oldest first: a day's work from the top. A text for each state, because an
# index of what waits serves none that is said by a parameter.
WAITING_ROWS = {
    state: PageByAgency(
        columns=COLUMNS,
        table="accounting.voucher",
        alias="v",
        where=f"""
            v.state = '{state}' AND (:edits OR {NOT_TWICE.format("v")})
            AND (v.created_at, v.voucher_id) > (:after_at, :after_id)
        """,
        order="v.created_at, v.voucher_id",
    )
    for state in WORK
}
# Of those that were chosen from it.
WAITING_CHOSEN = sa.text(f"""
    SELECT {COLUMNS}
      FROM accounting.voucher AS v
     WHERE v.voucher_id = ANY(:ids) AND v.state = :state
       AND (:edits OR {NOT_TWICE.format("v")})
       AND (CAST(:agencies AS text[]) IS NULL OR v.agency_code = ANY(:agencies))
     ORDER BY v.created_at, v.voucher_id
     LIMIT :limit
""")

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
        LIST.of(asked["agencies"]),
        {**asked, "before": wanted.before or AFTER_ALL, "limit": wanted.limit},
    )
    return [VoucherRow(**row) for row in rows.mappings()]


def vouchers_waiting(uow: UnitOfWork) -> list[WorkItem]:
    """Return what waits for the actor, nearest to the books first. One round trip."""
    rights = [
        Right(
            wait=str(state),
            state=str(state),
            agencies=uow.actor.agencies(permission),
            own=permission is WRITE_VOUCHER,
        )
        for state, (permission, _) in WORK.items()
        if uow.actor.may(permission)
    ]
    rows = count_waiting(uow, WAITING, rights)
    return [
        WorkItem(
            title=title,
            path=f"accounting/vouchers/waiting?states={state}",
            count=rows[state].documents,
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
    given = {
        "agencies": None if codes is None else list(codes),
        "edits": permission is WRITE_VOUCHER,
        "excepted": bool(uow.actor.duty_exceptions),
        "actor_id": uow.actor.user_id,
        "limit": limit,
    }
    if ids is not None:
        chosen = {**given, "state": str(state), "ids": list(ids)}
        rows = uow.connection.execute(WAITING_CHOSEN, chosen)
    else:
        after_at, after_id = after or BEFORE_ALL
        following = {**given, "after_at": after_at, "after_id": after_id}
        rows = uow.connection.execute(WAITING_ROWS[state].of(codes), following)
    return [VoucherRow(**row) for row in rows.mappings()]


def _parameters(uow: UnitOfWork, wanted: VoucherFilter) -> dict[str, Any]:
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
