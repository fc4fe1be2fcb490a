"""Whose documents a list shows: one agency's that was asked for, or all that the actor may read."""

from __future__ import annotations

from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork


def listed_agencies(uow: UnitOfWork, permission: Permission, agency_code: str) -> list[str] | None:
    """Return the agencies of the list; None: every one of the county. Raises Forbidden."""
    uow.require(permission, agency_code=agency_code or None)
    if agency_code:
        return [agency_code]
    allowed = uow.actor.agencies(permission)
    return None if allowed is None else list(allowed)
