"""Whether a movement of the budget bears the stamp of the act that wrote it: who, when, of what.

The act's entry in the audit was written in the same transaction, so both say the same.
"""

from __future__ import annotations

import sqlalchemy as sa

from zhuji_budget.queries.headings import Checked
from zhuji_core.audit.kept import Stamp, stamps_kept
from zhuji_core.uow import UnitOfWork

STAMPED = "a movement does not bear the stamp of its act"
TRIES = 3
COLUMNS = """
    m.document_id, m.document_label AS label, m.business_date, m.recorded_at, m.actor_id
"""
# Money that is reserved and spent is stamped by documents of other modules.
MOVED = sa.text(f"""
    SELECT {COLUMNS} FROM budget.budget_movement AS m
     WHERE m.kind IN ('enact', 'allot', 'change', 'freeze')
     GROUP BY 1, 2, 3, 4, 5
     UNION
    SELECT {COLUMNS} FROM budget.revenue_movement AS m
     GROUP BY 1, 2, 3, 4, 5
     ORDER BY 1, 4
     LIMIT 200000
""")


def check_stamps(uow: UnitOfWork) -> Checked:
    """Compare the stamp of every movement of the budget with those of its document's acts."""
    checked, wrong = _look(uow)
    for _ in range(TRIES - 1):
        if not wrong:
            break
        checked, again = _look(uow)
        wrong = [one for one in again if one in wrong]
    return Checked(
        invariant=STAMPED,
        of="acts that moved the budget",
        checked=checked,
        errors=tuple(
            f"{one.label} {one.document_id} {one.business_date} {one.recorded_at} {one.actor_id}"
            for one in wrong
        ),
    )


def _look(uow: UnitOfWork) -> tuple[int, list[Stamp]]:
    moved = [Stamp(**row) for row in uow.connection.execute(MOVED).mappings()]
    kept = stamps_kept(uow, sorted({one.document_id for one in moved}))
    return len(moved), [one for one in moved if one not in kept]
