"""Lock one claim for a verb, change its state, and write down who did it."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from zhuji_accounting.domain.claims import rules
from zhuji_accounting.domain.claims.claim import ClaimStep, ExpenseClaim
from zhuji_accounting.domain.claims.refusals import ClaimNotFound
from zhuji_accounting.store import claims
from zhuji_accounting.usecases import _audit
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork


def lock_claim(uow: UnitOfWork, claim_id: uuid.UUID, *, permission: Permission) -> ExpenseClaim:
    """Lock the claim; raise ClaimNotFound, or Forbidden without the right in its agency."""
    claim = claims.lock(uow, claim_id)
    if claim is None:
        raise ClaimNotFound
    uow.require(permission, agency_code=claim.agency_code)
    return claim


def change_state(
    uow: UnitOfWork,
    claim_id: uuid.UUID,
    *,
    permission: Permission,
    change: Callable[[ExpenseClaim], ExpenseClaim],
    verb: str = "",
) -> ExpenseClaim:
    """Lock the claim, change it by ``change``, save and audit it."""
    before = lock_claim(uow, claim_id, permission=permission)
    after = change(before)
    claims.save(uow, after)
    _audit.audit_change(uow, verb or permission.name, before, after)
    return after


def sign_claim(
    uow: UnitOfWork, claim_id: uuid.UUID, step: ClaimStep, *, permission: Permission
) -> ExpenseClaim:
    """Do ``step`` on the claim in the name of the actor, with the written exceptions it used."""
    before = lock_claim(uow, claim_id, permission=permission)
    after = rules.sign(before, step, by=uow.actor, at=uow.now)
    claims.save(uow, after)
    audit_signature(uow, before, after, step=step, permission=permission)
    return after


def audit_signature(
    uow: UnitOfWork,
    before: ExpenseClaim,
    after: ExpenseClaim,
    *,
    step: ClaimStep,
    permission: Permission,
) -> None:
    """Keep the signature in the audit."""
    used = rules.require_duties(before, by=uow.actor, step=step)
    _audit.audit_signature(uow, permission.name, before, after, step=rules.DUTIES[step], used=used)
