"""A whole city made ready: years that are over, worked and ended, and the one that goes on.

Each step looks at what stands there, so that a run that was killed at any point is taken up.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Protocol

import sqlalchemy as sa

from loadtests.data import booking
from loadtests.data.booking import Effort
from loadtests.data.copying import PATIENT, Begin, Size, agency_of, fill, year_of
from loadtests.data.sellers import Sellers
from loadtests.data.volumes import Volumes
from loadtests.data.year import MONTHS, Until
from zhuji_accounting.queries.year_ends import last_closed, year_end_of
from zhuji_accounting.usecases.close_period import close_period
from zhuji_accounting.usecases.close_year import close_year
from zhuji_budget.usecases.allot_equally import allot_equally
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_core.commands.opening import PATIENCE
from zhuji_core.values import Value

ACT_NO = "示範預算案"
COUNTED = sa.text("""
    SELECT (SELECT count(DISTINCT agency_code) FROM budget.budget_line) AS agencies,
           (SELECT count(*) FROM budget.control_row) AS control_rows,
           (SELECT count(*) FROM accounting.spending_request) AS requests,
           (SELECT count(DISTINCT payee) FROM accounting.spending_request) AS sellers,
           (SELECT count(*) FROM accounting.certification) AS certifications,
           (SELECT count(*) FROM accounting.receipt_line) AS certified_lines,
           (SELECT round(avg(amount_ntd)) FROM accounting.certification)::bigint
               AS certified_mean_ntd,
           (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY amount_ntd)
              FROM accounting.certification) AS certified_median_ntd,
           (SELECT count(*) FROM accounting.spending_request WHERE state = 'returned')
               AS returned,
           (SELECT count(DISTINCT request_id) FROM accounting.release) AS released,
           (SELECT count(*) FROM accounting.award) AS contracts,
           (SELECT count(*) FROM accounting.spending_request
             WHERE state = 'certified' AND contract_no <> '') AS contracts_open,
           (SELECT count(*) FROM accounting.claim) AS claims,
           (SELECT count(*) FROM accounting.voucher) AS vouchers,
           (SELECT count(*) FROM accounting.voucher_line) AS voucher_lines,
           (SELECT count(*) FROM accounting.year_end WHERE state = 'closed') AS years_ended
""")


class Told(Protocol):
    """Who hears how far a stage is."""

    def __call__(self, stage: str, done: int, of: int) -> None: ...


class Plan(Value, frozen=True, kw_only=True):
    """What is made: ``former`` years before ``fiscal_year``, each worked and ended.

    ``work``: this year is worked too, its months that are over by ``today``; what the last of
    them certified is still held. Without it some requests wait and nothing is certified.
    """

    volumes: Volumes
    fiscal_year: int
    former: int
    seed: int
    today: dt.date
    work: bool = False

    @property
    def years(self) -> range:
        return range(self.fiscal_year - self.former, self.fiscal_year + 1)

    def size(self, fiscal_year: int) -> Size:
        """Return how much is filled in a year, with the sellers who are new in it."""
        volumes, at = self.volumes, fiscal_year - self.years[0]
        worked = self.former + self.work
        new = Sellers(count=volumes.sellers, last=volumes.sellers)
        is_worked = at < worked
        return Size(
            fiscal_year=fiscal_year,
            seed=self.seed,
            agencies=volumes.agencies,
            requests=volumes.requests if is_worked else volumes.waiting,
            sellers=new.part(at, worked) if is_worked else Sellers(count=volumes.sellers),
        )

    def effort(self, fiscal_year: int) -> Effort:
        """Return what of a year's work is done: all of one that is over."""
        over = self.months_over(fiscal_year)
        return Effort(
            vouchers=self.volumes.free_vouchers * over // MONTHS,
            contracts=self.volumes.contracts * over // MONTHS,
            until=Until(month=over, held=fiscal_year == self.fiscal_year),
            returns=True,
        )

    def months_over(self, fiscal_year: int) -> int:
        """Return how many months of the year are over today."""
        began = (self.today.year - 1911 - fiscal_year) * MONTHS
        return min(MONTHS, max(0, began + self.today.month - 1))


def make(begin: Begin, follow: Callable[[], None], plan: Plan, *, told: Told) -> dict[str, int]:
    """Make the city ready; return what then stands in it, whoever made it.

    ``follow``: lets the books follow what the budget told, until nothing is left to tell. Raises
    what a use case of the product raises; what was committed before stays and is taken up.
    """
    for year in plan.years:
        _budget(begin, plan.size(year), told)
        told(f"{year} the books follow the budget", 0, 1)
        follow()
        told(f"{year} the books follow the budget", 1, 1)
        over = year < plan.fiscal_year
        if over or (plan.work and plan.months_over(year)):
            size, stage = plan.size(year), f"{year} work"
            booking.work(begin, size, plan.effort(year), told=_of(told, stage))
        if over:
            _end(begin, plan.size(year), _of(told, f"{year} months and year closed"))
    return counted(begin)


def counted(begin: Begin) -> dict[str, int]:
    """Return how many of each there are in the county, of all years."""
    with begin(read_only=True) as uow:
        uow.connection.execute(PATIENCE)
        row = uow.connection.execute(COUNTED).mappings().one()
        return {name: int(value or 0) for name, value in row.items()}


def _budget(begin: Begin, size: Size, told: Told) -> None:
    """Fill the year's bill and requests, then enact and allot it, as far as that is not done."""
    year = size.fiscal_year
    fill(begin, size, with_requests=True, told=_of(told, f"{year} budget and requests"))
    stage = f"{year} enacted and allotted"
    told(stage, 0, 2)
    with begin() as uow:
        uow.connection.execute(PATIENT)
        if year_of(uow, size).state == "bill":
            enact_year(uow, fiscal_year=year, act_no=ACT_NO)
        else:
            uow.abandon("it is enacted")
    told(stage, 1, 2)
    with begin() as uow:
        uow.connection.execute(PATIENT)
        if year_of(uow, size).state == "enacted":
            allot_equally(uow, fiscal_year=year)
        else:
            uow.abandon("it is allotted")
    told(stage, 2, 2)


def _end(begin: Begin, size: Size, told: Callable[[int, int], None]) -> None:
    """Close the twelve months and end the year of each agency, in one transaction each."""
    year = size.fiscal_year
    told(0, size.agencies)
    for number in range(size.agencies):
        own = agency_of(number, size)
        with begin() as uow:
            uow.connection.execute(PATIENT)
            if year_end_of(uow, agency_code=own.code, fiscal_year=year) is None:
                closed = last_closed(uow, agency_code=own.code, fiscal_year=year)
                for period in range(closed + 1, MONTHS + 1):
                    close_period(uow, fiscal_year=year, period=period, agency_code=own.code)
                close_year(uow, fiscal_year=year, agency_code=own.code)
            else:
                uow.abandon("its year is ended")
        told(number + 1, size.agencies)


def _of(told: Told, stage: str) -> Callable[[int, int], None]:
    def tell(done: int, of: int) -> None:
        told(stage, done, of)

    return tell
