"""Gapless numbers per agency, year and kind (內部審核處理準則 17: none twice, none left out)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhuji_core.db.hot import HotStatement

if TYPE_CHECKING:
    from zhuji_core.uow import UnitOfWork

# The counter row stays locked until the commit, which is why a number is taken last: a rolled
# back transaction gives its numbers back, and nobody waits longer than the rest of the commit.
TAKE = HotStatement("""
    INSERT INTO kernel.number_counter AS n (agency_code, fiscal_year, kind, last_no)
    VALUES (:agency_code, :fiscal_year, :kind, :count)
        ON CONFLICT (agency_code, fiscal_year, kind)
        DO UPDATE SET last_no = n.last_no + excluded.last_no
    RETURNING last_no
""")


def take_numbers(
    uow: UnitOfWork, *, agency_code: str, fiscal_year: int, kind: str, count: int = 1
) -> range:
    """Take ``count`` consecutive numbers; the first of a year is 1.

    A batch over several agencies calls this in order of (agency_code, kind): the lock order of
    the product (``core/docs/locks.md``).
    """
    assert count > 0, "nobody takes no number"
    taken = TAKE.row(
        uow.connection,
        {"agency_code": agency_code, "fiscal_year": fiscal_year, "kind": kind, "count": count},
    )
    last: int = taken["last_no"]
    return range(last - count + 1, last + 1)
