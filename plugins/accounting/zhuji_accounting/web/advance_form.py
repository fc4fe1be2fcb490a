"""The form of an advance: what was typed, as text, and what it means."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence

from zhuji_accounting.domain.advances.advance import UNTIL_YEAR_ENDS, Advance, AdvanceKind
from zhuji_accounting.domain.request import LINES_MAX, SpendingRequest
from zhuji_accounting.usecases.write_advance import WantedAdvance, WantedAdvanceLine
from zhuji_accounting.web.claim_form import FormLine, form_line
from zhuji_accounting.web.typed import needed_amount, require_readable, typed_day
from zhuji_core.formats import (
    date_key,
    format_ntd,
)
from zhuji_core.values import N_, Value
from zhuji_core.web.forms import grid_rows

TEXTS = (
    "memo", "kind", "settle_by", "receiver_name", "receiver_id", "bank_code", "branch_code",
    "account_no", "contract_no", "open_reason",
)  # fmt: skip


class TypedAdvance(Value, frozen=True, kw_only=True):
    """The form as it was typed; shown again unchanged when it is refused."""

    memo: str = ""
    kind: str = str(AdvanceKind.GENERAL)
    settle_by: str = ""
    receiver_name: str = ""
    receiver_id: str = ""
    bank_code: str = ""
    branch_code: str = ""
    account_no: str = ""
    contract_no: str = ""
    open_reason: str = ""
    request_id: str = ""
    lines: tuple[Mapping[str, str], ...] = ()
    revision: int = 0


def typed_advance(fields: Iterable[tuple[str, str]]) -> TypedAdvance:
    given = list(fields)
    head = dict(given)
    revision = head.get("revision", "0")
    return TypedAdvance(
        **{name: head.get(name, "").strip() for name in TEXTS},
        request_id=head.get("request_id", ""),
        lines=tuple(grid_rows(given, name="lines", rows_max=LINES_MAX)),
        revision=int(revision) if revision.isdecimal() else 0,
    )


def typed_from(advance: Advance) -> TypedAdvance:
    """Return the saved advance as it would be typed."""
    texts = {name: str(getattr(advance, name)) for name in TEXTS if name != "settle_by"}
    return TypedAdvance(
        **texts,
        settle_by=date_key(advance.settle_by),
        request_id=str(advance.request_id),
        lines=tuple(
            {"line_no": str(line.request_line_no), "amount": format_ntd(line.amount_ntd)}
            for line in advance.lines
        ),
        revision=advance.revision,
    )


def form_lines(typed: TypedAdvance, request: SpendingRequest | None) -> tuple[FormLine, ...]:
    """Return every line of the request with what it still holds and what was typed."""
    amounts = {row.get("line_no", ""): row.get("amount", "") for row in typed.lines}
    lines = request.lines if request else ()
    return tuple(
        form_line(request, line, typed=amounts.get(str(line.line_no), ""))
        for line in lines
        if request is not None
    )


def wanted_advance(typed: TypedAdvance, *, today: dt.date) -> WantedAdvance:
    """Read what was typed; raise FormInvalid naming every field that cannot be read."""
    faults: dict[str, str] = {}
    lines = _lines(typed.lines, faults)
    settle_by = typed_day(typed.settle_by, "settle_by", faults, today=today)
    if not typed.settle_by and typed.kind not in UNTIL_YEAR_ENDS:
        faults["settle_by"] = N_("請填預定結清日。")
    if typed.kind not in set(AdvanceKind):
        faults["kind"] = N_("請選取種類。")
    require_readable(faults)
    return WantedAdvance(
        request_id=request_id_of(typed),
        kind=AdvanceKind(typed.kind),
        memo=typed.memo,
        settle_by=settle_by,
        receiver_name=typed.receiver_name,
        receiver_id=typed.receiver_id,
        bank_code=typed.bank_code,
        branch_code=typed.branch_code,
        account_no=typed.account_no.replace("-", ""),
        contract_no=typed.contract_no,
        open_reason=typed.open_reason,
        lines=tuple(lines),
        revision=typed.revision,
    )


def request_id_of(typed: TypedAdvance) -> uuid.UUID:
    """Return the request of the form; no request has the id of an unreadable one."""
    try:
        return uuid.UUID(typed.request_id)
    except ValueError:
        return uuid.UUID(int=0)


def _lines(rows: Sequence[Mapping[str, str]], faults: dict[str, str]) -> list[WantedAdvanceLine]:
    lines: list[WantedAdvanceLine] = []
    for number, row in enumerate(rows):
        text = row.get("amount", "")
        if not text:
            continue
        amount_ntd = needed_amount(text, f"lines-{number}-amount", faults)
        line_no = row.get("line_no", "")
        lines.append(
            WantedAdvanceLine(
                line_no=int(line_no) if line_no.isdecimal() else 0, amount_ntd=amount_ntd
            )
        )
    return lines
