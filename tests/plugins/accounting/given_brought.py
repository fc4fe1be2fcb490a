"""A year that is over: its money of former years stands in the next one."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from tests.plugins.accounting.given import Office
from tests.plugins.accounting.given_carries import JANUARY_10, Carries, split
from tests.plugins.accounting.given_periods import end
from tests.plugins.accounting.given_vouchers import Desk
from zhuji_accounting.domain.request import Brought, SpendingRequest
from zhuji_accounting.queries.brought import continued_of
from zhuji_accounting.queries.ledger_verification import verify_ledger
from zhuji_accounting.queries.verification import verify_certifications
from zhuji_budget.queries.verification import verify_budget

MARCH_106 = dt.date(2017, 3, 6)
ROW = """
    SELECT r.carried_ntd, r.owed_ntd, r.encumbered_ntd, r.advanced_ntd, r.expended_ntd,
           r.payable_ntd
      FROM budget.carried_row AS r
     WHERE r.fiscal_year = :year AND r.origin_row_id = :row
"""


def ended(carries: Carries, *splits: tuple[int, int, int]) -> list[uuid.UUID]:
    """Certify a request for each (carried, due, released), decide it so and end the year.

    Returns the requests; it is March of the next year then.
    """
    office = carries.office
    ids = office.county.begun(f"ended {splits}", lambda: _ended(carries, splits))
    office.county.business_date = MARCH_106
    return [*ids]


def _ended(carries: Carries, splits: Sequence[tuple[int, int, int]]) -> Sequence[uuid.UUID]:
    office = carries.office
    ids = [office.certified(sum(parts)).request_id for parts in splits]
    office.county.business_date = JANUARY_10
    for request_id, (carry, due, back) in zip(ids, splits, strict=True):
        carries.decided(request_id, split(1, carry=carry, due=due, back=back))
    office.close_through(12)
    Desk(office).through()
    end(office)
    return ids


def goes_on(office: Office, of: uuid.UUID, *, year: int = 106) -> dict[Brought, SpendingRequest]:
    """Return the requests of ``year`` as which this one goes on."""
    with office.county.uow(read_only=True) as uow:
        found = continued_of(uow, agency_code=office.government.agency_code, fiscal_year=year)
    return {one.brought: one for one in found if one.continues_id == of}


def row_of(office: Office, *, year: int = 106) -> tuple[int, ...]:
    """Return (carried, owed, encumbered, advanced, expended, payable) of 業務費 of former years."""
    (row,) = office.county.rows(ROW, row=office.supplies, year=year)
    return tuple(row)


def proved(office: Office) -> None:
    with office.county.uow(read_only=True) as uow:
        assert verify_certifications(uow).errors == ()
        assert verify_ledger(uow).errors == ()
        found = verify_budget(uow)
        assert (found.drift_ntd, found.errors) == (0, ())
