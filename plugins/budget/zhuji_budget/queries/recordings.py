"""Whether each recording of the council's decisions is what the audit says was recorded.

What stands is compared with the enacted budget elsewhere; this is how it came to stand: who, when,
why, and what was there before. A year has many recordings, each with an entry of its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from zhuji_budget.domain.council_record import REVENUE_RECORDED
from zhuji_budget.permissions import RECORD_COUNCIL
from zhuji_budget.queries.headings import Checked
from zhuji_budget.store.digests import DIGEST, RECORDINGS
from zhuji_core.audit.kept import Kept, entries_kept
from zhuji_core.uow import UnitOfWork

RECORDED = "a recording of the council's decisions is not what was recorded"
OF = "recordings of the council's decisions"
STATEMENT = sa.text(f"{RECORDINGS} ORDER BY d.fiscal_year, d.record_no LIMIT 200000")
TRIES = 3
Key = tuple[uuid.UUID | None, int]


def check_recordings(uow: UnitOfWork) -> Checked:
    """Compare every recording with its entry; what is wrong is wrong each time."""
    checked, errors = _look(uow)
    for _ in range(TRIES - 1):
        if not errors:
            break
        checked, again = _look(uow)
        errors = tuple(error for error in again if error in errors)
    return Checked(invariant=RECORDED, of=OF, checked=checked, errors=errors)


def _look(uow: UnitOfWork) -> tuple[int, tuple[str, ...]]:
    rows = uow.connection.execute(STATEMENT)
    found: dict[Key, tuple[str, str]] = {
        (row.document_id, row.record_no): (row.what, row.digest) for row in rows
    }
    entries = entries_kept(
        uow, actions=(RECORD_COUNCIL.name, REVENUE_RECORDED), document_kind="budget.year"
    )
    # An entry of before recordings were kept has no number.
    kept: dict[Key, Kept] = {
        (entry.document_id, entry.said["record_no"]): entry
        for entry in entries
        if "record_no" in entry.said
    }
    return len(found), tuple(_differences(found, kept))


def _differences(found: Mapping[Key, tuple[str, str]], kept: Mapping[Key, Kept]) -> Iterator[str]:
    """Yield what differs. An entry of before digests were kept says only that it was recorded."""
    for key in sorted({*found, *kept}, key=str):
        if key not in found:
            yield f"{kept[key].label} {key[1]} was recorded, and is not there"
            continue
        what, digest = found[key]
        if key not in kept:
            yield f"{what}: nothing says who recorded it"
        elif kept[key].said.get(DIGEST) not in {None, digest}:
            yield what
