"""A commitment as it stands: a request, its supplements, and who holds what until when."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from zhuji_accounting.domain.request import SpendingRequest
from zhuji_accounting.store.requests import REQUEST_COLUMNS, request_of
from zhuji_core.uow import UnitOfWork

PARTS_MAX = 200  # supplements of one request that a page shows

# The origin first: its id is older than those of its supplements.
PARTS = sa.text(f"""
    SELECT {REQUEST_COLUMNS}
      FROM accounting.spending_request AS r
     WHERE (r.request_id = :origin OR r.supplements_id = :origin)
       AND r.state <> 'withdrawn' AND (r.state <> 'draft' OR r.created_by = :actor_id)
     ORDER BY r.request_id
     LIMIT {PARTS_MAX}
""")


def parts_of(uow: UnitOfWork, request: SpendingRequest) -> Sequence[SpendingRequest]:
    """Return the whole commitment of ``request``: the request it adds to, and all supplements.

    All are of one agency, so whoever may read one may read the others; others' drafts are not
    shown.
    """
    origin = request.supplements_id or request.request_id
    rows = uow.connection.execute(PARTS, {"origin": origin, "actor_id": uow.actor.user_id})
    return [request_of(dict(row)) for row in rows.mappings()]
