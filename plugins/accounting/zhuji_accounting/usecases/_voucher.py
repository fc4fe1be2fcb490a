"""Lock vouchers for a verb, and write down who did it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from zhuji_accounting.domain.ledger import voucher_rules
from zhuji_accounting.domain.ledger.refusals import VoucherBatch, VoucherNotFound
from zhuji_accounting.domain.ledger.voucher import Voucher
from zhuji_accounting.store import vouchers as store
from zhuji_accounting.usecases._audit import audit_change, audit_signature
from zhuji_core.identity.duties import Step
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork

BATCH_MAX = 500  # as for certifications: two screens of a worklist


def lock_many(
    uow: UnitOfWork, voucher_ids: Sequence[uuid.UUID], *, permission: Permission
) -> list[Voucher]:
    """Lock the vouchers and return them in the order asked for, each once.

    Raises VoucherBatch, VoucherNotFound (also for those of an agency in which the actor may not).
    """
    wanted = list(dict.fromkeys(voucher_ids))
    if not 1 <= len(wanted) <= BATCH_MAX:
        raise VoucherBatch(batch_max=BATCH_MAX, count=len(wanted))
    locked = store.lock(uow, wanted)
    if any(
        one not in locked or not uow.actor.may(permission, agency_code=locked[one].agency_code)
        for one in wanted
    ):
        raise VoucherNotFound
    return [locked[one] for one in wanted]


def change_states(
    uow: UnitOfWork,
    voucher_ids: Sequence[uuid.UUID],
    *,
    permission: Permission,
    change: Callable[[Voucher], Voucher],
    step: Step | None = None,
) -> list[Voucher]:
    """Lock the vouchers, change each by ``change``, save and audit them; all or none.

    ``step``: the duty that the actor does on them; exceptions used are noted.
    """
    before = lock_many(uow, voucher_ids, permission=permission)
    after = [change(voucher) for voucher in before]
    store.save_states(uow, after)
    for old, new in zip(before, after, strict=True):
        audit(uow, permission, old, new, step=step)
    return after


def audit(
    uow: UnitOfWork,
    permission: Permission,
    before: Voucher,
    after: Voucher,
    *,
    step: Step | None = None,
) -> None:
    """Keep a change of state in the audit, with the written exceptions that it used."""
    if step is None:
        audit_change(uow, permission.name, before, after)
        return
    used = voucher_rules.require_duties(before, by=uow.actor, step=step)
    audit_signature(uow, permission.name, before, after, step=step, used=used)
