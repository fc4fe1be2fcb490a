"""The same request sent twice is done once: the first answer is kept with its key.

The key row is written by the transaction that does the work (``uow.FLUSH``), so an answer is
kept exactly when the work is. A repeated request therefore does its work again in vain, is
refused (the state has moved on, or the key is taken) and rolled back; then the kept answer is
given. The usual request, sent once, pays for no look-up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from zhuji_core.values import N_, DomainError

if TYPE_CHECKING:
    import uuid

    from zhuji_core.uow import IdempotencyKey

KEPT_ANSWER = sa.text("""
    SELECT encode(request_digest, 'hex') AS digest, answer
      FROM kernel.idempotency_key
     WHERE actor_id = :actor_id AND key = :key
""")
PRIMARY_KEY = "idempotency_key_pkey"


class KeyReused(DomainError):
    """The key came before with another request: one of the two is a mistake."""

    code = "E-KEY-REUSED"
    message = N_("此表單先前已送出不同的內容，請重新整理頁面後再試。")
    status_code = 422


def kept_answer(engine: sa.Engine, *, actor_id: uuid.UUID, key: IdempotencyKey) -> Any | None:
    """Return the answer kept under ``key``, or None; raise KeyReused for another request's."""
    with engine.connect() as connection:
        row = connection.execute(KEPT_ANSWER, {"actor_id": actor_id, "key": key.key}).one_or_none()
    if row is None:
        return None
    if row.digest != key.digest:
        raise KeyReused(key=key.key)
    return row.answer


def key_was_taken(error: sa.exc.IntegrityError) -> bool:
    """Tell whether ``error`` is the second writer of one key, and no other broken constraint."""
    diagnostic = getattr(error.orig, "diag", None)
    return diagnostic is not None and diagnostic.constraint_name == PRIMARY_KEY
