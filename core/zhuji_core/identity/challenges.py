"""The challenges of a county's ceremonies, in its own database."""

from __future__ import annotations

import sqlalchemy as sa

from zhuji_core.access import CountyAccess
from zhuji_core.identity.ceremonies import Challenges

KEEP = sa.text("""
    WITH old AS (
        DELETE FROM kernel.challenge WHERE holder_digest = :holder_digest OR expires_at <= :now
    )
    INSERT INTO kernel.challenge
           (challenge_id, holder_digest, user_id, purpose, challenge, expires_at)
    VALUES (:challenge_id, :holder_digest, :user_id, :purpose, :challenge, :expires_at)
""")
REMOVE = sa.text("""
    DELETE FROM kernel.challenge
     WHERE holder_digest = :holder_digest AND user_id = :user_id AND purpose = :purpose
    RETURNING challenge, expires_at
""")


def county_challenges(access: CountyAccess) -> Challenges:
    return Challenges(statements=access.statements, clock=access.clock, keep=KEEP, remove=REMOVE)
