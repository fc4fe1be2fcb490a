"""The name of an agency, to be frozen in a document."""

from __future__ import annotations

from zhuji_core.identity.agencies import find_agency
from zhuji_core.uow import UnitOfWork


def agency_name(uow: UnitOfWork, agency_code: str) -> str:
    """Return the agency's name: of the document's agency, which need not be the writer's own."""
    if agency_code == uow.actor.agency_code:
        return uow.actor.agency_name
    agency = find_agency(uow, agency_code=agency_code)
    return "" if agency is None else agency.name
