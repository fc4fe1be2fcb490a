"""How many documents wait for a step of the actor, counted along the index of what waits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

# Each right by itself, in one of its agencies or in all: joined to all rights at once, what waits
# in the county was read for an office, and all that there is where the states were not said.
COUNTED = """
    SELECT g.wait, sum(w.documents)::bigint AS documents, min(w.oldest) AS oldest,
           sum(w.amount_ntd)::bigint AS amount_ntd
      FROM jsonb_to_recordset(CAST(:rights AS jsonb))
           AS g (wait text, state text, agency_code text, own boolean)
     CROSS JOIN LATERAL (
           SELECT count(*) AS documents, {figures}
             FROM {table} AS d
            WHERE g.agency_code IS NULL AND d.state = g.state AND {waits}
            UNION ALL
           SELECT count(*), {figures}
             FROM {table} AS d
            WHERE d.agency_code = g.agency_code AND d.state = g.state AND {waits}) AS w
     GROUP BY g.wait
    HAVING sum(w.documents) > 0
     LIMIT 8
"""


class Right(Value, frozen=True, kw_only=True):
    """What waits as ``wait`` in ``state``; ``agencies`` None: in all. ``own``: the actor's own."""

    wait: str
    state: str
    agencies: Sequence[str] | None
    own: bool = False


def counted(*, table: str, figures: str, states: Iterable[str], waits: str) -> sa.TextClause:
    """Return the statement that counts rows ``d`` of ``table``, for ``:rights`` (``g``).

    ``figures`` are ``oldest`` and ``amount_ntd``; ``states`` those of the index of what waits,
    which serves where the text itself says them; ``waits`` what else has to hold.
    """
    said = ", ".join(f"'{state}'" for state in states)
    return sa.text(
        COUNTED.format(table=table, figures=figures, waits=f"d.state IN ({said}) AND {waits}")
    )


def count_waiting(
    uow: UnitOfWork, statement: sa.TextClause, rights: Iterable[Right], **more: object
) -> dict[str, sa.Row[Any]]:
    """Return documents, oldest and amount_ntd by what waits; nothing of what does not."""
    rows = [
        {"wait": one.wait, "state": one.state, "agency_code": code, "own": one.own}
        for one in rights
        for code in ((None,) if one.agencies is None else one.agencies)
    ]
    if not rows:
        return {}
    given = {
        "rights": msgspec.json.encode(rows).decode(),
        "actor_id": uow.actor.user_id,
        "excepted": bool(uow.actor.duty_exceptions),
    }
    return {row.wait: row for row in uow.connection.execute(statement, {**given, **more})}
