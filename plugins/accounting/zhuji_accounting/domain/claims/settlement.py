"""The settlement (轉正): a claim says what an advance was spent on. Pure.

Of each line as much as the advance has out of it is settled; what was spent beyond it is paid like
any claim, and what is left of the advance is paid back.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

import msgspec

from zhuji_accounting.domain.advances import rules as advance_rules
from zhuji_accounting.domain.advances.advance import (
    Advance,
    AdvanceKind,
    AdvanceLine,
    AdvanceState,
)
from zhuji_accounting.domain.claims.claim import ClaimLine, ExpenseClaim
from zhuji_accounting.domain.claims.kinds import is_replenishment
from zhuji_accounting.domain.claims.refusals import OverAdvance, SettlesNothing
from zhuji_accounting.domain.recoveries.recovery import close_when_done
from zhuji_core.values import N_


def settled_lines(lines: Sequence[ClaimLine], advance: Advance | None) -> tuple[ClaimLine, ...]:
    """Return the lines with what the advance settles of each: as much as it has out of it."""
    out = _by_request_line(advance)
    return tuple(
        msgspec.structs.replace(
            line, settled_ntd=min(line.amount_ntd, own.outstanding_ntd) if own else 0
        )
        for line in lines
        for own in [out.get((line.request_id, line.request_line_no))]
    )


def require_settled(claim: ExpenseClaim, advance: Advance | None) -> None:
    """Raise AdvanceWrongState, SettlesNothing or OverAdvance unless the advance can be settled."""
    assert (claim.advance_id is None) == (advance is None), "read with the claim"
    if advance is None or is_replenishment(claim):
        return
    advance_rules.require_state(advance, [AdvanceState.GRANTED], action=N_("轉正"))
    if not claim.settled_ntd:
        raise SettlesNothing(label=claim.label, advance=advance.label)
    out = _by_request_line(advance)
    for line in claim.lines:
        if not line.settled_ntd:
            continue
        own = out[line.request_id, line.request_line_no]
        if line.settled_ntd > own.outstanding_ntd:
            raise OverAdvance(
                arithmetic={
                    "advanced_ntd": own.amount_ntd,
                    "settled_ntd": own.settled_ntd,
                    "recovered_ntd": own.returned_ntd,
                    "outstanding_ntd": own.outstanding_ntd,
                    "requested_ntd": line.settled_ntd,
                    "short_ntd": line.settled_ntd - own.outstanding_ntd,
                },
                advance=advance.label,
                line_no=line.line_no,
            )


def settle(advance: Advance, claim: ExpenseClaim) -> Advance:
    """Return the advance with what the claim settles of it; closed when nothing is out."""
    amounts_ntd: Mapping[tuple[uuid.UUID, int], int] = {
        (line.request_id, line.request_line_no): line.settled_ntd for line in claim.lines
    }
    lines = tuple(
        msgspec.structs.replace(
            line,
            settled_ntd=line.settled_ntd
            + amounts_ntd.get((advance.request_id, line.request_line_no), 0),
        )
        for line in advance.lines
    )
    return close_when_done(msgspec.structs.replace(advance, lines=lines))


def may_be_settled(advance: Advance) -> bool:
    """Tell whether claims settle it: petty cash is replenished instead, and paid back."""
    return advance.state is AdvanceState.GRANTED and advance.kind is not AdvanceKind.PETTY_CASH


def may_be_replenished(advance: Advance) -> bool:
    """Tell whether it is petty cash that is out."""
    return advance.state is AdvanceState.GRANTED and advance.kind is AdvanceKind.PETTY_CASH


def _by_request_line(advance: Advance | None) -> dict[tuple[uuid.UUID, int], AdvanceLine]:
    if advance is None:
        return {}
    return {(advance.request_id, line.request_line_no): line for line in advance.lines}
