"""Find audit entries: who, what, which document, which agency, when, which trace, which words."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from zhuji_core.audit.proofs import EntryUnknown
from zhuji_core.matching import containing, literal
from zhuji_core.permissions import READ_AUDIT, READ_BUSINESS_AUDIT
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

PAGE_MAX = 200
EXPORT_MAX = 10_000
# What has no index is looked for within so many of the entries that meet the other conditions,
# newest first (some 200 ms), and further back when asked: words within before and after are dear.
WINDOW, WORDS_WINDOW = 100_000, 20_000
EXPORT_WINDOW = 200_000

# Each condition by itself, so that the statement holds only those that were asked for and an
# index can serve it: "x = :x OR :x IS NULL" hides from the planner what it is.
INDEXED: Mapping[str, str] = {
    "before_id": "a.audit_id < :before_id",
    "account": "a.actor_account = :account",
    "action": "a.action = :action",
    "action_prefix": "a.action LIKE :action_prefix",
    "label": "a.document_label LIKE :label",
    "document_id": "a.document_id = :document_id",
    "from_date": "a.business_date >= :from_date",
    "to_date": "a.business_date <= :to_date",
    "first_id": "a.audit_id >= :first_id",
    "last_id": "a.audit_id <= :last_id",
    # Without the right to business entries: what administrators do themselves.
    "kernel_only": "a.document_kind LIKE 'kernel.%'",
}
LOOKED_FOR: Mapping[str, str] = {
    "agency_code": "a.agency_code = :agency_code",
    "trace_id": "a.trace_id = :trace_id",
    "words": """(a.before::text ILIKE :words OR a.after::text ILIKE :words
                 OR a.context::text ILIKE :words OR a.document_label ILIKE :words)""",
}
CANDIDATES = """
    SELECT a.*
      FROM kernel.audit_entry AS a
     WHERE {indexed}
     ORDER BY a.audit_id DESC
     LIMIT :window
"""
FIND = """
    SELECT a.audit_id, a.recorded_at, a.business_date, a.actor_account, a.action,
           a.document_kind, a.document_id, a.document_label, a.agency_code, a.before, a.after,
           a.trace_id, a.context, a.form, encode(a.leaf, 'hex') AS leaf,
           COALESCE(u.name, a.actor_account) AS actor_name,
           COALESCE(p.title, a.action) AS action_title,
           a.audit_id <= COALESCE((SELECT max(last_audit_id) FROM kernel.audit_seal), 0) AS sealed
      FROM (SELECT a.* FROM ({candidates}) AS a WHERE {looked_for}
             ORDER BY a.audit_id DESC LIMIT :limit) AS a
      LEFT JOIN kernel.user_account AS u ON u.user_id = a.actor_id
      LEFT JOIN kernel.permission AS p ON p.permission = a.action
     ORDER BY a.audit_id DESC
     LIMIT :limit
"""
# The rest of the product keeps one plan for all values (``db/engines.py``). A search by the
# beginning of a number is the exception: only a plan that knows the pattern can use its index.
PLANNED_FOR_VALUES = sa.text("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)")
REACHED = "SELECT count(*) AS looked, min(c.audit_id) AS reached FROM ({candidates}) AS c"
# From day to day by the index alone (366 probes a year): the ids between which the days lie. The
# planner thinks that a day's entries lie anywhere, and would read from the newest one on.
DAYS = sa.text("""
    WITH RECURSIVE day AS (
        (SELECT e.business_date
           FROM kernel.audit_entry AS e
          WHERE e.business_date BETWEEN :first_day AND :last_day
          ORDER BY e.business_date DESC
          LIMIT 1)
         UNION ALL
        SELECT (SELECT e.business_date
                  FROM kernel.audit_entry AS e
                 WHERE e.business_date < day.business_date AND e.business_date >= :first_day
                 ORDER BY e.business_date DESC
                 LIMIT 1)
          FROM day
         WHERE day.business_date IS NOT NULL
    )
    SELECT min(b.first_id) AS first_id, max(b.last_id) AS last_id
      FROM day
      CROSS JOIN LATERAL (
           SELECT (SELECT min(e.audit_id) FROM kernel.audit_entry AS e
                    WHERE e.business_date = day.business_date) AS first_id,
                  (SELECT max(e.audit_id) FROM kernel.audit_entry AS e
                    WHERE e.business_date = day.business_date) AS last_id) AS b
""")
ACCOUNT = sa.text("""
    SELECT account
      FROM kernel.user_account
     WHERE account = lower(:who) OR name = :who
     ORDER BY account
     LIMIT 1
