"""Control rows as a clerk picks them: found by what was keyed, with what is still available."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from zhuji_accounting.permissions import READ_REQUESTS
from zhuji_core.contracts.funds import EVERY_AGENCY, ControlRowQuery, FundPosition
from zhuji_core.uow import UnitOfWork

PICK_MAX = 20


def control_row_code(position: FundPosition) -> str:
    """Return ``32020071401-02``: line and first-level object, as clerks key it."""
    return "-".join(part for part in (position.line_code, position.object_code) if part)


def control_row_label(position: FundPosition) -> str:
    """Return code and names: ``32020071401-02 研究發展　業務費``."""
    names = "　".join(part for part in (position.line_name, position.object_name) if part)
    return f"{control_row_code(position)} {names}"


def pick_control_rows(
    uow: UnitOfWork, *, agency_code: str, fiscal_year: int, text: str
) -> Sequence[FundPosition]:
    """Return at most twenty rows for what was keyed; raise Forbidden for another agency.

    Several words must all be found: ``1401 業務`` is the line's end and the object's name.
    """
    uow.require(READ_REQUESTS, agency_code=agency_code)
    return uow.hooks.find_control_rows(
        uow,
        ControlRowQuery(
            agency_code=agency_code, fiscal_year=fiscal_year, text=text, limit=PICK_MAX
        ),
    )


def only_control_row(
    uow: UnitOfWork, *, agency_code: str, fiscal_year: int, text: str
) -> FundPosition | None:
    """Return the one row that was meant by a text keyed without choosing, or None."""
    rows = pick_control_rows(uow, agency_code=agency_code, fiscal_year=fiscal_year, text=text)
    exact = [row for row in rows if text in {control_row_code(row), control_row_label(row)}]
    candidates = exact or list(rows)
    return candidates[0] if len(candidates) == 1 else None


def position_of(uow: UnitOfWork, control_row_id: uuid.UUID) -> FundPosition | None:
    """Return the present counters of one row that the actor may see, or None."""
    positions = uow.hooks.fund_positions(uow, [control_row_id])
    if not positions:
        return None
    owners = (positions[0].agency_code, *positions[0].pooled_for)
    readable = any(
        uow.actor.may(READ_REQUESTS, agency_code=None if owner == EVERY_AGENCY else owner)
        for owner in owners
    )
    return positions[0] if readable else None
