"""The state of a county, in the register and in its own database, changed so that a crash mends.

The register is written first and is right from then on; the county's database follows, and is
marked as having followed last. What stopped in between is taken up by the next command, upgrade
or start of a server (``settle``), in any order and any number of times: an epoch only ever grows.
Until then nobody writes, since the two do not agree (``uow.py``).
"""

from __future__ import annotations

import logging
from typing import Any

import psycopg
import sqlalchemy as sa

from zhuji_core.county import STATE_TITLES, County, CountyNotFound, CountyState
from zhuji_core.db.audit import Who, audit
from zhuji_core.db.engines import Engines
from zhuji_core.db.server import WrongDatabase, scalar
from zhuji_core.values import N_, DomainError

log = logging.getLogger("zhuji")

REASON_MAX = 500
NAME_MAX = 60

# Two operators at once: the second waits for the row, then meets the state that the first left.
LOCK = """
    SELECT name, modules, state, epoch, reason FROM platform.county WHERE code = %s FOR UPDATE
"""
SET_STATE = """
    UPDATE platform.county SET state = %s, epoch = %s, reason = %s WHERE code = %s
"""
SET_NAME = "UPDATE platform.county SET name = %s WHERE code = %s"
UNSETTLED = sa.text("""
    SELECT code FROM platform.county WHERE settled_epoch < epoch ORDER BY code LIMIT 1000
""")
WANTED = """
    SELECT state, epoch, reason, database_name FROM platform.county WHERE code = %s
"""
# A writer holds the gate from its last statement to its commit (``kernel.hold_gate``).
TAKE_GATE = """
    SELECT set_config('lock_timeout', '35s', true), pg_advisory_xact_lock(2026112303)
"""
FOLLOW = """
    UPDATE kernel.this_county SET state = %s, epoch = %s, reason = %s WHERE epoch < %s
"""
SETTLED = "UPDATE platform.county SET settled_epoch = %s WHERE code = %s AND settled_epoch < %s"


class CountyStateAlready(DomainError):
    """The county is in that state already, perhaps by another operator a moment ago."""

    code = "E-COUNTY-STATE"
    message = N_("{county}的狀態已是「{state}」，未作變更。")


class ReasonMissing(DomainError):
    """Whoever closes a county, opens it again or enters it in an emergency says why."""

    code = "E-REASON"
    message = N_("須填寫原因，最多 {length_max} 字。")
    status_code = 422


class CountyNameInvalid(DomainError):
    """A name that cannot stand on a page, or is the present one."""

    code = "E-COUNTY-NAME"
    message = N_("縣市名稱須為 1 至 {length_max} 字，且與現名不同。")
    status_code = 422


def change_state(
    engines: Engines, *, code: str, state: CountyState, reason: str, who: Who | None = None
) -> County:
    """Bring the county into ``state``; when it returns, no write of before is still on its way.

    Raises CountyNotFound, ReasonMissing or CountyStateAlready; then nothing is kept.
    """
    why = checked_reason(reason)
    server = engines.server
    with server.connect(server.platform_name) as platform:
        with platform.transaction():
            before = _locked(platform, code)
            if before.state == state:
                raise CountyStateAlready(county=before.name, state=STATE_TITLES[state])
            platform.execute(SET_STATE, (state, before.epoch + 1, why, code))
            audit(
                platform,
                "county.change_state",
                code,
                before={"state": before.state, "epoch": before.epoch, "reason": before.reason},
                after={"state": state, "epoch": before.epoch + 1, "reason": why},
                reason=why,
                who=who,
            )
        _settle(engines, platform, code)
    return County(
        code=code,
        name=before.name,
        modules=before.modules,
        state=state,
        epoch=before.epoch + 1,
        reason=why,
    )


def rename(engines: Engines, *, code: str, name: str, who: Who | None = None) -> County:
    """Call the county by another name (its code never changes).

    Raises CountyNotFound or CountyNameInvalid; then nothing is kept.
    """
    wanted = " ".join(name.split())
    server = engines.server
    with server.connect(server.platform_name) as platform, platform.transaction():
        before = _locked(platform, code)
        if not 0 < len(wanted) <= NAME_MAX or wanted == before.name:
            raise CountyNameInvalid(length_max=NAME_MAX)
        platform.execute(SET_NAME, (wanted, code))
        told = {"name": before.name}, {"name": wanted}
        audit(platform, "county.rename", code, before=told[0], after=told[1], who=who)
    return County(
        code=code,
        name=wanted,
        modules=before.modules,
        state=before.state,
        epoch=before.epoch,
        reason=before.reason,
    )


def settle(engines: Engines) -> list[str]:
    """Let every county database follow the register where a crash kept it from doing so.

    Returns the codes of those that had to. A database that cannot be reached is left for the next
    time: nobody can write to it meanwhile, because the epochs differ.
    """
    with engines.platform.connect() as connection:
        behind = list(connection.execute(UNSETTLED).scalars())
    if not behind:
        return []
    done = []
    server = engines.server
    with server.connect(server.platform_name) as platform:
        for code in behind:
            try:
                _settle(engines, platform, code)
            except psycopg.Error as error:
                log.warning("county %s has not followed the register yet: %s", code, error)
            else:
                done.append(code)
    return done


def checked_reason(reason: str) -> str:
    """Return the reason in one line; raise ReasonMissing."""
    why = " ".join(reason.split())
    if not 0 < len(why) <= REASON_MAX:
        raise ReasonMissing(length_max=REASON_MAX, fields={"reason": ReasonMissing.message})
    return why


def _locked(platform: psycopg.Connection[Any], code: str) -> County:
    row = platform.execute(LOCK, (code,)).fetchone()
    if row is None:
        raise CountyNotFound(county=code)
    name, modules, state, epoch, reason = row
    return County(
        code=code, name=name, modules=tuple(modules), state=state, epoch=epoch, reason=reason
    )


def _settle(engines: Engines, platform: psycopg.Connection[Any], code: str) -> None:
    row = platform.execute(WANTED, (code,)).fetchone()
    assert row is not None, "counties are never taken out of the register"
    state, epoch, reason, database = row
    with engines.server.connect(database) as county:
        found = scalar(county, "SELECT code FROM kernel.this_county")
        if found != code:
            raise WrongDatabase(expected=code, found=found)
        with county.transaction():
            county.execute(TAKE_GATE)
            county.execute(FOLLOW, (state, epoch, reason, epoch))
    platform.execute(SETTLED, (epoch, code, epoch))
