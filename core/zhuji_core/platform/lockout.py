"""Wrong passwords of an operator, counted before they are verified; five lock for a while."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from zhuji_core.identity.lockout import FAILURES_MAX, LOCKED_FOR, refuse_when_locked
from zhuji_core.platform.uow import Platform

# Claimed before the password is verified, so that many tries at one moment count as many.
CLAIM = sa.text("""
    UPDATE platform.operator
       SET failed_sign_ins = CASE WHEN failed_sign_ins + 1 < :failures_max
                                  THEN failed_sign_ins + 1 ELSE 0 END,
           locked_until = CASE WHEN failed_sign_ins + 1 < :failures_max
                               THEN locked_until ELSE :locked_until END
     WHERE operator_id = :operator_id AND (locked_until IS NULL OR locked_until <= :now)
    RETURNING operator_id
""")
LOCKED_UNTIL = sa.text("SELECT locked_until FROM platform.operator WHERE operator_id = :id")
FORGIVE = sa.text("""
    UPDATE platform.operator
       SET failed_sign_ins = 0, locked_until = NULL
     WHERE operator_id = :operator_id
""")


def claim_try(platform: Platform, *, operator_id: uuid.UUID) -> None:
    """Count this try, or raise AccountLocked; the right password takes it back."""
    now = platform.clock()
    with platform.statements.connect() as connection:
        claimed = connection.execute(
            CLAIM,
            {
                "operator_id": operator_id,
                "failures_max": FAILURES_MAX,
                "locked_until": now + LOCKED_FOR,
                "now": now,
            },
        ).one_or_none()
        if claimed is None:
            until = connection.execute(LOCKED_UNTIL, {"id": operator_id}).scalar_one()
            refuse_when_locked(until, now=now)


def forgive_tries(platform: Platform, *, operator_id: uuid.UUID) -> None:
    """Clear the count of whoever has proved the password."""
    with platform.statements.connect() as connection:
        connection.execute(FORGIVE, {"operator_id": operator_id})
