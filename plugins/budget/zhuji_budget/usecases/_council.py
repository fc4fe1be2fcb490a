"""What both recordings of the council's decisions share: nothing is changed without a trace."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import NamedTuple

from zhuji_budget.domain.council_record import (
    BillAtCouncil,
    CouncilStale,
    Decision,
    DecisionChange,
    changes_of,
    require_reason,
)
from zhuji_budget.domain.schedule import Side
from zhuji_budget.store import council_records as records
from zhuji_budget.store.digests import DIGEST, of_recording
from zhuji_core.uow import UnitOfWork


class Scope(NamedTuple):
    """Of which bill, which side, and of which line where it is one line's."""

    fiscal_year: int
    side: Side
    line_id: uuid.UUID | None = None


class Said(NamedTuple):
    """Why, and after which recording (``seen``; None: whoever asks did not look at a form)."""

    reason: str = ""
    seen: int | None = None


UNSAID = Said()


def require_bill_open(uow: UnitOfWork, *, fiscal_year: int) -> None:
    """Raise BillAtCouncil when decisions stand on the bill of the locked year."""
    rows = records.standing(uow, fiscal_year=fiscal_year)
    if rows:
        raise BillAtCouncil(fiscal_year=fiscal_year, rows=rows)


def require_seen(uow: UnitOfWork, scope: Scope, said: Said) -> None:
    """Raise CouncilStale when somebody recorded since; the year is locked."""
    if said.seen is None:
        return
    last = records.last_no(
        uow, fiscal_year=scope.fiscal_year, side=scope.side, line_id=scope.line_id
    )
    if last > said.seen:
        raise CouncilStale(record_no=last)


def changed(
    uow: UnitOfWork, scope: Scope, wanted: Mapping[uuid.UUID, Decision]
) -> tuple[DecisionChange, ...]:
    """Return what ``wanted`` changes of what stands; asked before it is kept."""
    rows = records.decided_rows(
        uow,
        fiscal_year=scope.fiscal_year,
        side=scope.side,
        ids=wanted.keys(),
        line_id=scope.line_id,
    )
    return changes_of(rows, wanted)


def note(
    uow: UnitOfWork, scope: Scope, changes: tuple[DecisionChange, ...], *, reason: str
) -> dict[str, object]:
    """Keep the recording; return what the audit says of it. Raises CouncilReasonMissing."""
    said = require_reason(changes, reason)
    record_no = records.keep(
        uow, changes, fiscal_year=scope.fiscal_year, side=scope.side, reason=said
    )
    return {
        "record_no": record_no,
        "rows_changed": len(changes),
        "reason": said,
        DIGEST: of_recording(uow, fiscal_year=scope.fiscal_year, record_no=record_no),
    }
