"""The county's accounting office decides one carry-over request, line by line (核定保留)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from zhuji_accounting.domain.carries.carry_over import CarryOver
from zhuji_accounting.domain.carries.rules import Granted
from zhuji_accounting.usecases.decide_carries import Decision, decide_carries
from zhuji_core.uow import UnitOfWork


def decide_carry(
    uow: UnitOfWork, *, carry_id: uuid.UUID, granted: Sequence[Granted], note: str = ""
) -> CarryOver:
    """Grant ``granted`` of each line, release the rest, and tell the books what is due.

    Raises what ``decide_carries`` raises; then nothing is kept.
    """
    decision = Decision(carry_id=carry_id, granted=tuple(granted), note=note)
    return decide_carries(uow, decisions=[decision])[0]
