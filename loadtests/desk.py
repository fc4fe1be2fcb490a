"""What lies on the desks when a run begins: requests that wait, and those of one purpose."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from loadtests.data.city import Agency, Request, RequestLine, Row, requests
from loadtests.data.copying import (
    ACTION,
    PATIENT,
    Begin,
    Size,
    agency_of,
    hot_rows,
    write_requests,
    year_of,
)
from zhuji_core.contracts.funds import ControlRowQuery
from zhuji_core.uow import UnitOfWork

RUSHED, FUNDED = 50, 20
# More than any line of a made-up city has: such a request finds no money.
TOO_MUCH_NTD = 10**11
PAYROLL_NTD = (38_000, 12_000, 4_500)
WAITING = "SELECT count(*) FROM accounting.spending_request WHERE state = 'unit_approved'"
LAST = """
    SELECT COALESCE(max(last_no), 0) FROM kernel.number_counter
     WHERE kind = 'request' AND fiscal_year = %s AND agency_code = %s
"""
HELD = """
    SELECT r.request_id FROM accounting.spending_request AS r
     WHERE r.state = 'certified' AND r.fiscal_year = %s
       AND NOT EXISTS (SELECT FROM accounting.carry_over AS c WHERE c.request_id = r.request_id)
       AND NOT EXISTS (SELECT FROM accounting.claim_line AS l WHERE l.request_id = r.request_id)
     ORDER BY r.request_id LIMIT %s
"""


def top_up(begin: Begin, size: Size, *, wanted: int, short: float) -> int:
    """Write requests until ``wanted`` wait, a part ``short`` without money; return how many wait.

    Evenly over the agencies; drawn from the seed and from what stands there, so that each run has
    its own.
    """
    with begin(read_only=True) as uow:
        waiting = int(uow.connection.exec_driver_sql(WAITING).scalar_one())
    missing = max(0, wanted - waiting)
    for number in range(size.agencies if missing else 0):
        own = agency_of(number, size)
        with begin() as uow:
            last = _last(uow, own, size)
            drawn = _drawn(own, size, count=-(-missing // size.agencies), after=last)
            made = list(_some_short(drawn, short, seed=last))
            _write(uow, made, own, size)
        waiting += len(made)
    return waiting


def spread(begin: Begin, size: Size, *, count: int) -> tuple[str, ...]:
    """Write ``count`` requests over the agencies, their lines as ever, a dollar each; in no order.

    So there is money for all of them, however many were certified before.
    """
    each = -(-count // size.agencies)
    ids: list[str] = []
    for number in range(size.agencies):
        own = agency_of(number, size)
        with begin() as uow:
            drawn = _drawn(own, size, count=each, after=_last(uow, own, size))
            made = [_of_a_dollar(one) for one in drawn]
            _write(uow, made, own, size)
        ids += [str(one.request_id) for one in made]
    random.Random(size.seed).shuffle(ids)  # noqa: S311 (repeatable, no secret)
    return tuple(ids[:count])


def payroll(begin: Begin, size: Size, *, count: int) -> tuple[str, ...]:
    """Write ``count`` payrolls of three lines, agency by agency; one line is one of all (統籌)."""
    pooled, ids = hot_rows(size)[0], []
    for at in range(count):
        own = agency_of(at % size.agencies, size)
        with begin() as uow:
            rows = [*(row for row in own.rows if row != pooled)][:2]
            ids.append(write_one(uow, own, size, [*rows, pooled], PAYROLL_NTD))
            note(uow, size, requests=1)
    return tuple(ids)


def rush(begin: Begin, size: Size) -> tuple[str, ...]:
    """Write fifty requests for one line that has money for exactly twenty of them."""
    own = agency_of(size.agencies - 1, size)
    with begin() as uow:
        row, available_ntd = _richest(uow, own, size)
        amount_ntd = available_ntd // FUNDED
        assert amount_ntd > FUNDED, "with a remainder as large as a request it would be one more"
        ids = [write_one(uow, own, size, [row], [amount_ntd]) for _ in range(RUSHED)]
        note(uow, size, requests=len(ids))
    return tuple(ids)


def on_one_line(begin: Begin, size: Size, *, count: int) -> tuple[str, ...]:
    """Write ``count`` requests of one agency for one line of it, which has money for all."""
    own = agency_of(size.agencies - 1, size)
    with begin() as uow:
        row, available_ntd = _richest(uow, own, size)
        assert available_ntd >= count, "a dollar each"
        last = _last(uow, own, size)
        made = [_one(own, last + at, [row], [1]) for at in range(count)]
        _write(uow, made, own, size)
    return tuple(str(one.request_id) for one in made)


def note(uow: UnitOfWork, size: Size, *, requests: int) -> None:
    """Leave in the audit trail that so many requests were put on the desks."""
    uow.audit(ACTION, year_of(uow, size).document, after={"requests": requests})


def held(begin: Begin, size: Size, *, count: int) -> tuple[str, ...]:
    """Return certified requests of which nothing was claimed: they are carried over or given up."""
    with begin(read_only=True) as uow:
        found = uow.connection.exec_driver_sql(HELD, (size.fiscal_year, count)).scalars()
        return tuple(str(one) for one in found)


def seed_after(seed: int, last: int) -> int:
    """Return another seed for what comes after number ``last``; the same on every machine."""
    return seed * 1_000_003 + last


def _richest(uow: UnitOfWork, own: Agency, size: Size) -> tuple[Row, int]:
    """Return the agency's row with the most money left, and how much that is."""
    known = {row.control_row_id: row for row in own.rows}
    asked = ControlRowQuery(agency_code=own.code, fiscal_year=size.fiscal_year, limit=len(known))
    found = max(uow.hooks.find_control_rows(uow, asked), key=lambda one: one.available_ntd)
    return known[found.control_row_id], found.available_ntd


