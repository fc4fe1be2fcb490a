"""What a unit book holds that no line item tells: read from a printed book, or keyed in.

Amounts are whole NT dollars. All of it may be missing: the tables then leave the cell blank.
"""

from __future__ import annotations

from zhuji_budget.domain.unit_book.tables.agency import Prior
from zhuji_core.values import Value


class Heading(Value, frozen=True, kw_only=True):
    """A code's number among its neighbours (款項目節) and its name, as printed."""

    code: str
    number: str
    name: str


class PlanWords(Value, frozen=True, kw_only=True):
    """Words of a work plan or source: who does it, what, to which end, what changed."""

    code: str
    office: str = ""
    content: str = ""
    outcome: str = ""
    changes: str = ""


class HeadCount(Value, frozen=True, kw_only=True):
    """Budgeted persons (預算員額) of a kind in one work plan; ``plan_code`` "": of the agency."""

    plan_code: str
    kind: str
    persons: int


class Approval(Value, frozen=True, kw_only=True):
    """On which ground contract staff is hired: the n-th group (from 0) of a work plan."""

    plan_code: str
    group: int
    text: str


class TripSum(Value, frozen=True, kw_only=True):
    """Last year's journeys of one kind."""

    kind: str
    count: int
    people: str
    amount_ntd: int


class Trip(Value, frozen=True, kw_only=True):
    """A journey as entered; ``kind`` is 考察, 訪問, 開會, 進修, 研究 or 實習."""

    kind: str
    days: int
    persons: int
    amount_ntd: int
    mainland: bool = False
    name: str = ""
    place: str = ""
    host: str = ""
    content: str = ""
    period: str = ""
    transport_ntd: int = 0
    living_ntd: int = 0
    office_ntd: int = 0
    charged_to: str = ""
    visited: str = ""
    visited_note: str = ""


class Entered(Value, frozen=True, kw_only=True):
    """All of it, of one agency's book."""

    spent: tuple[Prior, ...] = ()
    taken: tuple[Prior, ...] = ()
    headings: tuple[Heading, ...] = ()
    words: tuple[PlanWords, ...] = ()
    persons: tuple[HeadCount, ...] = ()
    approvals: tuple[Approval, ...] = ()
    trips: tuple[Trip, ...] = ()
    trips_before: tuple[TripSum, ...] = ()
