"""What operators see of every county and do to it: state, tables, size; never a row of business."""

from __future__ import annotations

import datetime as dt

import msgspec
import sqlalchemy as sa

from zhuji_core.audit.sealing import seal_status
from zhuji_core.county import County, CountyState
from zhuji_core.db import counties, states, upgrades
from zhuji_core.db.audit import Who
from zhuji_core.db.upgrades import CountyStatus
from zhuji_core.platform.operators import CHANGE_COUNTY, READ_AUDIT, READ_COUNTIES, Operator
from zhuji_core.platform.service import HostService
from zhuji_core.platform.uow import Platform, PlatformUnitOfWork
from zhuji_core.values import Value

AUDIT_PAGE = 50

SEARCH = sa.text("""
    SELECT audit_id, recorded_at, operator, operator_id, action, county_code, reason, before,
           after, trace_id
      FROM platform.audit_entry
     WHERE (:county_code = '' OR county_code = :county_code)
       AND (:operator = '' OR operator = :operator)
       AND (:action = '' OR starts_with(action, :action))
       AND (CAST(:before AS bigint) IS NULL OR audit_id < CAST(:before AS bigint))
     ORDER BY audit_id DESC
     LIMIT :limit
""")


class HostAuditEntry(Value, frozen=True, kw_only=True):
    """One entry of the platform's audit trail; ``before`` and ``after`` are JSON, '' for none.

    ``by_command``: ``operator`` is an account of the machine, not one of the host's pages.
    """

    audit_id: int
    recorded_at: dt.datetime
    operator: str
    by_command: bool
    action: str
    county_code: str
    reason: str
    before: str
    after: str
    trace_id: str


class HostAuditFilter(Value, frozen=True, kw_only=True):
    """Empty: everything. ``action`` is the beginning of one (``host.session``)."""

    county_code: str = ""
    operator: str = ""
    action: str = ""


class CountyFacts(Value, frozen=True, kw_only=True):
    """What an operator sees of one county: counts and times, and not a row of its business.

    ``unsealed`` None: not asked, since its database cannot be reached or is behind.
    """

    county: County
    status: CountyStatus
    licensed_until: dt.date | None = None
    sealed_at: dt.datetime | None = None
    unsealed: int | None = None


def county_facts(service: HostService, operator: Operator) -> list[CountyFacts]:
    """Return every county of the register with what its database says of itself.

    Raises HostForbidden.
    """
    operator.require(READ_COUNTIES)
    engines = service.platform.engines
    registry = list(counties.read_counties(engines).values())
    found = upgrades.status(engines, registry, service.migrations())
    return [_facts(service, county, status) for county, status in zip(registry, found, strict=True)]


def _facts(service: HostService, county: County, status: CountyStatus) -> CountyFacts:
    facts = CountyFacts(county=county, status=status)
    if status.unreachable or status.behind or county.state == "restoring":
        return facts
    access, now = service.county(county.code), service.platform.clock()
    with access.statements.connect() as connection:
        seals = seal_status(connection, now=now)
    days = [access.licences.last_day(module, at=now) for module in county.modules]
    return msgspec.structs.replace(
        facts,
        licensed_until=min((day for day in days if day is not None), default=None),
        sealed_at=seals.sealed_at,
        unsealed=seals.backlog,
    )


def change_county_state(
    platform: Platform, operator: Operator, *, code: str, state: CountyState, reason: str
) -> County:
    """Suspend, resume and the like (``db/states.py``); raise HostForbidden and its refusals."""
    operator.require(CHANGE_COUNTY)
    return states.change_state(
        platform.engines, code=code, state=state, reason=reason, who=_who(operator)
    )


def rename_county(platform: Platform, operator: Operator, *, code: str, name: str) -> County:
    """Raise HostForbidden, CountyNotFound, CountyNameInvalid."""
    operator.require(CHANGE_COUNTY)
    return states.rename(platform.engines, code=code, name=name, who=_who(operator))


def search_audit(
    uow: PlatformUnitOfWork, wanted: HostAuditFilter, *, before: int | None = None
) -> tuple[list[HostAuditEntry], int | None]:
    """Return a page of entries, newest first, and where the next page begins (None: nowhere)."""
    uow.require(READ_AUDIT)
    rows = uow.connection.execute(
        SEARCH,
        {
            "county_code": wanted.county_code.upper(),
            "operator": wanted.operator,
            "action": wanted.action,
            "before": before,
            "limit": AUDIT_PAGE + 1,
        },
    ).all()
    shown = [
        HostAuditEntry(
            audit_id=row.audit_id,
            recorded_at=row.recorded_at,
            operator=row.operator,
            by_command=row.operator_id is None,
            action=row.action,
            county_code=row.county_code,
            reason=row.reason,
            before=_shown(row.before),
            after=_shown(row.after),
            trace_id=row.trace_id,
        )
        for row in rows[:AUDIT_PAGE]
    ]
    return shown, shown[-1].audit_id if len(rows) > AUDIT_PAGE else None


def _shown(value: object) -> str:
    return "" if value is None else msgspec.json.encode(value).decode()


def _who(operator: Operator) -> Who:
    return Who(account=operator.account, operator_id=operator.operator_id)
