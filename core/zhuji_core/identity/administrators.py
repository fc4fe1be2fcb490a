"""Nobody is locked out for good: somebody is left who may give rights."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator

import sqlalchemy as sa

from zhuji_core.formats import format_date
from zhuji_core.permissions import GRANT_ROLE
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError

# Whoever takes rights from administrators passes this gate one after another: two who disabled
# each other at one moment would each still see the other. Grants only share-lock the role's key.
GATE = sa.text("""
    SELECT r.role_code
      FROM kernel.role AS r
     WHERE r.role_code = 'ADM'
       FOR NO KEY UPDATE
""")
LEFT = sa.text("""
    SELECT count(DISTINCT u.user_id)
      FROM kernel.user_account AS u
      JOIN kernel.role_grant AS g ON g.user_id = u.user_id
      JOIN kernel.role AS r ON r.role_code = g.role_code
      JOIN kernel.role_permission AS p ON p.role_code = g.role_code
     WHERE u.state = 'active' AND p.permission = :permission AND g.agency_code IS NULL
       AND g.valid_from <= :day AND (g.valid_to IS NULL OR g.valid_to >= :day)
       AND (r.valid_from IS NULL OR r.valid_from <= :day)
       AND (r.valid_to IS NULL OR r.valid_to >= :day)
""")


class LastAdministrator(DomainError):
    """The change would leave nobody who may give rights to others."""

    code = "E-LAST-ADMINISTRATOR"
    message = N_("此異動將使本縣市於 {day} 沒有任何可授予角色之系統管理人員，未予受理。")


@contextlib.contextmanager
def require_administrator_left(uow: UnitOfWork, *, on: dt.date) -> Iterator[None]:
    """Make the change of the block, and raise LastAdministrator when it leaves none on that day.

    A county that had none before the change (the operator is making its first ones) is not
    refused: the change takes nothing from it.
    """
    uow.connection.execute(GATE)
    before = _left(uow, on)
    yield
    if before and not _left(uow, on):
        raise LastAdministrator(day=format_date(on))


def _left(uow: UnitOfWork, day: dt.date) -> int:
    counted = uow.connection.execute(LEFT, {"permission": GRANT_ROLE.name, "day": day})
    return int(counted.scalar_one())
