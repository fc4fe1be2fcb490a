"""Two governments that keep the golden quarter: by other codes, another basis, another chart.

The figures are those of the first. The second has the codes of ten digits, the older objects and
chart of accounts, and certifies against the annual balance: nothing may work for one alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.golden.quarter import LINES, SOURCES, Line, Source

if TYPE_CHECKING:
    from tests.golden.town import Agency114


@dataclass(frozen=True, kw_only=True)
class Government:
    """How one government names what the golden quarter names ``L1`` and ``R1``.

    ``prefix`` is formatted with the agency's number and comes before plan and work plan.
    ``objects``: other codes of first- and second-level objects. ``late_accounts``: expenditure and
    專戶存款, which is also the ``bank_account``.
    """

    fiscal_year: int
    commit_basis: str
    prefix: str
    late_accounts: tuple[str, str]
    bank_account: str
    objects: Mapping[str, str] = field(default_factory=dict)

    def line(self, agency: Agency114, line: Line) -> str:
        """Return the code of the work plan."""
        return self.prefix.format(agency.number) + line.plan[0] + line.work[0]

    def named(self, agency: Agency114) -> Mapping[tuple[str, ...], str]:
        """Return the scenario's name of each row by (work plan, object) or (source, row)."""
        named: dict[tuple[str, ...], str] = {}
        for no, line in LINES.items():
            named[self.line(agency, line), self.object_of(line)] = no
        for no, source in SOURCES.items():
            named[source.source[0], self.revenue(agency, source)] = no
        return named

    def object_of(self, line: Line) -> str:
        return self.objects.get(line.object_code, line.object_code)

    def detail(self, line: Line) -> str:
        return self.objects.get(line.detail, line.detail)

    def revenue(self, agency: Agency114, source: Source) -> str:
        """Return the code of the row of revenue: its source (來源別) and the agency."""
        return f"{source.source[0]}{agency.number:03}01"


GOLDEN = Government(
    fiscal_year=114,
    commit_basis="allotted",
    prefix="3301{:03}",
    late_accounts=("520101", "110103"),
    bank_account="110103",
)
OTHER = Government(
    fiscal_year=105,
    commit_basis="annual",
    prefix="3302{:02}",
    late_accounts=("1208", "1203"),
    bank_account="1203",
    objects={
        "1000": "01",
        "2000": "02",
        "3000": "03",
        "4000": "04",
        "6000": "09",
        "1015": "0103",
        "2051": "0271",
        "2054": "0279",
        "3020": "0319",
        "4040": "0456",
        "6005": "0901",
    },
)
