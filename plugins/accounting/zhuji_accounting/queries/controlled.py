"""The budget's control ledger with what each certification's receipt says was left."""

from __future__ import annotations

import itertools
import uuid
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from zhuji_accounting.domain.ledger.control_text import Controlled
from zhuji_core.contracts.control import ControlPosting
from zhuji_core.contracts.funds import FundPosition, MoveKind
from zhuji_core.uow import UnitOfWork

CHUNK = 2_000

# Whatever balance the county certifies against, the receipt keeps what the year's one came to.
RECEIPTS = sa.text("""
    SELECT c.request_id, l.control_row_id,
           (l.enacted_ntd + l.changes_ntd - l.frozen_ntd - l.encumbered_ntd - l.advanced_ntd
            - l.expended_ntd - l.requested_ntd)::bigint AS left_ntd
      FROM accounting.certification AS c
      JOIN accounting.receipt_line AS l USING (certification_id)
     WHERE c.request_id = ANY(:ids)
     ORDER BY c.request_id, l.line_no
     LIMIT 1000000
""")


def controlled(uow: UnitOfWork, *, fiscal_year: int) -> Iterator[Controlled]:
    """Yield the year's control postings in order, each certification's with its receipt."""
    postings = iter(uow.hooks.control_postings(uow, fiscal_year))
    receipts: dict[tuple[uuid.UUID, uuid.UUID], deque[int]] = defaultdict(deque)
    known: set[uuid.UUID] = set()
    while chunk := list(itertools.islice(postings, CHUNK)):
        fresh = {one.document_id for one in chunk if _certified(one)} - known
        known |= fresh
        for row in uow.connection.execute(RECEIPTS, {"ids": list(fresh)}):
            receipts[row.request_id, row.control_row_id].append(row.left_ntd)
        for one in chunk:
            # Lines of one request on one row were written in the order of its movements.
            said = receipts[one.document_id, one.control_row_id] if _certified(one) else None
            yield Controlled(posting=one, receipt_ntd=said.popleft() if said else None)


def kept_positions(uow: UnitOfWork, control_row_ids: Sequence[uuid.UUID]) -> list[FundPosition]:
    """Return the counters of these rows as they are kept."""
    return [
        position
        for start in range(0, len(control_row_ids), CHUNK)
        for position in uow.hooks.fund_positions(uow, control_row_ids[start : start + CHUNK])
    ]


def _certified(one: ControlPosting) -> bool:
    return one.kind == MoveKind.RESERVE