def _last(uow: UnitOfWork, own: Agency, size: Size) -> int:
    return int(uow.connection.exec_driver_sql(LAST, (size.fiscal_year, own.code)).scalar_one())


def _numbered(made: Iterable[Request], *, after: int) -> Iterator[Request]:
    return (msgspec.structs.replace(one, number=one.number + after) for one in made)


def _some_short(made: Iterable[Request], short: float, *, seed: int) -> Iterator[Request]:
    drawn = random.Random(seed)  # noqa: S311 (repeatable, no secret)
    for one in made:
        if drawn.random() < short:
            line = msgspec.structs.replace(one.lines[0], amount_ntd=TOO_MUCH_NTD)
            yield msgspec.structs.replace(one, lines=(line, *one.lines[1:]))
        else:
            yield one


def _drawn(own: Agency, size: Size, *, count: int, after: int) -> Iterator[Request]:
    """Draw the agency's next requests, numbered ``after`` its last."""
    seed = seed_after(size.seed, after)
    made = requests(own, hot_rows(size), seed=seed, fiscal_year=size.fiscal_year, count=count)
    return _numbered(made, after=after)


def _of_a_dollar(one: Request) -> Request:
    lines = tuple(msgspec.structs.replace(line, amount_ntd=1) for line in one.lines)
    return msgspec.structs.replace(one, lines=lines)


def _write(uow: UnitOfWork, made: Sequence[Request], own: Agency, size: Size) -> None:
    uow.connection.execute(PATIENT)
    write_requests(uow, made, own, size)
    note(uow, size, requests=len(made))


def write_one(
    uow: UnitOfWork, own: Agency, size: Size, rows: Sequence[Row], amounts_ntd: Sequence[int]
) -> str:
    """Write one approved request of an agency on these rows; return its id."""
    one = _one(own, _last(uow, own, size), rows, amounts_ntd)
    write_requests(uow, [one], own, size)
    return str(one.request_id)


def _one(own: Agency, last: int, rows: Sequence[Row], amounts_ntd: Sequence[int]) -> Request:
    drawn = random.Random(f"{own.code}/{last}/desk")  # noqa: S311 (repeatable, no secret)
    return Request(
        request_id=uuid.UUID(int=drawn.getrandbits(128), version=4),
        number=last + 1,
        purpose=f"負載測試 {last + 1}",
        payee="示範受款人",
        lines=tuple(
            RequestLine(row=row, amount_ntd=amount_ntd)
            for row, amount_ntd in zip(rows, amounts_ntd, strict=True)
        ),
    )
