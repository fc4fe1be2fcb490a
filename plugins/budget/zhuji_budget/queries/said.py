"""Whether what the newest entry of the audit says still holds: ceilings, pools, codes, estimates.

Unlike what is final (``final.py``) these may be set, or taken up, again at any time.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from zhuji_budget.permissions import (
    ACCEPT_MONTH_REPORT,
    COMPILE_BILL,
    ENDORSE_ESTIMATE,
    LOAD_CODES,
    POOL_LINE,
    REVIEW_ESTIMATES,
    SET_CEILINGS,
    SET_SUPERVISORS,
    SUBMIT_ESTIMATE,
    SUBMIT_MONTH_REPORT,
)
from zhuji_budget.queries.headings import Checked
from zhuji_budget.store.digests import CODES, ESTIMATES, REPORTS
from zhuji_core.audit.kept import Kept, entries_kept
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

TRIES = 3
Words = Mapping[str, Any]
Found = Mapping[uuid.UUID, tuple[str, Words]]


class Said(Value, frozen=True, kw_only=True):
    """One kind of record: its SQL (document_id, what, now: the words of the entry as they stand).

    ``ended``: by the words of its newest entry it does not hold any more.
    """

    invariant: str
    of: str
    sql: sa.TextClause
    document_kind: str
    actions: tuple[str, ...]
    ended: Callable[[Words], bool]


SAID = (
    Said(
        invariant="a ceiling is not what was set",
        of="ceilings of estimates",
        sql=sa.text("""
            SELECT c.document_id, c.fiscal_year || ' ' || c.agency_code AS what,
                   jsonb_build_object('ceiling_ntd', c.ceiling_ntd, 'agency_code', c.agency_code,
                                      'fiscal_year', c.fiscal_year) AS now
              FROM budget.estimate_ceiling AS c
             ORDER BY c.document_id
             LIMIT 100000
        """),
        document_kind="budget.ceiling",
        actions=(SET_CEILINGS.name,),
        ended=lambda _: False,
    ),
    Said(
        invariant="a supervising agency is not what was set",
        of="supervised agencies",
        sql=sa.text("""
            SELECT s.document_id, s.agency_code AS what,
                   jsonb_build_object('supervisor_code', s.supervisor_code,
                                      'agency_code', s.agency_code) AS now
              FROM budget.agency_supervisor AS s
             ORDER BY s.document_id
             LIMIT 100000
        """),
        document_kind="budget.supervisor",
        actions=(SET_SUPERVISORS.name,),
        ended=lambda said: said.get("supervisor_code") == "",
    ),
    Said(
        invariant="a line is pooled or not as nobody said",
        of="pooled lines",
        sql=sa.text("""
            SELECT b.line_id AS document_id, b.fiscal_year || ' ' || b.code AS what,
                   jsonb_build_object('pooled', true) AS now
              FROM budget.budget_line AS b
             WHERE b.pooled
             ORDER BY b.line_id
             LIMIT 100000
        """),
        document_kind="budget.line",
        actions=(POOL_LINE.name,),
        ended=lambda said: said.get("pooled") is False,
    ),
    Said(
        invariant="a pooled line is shared with others than was said",
        of="shared lines",
        sql=sa.text("""
            SELECT u.line_id AS document_id, u.line_id::text AS what,
                   jsonb_build_object('agencies', jsonb_agg(u.agency_code
                                                            ORDER BY u.agency_code)) AS now
              FROM budget.pooled_use AS u
             GROUP BY u.line_id
             ORDER BY u.line_id
             LIMIT 100000
        """),
        document_kind="budget.line",
        actions=("budget.line.share",),
        ended=lambda said: said.get("agencies") == [],
    ),
    Said(
        invariant="a county's own codes are not what was loaded",
        of="own code tables",
        sql=sa.text(f"{CODES} ORDER BY 1 LIMIT 10000"),
        document_kind="budget.codes",
        actions=(LOAD_CODES.name, "budget.codes.withdraw"),
        ended=lambda said: not said,
    ),
    Said(
        invariant="an estimate is not what was submitted, or its versions are not what they were",
        of="estimates that were submitted",
        sql=sa.text(f"{ESTIMATES} ORDER BY 1 LIMIT 100000"),
        document_kind="budget.estimate",
        actions=(
            SUBMIT_ESTIMATE.name,
            ENDORSE_ESTIMATE.name,
            REVIEW_ESTIMATES.name,
            "budget.estimate.return",
            COMPILE_BILL.name,
        ),
        ended=lambda _: False,
    ),
    Said(
        invariant="a month's report is not what was submitted",
        of="submitted reports",
        sql=sa.text(f"{REPORTS} ORDER BY 1 LIMIT 100000"),
        document_kind="budget.month-report",
        actions=(
            SUBMIT_MONTH_REPORT.name,
            ACCEPT_MONTH_REPORT.name,
            "budget.month-report.return",
        ),
        ended=lambda said: said.get("state") not in {"submitted", "accepted"},
    ),
)


def check_said(uow: UnitOfWork, only: Collection[str] | None = None) -> Iterator[Checked]:
    """Compare every record with its newest entry; what is wrong is wrong each time."""
    for one in SAID:
        if only is not None and one.invariant not in only:
            continue
        checked, errors = _look(uow, one)
        for _ in range(TRIES - 1):
            if not errors:
                break
            checked, again = _look(uow, one)
            errors = tuple(error for error in again if error in errors)
        yield Checked(invariant=one.invariant, of=one.of, checked=checked, errors=errors)


def _look(uow: UnitOfWork, one: Said) -> tuple[int, tuple[str, ...]]:
    rows = uow.connection.execute(one.sql)
    found = {row.document_id: (row.what, row.now) for row in rows}
    entries = entries_kept(uow, actions=one.actions, document_kind=one.document_kind)
    kept = {entry.document_id: entry for entry in entries}
    if one.document_kind == "budget.codes":
        kept = _cut(kept, entries)
    return len(found), tuple(_differences(one, found, kept))


def _cut(kept: Mapping[uuid.UUID, Kept], entries: Sequence[Kept]) -> dict[uuid.UUID, Kept]:
    """Give each table of codes the years that a table loaded later left to it."""
    room = {
        (years["kind"], years["name"]): years["last"]
        for entry in entries
        for years in entry.said.get("room", ())
    }
    return {
        document_id: msgspec.structs.replace(
            one,
            said=one.said
            and {
                **one.said,
                "last_year": room.get(
                    (one.said.get("kind"), one.said.get("name")), one.said.get("last_year")
                ),
            },
        )
        for document_id, one in kept.items()
    }


def _differences(one: Said, found: Found, kept: Mapping[uuid.UUID, Kept]) -> Iterator[str]:
    """Yield what differs; words that an older entry does not have are not asked."""
    for document_id in sorted({*found, *kept}):
        said = kept[document_id].said if document_id in kept else {}
        if document_id not in found:
            if not one.ended(said):
                yield f"{kept[document_id].label} {document_id} is not there"
            continue
        what, now = found[document_id]
        if document_id not in kept or one.ended(said):
            yield f"{what}: nothing says who set it"
            continue
        for name, value in now.items():
            if name in said and said[name] != value:
                yield f"{what}: {name} {value}, was {said[name]}"
