"""Register a security key in an open session."""

from __future__ import annotations

from zhuji_core.access import CountyAccess
from zhuji_core.county import SESSION
from zhuji_core.identity import ceremonies
from zhuji_core.identity.actor import Actor
from zhuji_core.identity.ceremonies import Holder, Party
from zhuji_core.identity.challenges import county_challenges
from zhuji_core.identity.security_keys import checked_name, credentials_of, keep_key
from zhuji_core.identity.sessions import renew_session


def begin_key(access: CountyAccess, *, actor: Actor, token: str, party: Party) -> str:
    """Return the options that a browser makes a key with, as JSON."""
    known = credentials_of(access, user_id=actor.user_id)
    return ceremonies.begin_registration(
        county_challenges(access), _holder(actor, token), party=party, known=known
    )


def register_key(
    access: CountyAccess,
    *,
    actor: Actor,
    token: str,
    party: Party,
    answer: str,
    name: str,
) -> str:
    """Register the key that ``answer`` proves; return the new token of this session.

    Raises FactorName, FactorTaken or FactorRefused; then nothing is kept, and the challenge is
    used up.
    """
    kept_name = checked_name(name)
    proved = ceremonies.verify_registration(
        county_challenges(access), _holder(actor, token), party=party, answer=answer
    )
    with access.begin(actor=actor, writes=SESSION) as uow:
        keep_key(uow, proved, name=kept_name)
        return renew_session(uow, token=token)


def _holder(actor: Actor, token: str) -> Holder:
    return Holder(token=token, user_id=actor.user_id, account=actor.account, name=actor.name)
