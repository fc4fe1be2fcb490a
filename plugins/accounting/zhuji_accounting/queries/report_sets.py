"""The reports that were kept when months closed, and whether the books still tell the same."""

from __future__ import annotations

import datetime as dt
import uuid

import msgspec
import sqlalchemy as sa

from zhuji_accounting.domain.refusals import ReportSetNotFound
from zhuji_accounting.domain.report_set import ReportSet, SetKind, first_period
from zhuji_accounting.permissions import READ_VOUCHERS
from zhuji_accounting.queries.month_sheets import Span, final_accounts, month_sheets
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value

COLUMNS = """
    s.set_id, s.fiscal_year, s.agency_code, s.agency_name, s.period, s.kind, s.version, s.digest,
    s.made_by_name, s.made_at,
    s.version = (SELECT max(t.version) FROM accounting.report_set AS t
                  WHERE t.agency_code = s.agency_code AND t.fiscal_year = s.fiscal_year
                    AND t.period = s.period AND t.kind = s.kind)
    AND EXISTS (SELECT FROM accounting.closed_period AS p
                 WHERE p.fiscal_year = s.fiscal_year AND p.period = s.period
                   AND p.agency_code = s.agency_code AND p.stage = 'closed') AS in_force
"""
LIST = sa.text(f"""
    SELECT {COLUMNS}
      FROM accounting.report_set AS s
     WHERE s.agency_code = :agency_code AND s.fiscal_year = :fiscal_year
       AND (:period = 0 OR s.period = :period)
       AND (CAST(:before AS uuid) IS NULL OR s.set_id < :before)
     ORDER BY s.set_id DESC
     LIMIT :limit
""")
READ = sa.text(f"""
    SELECT {COLUMNS}, s.body
      FROM accounting.report_set AS s
     WHERE s.set_id = :set_id
""")
IN_FORCE = sa.text(f"""
    SELECT f.set_id
      FROM (SELECT {COLUMNS} FROM accounting.report_set AS s) AS f
     WHERE f.in_force
     ORDER BY f.fiscal_year, f.agency_code, f.period, f.kind
     LIMIT 1000000
""")


class KeptSet(Value, frozen=True, kw_only=True):
    """A set as it is listed. ``in_force``: of the last closing of a month that is closed."""

    set_id: uuid.UUID
    fiscal_year: int
    agency_code: str
    agency_name: str
    period: int
    kind: SetKind
    version: int
    digest: str
    made_by_name: str
    made_at: dt.datetime
    in_force: bool

    @property
    def label(self) -> str:
        return f"{self.fiscal_year}-{self.period:02}"


class SetFilter(Value, frozen=True, kw_only=True):
    """Sets of an agency's year, newest first; ``period`` 0: of all its months."""

    agency_code: str
    fiscal_year: int
    period: int = 0
    before: uuid.UUID | None = None
    limit: int = 50


def compose(
    uow: UnitOfWork, *, fiscal_year: int, agency_code: str, period: int, kind: SetKind
) -> ReportSet:
    """Return what the books tell now of these months, without the agency's name."""
    span = Span(
        agency_code=agency_code,
        fiscal_year=fiscal_year,
        first=first_period(kind, period),
        last=period,
    )
    return ReportSet(
        fiscal_year=fiscal_year,
        agency_code=agency_code,
        agency_name="",
        period=period,
        kind=kind,
        sheets=(
            *month_sheets(uow, span),
            *(final_accounts(uow, span) if kind is SetKind.YEAR else ()),
        ),
    )


def list_sets(uow: UnitOfWork, wanted: SetFilter) -> list[KeptSet]:
    """Return the kept sets; raise Forbidden where the actor may not read the books."""
    uow.require(READ_VOUCHERS, agency_code=wanted.agency_code)
    rows = uow.connection.execute(LIST, msgspec.structs.asdict(wanted)).mappings()
    return [msgspec.convert(dict(row), KeptSet) for row in rows]


def read_set(uow: UnitOfWork, set_id: uuid.UUID) -> tuple[KeptSet, ReportSet]:
    """Return a kept set with its sheets; raise ReportSetNotFound."""
    row = uow.connection.execute(READ, {"set_id": set_id}).mappings().one_or_none()
    if row is None or not uow.actor.may(READ_VOUCHERS, agency_code=row["agency_code"]):
        raise ReportSetNotFound
    found = dict(row)
    reports = msgspec.json.decode(found.pop("body"), type=ReportSet)
    return msgspec.convert(found, KeptSet), reports


class SetVerification(Value, frozen=True, kw_only=True):
    """Sets of closed months: how many were compared, and which differ from the books now."""

    checked: int
    errors: tuple[str, ...]


def verify_sets(uow: UnitOfWork) -> SetVerification:
    """Recompute the reports of every closed month and compare them with what was kept."""
    ids = list(uow.connection.execute(IN_FORCE).scalars())
    errors = []
    for set_id in ids:
        kept, reports = read_set(uow, set_id)
        now = compose(
            uow,
            fiscal_year=kept.fiscal_year,
            agency_code=kept.agency_code,
            period=kept.period,
            kind=kept.kind,
        )
        if not kept.digest == reports.digest == now.digest:
            errors.append(f"{kept.agency_code} {kept.label} {kept.kind}")
    return SetVerification(checked=len(ids), errors=tuple(errors[:100]))
