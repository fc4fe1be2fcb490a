"""A year's work of one agency as values: which requests are certified and claimed, and when.

Money is followed row by row as the product does, so that every receipt says what it met: a
request that does not fit what is allotted by its month stays where it is. Pure.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from zhuji_core.contracts.funds import CommitBasis
from zhuji_core.values import Value

MONTHS = 12
# December's share is three times another month's (design/golden: workload).
MONTH_WEIGHTS = (1,) * 11 + (3,)
WORKDAYS = 25


class AskedLine(Value, frozen=True, kw_only=True):
    """A line of a request that waits for certification."""

    line_no: int
    control_row_id: uuid.UUID
    line_code: str
    line_name: str
    object_code: str
    object_name: str
    account: str
    amount_ntd: int


class Asked(Value, frozen=True, kw_only=True):
    """A request that waits, in the order of its number."""

    request_id: uuid.UUID
    request_no: int
    purpose: str
    payee: str
    lines: tuple[AskedLine, ...]

    @property
    def amount_ntd(self) -> int:
        return sum(line.amount_ntd for line in self.lines)


@dataclass(kw_only=True, slots=True)
class Money:
    """The counters of a control row as this year's work goes on; ``allotted`` by months begun."""

    enacted_ntd: int
    changes_ntd: int
    frozen_ntd: int
    allotted: tuple[int, ...]
    encumbered_ntd: int
    advanced_ntd: int
    expended_ntd: int

    @property
    def annual_left_ntd(self) -> int:
        return self.enacted_ntd + self.changes_ntd - self.frozen_ntd - self._used_ntd

    def allotted_left_ntd(self, month: int) -> int:
        return self.allotted[month] - self._used_ntd

    @property
    def _used_ntd(self) -> int:
        return self.encumbered_ntd + self.advanced_ntd + self.expended_ntd


class Met(Value, frozen=True, kw_only=True):
    """What a line's certification met on its row, and what it left."""

    line: AskedLine
    enacted_ntd: int
    changes_ntd: int
    frozen_ntd: int
    allotted_to_date_ntd: int
    encumbered_ntd: int
    advanced_ntd: int
    expended_ntd: int
    remaining_ntd: int


class Work(Value, frozen=True, kw_only=True):
    """A request certified and wholly claimed on one day; ``number`` of both, from 1."""

    asked: Asked
    number: int
    day: dt.date
    met: tuple[Met, ...]


def months(
    asked: Sequence[Asked], money: Mapping[uuid.UUID, Money], *, year: int, basis: CommitBasis
) -> Iterator[list[Work]]:
    """Yield each month's work. Within a month all are certified first, then all are claimed.

    ``money`` is changed on the way: what is claimed is expended.
    """
    number = 0
    for month, share in enumerate(_shares(asked), 1):
        done: list[Work] = []
        for at, one in enumerate(share):
            met = _certified(one, money, month=month, basis=basis)
            if met:
                number += 1
                day = dt.date(year + 1911, month, 1 + at * WORKDAYS // len(share))
                done.append(Work(asked=one, number=number, day=day, met=met))
        for work in done:
            for line in work.asked.lines:
                row = money[line.control_row_id]
                row.encumbered_ntd -= line.amount_ntd
                row.expended_ntd += line.amount_ntd
        yield done


def _shares(asked: Sequence[Asked]) -> Iterator[Sequence[Asked]]:
    whole, upto, start = sum(MONTH_WEIGHTS), 0, 0
    for weight in MONTH_WEIGHTS:
        upto += weight
        end = len(asked) * upto // whole
        yield asked[start:end]
        start = end


def _certified(
    one: Asked, money: Mapping[uuid.UUID, Money], *, month: int, basis: CommitBasis
) -> tuple[Met, ...]:
    """Encumber the rows by the request and return its receipt; nothing when a line lacks money."""
    met: list[Met] = []
    for line in one.lines:
        row = money[line.control_row_id]
        annual_ntd, allotted_ntd = row.annual_left_ntd, row.allotted_left_ntd(month)
        # A claim has to fit the allotment whatever the county's basis, so the smaller one decides.
        if line.amount_ntd > min(annual_ntd, allotted_ntd):
            for taken in met:
                money[taken.line.control_row_id].encumbered_ntd -= taken.line.amount_ntd
            return ()
        left_ntd = annual_ntd if basis is CommitBasis.ANNUAL else min(annual_ntd, allotted_ntd)
        met.append(
            Met(
                line=line,
                enacted_ntd=row.enacted_ntd,
                changes_ntd=row.changes_ntd,
                frozen_ntd=row.frozen_ntd,
                allotted_to_date_ntd=row.allotted[month],
                encumbered_ntd=row.encumbered_ntd,
                advanced_ntd=row.advanced_ntd,
                expended_ntd=row.expended_ntd,
                remaining_ntd=left_ntd - line.amount_ntd,
            )
        )
        row.encumbered_ntd += line.amount_ntd
    return tuple(met)
