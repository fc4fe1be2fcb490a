"""What tests of estimates begin with: agencies of Taichung and of a made-up government."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec

from tests.core.site import Browser
from tests.plugins.budget.given import AGENCY, LINE, YEAR
from zhuji_budget.domain.estimate_items import WantedItem, WantedLine, wanted_from
from zhuji_budget.queries.estimates import objects_of
from zhuji_budget.store import estimates
from zhuji_budget.usecases.open_estimate import open_estimate
from zhuji_budget.usecases.write_estimate import write_estimate
from zhuji_core.testing.counties import CountyUnderTest

NEXT = YEAR + 1
SUPPLIES = WantedItem(
    object_code="0271", unit="人×月", quantity="10×9", price_ntd=1_000, explanation="文具"
)
VEHICLE = WantedItem(
    object_code="0305", unit="輛", quantity="1", price_ntd=600_000, explanation="公務車汰換"
)


def given_estimate(county: CountyUnderTest, *, agency_code: str = AGENCY) -> uuid.UUID:
    """Open next year's estimate of an agency that has a budget this year."""
    with county.uow() as uow:
        return open_estimate(uow, fiscal_year=NEXT, agency_code=agency_code).estimate_id


def line_id(county: CountyUnderTest, estimate_id: uuid.UUID, code: str = LINE) -> uuid.UUID:
    found: uuid.UUID = county.rows(
        "SELECT estimate_line_id FROM budget.estimate_line"
        " WHERE estimate_id = :id AND code = :code",
        id=estimate_id,
        code=code,
    )[0].estimate_line_id
    return found


def write(
    county: CountyUnderTest, estimate_id: uuid.UUID, *items: WantedItem, code: str = LINE
) -> None:
    with county.uow() as uow:
        write_estimate(
            uow,
            estimate_id=estimate_id,
            estimate_line_id=line_id(county, estimate_id, code),
            wanted=WantedLine(side="expenditure", code=code, name="行政管理", items=items),
        )


def complete(county: CountyUnderTest, estimate_id: uuid.UUID) -> None:
    """Divide and explain what was taken over from last year's book, as the agency has to."""
    with county.uow() as uow:
        (estimate,) = estimates.read(uow, [estimate_id])
        objects = objects_of(uow, estimate.fiscal_year)
        second = {one.parent: one.code for one in reversed(objects) if one.parent}
        for line in estimate.lines:
            items = [wanted_from(item) for item in line.items]
            wanted = WantedLine(
                side=line.side,
                code=line.code,
                name=line.name,
                legal_basis=line.legal_basis or "規費法",
                items=tuple(
                    msgspec.structs.replace(
                        item,
                        object_code=second.get(item.object_code, item.object_code),
                        explanation=item.explanation or f"{line.name}所需",
                    )
                    for item in items
                ),
            )
            write_estimate(
                uow, estimate_id=estimate_id, estimate_line_id=line.estimate_line_id, wanted=wanted
            )


def amounts(county: CountyUnderTest, estimate_id: uuid.UUID) -> list[tuple[Any, ...]]:
    found = county.rows(
        "SELECT l.code, i.object_code, i.account, i.amount_ntd FROM budget.estimate_item AS i"
        " JOIN budget.estimate_line AS l USING (estimate_line_id) WHERE l.estimate_id = :id"
        " ORDER BY l.code, i.item_no",
        id=estimate_id,
    )
    return [tuple(row) for row in found]


def keyed(*rows: dict[str, str]) -> dict[str, str]:
    """Return rows as the grid sends them."""
    return {
        f"items-{number}-{name}": value
        for number, row in enumerate(rows)
        for name, value in row.items()
    }


def send(browser: Browser, path: str, **fields: str) -> Any:
    return browser.form(path, fields)
