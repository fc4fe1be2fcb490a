"""Whether what was decided is still what was decided: each digest against the one in the audit.

The entry of a decision is sealed (core/docs/audit.md): who changes a record past the application
would have to change the trail too, which ``zhuji audit verify`` finds.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from zhuji_budget.domain.changes.model import DOCUMENT_KIND as CHANGE_KIND
from zhuji_budget.domain.schedule import KIND as SCHEDULE_KIND
from zhuji_budget.permissions import (
    AGREE_CHANGE,
    APPROVE_ALLOTMENT,
    DECIDE_CHANGE,
    ENACT_YEAR,
    ENDORSE_CHANGE,
)
from zhuji_budget.queries.headings import Checked
from zhuji_budget.store.digests import ALLOTMENTS, CHANGES, DIGEST, SCHEDULES, YEAR_PARTS
from zhuji_core.audit.kept import Kept, last_kept
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

FINAL_MAX = 200_000
TRIES = 3
YEAR_KIND = "budget.year"
Found = Mapping[uuid.UUID, tuple[str, str]]


class Final(Value, frozen=True, kw_only=True):
    """One kind of record: its SQL (document_id, what, digest), and the entries that decided it.

    ``part``: the digest is one of several in the entry.
    """

    invariant: str
    of: str
    sql: str
    document_kind: str
    state: str
    actions: tuple[str, ...]
    part: str = ""


ENACTED = {
    "year": "the act of an enacted year is not what it was",
    "lines": "lines of the bill are not what was enacted",
    "rows": "control rows are not what was enacted",
    "revenue": "rows of revenue are not what was enacted",
    "council": "the council's decisions are not what was enacted",
    "council_revenue": "the council's decisions on revenue are not what was enacted",
}
FINALS = (
    Final(
        invariant="a posted document is not what was posted",
        of="documents",
        sql=CHANGES,
        document_kind=CHANGE_KIND,
        state="posted",
        actions=(
            "budget.change.submit", AGREE_CHANGE.name, ENDORSE_CHANGE.name, DECIDE_CHANGE.name,
        ),
    ),
    Final(
        invariant="an approved schedule is not what was approved",
        of="approved schedules",
        sql=SCHEDULES,
        document_kind=SCHEDULE_KIND,
        state="approved",
        actions=(APPROVE_ALLOTMENT.name,),
    ),
    *(
        Final(
            invariant=invariant,
            of="enacted years",
            sql=YEAR_PARTS[part],
            document_kind=YEAR_KIND,
            state="enacted",
            actions=(ENACT_YEAR.name,),
            part=part,
        )
        for part, invariant in ENACTED.items()
    ),
    Final(
        invariant="a year is not allotted as it was",
        of="allotted years",
        sql=ALLOTMENTS,
        document_kind=YEAR_KIND,
        state="allotted",
        actions=(APPROVE_ALLOTMENT.name,),
    ),
)  # fmt: skip
STATEMENTS = {
    one.invariant: sa.text(f"SELECT * FROM ({one.sql}) AS x ORDER BY 1 LIMIT {FINAL_MAX}")
    for one in FINALS
}


def check_final(uow: UnitOfWork, only: Collection[str] | None = None) -> Iterator[Checked]:
    """Compare every record that is final with its entry; what is wrong is wrong each time."""
    for one in FINALS:
        if only is not None and one.invariant not in only:
            continue
        checked, errors = _look(uow, one)
        for _ in range(TRIES - 1):
            if not errors:
                break
            checked, again = _look(uow, one)
            errors = tuple(error for error in again if error in errors)
        yield Checked(invariant=one.invariant, of=one.of, checked=checked, errors=errors)


def _look(uow: UnitOfWork, one: Final) -> tuple[int, tuple[str, ...]]:
    found = {
        row.document_id: (row.what, row.digest)
        for row in uow.connection.execute(STATEMENTS[one.invariant])
    }
    kept = last_kept(uow, actions=one.actions, document_kind=one.document_kind, state=one.state)
    return len(found), tuple(_differences(one, found, kept))


def _differences(one: Final, found: Found, kept: Mapping[uuid.UUID, Kept]) -> Iterator[str]:
    """Yield what differs. An entry of before digests were kept says only that it was decided."""
    for document_id in sorted({*found, *kept}):
        if document_id not in found:
            yield f"{kept[document_id].label} was decided, and is not there"
            continue
        what, digest = found[document_id]
        if document_id not in kept:
            yield f"{what} {document_id}: nothing says who decided it"
        elif _told(one, kept[document_id]) not in {None, digest}:
            yield f"{kept[document_id].label} {document_id}"


def _told(one: Final, kept: Kept) -> Any:
    told = kept.said.get(DIGEST)
    return told.get(one.part) if one.part and isinstance(told, dict) else told
