"""Spending requests as lists and as one page. Reads only."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from zhuji_accounting.domain.certification import Certification, ReceiptLine
from zhuji_accounting.domain.labels import draft_label
from zhuji_accounting.domain.refusals import RequestNotFound
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_accounting.permissions import READ_REQUESTS
from zhuji_accounting.queries.brought import GoesOn, goes_on_as
from zhuji_accounting.queries.scope import listed_agencies
from zhuji_accounting.store.requests import REQUEST_COLUMNS
from zhuji_core.db.by_agency import CHOSEN, ByAgency, PageByAgency
from zhuji_core.ids import AFTER_ALL, BEFORE_ALL
from zhuji_core.matching import containing
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

PAGE_MAX = 200
WAITING_MAX = 500  # a batch takes so many, and is shown whole before it is confirmed
EXPORT_MAX = 100_000  # rows of one file

ROW = """
    r.request_id, r.fiscal_year, r.agency_code, r.agency_name, r.state, r.kind, r.purpose, r.payee,
    COALESCE(r.request_no, 0) AS request_no, r.amount_ntd, r.created_by_name, r.created_at,
    r.submitted_at
"""
# The text is looked for in what a clerk remembers: number, purpose, payee, name.
SHOWN = """
    r.fiscal_year = :fiscal_year
    AND (CAST(:states AS text[]) IS NULL OR r.state = ANY(:states))
    AND (CAST(:created_by AS uuid) IS NULL OR r.created_by = :created_by)
    AND (r.state <> 'draft' OR r.created_by = :actor_id)
    AND (:text = '' OR r.purpose LIKE :pattern OR r.payee LIKE :pattern
         OR r.created_by_name LIKE :pattern
         OR r.fiscal_year || lpad(r.request_no::text, greatest(5, length(r.request_no::text)),
                                  '0') LIKE :pattern)
"""
# Ids are UUIDv7, so newest first is their order, and a page begins where the last one ended.
LIST = PageByAgency(
    columns=f"{ROW}, COALESCE(c.certification_no, 0) AS certification_no",
    table="accounting.spending_request",
    alias="r",
    where=f"{SHOWN} AND r.request_id < :before",
    order="r.request_id DESC",
    joined="LEFT JOIN accounting.certification AS c USING (request_id)",
)

# Of all that the filter shows, not of the page.
TOTALS = ByAgency(
    f"""
    SELECT count(*) AS requests, COALESCE(sum(r.amount_ntd), 0)::bigint AS amount_ntd
      FROM accounting.spending_request AS r
     WHERE {SHOWN} AND {CHOSEN}
""",
    agency="r.agency_code",
)

# What waits, oldest first: the order in which an office works. A text for each state, because an
# index of what waits serves none that is said by a parameter.
WAITING = {
    state: PageByAgency(
        columns=f"{ROW}, 0 AS certification_no",
        table="accounting.spending_request",
        alias="r",
        where=f"""
            r.state = '{state}'
            AND (CAST(:not_by AS uuid) IS NULL
                 OR (r.created_by <> :not_by AND r.approved_by IS DISTINCT FROM :not_by))
            AND (r.submitted_at, r.request_id) > (:after_at, :after_id)
        """,
        order="r.submitted_at, r.request_id",
    )
    for state in ("submitted", "unit_approved")
}
# The same of those that were chosen from it.
WAITING_CHOSEN = sa.text(f"""
    SELECT {ROW}, 0 AS certification_no
      FROM accounting.spending_request AS r
     WHERE r.request_id = ANY(:request_ids) AND r.state = :state
       AND (CAST(:agencies AS text[]) IS NULL OR r.agency_code = ANY(:agencies))
       AND (CAST(:not_by AS uuid) IS NULL
            OR (r.created_by <> :not_by AND r.approved_by IS DISTINCT FROM :not_by))
     ORDER BY r.submitted_at, r.request_id
     LIMIT :limit
""")

ONE = sa.text(f"""
    SELECT {REQUEST_COLUMNS}, r.created_at, r.submitted_at, r.approved_at,
           (SELECT c.certified_at
              FROM accounting.certification AS c
             WHERE c.request_id = r.request_id) AS certified_at,
           (SELECT json_build_object(
                       'certification_id', c.certification_id, 'request_id', c.request_id,
                       'fiscal_year', c.fiscal_year, 'agency_code', c.agency_code,
                       'certification_no', c.certification_no, 'amount_ntd', c.amount_ntd,
                       'commit_basis', c.commit_basis, 'business_date', c.business_date,
                       'certified_by', c.certified_by, 'certified_by_name', c.certified_by_name,
                       'receipt', '[]'::json)
              FROM accounting.certification AS c
             WHERE c.request_id = r.request_id) AS certification
      FROM accounting.spending_request AS r
     WHERE r.request_id = :request_id
""")
RECEIPT = sa.text("""
    SELECT l.line_no, l.control_row_id, l.enacted_ntd, l.changes_ntd, l.frozen_ntd,
           l.allotted_to_date_ntd, l.encumbered_ntd, l.advanced_ntd,
           l.expended_ntd, l.requested_ntd, l.remaining_ntd
      FROM accounting.receipt_line AS l
     WHERE l.certification_id = :certification_id
     ORDER BY l.line_no
     LIMIT 10
""")
RELEASES = sa.text("""
    SELECT x.line_no, x.amount_ntd, x.reason, x.business_date, x.released_by_name
      FROM accounting.release AS x
     WHERE x.request_id = :request_id
     ORDER BY x.released_at, x.line_no
     LIMIT 500
