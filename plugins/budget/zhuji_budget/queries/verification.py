"""Prove the counters: every control row recomputed from its movements, to the dollar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from zhuji_budget.queries.invariants import Asked, check_invariants
from zhuji_budget.queries.told import prove_releases
from zhuji_budget.settings import MODULE
from zhuji_budget.store.execution import FOLLOWED_TYPES
from zhuji_budget.store.movements import OWNED, REALISED, signed
from zhuji_core.events.status import read_progress
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

ERRORS_MAX = 100
# The documents whose certifications and releases are told by events: requests, supplements, awards.
FOLLOWED = "accounting.%"
# Under load months and movements are seldom seen at one moment; then nothing is said of them.
TRIES = 3

# One pass over the movements; a row without movements must have counters of zero.
COMPARE = sa.text(f"""
    WITH summed AS (
        SELECT m.control_row_id,
               COALESCE(sum(m.amount_ntd) FILTER (WHERE m.kind = 'enact'), 0) AS enacted_ntd,
               COALESCE(sum(m.amount_ntd) FILTER (WHERE m.kind = 'allot'), 0) AS allotted_ntd,
               sum({signed("encumbered")}) AS encumbered_ntd,
               sum({signed("advanced")}) AS advanced_ntd,
               sum({signed("expended")}) AS expended_ntd,
               sum({signed("payable")}) AS payable_ntd,
               COALESCE(sum(m.amount_ntd) FILTER (WHERE m.kind = 'change'), 0) AS changes_ntd,
               COALESCE(sum(m.amount_ntd) FILTER (WHERE m.kind = 'freeze'), 0) AS frozen_ntd
          FROM budget.budget_movement AS m
         GROUP BY m.control_row_id
    )
    SELECT r.control_row_id, r.line_code, r.object_code,
           abs(r.enacted_ntd - COALESCE(s.enacted_ntd, 0))
           + abs((SELECT sum(a) FROM unnest(r.allotment_ntd) AS a)
                 - COALESCE(s.allotted_ntd, 0))
           + abs(r.encumbered_ntd - COALESCE(s.encumbered_ntd, 0))
           + abs(r.changes_ntd - COALESCE(s.changes_ntd, 0))
           + abs(r.frozen_ntd - COALESCE(s.frozen_ntd, 0))
           + CASE WHEN r.enacted_ntd = 0 THEN 0
                  ELSE abs(r.enacted_ntd - r.bill_ntd - r.council_ntd) END
           + abs(r.advanced_ntd - COALESCE(s.advanced_ntd, 0))
           + abs(r.expended_ntd - COALESCE(s.expended_ntd, 0))
           + abs(r.payable_ntd - COALESCE(s.payable_ntd, 0)) AS drift_ntd
      FROM budget.control_row AS r
      LEFT JOIN summed AS s USING (control_row_id)
""")
CHECKED = sa.text("SELECT count(*) FROM budget.control_row")
DRIFTED = sa.text(f"""
    SELECT line_code, object_code, drift_ntd
      FROM ({COMPARE.text}) AS compared
     WHERE drift_ntd <> 0
     ORDER BY line_code, object_code
     LIMIT 1000
""")
# The book's own sums: what a line's control rows hold is what the line was granted.
UNEQUAL_LINES = sa.text("""
    SELECT b.code, b.bill_ntd, COALESCE(sum(r.bill_ntd), 0)::bigint AS rows_ntd
      FROM budget.budget_line AS b
      LEFT JOIN budget.control_row AS r USING (line_id)
     GROUP BY b.line_id
    HAVING b.bill_ntd <> COALESCE(sum(r.bill_ntd), 0)
     LIMIT 1000
""")

# Execution by month follows events; it is compared as far as those were told. With all of them
# told, each row and month equals its movements.
MONTHS = sa.text("""
    WITH moved AS (
        SELECT m.control_row_id,
               ((extract(year FROM m.business_date)::integer - 1911) * 100
                + extract(month FROM m.business_date)::integer) AS month_key,
               COALESCE(sum(m.amount_ntd) FILTER (WHERE m.kind = 'reserve'), 0) AS certified_ntd,
               COALESCE(sum(m.amount_ntd) FILTER (WHERE m.kind = 'release'), 0) AS released_ntd
          FROM budget.budget_movement AS m
         WHERE m.kind IN ('reserve', 'release') AND m.document_kind LIKE :followed
         GROUP BY 1, 2
    )
    SELECT r.line_code, r.object_code, month_key,
           abs(COALESCE(x.certified_ntd, 0) - COALESCE(m.certified_ntd, 0))
           + abs(COALESCE(x.released_ntd, 0) - COALESCE(m.released_ntd, 0)) AS drift_ntd
      FROM budget.execution_month AS x
      FULL JOIN moved AS m USING (control_row_id, month_key)
      JOIN budget.control_row AS r USING (control_row_id)
     WHERE (x.certified_ntd, x.released_ntd)
           IS DISTINCT FROM (COALESCE(m.certified_ntd, 0), COALESCE(m.released_ntd, 0))
     ORDER BY 1, 2, 3
     LIMIT 1000
""")
MONTHS_CHECKED = sa.text("""
    SELECT (SELECT count(*) FROM budget.execution_month)
         + (SELECT count(*) FROM budget.realised_month)
