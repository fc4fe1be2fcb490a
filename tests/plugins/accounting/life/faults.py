"""Faults to plant in accounting: each is one that a person might write, and a life must find."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from unittest import mock

from zhuji_accounting.domain import rules
from zhuji_accounting.domain.advances.advance import Advance
from zhuji_accounting.domain.carries import rules as carry_rules
from zhuji_accounting.domain.carries.brought import Continued, forwards
from zhuji_accounting.domain.carries.carry_over import CarryLine
from zhuji_accounting.domain.claims.claim import ExpenseClaim
from zhuji_accounting.queries.year_ends import Out
from zhuji_accounting.store import advances, periods
from zhuji_accounting.usecases import (
    _forward,
    close_year,
    grant_claim,
    release_encumbrance,
    reopen_year,
)
from zhuji_budget.store import carried_rows
from zhuji_core.contracts.funds import BroughtForward
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Value


def _nothing(*_: object, **__: object) -> None:
    """Do nothing, where something was to be asked."""


def _empty(*_: object, **__: object) -> list[object]:
    return []


def _none(*_: object, **__: object) -> dict[int, int]:
    return {}


def _twice(continued: Sequence[Continued]) -> list[BroughtForward]:
    return 2 * forwards(continued)


def _nothing_out(*_: object, **__: object) -> Out:
    return Out(count=0, outstanding_ntd=0, named={})


def _unchanged(advance: Advance, _: ExpenseClaim) -> Advance:
    return advance


def _kept(uow: UnitOfWork, reason: str) -> None:
    """Keep a preview of the year's end; a batch of which all was refused is still not kept."""
    if reason != close_year.NOT_KEPT:
        _ABANDON(uow, reason)


_ABANDON = UnitOfWork.abandon


class Planted(Value, frozen=True, kw_only=True):
    """A fault, and the life in which it is found by what it is about: the check of that name."""

    put: Callable[[], mock._patch[object]]
    seed: int
    found_by: str


def _instead(target: object, name: str, new: object, *, seed: int, found_by: str) -> Planted:
    return Planted(put=lambda: mock.patch.object(target, name, new), seed=seed, found_by=found_by)


PLANTED: Mapping[str, Planted] = {
    "a month closes over vouchers that are not posted": _instead(
        periods, "_require_posted", _nothing, seed=2, found_by="close"
    ),
    "months close in any order": _instead(
        periods, "_require_order", _nothing, seed=3, found_by="end"
    ),
    "a stopped month still takes claims and releases": _instead(
        rules, "require_open", _nothing, seed=1, found_by="claim"
    ),
    "a release does not reach the budget": _instead(
        release_encumbrance, "release_moves", _empty, seed=2, found_by="counters_are_the_models"
    ),
    "a request does not know what is advanced of it": _instead(
        advances, "take_from", _nothing, seed=2, found_by="settle"
    ),
    "a settled advance stays out": _instead(
        grant_claim, "settle", _unchanged, seed=2, found_by="end"
    ),
    "a year ends over advances that are out": _instead(
        close_year, "advances_out_of", _nothing_out, seed=2, found_by="end"
    ),
    "what is due is spent and the request does not know": _instead(
        carry_rules, "payables", _none, seed=2, found_by="end"
    ),
    "a decision releases what it carries over": _instead(
        CarryLine, "granted_release_ntd", property(lambda line: line.open_ntd),
        seed=2, found_by="carry",
    ),
    "a year ends over what nobody decided about": _instead(
        close_year, "_require_answered", _nothing, seed=1, found_by="end"
    ),
    "the next year begins without what is carried over": _instead(
        close_year, "carried_facts", _empty, seed=2, found_by="the_opening_is_what_is_left"
    ),
    "a preview is kept": _instead(UnitOfWork, "abandon", _kept, seed=1, found_by="end"),
    "the next year is opened with nothing": _instead(
        close_year, "opening_facts", _empty, seed=1, found_by="the_opening_is_what_is_left"
    ),
    "what goes on is brought into the next year twice": _instead(
        _forward, "forwards", _twice, seed=1, found_by="the_next_year_holds_what_goes_on"
    ),
    "what is spent of former years does not reach the budget": _instead(
        carried_rows, "apply", _nothing, seed=1, found_by="the_next_year_holds_what_goes_on"
    ),
    "a year is opened again over money that moved": _instead(
        _forward, "_require_unused", _nothing, seed=1, found_by="stays_ended"
    ),
    "a reopened year keeps its closing entries": _instead(
        reopen_year, "_reverse", _empty, seed=1, found_by="the_opening_is_what_is_left"
    ),
}  # fmt: skip
