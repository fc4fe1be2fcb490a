"""Bring into the next year what goes on of one, and take it back when that one is opened again."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_accounting.domain.carries.brought import Continued, forwards, together
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_accounting.domain.year_end import YearHead
from zhuji_accounting.domain.year_end_refusals import YearForward
from zhuji_accounting.queries.brought import continued_of, goes_on_of, in_use
from zhuji_accounting.queries.year_ends import YearEnd
from zhuji_accounting.store import brought
from zhuji_accounting.usecases.submit_request import NUMBER_KIND
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.ids import new_id
from zhuji_core.numbering import take_numbers
from zhuji_core.uow import UnitOfWork

NAMED_MAX = 20  # as many as a refusal can name and still be read


def bring_forward(
    uow: UnitOfWork, head: YearHead
) -> tuple[tuple[Continued, ...], list[SpendingRequest]]:
    """Make the requests of former years that the next year needs, with their rows of the budget.

    Returns what was made and the requests as they stand. The gate of the adjustment period is
    shut: nothing that goes on is claimed or released meanwhile. Control rows, then numbers
    (core/docs/locks.md).
    """
    year = head.fiscal_year + 1
    groups = together(goes_on_of(uow, agency_code=head.agency_code, fiscal_year=head.fiscal_year))
    if not groups:
        return (), []
    # Labels are in what fund control writes, so the numbers come first here; nobody else waits for
    # this counter with a row of former years in hand.
    numbers = take_numbers(
        uow,
        agency_code=head.agency_code,
        fiscal_year=year,
        kind=NUMBER_KIND,
        count=len(groups),
    )
    continued = tuple(
        Continued(
            request_id=request_id,
            request_no=number,
            fiscal_year=year,
            agency_code=head.agency_code,
            lines=lines,
        )
        for request_id, number, lines in zip(
            sorted(new_id() for _ in groups), numbers, groups, strict=True
        )
    )
    rows = uow.hooks.bring_forward(
        uow, fiscal_year=year, document=head.document, brought=forwards(continued)
    )
    brought.insert(uow, continued, rows)
    made = {one.request_id for one in continued}
    return continued, [
        request
        for request in continued_of(uow, agency_code=head.agency_code, fiscal_year=year)
        if request.request_id in made
    ]


def take_back_forward(uow: UnitOfWork, ended: YearEnd, document: DocumentRef, reason: str) -> None:
    """Undo what ``ended`` brought into the next year, whole; its gates are shut.

    Raises YearForward when anything of it was used there, or is about to be.
    """
    agency_code, year = ended.agency_code, ended.fiscal_year + 1
    brought.lock(uow, agency_code=agency_code, fiscal_year=year)
    requests = continued_of(uow, agency_code=agency_code, fiscal_year=year)
    _require_unused(uow, ended, requests)
    uow.hooks.take_back_forward(uow, document=document)
    brought.withdraw(uow, requests, reason=reason)


def _require_unused(uow: UnitOfWork, ended: YearEnd, requests: Sequence[SpendingRequest]) -> None:
    busy = in_use(uow, [one.request_id for one in requests])
    used = {
        one.label: one.amount_ntd - one.held_ntd
        for one in requests
        if one.held_ntd != one.amount_ntd or one.request_id in busy
    }
    if used:
        named = [f"{label} {ntd:,}" for label, ntd in list(used.items())[:NAMED_MAX]]
        raise YearForward(
            fiscal_year=ended.fiscal_year,
            count=len(used),
            used_ntd=sum(used.values()),
            requests="、".join(named) + ("……" if len(used) > NAMED_MAX else ""),
            arithmetic={"used_ntd": sum(used.values())},
        )
