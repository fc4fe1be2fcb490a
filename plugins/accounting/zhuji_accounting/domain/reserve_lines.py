"""No request on a reserve (預備金): it is moved to where it is spent (預算法 22, 64, 70). Pure."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from zhuji_accounting.domain.certification import moves_of
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_core.contracts.funds import FundPosition, FundsAnswer, MoveKind, ReserveDirect
from zhuji_core.values import N_


def require_no_reserve(
    request: SpendingRequest, positions: Mapping[uuid.UUID, FundPosition]
) -> None:
    """Raise ReserveDirect, naming every line on a reserve, in the words of the first.

    Fund control refuses it too; who writes the request learns it before three others have signed.
    """
    found = {
        number: FundsAnswer(
            move=move,
            before=positions[move.control_row_id],
            granted=False,
            refusal=ReserveDirect.code,
        )
        for number, move in enumerate(moves_of(request, MoveKind.RESERVE))
        if move.control_row_id in positions and positions[move.control_row_id].reserve
    }
    if found:
        fields = {
            f"lines-{number}-control_row": N_("為{reserve}，不得直接動支") for number in found
        }
        raise ReserveDirect(next(iter(found.values())), fields=fields)