""")
# What was spent, advanced, settled, returned and recovered is written with its movements, so it
# equals them at every moment.
REALISED_MONTHS = sa.text(f"""
    WITH moved AS (
        SELECT m.control_row_id,
               ((extract(year FROM m.business_date)::integer - 1911) * 100
                + extract(month FROM m.business_date)::integer) AS month_key,
               {
    ", ".join(
        f"COALESCE(sum(m.amount_ntd) FILTER (WHERE m.kind = '{kind}'), 0) AS {name}"
        for kind, name in REALISED.items()
    )
}
          FROM budget.budget_movement AS m
         WHERE m.kind IN ({", ".join(f"'{kind}'" for kind in REALISED)})
         GROUP BY 1, 2
    )
    SELECT x.line_code, x.object_code, x.month_key, x.drift_ntd
      FROM (SELECT r.line_code, r.object_code, month_key,
                   {
    " + ".join(f"abs(COALESCE(x.{name}, 0) - COALESCE(m.{name}, 0))" for name in REALISED.values())
} AS drift_ntd
              FROM budget.realised_month AS x
              FULL JOIN moved AS m USING (control_row_id, month_key)
              JOIN budget.control_row AS r USING (control_row_id)) AS x
     WHERE x.drift_ntd <> 0
     ORDER BY 1, 2, 3
     LIMIT 1000
""")
# No commitment draws on what another one holds.
OVERDRAWN = sa.text(f"""
    SELECT h.label, r.line_code, r.object_code,
           -least(h.held_ntd, 0) - least(h.advanced_ntd, 0) - least(h.expended_ntd, 0)
           - least(h.payable_ntd, 0) + greatest(h.payable_ntd - greatest(h.expended_ntd, 0), 0)
               AS drift_ntd
      FROM ({OWNED}) AS h
      JOIN budget.control_row AS r USING (control_row_id)
     WHERE least(h.held_ntd, h.advanced_ntd, h.expended_ntd, h.payable_ntd,
                 h.expended_ntd - h.payable_ntd) < 0
     ORDER BY 2, 3, 1
     LIMIT 1000
""")


class BudgetVerification(Value, frozen=True, kw_only=True):
    """``checked`` control rows, the sum of all differences in NT dollars, and what is wrong.

    ``months_checked`` rows of execution by month were compared, unless ``events_behind`` events
    are still to come: then they are of an earlier moment than the movements. ``asked`` are the
    ``invariants`` by name, each with how many it was asked of (``invariants.py``), among them
    ``documents_checked`` changes during the year.
    ``releases_checked`` months of agencies were compared with what was told (``told.py``).
    """

    checked: int
    drift_ntd: int
    errors: tuple[str, ...]
    months_checked: int = 0
    events_behind: int = 0
    invariants: int = 0
    documents_checked: int = 0
    releases_checked: int = 0
    asked: tuple[Asked, ...] = ()

    @property
    def passed(self) -> bool:
        """Nothing checked proves nothing, so it does not pass."""
        return self.checked > 0 and self.drift_ntd == 0 and not self.errors


def verify_budget(uow: UnitOfWork) -> BudgetVerification:
    """Compare every control row with the sum of its movements, every line with its rows."""
    drifted = uow.connection.execute(DRIFTED).all()
    unequal = uow.connection.execute(UNEQUAL_LINES).all()
    errors = [
        f"{row.line_code} {row.object_code}: counters and movements differ by {row.drift_ntd:,}"
        for row in drifted
    ] + [
        f"{row.code}: the line has {row.bill_ntd:,}, its control rows {row.rows_ntd:,}"
        for row in unequal
    ]
    followed, behind = _months(uow)
    months = [*followed, *uow.connection.execute(REALISED_MONTHS)]
    errors += [
        f"{row.line_code} {row.object_code} {row.month_key}: execution by month and movements"
        f" differ by {row.drift_ntd:,}"
        for row in months
    ]
    overdrawn = uow.connection.execute(OVERDRAWN).all()
    errors += [
        f"{row.line_code} {row.object_code}: {row.label} drew {row.drift_ntd:,} more than it has"
        for row in overdrawn
    ]
    held = check_invariants(uow)
    released = prove_releases(uow)
    errors += [*held.errors, *released.errors]
    drift_ntd = sum(int(row.drift_ntd) for row in (*drifted, *months, *overdrawn))
    drift_ntd += sum(abs(row.bill_ntd - row.rows_ntd) for row in unequal)
    return BudgetVerification(
        checked=uow.connection.execute(CHECKED).scalar_one(),
        drift_ntd=drift_ntd,
        errors=tuple(errors[:ERRORS_MAX]),
        months_checked=0 if behind else uow.connection.execute(MONTHS_CHECKED).scalar_one(),
        events_behind=behind,
        invariants=len(held.asked),
        documents_checked=held.documents,
        releases_checked=released.checked,
        asked=held.asked,
    )


def _months(uow: UnitOfWork) -> tuple[Sequence[sa.Row[Any]], int]:
    """Return the months that differ, or none and how many events are still to come.

    Three statements see three moments: what was certified in between is known by the progress,
    which then differs, and the months are looked at again.
    """
    for _ in range(TRIES):
        before = read_progress(uow.connection, module=MODULE, types=FOLLOWED_TYPES)
        if before.behind:
            return (), before.behind
        found = uow.connection.execute(MONTHS, {"followed": FOLLOWED}).all()
        if read_progress(uow.connection, module=MODULE, types=FOLLOWED_TYPES) == before:
            return found, 0
    return (), 1