""")


class RequestFilter(Value, frozen=True, kw_only=True):
    """What a list shows: empty values do not restrict. ``before`` is the last id of the page."""

    fiscal_year: int
    agency_code: str = ""
    states: tuple[str, ...] = ()
    text: str = ""
    mine: bool = False
    before: uuid.UUID | None = None
    limit: int = 50


class RequestRow(Value, frozen=True, kw_only=True):
    """One row of a list of requests."""

    request_id: uuid.UUID
    fiscal_year: int
    agency_code: str
    agency_name: str
    state: str
    kind: str
    purpose: str
    payee: str
    request_no: int
    amount_ntd: int
    created_by_name: str
    created_at: dt.datetime
    submitted_at: dt.datetime | None
    certification_no: int

    @property
    def label(self) -> str:
        if self.request_no:
            return f"{self.fiscal_year}{self.request_no:05}"
        return draft_label(self.request_id)


class RequestTotals(Value, frozen=True, kw_only=True):
    """Totals of the whole filtered list, not of the page."""

    requests: int
    amount_ntd: int


class Release(Value, frozen=True, kw_only=True):
    """One release as the page of its request shows it."""

    line_no: int
    amount_ntd: int
    reason: str
    business_date: dt.date
    released_by_name: str


class RequestPage(Value, frozen=True, kw_only=True):
    """All that the page of one request shows, apart from what other modules answer."""

    request: SpendingRequest
    created_at: dt.datetime
    submitted_at: dt.datetime | None
    approved_at: dt.datetime | None
    certification: Certification | None
    certified_at: dt.datetime | None
    releases: tuple[Release, ...]
    goes_on: tuple[GoesOn, ...] = ()


def list_requests(uow: UnitOfWork, wanted: RequestFilter) -> list[RequestRow]:
    """Return requests that the actor may read, newest first; others' drafts are not shown."""
    asked = _parameters(uow, wanted)
    rows = uow.connection.execute(
        LIST.of(asked["agencies"]),
        {
            **asked,
            "before": wanted.before or AFTER_ALL,
            "limit": min(wanted.limit, EXPORT_MAX),
        },
    )
    return [RequestRow(**row) for row in rows.mappings()]


def request_totals(uow: UnitOfWork, wanted: RequestFilter) -> RequestTotals:
    """Return the totals of all that the filter shows."""
    asked = _parameters(uow, wanted)
    found = uow.connection.execute(TOTALS.of(asked["agencies"]), asked)
    return RequestTotals(**found.mappings().one())


def _parameters(uow: UnitOfWork, wanted: RequestFilter) -> dict[str, Any]:
    return {
        "fiscal_year": wanted.fiscal_year,
        "agencies": listed_agencies(uow, READ_REQUESTS, wanted.agency_code),
        "states": list(wanted.states) or None,
        "created_by": uow.actor.user_id if wanted.mine else None,
        "actor_id": uow.actor.user_id,
        "text": wanted.text.strip(),
        "pattern": containing(wanted.text),
    }


def waiting_requests(
    uow: UnitOfWork,
    *,
    state: str,
    agencies: Sequence[str] | None,
    after: tuple[dt.datetime, uuid.UUID] | None = None,
    request_ids: Sequence[uuid.UUID] | None = None,
    limit: int = WAITING_MAX,
) -> list[RequestRow]:
    """Return what waits in ``state`` for somebody else than its writer, oldest first.

    ``state`` is one of WAITING. ``after`` are moment of submission and id of the last row of the
    page before; with ``request_ids`` only these are looked for.
    """
    given = {
        "agencies": None if agencies is None else list(agencies),
        # A written exception may allow the own ones too; the rules decide one by one.
        "not_by": None if uow.actor.duty_exceptions else uow.actor.user_id,
        "limit": min(limit, WAITING_MAX),
    }
    if request_ids is not None:
        chosen = {**given, "state": state, "request_ids": list(request_ids)}
        rows = uow.connection.execute(WAITING_CHOSEN, chosen)
    else:
        after_at, after_id = after or BEFORE_ALL
        following = {**given, "after_at": after_at, "after_id": after_id}
        rows = uow.connection.execute(WAITING[state].of(agencies), following)
    return [RequestRow(**row) for row in rows.mappings()]


def find_request(uow: UnitOfWork, request_id: uuid.UUID) -> RequestPage:
    """Return the page of one request.

    Raises RequestNotFound for one that does not exist, is another agency's, or is a draft of
    somebody else: who may not see it learns nothing of it.
    """
    row = uow.connection.execute(ONE, {"request_id": request_id}).mappings().one_or_none()
    if row is None:
        raise RequestNotFound
    page = _page(uow, dict(row))
    request = page.request
    if not uow.actor.may(READ_REQUESTS, agency_code=request.agency_code):
        raise RequestNotFound
    if request.state == "draft" and request.created_by != uow.actor.user_id:
        raise RequestNotFound
    return page


def _page(uow: UnitOfWork, row: dict[str, Any]) -> RequestPage:
    names = ("created_at", "submitted_at", "approved_at", "certified_at")
    dates = {name: row.pop(name) for name in names}
    raw = row.pop("certification")
    request = msgspec.convert(row, SpendingRequest)
    certification = None if raw is None else _certification(uow, raw)
    releases = uow.connection.execute(RELEASES, {"request_id": request.request_id}).mappings()
    return RequestPage(
        request=request,
        **dates,
        certification=certification,
        releases=tuple(Release(**release) for release in releases),
        goes_on=goes_on_as(uow, request.request_id),
    )


def _certification(uow: UnitOfWork, raw: dict[str, Any]) -> Certification:
    bare = msgspec.convert(raw, Certification)
    rows = uow.connection.execute(RECEIPT, {"certification_id": bare.certification_id}).mappings()
    return msgspec.structs.replace(bare, receipt=tuple(ReceiptLine(**row) for row in rows))