""")


class AuditFilter(Value, frozen=True, kw_only=True):
    """What is looked for; empty restricts nothing. ``before_id`` is the keyset: older than it.

    ``who`` is an account or a full name; ``action`` a name, or its beginning with a dot at the
    end (``budget.``); ``label`` a document's number or how it begins.
    """

    who: str = ""
    action: str = ""
    label: str = ""
    document_id: uuid.UUID | None = None
    agency_code: str = ""
    from_date: dt.date | None = None
    to_date: dt.date | None = None
    trace_id: str = ""
    words: str = ""
    before_id: int | None = None
    limit: int = 100


class AuditRow(Value, frozen=True, kw_only=True):
    """An entry as people read it; ``context`` says how the person came to act."""

    audit_id: int
    recorded_at: dt.datetime
    business_date: dt.date
    actor_account: str
    actor_name: str
    action: str
    action_title: str
    document_kind: str
    document_id: uuid.UUID
    document_label: str
    agency_code: str
    before: Any
    after: Any
    context: dict[str, str] | None
    trace_id: str
    form: int
    leaf: str
    sealed: bool


class AuditPage(Value, frozen=True, kw_only=True):
    """``next_id`` is where the next page begins; ``reached`` how far words were looked for."""

    rows: tuple[AuditRow, ...]
    next_id: int | None
    reached: int | None = None


def search_audit(uow: UnitOfWork, wanted: AuditFilter) -> AuditPage:
    """Return a page of entries, newest first; raise Forbidden.

    Whoever may not read business entries gets those of accounts, roles and settings alone.
    """
    window = WORDS_WINDOW if wanted.words.strip() else WINDOW
    return _search(uow, wanted, limit=min(max(wanted.limit, 1), PAGE_MAX), window=window)


def export_audit(uow: UnitOfWork, wanted: AuditFilter) -> AuditPage:
    """Return what a file holds: the newest EXPORT_MAX entries of the filter."""
    return _search(uow, wanted, limit=EXPORT_MAX, window=EXPORT_WINDOW)


def find_audit_entry(uow: UnitOfWork, audit_id: int) -> AuditRow:
    """Return one entry; raise Forbidden or EntryUnknown (also for what the person may not see)."""
    page = search_audit(uow, AuditFilter(before_id=audit_id + 1, limit=1))
    if not page.rows or page.rows[0].audit_id != audit_id:
        raise EntryUnknown(audit_id=audit_id)
    return page.rows[0]


def _search(uow: UnitOfWork, wanted: AuditFilter, *, limit: int, window: int) -> AuditPage:
    uow.require(READ_AUDIT)
    values = _values(uow, wanted)
    looked_for = _conditions(LOOKED_FOR, values)
    values |= {"limit": limit, "window": window if looked_for else limit}
    candidates = CANDIDATES.format(indexed=_conditions(INDEXED, values) or "true")
    found = FIND.format(candidates=candidates, looked_for=looked_for or "true")
    uow.connection.execute(PLANNED_FOR_VALUES)
    rows = tuple(
        AuditRow(**row) for row in uow.connection.execute(sa.text(found), values).mappings()
    )
    if len(rows) == limit:
        return AuditPage(rows=rows, next_id=rows[-1].audit_id)
    if not looked_for:
        return AuditPage(rows=rows, next_id=None)
    looked = uow.connection.execute(sa.text(REACHED.format(candidates=candidates)), values).one()
    more = looked.reached if looked.looked == window else None
    return AuditPage(rows=rows, next_id=more, reached=more)


def _conditions(known: Mapping[str, str], values: Mapping[str, object]) -> str:
    return " AND ".join(text for name, text in known.items() if name in values)


def _values(uow: UnitOfWork, wanted: AuditFilter) -> dict[str, object]:
    action = wanted.action.strip()
    prefix = action.endswith(".")
    given: dict[str, object] = {
        "before_id": wanted.before_id,
        "account": _account(uow, wanted.who.strip()),
        "action": "" if prefix else action,
        "action_prefix": f"{literal(action)}%" if prefix else "",
        "label": f"{literal(wanted.label.strip())}%" if wanted.label.strip() else "",
        "document_id": wanted.document_id,
        "agency_code": wanted.agency_code,
        "from_date": wanted.from_date,
        "to_date": wanted.to_date,
        "trace_id": wanted.trace_id.strip().lower(),
        "words": containing(wanted.words) if wanted.words.strip() else "",
        "kernel_only": None if uow.actor.may(READ_BUSINESS_AUDIT) else True,
    }
    given |= _bounds(uow, wanted)
    return {name: value for name, value in given.items() if value not in {"", None}}


def _bounds(uow: UnitOfWork, wanted: AuditFilter) -> dict[str, object]:
    """Return the ids between which the wanted days lie; none at all where there is no such day."""
    if wanted.from_date is None and wanted.to_date is None:
        return {}
    row = uow.connection.execute(
        DAYS,
        {
            "first_day": wanted.from_date or dt.date.min,
            "last_day": wanted.to_date or dt.date.max,
        },
    ).one()
    return {"first_id": row.first_id or 0, "last_id": row.last_id or 0}


def _account(uow: UnitOfWork, who: str) -> str:
    """Return the account of a person called so; what names nobody is looked for as it is."""
    if not who:
        return ""
    found = uow.connection.execute(ACCOUNT, {"who": who}).scalar_one_or_none()
    return found if found is not None else who
