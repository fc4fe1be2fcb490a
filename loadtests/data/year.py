"""A year's work of one agency as values: which requests are certified and claimed, and when.

Money is followed row by row as the product does, so that every receipt says what it met: a
request that does not fit what is allotted by its month stays where it is. Pure.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from zhuji_core.contracts.funds import CommitBasis
from zhuji_core.values import Value

MONTHS = 12
# How busy each month is, in hundredths of an even one (design/domain.md §6).
MONTH_WEIGHTS = (90, 60, 90, 80, 85, 110, 90, 85, 95, 100, 115, 200)
WORKDAYS = 25
# Of a hundred that are certified so many spend a part alone; the rest goes back (§6: released).
RELEASED, KEPT_MIN, KEPT_MORE = 6, 50, 40


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
    """A request certified and claimed on one day; ``number`` of both, from 1.

    ``claimed``: NT dollars of each line, in their order; what they leave is released. Empty while
    nothing is claimed and all is held.
    """

    asked: Asked
    number: int
    day: dt.date
    met: tuple[Met, ...]
    claimed: tuple[int, ...] = ()

    @property
    def claimed_ntd(self) -> int:
        return sum(self.claimed)

    @property
    def parts(self) -> Iterator[tuple[AskedLine, int, int]]:
        """Yield each claimed line with what is claimed and what is released of it, NT dollars."""
        for line, ntd in zip(self.asked.lines, self.claimed, strict=bool(self.claimed)):
            yield line, ntd, line.amount_ntd - ntd


class Until(Value, frozen=True, kw_only=True):
    """How far a year is worked: up to ``month``, of which nothing is claimed yet if ``held``."""

    month: int = MONTHS
    held: bool = False


def months(
    asked: Sequence[Asked],
    money: Mapping[uuid.UUID, Money],
    *,
    year: int,
    basis: CommitBasis,
    until: Until,
) -> Iterator[list[Work]]:
    """Yield each month's work. Within a month all are certified first, then all are claimed.

    ``money`` is changed on the way: what is claimed is expended.
    """
    number = 0
    for month, share in enumerate(shares(asked)[: until.month], 1):
        done: list[Work] = []
        for at, one in enumerate(share):
            met = _certified(one, money, month=month, basis=basis)
            if met:
                number += 1
                day = dt.date(year + 1911, month, 1 + at * WORKDAYS // len(share))
                done.append(Work(asked=one, number=number, day=day, met=met))
        if not (until.held and month == until.month):
            done = [_claimed(one, money) for one in done]
        yield done


def _claimed(one: Work, money: Mapping[uuid.UUID, Money]) -> Work:
    """Return the work claimed: some a part alone, whose rest goes back to its row."""
    drawn, more = one.asked.request_id.int % 100, (one.asked.request_id.int >> 8) % (KEPT_MORE + 1)
    part = KEPT_MIN + more if drawn < RELEASED else 100
    claimed = tuple(max(1, line.amount_ntd * part // 100) for line in one.asked.lines)
    for line, ntd in zip(one.asked.lines, claimed, strict=True):
        row = money[line.control_row_id]
        row.encumbered_ntd -= line.amount_ntd
        row.expended_ntd += ntd
    return msgspec.structs.replace(one, claimed=claimed)


def shares(asked: Sequence[Asked]) -> list[Sequence[Asked]]:
    """Return what each month's share of the requests is, in their order."""
    whole, upto, start, found = sum(MONTH_WEIGHTS), 0, 0, []
    for weight in MONTH_WEIGHTS:
        upto += weight
        end = len(asked) * upto // whole
        found.append(asked[start:end])
        start = end
    return found


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
