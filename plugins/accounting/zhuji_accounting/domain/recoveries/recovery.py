"""Money that came back (支出收回書): of an advance (繳回) or of this year's spending (收回). Pure.

It is recorded once, with the treasury's slip, and never changes; its line has the money again.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Mapping, Sequence

import msgspec

from zhuji_accounting.domain.advances.advance import Advance, AdvanceState
from zhuji_accounting.domain.claims.claim import ExpenseClaim
from zhuji_accounting.domain.recoveries.refusals import (
    DepositDate,
    OverRecovery,
    RecoveryIncomplete,
    RecoveryLineInvalid,
)
from zhuji_accounting.domain.request import SpendingRequest, state_of
from zhuji_accounting.domain.rules import require_short_text
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.values import N_, Value


class SourceKind(enum.StrEnum):
    """What the money had been paid out by."""

    ADVANCE = "advance"
    CLAIM = "claim"


class PaidLine(Value, frozen=True, kw_only=True):
    """One line of what was paid, and what of it may still come back."""

    line_no: int
    request_id: uuid.UUID
    request_line_no: int
    control_row_id: uuid.UUID
    title: str
    object_code: str
    account: str
    paid_ntd: int
    settled_ntd: int
    recovered_ntd: int
    detail_object_code: str = ""

    @property
    def rest_ntd(self) -> int:
        return self.paid_ntd - self.settled_ntd - self.recovered_ntd


class RecoveryLine(Value, frozen=True, kw_only=True):
    """How many NT dollars of one line of the source came back."""

    line_no: int
    amount_ntd: int


class DepositSlip(Value, frozen=True, kw_only=True):
    """What the treasury's slip says, and why the money came back."""

    payer: str
    slip_no: str
    deposited_on: dt.date
    reason: str


class WantedRecovery(Value, frozen=True, kw_only=True):
    """What is keyed from the treasury's slip: of which lines how much came back."""

    slip: DepositSlip
    lines: tuple[RecoveryLine, ...]


class Recovery(Value, frozen=True, kw_only=True):
    """Money that came back. ``source_label`` is the number of the advance or claim."""

    recovery_id: uuid.UUID
    fiscal_year: int
    agency_code: str
    agency_name: str
    recovery_no: int
    source_kind: SourceKind
    source_id: uuid.UUID
    source_label: str
    slip: DepositSlip
    business_date: dt.date
    recorded_by: uuid.UUID
    recorded_by_name: str
    lines: tuple[RecoveryLine, ...]
    recorded_for: uuid.UUID | None = None

    @property
    def amount_ntd(self) -> int:
        return sum(line.amount_ntd for line in self.lines)

    @property
    def label(self) -> str:
        """Return the number that people read (``105回00001``)."""
        return recovery_label(self.fiscal_year, self.recovery_no)

    @property
    def document(self) -> DocumentRef:
        return DocumentRef(
            kind="accounting.recovery",
            document_id=self.recovery_id,
            label=self.label,
            agency_code=self.agency_code,
        )


def recovery_label(fiscal_year: int, recovery_no: int) -> str:
    return f"{fiscal_year}回{recovery_no:05}"


def paid_of_advance(advance: Advance) -> tuple[PaidLine, ...]:
    """Return what of a granted advance may be paid back."""
    return tuple(
        PaidLine(
            line_no=line.line_no,
            request_id=advance.request_id,
            request_line_no=line.request_line_no,
            control_row_id=line.control_row_id,
            title=f"{line.line_code}-{line.object_code} {line.line_name}　{line.object_name}",
            object_code=line.object_code,
            account=line.account,
            detail_object_code=line.detail_object_code,
            paid_ntd=line.amount_ntd,
            settled_ntd=line.settled_ntd,
            recovered_ntd=line.returned_ntd,
        )
        for line in advance.lines
    )


