"""A carry-over request in each of its states, saying only what matters."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from tests.plugins.accounting.given import Office
from zhuji_accounting.domain.carries.carry_over import CarryOver
from zhuji_accounting.domain.carries.rules import Granted, Split
from zhuji_accounting.usecases.decide_carry import decide_carry
from zhuji_accounting.usecases.review_carry import review_carry
from zhuji_accounting.usecases.submit_carry import submit_carry
from zhuji_accounting.usecases.write_carry import WantedCarry, write_carry
from zhuji_core.identity.actor import Actor

JANUARY_10 = dt.date(2017, 1, 10)


def split(line_no: int, carry: int = 0, due: int = 0, back: int = 0) -> Split:
    return Split(line_no=line_no, carry_ntd=carry, payable_ntd=due, release_ntd=back)


def wanted_carry(*splits: Split, **more: Any) -> WantedCarry:
    given: dict[str, Any] = {
        "reason": "廠商尚未交貨",
        "evidence": "契約 甲字第 1 號",
        "creditor": "甲商行",
        "creditor_id": "04595257",
        **more,
    }
    return WantedCarry(lines=splits, **given)


class Carries:
    """The people of an office, and of the county's accounting office, on the way of one."""

    def __init__(self, office: Office) -> None:
        self.office = office

    def act(self, by: Actor | None, use_case: Callable[..., CarryOver], **how: Any) -> CarryOver:
        with self.office.county.uow(by) if by else self.office.county.uow() as uow:
            return use_case(uow, **how)

    def draft(self, request_id: uuid.UUID, *splits: Split, **more: Any) -> CarryOver:
        wanted = wanted_carry(*splits, **more)
        return self.act(self.office.writer, write_carry, wanted=wanted, request_id=request_id)

    def submitted(self, request_id: uuid.UUID, *splits: Split, **more: Any) -> CarryOver:
        carry = self.draft(request_id, *splits, **more)
        return self.act(self.office.writer, submit_carry, carry_id=carry.carry_id)

    def reviewed(self, request_id: uuid.UUID, *splits: Split, **more: Any) -> CarryOver:
        carry = self.submitted(request_id, *splits, **more)
        return self.act(self.office.reviewer, review_carry, carry_id=carry.carry_id)

    def decide(
        self, carry: CarryOver, granted: Sequence[Granted] | None = None, note: str = ""
    ) -> CarryOver:
        """Decide as 主計處: what was asked for, unless ``granted`` says otherwise."""
        asked = [
            Granted(line_no=line.line_no, carry_ntd=line.carry_ntd, payable_ntd=line.payable_ntd)
            for line in carry.lines
        ]
        return self.act(
            None,
            decide_carry,
            carry_id=carry.carry_id,
            granted=asked if granted is None else granted,
            note=note,
        )

    def decided(self, request_id: uuid.UUID, *splits: Split, **more: Any) -> CarryOver:
        return self.decide(self.reviewed(request_id, *splits, **more))
