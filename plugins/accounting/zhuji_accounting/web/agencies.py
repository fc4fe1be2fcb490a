"""Agencies as a choice: those in which the actor holds a right."""

from __future__ import annotations

from zhuji_core.identity.agencies import find_agencies, find_agency
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork
from zhuji_core.web.components import Option


def agency_options(uow: UnitOfWork, permission: Permission) -> tuple[Option, ...]:
    """Return the agencies of the actor's right, all of them for the whole county."""
    codes = uow.actor.agencies(permission)
    return tuple(
        Option(value=agency.agency_code, title=f"{agency.name}（{agency.agency_code}）")
        for agency in find_agencies(uow, codes=None if codes is None else list(codes))
    )


def chosen_agency(uow: UnitOfWork, options: tuple[Option, ...], wanted: str) -> str:
    """Return the wanted agency, else the actor's own, else the first of the choice."""
    own = uow.actor.agency_code
    if wanted or not options:
        return wanted or own
    return own if any(option.value == own for option in options) else options[0].value


def agency_name(uow: UnitOfWork, agency_code: str) -> str:
    """Return the agency's name for the head of a report; the actor's own for no code."""
    if not agency_code or agency_code == uow.actor.agency_code:
        return uow.actor.agency_name
    found = find_agency(uow, agency_code=agency_code)
    return found.name if found else agency_code
