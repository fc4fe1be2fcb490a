"""A page of some agencies holds what a page of all would hold of them."""

from __future__ import annotations

import random

import pytest
import sqlalchemy as sa

from zhuji_core.db.by_agency import PageByAgency
from zhuji_core.testing.counties import CountyUnderTest

MADE = sa.text("""
    CREATE TEMPORARY TABLE paged ON COMMIT DROP AS
    SELECT n AS number, CAST('A' || n * n % 7 AS text) AS agency_code, n % 3 = 0 AS shown,
           CAST('A' || n % 5 AS text) AS supervisor_code
      FROM generate_series(1, 200) AS n
""")
PAGES = {
    supervised: PageByAgency(
        columns="p.number, p.agency_code, s.twice",
        table="pg_temp.paged",
        alias="p",
        where="p.shown AND p.number < :before",
        order="p.number DESC",
        joined="CROSS JOIN LATERAL (SELECT 2 * p.number AS twice) AS s",
        supervised=supervised,
    )
    for supervised in (False, True)
}


@pytest.mark.parametrize("supervised", [False, True])
@pytest.mark.parametrize(
    "agencies", [None, (), ("A1",), ("A4", "A2", "A4"), ("A0", "A1", "A2", "A4")]
)
def test_pages_follow_one_another_whoever_reads(
    agencies: tuple[str, ...] | None, txg: CountyUnderTest, *, supervised: bool
) -> None:
    limit = random.Random(72).randint(3, 9)  # noqa: S311 (repeatable, no secret)
    with txg.admin.begin() as connection:
        connection.execute(MADE)
        expected = [
            number
            for number in range(200, 0, -1)
            if number % 3 == 0
            and (
                agencies is None
                or f"A{number * number % 7}" in agencies
                or (supervised and f"A{number % 5}" in agencies)
            )
        ]
        read: list[int] = []
        while True:
            asked: dict[str, object] = {"before": read[-1] if read else 10**6, "limit": limit}
            if agencies is not None:
                asked["agencies"] = list(agencies)
            rows = connection.execute(PAGES[supervised].of(agencies), asked).all()
            assert all(row.twice == 2 * row.number for row in rows)
            read += [row.number for row in rows]
            if len(rows) < limit:
                break
    assert read == expected