def paid_of_claim(claim: ExpenseClaim) -> tuple[PaidLine, ...]:
    """Return what of an approved claim may be recovered."""
    return tuple(
        PaidLine(
            line_no=line.line_no,
            request_id=line.request_id,
            request_line_no=line.request_line_no,
            control_row_id=line.control_row_id,
            title=f"{line.line_code}-{line.object_code} {line.line_name}　{line.object_name}",
            object_code=line.object_code,
            account=line.account,
            detail_object_code=line.detail_object_code,
            paid_ntd=line.amount_ntd,
            settled_ntd=0,
            recovered_ntd=line.recovered_ntd,
        )
        for line in claim.lines
    )


def require_slip(slip: DepositSlip, *, paid_on: dt.date, today: dt.date) -> DepositSlip:
    """Return the slip without blanks around its words; raise what is missing or cannot be."""
    told = msgspec.structs.replace(
        slip, payer=slip.payer.strip(), slip_no=slip.slip_no.strip(), reason=slip.reason.strip()
    )
    words = {
        "payer": (N_("繳款人"), told.payer),
        "slip_no": (N_("繳款書號碼"), told.slip_no),
        "reason": (N_("收回原因"), told.reason),
    }
    lacking = {name: title for name, (title, text) in words.items() if not text}
    if lacking:
        raise RecoveryIncomplete(
            missing=tuple(lacking.values()), fields=dict.fromkeys(lacking, N_("必填"))
        )
    for title, text in words.values():
        require_short_text(text, field=title)
    if not paid_on <= told.deposited_on <= today:
        raise DepositDate(
            deposited_on=told.deposited_on.isoformat(),
            first_on=paid_on.isoformat(),
            last_on=today.isoformat(),
            fields={"deposited_on": N_("請改填日期。")},
        )
    return told


def require_recoverable(
    paid: Sequence[PaidLine], wanted: Sequence[RecoveryLine], *, label: str
) -> None:
    """Raise RecoveryLineInvalid for a line that is not there or twice, OverRecovery for more."""
    rest = {line.line_no: line for line in paid}
    if not wanted:
        raise RecoveryLineInvalid
    for line in wanted:
        own = rest.pop(line.line_no, None)
        if own is None or line.amount_ntd <= 0:
            raise RecoveryLineInvalid(fields={f"amount-{line.line_no}": N_("金額須為正整數。")})
        if line.amount_ntd > own.rest_ntd:
            raise OverRecovery(
                arithmetic={
                    "paid_ntd": own.paid_ntd,
                    "settled_ntd": own.settled_ntd,
                    "recovered_ntd": own.recovered_ntd,
                    "rest_ntd": own.rest_ntd,
                    "requested_ntd": line.amount_ntd,
                    "short_ntd": line.amount_ntd - own.rest_ntd,
                },
                label=label,
                line_no=line.line_no,
                fields={f"amount-{line.line_no}": N_("超過可收回金額。")},
            )


def pay_back(advance: Advance, amounts_ntd: Mapping[int, int]) -> Advance:
    """Return the advance with what came back (line number → NT dollars); closed when all did."""
    lines = tuple(
        msgspec.structs.replace(
            line, returned_ntd=line.returned_ntd + amounts_ntd.get(line.line_no, 0)
        )
        for line in advance.lines
    )
    return close_when_done(msgspec.structs.replace(advance, lines=lines))


def close_when_done(advance: Advance) -> Advance:
    """Return the advance closed when nothing of it is outstanding."""
    done = not any(line.outstanding_ntd for line in advance.lines)
    return msgspec.structs.replace(
        advance, state=AdvanceState.CLOSED if done else AdvanceState.GRANTED
    )


def give_back(
    request: SpendingRequest, amounts_ntd: Mapping[int, int], *, of: SourceKind
) -> SpendingRequest:
    """Return the request of which money came back: advanced or claimed before, released now.

    ``amounts_ntd``: number of the request's line → NT dollars.
    """
    counter = "advanced_ntd" if of is SourceKind.ADVANCE else "claimed_ntd"
    lines = []
    for line in request.lines:
        amount_ntd = amounts_ntd.get(line.line_no, 0)
        lines.append(
            msgspec.structs.replace(
                line,
                released_ntd=line.released_ntd + amount_ntd,
                **{counter: getattr(line, counter) - amount_ntd},
            )
        )
    return msgspec.structs.replace(request, lines=tuple(lines), state=state_of(lines))
