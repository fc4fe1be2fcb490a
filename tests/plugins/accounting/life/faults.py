"""Faults to plant in accounting: each is one that a person might write, and a life must find."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from unittest import mock

from zhuji_accounting.domain import rules
from zhuji_accounting.domain.carries import rules as carry_rules
from zhuji_accounting.domain.carries.carry_over import CarryLine
from zhuji_accounting.store import periods
from zhuji_accounting.usecases import close_year, release_encumbrance, reopen_year
from zhuji_core.uow import UnitOfWork


def _nothing(*_: object, **__: object) -> None:
    """Do nothing, where something was to be asked."""


def _empty(*_: object, **__: object) -> list[object]:
    return []


def _none(*_: object, **__: object) -> dict[int, int]:
    return {}


# Name → what puts it in place for a time.
PLANTED: Mapping[str, Callable[[], mock._patch[object]]] = {
    "a month closes over vouchers that are not posted": lambda: mock.patch.object(
        periods, "_require_posted", _nothing
    ),
    "months close in any order": lambda: mock.patch.object(periods, "_require_order", _nothing),
    "a stopped month still takes claims and releases": lambda: mock.patch.object(
        rules, "require_open", _nothing
    ),
    "a release does not reach the budget": lambda: mock.patch.object(
        release_encumbrance, "release_moves", _empty
    ),
    "what is due is spent and the request does not know": lambda: mock.patch.object(
        carry_rules, "payables", _none
    ),
    "a decision releases what it carries over": lambda: mock.patch.object(
        CarryLine, "granted_release_ntd", property(lambda line: line.open_ntd)
    ),
    "a year ends over what nobody decided about": lambda: mock.patch.object(
        close_year, "_require_answered", _nothing
    ),
    "the next year begins without what is carried over": lambda: mock.patch.object(
        close_year, "carried_facts", _empty
    ),
    "a preview is kept": lambda: mock.patch.object(UnitOfWork, "abandon", _nothing),
    "the next year is opened with nothing": lambda: mock.patch.object(
        close_year, "opening_facts", _empty
    ),
    "a reopened year keeps its closing entries": lambda: mock.patch.object(
        reopen_year, "_reverse", _empty
    ),
}
