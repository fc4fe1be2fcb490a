"""The form of a claim: what was typed, as text, and what it means."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence

from zhuji_accounting.domain.advances.advance import Advance
from zhuji_accounting.domain.claims.claim import (
    DOCUMENTS_MAX,
    LINES_MAX,
    PAYEES_MAX,
    ClaimKind,
    DocumentKind,
    ExpenseClaim,
    Payee,
    SourceDocument,
)
from zhuji_accounting.domain.request import RequestLine, SpendingRequest
from zhuji_accounting.usecases.write_claim import WantedClaim, WantedClaimLine
from zhuji_accounting.web import claim_details_form as details_form
from zhuji_accounting.web.typed import needed_amount, needed_day, require_readable
from zhuji_core.formats import (
    date_key,
    format_ntd,
)
from zhuji_core.values import N_, Value
from zhuji_core.web.forms import grid_rows

BLANKS = 3  # empty rows offered below what is filled
DOCUMENT_FIELDS = ("kind", "number", "dated_on", "tax_id", "amount")
PAYEE_FIELDS = ("name", "identifier", "bank_code", "branch_code", "account_no", "amount")


class FormLine(Value, frozen=True, kw_only=True):
    """One line of a request that may be claimed of, and what was typed for it."""

    request_id: str
    request_label: str
    line_no: int
    title: str
    certified_ntd: int
    claimed_ntd: int
    advanced_ntd: int
    released_ntd: int
    held_ntd: int
    typed: str
    outstanding_ntd: int = 0


class TypedClaim(Value, frozen=True, kw_only=True):
    """The form as it was typed; shown again unchanged when it is refused."""

    memo: str = ""
    kind: str = str(ClaimKind.ORDINARY)
    final: bool = True
    lines: tuple[Mapping[str, str], ...] = ()
    documents: tuple[Mapping[str, str], ...] = ()
    payees: tuple[Mapping[str, str], ...] = ()
    revision: int = 0
    advance_id: str = ""
    details: Mapping[str, str] = {}


def typed_claim(fields: Iterable[tuple[str, str]]) -> TypedClaim:
    given = list(fields)
    head = dict(given)
    revision = head.get("revision", "0")

    def rows(name: str, rows_max: int) -> tuple[Mapping[str, str], ...]:
        found = grid_rows(given, name=name, rows_max=rows_max)
        # A kind alone is what an empty row is offered with.
        return tuple(row for row in found if any(row[key] for key in row if key != "kind"))

    return TypedClaim(
        memo=head.get("memo", "").strip(),
        kind=head.get("kind", ""),
        final=bool(head.get("final")),
        lines=rows("lines", LINES_MAX),
        documents=rows("documents", DOCUMENTS_MAX),
        payees=rows("payees", PAYEES_MAX),
        revision=int(revision) if revision.isdecimal() else 0,
        advance_id=head.get("advance_id", ""),
        details=details_form.typed_details(given),
    )


def typed_from(claim: ExpenseClaim) -> TypedClaim:
    """Return the saved claim as it would be typed."""
    return TypedClaim(
        memo=claim.memo,
        kind=str(claim.kind),
        final=claim.final,
        lines=tuple(
            {
                "request_id": str(line.request_id),
                "line_no": str(line.request_line_no),
                "amount": format_ntd(line.amount_ntd),
            }
            for line in claim.lines
        ),
        documents=tuple(
            {
                "kind": str(one.kind),
                "number": one.number,
                "dated_on": date_key(one.dated_on),
                "tax_id": one.tax_id,
                "amount": format_ntd(one.amount_ntd),
            }
            for one in claim.documents
        ),
        payees=tuple(
            {
                **{name: str(getattr(one, name)) for name in PAYEE_FIELDS if name != "amount"},
                "amount": format_ntd(one.amount_ntd),
            }
            for one in claim.payees
        ),
        revision=claim.revision,
        advance_id="" if claim.advance_id is None else str(claim.advance_id),
        details=details_form.typed_from(claim.details),
    )


def form_lines(
    typed: TypedClaim, requests: Sequence[SpendingRequest], advance: Advance | None = None
) -> tuple[FormLine, ...]:
    """Return every line of the requests: what it holds, what is out of it, what was typed."""
    out = (
        {}
        if advance is None
        else {
            (advance.request_id, line.request_line_no): line.outstanding_ntd
            for line in advance.lines
        }
    )
    amounts = {
        (row.get("request_id", ""), row.get("line_no", "")): row.get("amount", "")
        for row in typed.lines
    }
    return tuple(
        form_line(
            request,
            line,
            typed=amounts.get((str(request.request_id), str(line.line_no)), ""),
            outstanding_ntd=out.get((request.request_id, line.line_no), 0),
        )
        for request in requests
        for line in request.lines
    )


def form_line(
    request: SpendingRequest, line: RequestLine, *, typed: str, outstanding_ntd: int = 0
) -> FormLine:
    """Return one line of a request with what it still holds."""
    return FormLine(
        request_id=str(request.request_id),
        request_label=request.label,
        line_no=line.line_no,
        title=f"{line.line_code}-{line.object_code} {line.line_name}　{line.object_name}",
        certified_ntd=line.amount_ntd,
        claimed_ntd=line.claimed_ntd,
        advanced_ntd=line.advanced_ntd,
        released_ntd=line.released_ntd,
        held_ntd=line.held_ntd,
        typed=typed,
        outstanding_ntd=outstanding_ntd,
    )


def padded(
    rows: Sequence[Mapping[str, str]], fields: Sequence[str], rows_max: int
) -> tuple[Mapping[str, str], ...]:
    """Return the rows with every field, and a few empty ones below."""
    blank = dict.fromkeys(fields, "")
    blanks = (blank for _ in range(min(BLANKS, rows_max - len(rows))))
    return (*({**blank, **row} for row in rows), *blanks)


def wanted_claim(typed: TypedClaim, *, today: dt.date) -> WantedClaim:
    """Read what was typed; raise FormInvalid naming every field that cannot be read."""
    faults: dict[str, str] = {}
    lines = [
        WantedClaimLine(
            request_id=_uuid(row.get("request_id", "")),
            line_no=int(row["line_no"]) if row.get("line_no", "").isdecimal() else 0,
            amount_ntd=needed_amount(row.get("amount", ""), f"lines-{number}-amount", faults),
        )
        for number, row in enumerate(typed.lines)
        if row.get("amount")
    ]
    documents = [
        SourceDocument(
            kind=_kind(row.get("kind", "")),
            number=row.get("number", "").upper(),
            dated_on=needed_day(
                row.get("dated_on", ""), f"documents-{number}-dated_on", faults, today=today
            ),
            tax_id=row.get("tax_id", ""),
            amount_ntd=needed_amount(row.get("amount", ""), f"documents-{number}-amount", faults),
        )
        for number, row in enumerate(typed.documents)
    ]
    payees = [
        Payee(
            name=row.get("name", ""),
            identifier=row.get("identifier", ""),
            bank_code=row.get("bank_code", ""),
            branch_code=row.get("branch_code", ""),
            account_no=row.get("account_no", "").replace("-", ""),
            amount_ntd=needed_amount(row.get("amount", ""), f"payees-{number}-amount", faults),
        )
        for number, row in enumerate(typed.payees)
    ]
    if typed.kind not in set(ClaimKind):
        faults["kind"] = N_("請選取種類。")
    details = details_form.wanted_details(typed.details, typed.kind, faults, today=today)
    require_readable(faults)
    return WantedClaim(
        memo=typed.memo,
        kind=ClaimKind(typed.kind),
        final=typed.final,
        lines=tuple(lines),
        documents=tuple(documents),
        payees=tuple(payees),
        revision=typed.revision,
        advance_id=advance_id_of(typed),
        details=details,
    )


def advance_id_of(typed: TypedClaim) -> uuid.UUID | None:
    """Return the advance that the form settles; no advance has the id of an unreadable one."""
    return _uuid(typed.advance_id) if typed.advance_id else None


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)  # no request has it: the use case says so


def _kind(text: str) -> DocumentKind:
    return DocumentKind(text) if text in set(DocumentKind) else DocumentKind.OTHER
