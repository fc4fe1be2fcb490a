"""A person who lost every key and code gets a new start by two administrators."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from zhuji_core.identity.accounts import UserAccount, UserUnknown
from zhuji_core.identity.open_sessions import end_sessions
from zhuji_core.identity.security_keys import clear_factors
from zhuji_core.permissions import RESET_FACTORS
from zhuji_core.proposals.model import Foreseen, Proposal, ProposalKind, ProposedChange
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value

LOCK = sa.text("""
    SELECT u.user_id, u.account, u.name, u.agency_code,
           (SELECT count(*) FROM kernel.security_key AS k WHERE k.user_id = u.user_id) AS keys
      FROM kernel.user_account AS u
     WHERE u.user_id = :user_id
       FOR UPDATE OF u
""")


class FactorReset(Value, frozen=True, kw_only=True):
    """Whose keys and recovery codes are all removed."""

    user_id: uuid.UUID


def _lock(uow: UnitOfWork, user_id: uuid.UUID) -> tuple[UserAccount, int]:
    row = uow.connection.execute(LOCK, {"user_id": user_id}).one_or_none()
    if row is None:
        raise UserUnknown(user=str(user_id))
    user = UserAccount(
        user_id=row.user_id, account=row.account, name=row.name, agency_code=row.agency_code
    )
    return user, int(row.keys)


def _foresee(uow: UnitOfWork, reset: FactorReset) -> Foreseen:
    user, keys = _lock(uow, reset.user_id)
    return Foreseen(
        document=user.document,
        subject=str(user.user_id),
        facts={N_("姓名"): user.name, N_("安全金鑰"): str(keys)},
        changes=(ProposedChange(label=N_("安全金鑰"), before=str(keys), after="0"),),
    )


def _apply(uow: UnitOfWork, reset: FactorReset, proposal: Proposal) -> None:
    user, _ = _lock(uow, reset.user_id)
    cleared = clear_factors(uow, user_id=user.user_id)
    uow.audit(
        RESET_FACTORS.name,
        user.document,
        after={"keys": cleared, "approved_by": str(proposal.proposal_id)},
    )
    end_sessions(uow, user_id=user.user_id, reason="factors-reset")


RESET: ProposalKind[FactorReset] = ProposalKind(
    name="kernel.factor.reset",
    title=N_("清除安全金鑰"),
    payload=FactorReset,
    version=1,
    propose=RESET_FACTORS,
    decide=RESET_FACTORS,
    foresee=_foresee,
    apply=_apply,
)
