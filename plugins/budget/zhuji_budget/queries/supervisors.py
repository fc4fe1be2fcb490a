"""The map of supervising agencies, with names. Reads only."""

from __future__ import annotations

from zhuji_budget.domain.supervisor import Supervisor
from zhuji_budget.permissions import READ_ALLOTMENT
from zhuji_budget.store.supervisors import supervisor_code_of
from zhuji_core.db.by_agency import CHOSEN, ByAgency
from zhuji_core.identity.agencies import find_agencies, find_agency
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

LIST = ByAgency(
    f"""
    SELECT s.agency_code, s.supervisor_code
      FROM budget.agency_supervisor AS s
     WHERE s.agency_code > :after
       AND {CHOSEN}
     ORDER BY s.agency_code
     LIMIT :limit
""",
    agency="s.agency_code",
    supervised=True,
)


class SupervisedAgency(Value, frozen=True, kw_only=True):
    """An agency and the one that its documents go through."""

    agency_code: str
    agency_name: str
    supervisor_code: str
    supervisor_name: str


def list_supervisors(
    uow: UnitOfWork, *, after: str = "", limit: int = 101
) -> list[SupervisedAgency]:
    """Return pairs of which the actor reads one side, in order of the supervised agency."""
    uow.require(READ_ALLOTMENT)
    allowed = uow.actor.agencies(READ_ALLOTMENT)
    asked = {
        "after": after,
        "limit": limit,
        "agencies": None if allowed is None else list(allowed),
    }
    rows = uow.connection.execute(LIST.of(allowed), asked).all()
    codes = sorted({code for row in rows for code in (row.agency_code, row.supervisor_code)})
    names = {one.agency_code: one.name for one in find_agencies(uow, codes=codes)} if codes else {}
    return [
        SupervisedAgency(
            agency_code=row.agency_code,
            agency_name=names.get(row.agency_code, ""),
            supervisor_code=row.supervisor_code,
            supervisor_name=names.get(row.supervisor_code, ""),
        )
        for row in rows
    ]


def supervisor_of(uow: UnitOfWork, agency_code: str) -> Supervisor:
    """Return where this agency's documents go first; the caller has asked for its right."""
    code = supervisor_code_of(uow, agency_code)
    if not code:
        return Supervisor()
    agency = find_agency(uow, agency_code=code)
    return Supervisor(code=code, name=agency.name if agency else code)
