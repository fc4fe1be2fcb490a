"""The forms of carry-over requests: divide open lines, change that, and decide it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from zhuji_accounting.domain.carries.carry_over import CarryOver
from zhuji_accounting.domain.carries.rules import Granted, Split
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_accounting.permissions import DECIDE_CARRY, WRITE_CARRY
from zhuji_accounting.queries.carries import find_carry
from zhuji_accounting.queries.requests import find_request
from zhuji_accounting.usecases.decide_carry import decide_carry
from zhuji_accounting.usecases.write_carry import WantedCarry, write_carry
from zhuji_accounting.web.refusals import refused
from zhuji_accounting.web.typed import require_readable, typed_amount
from zhuji_core.ids import new_id
from zhuji_core.values import N_, DomainError, Value
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb
from zhuji_core.web.steps import perform_or_show

COLD = "cold"
Context = NamedDependency[RequestContext]
Id = FromPath[uuid.UUID]
Form = URLEncodedBody[dict[str, Any]]
Page = Response[bytes] | Response[str]
PARTS = {
    "carry": N_("第 {n} 行保留金額"),
    "payable": N_("第 {n} 行應付金額"),
    "release": N_("第 {n} 行釋放金額"),
}
WORDS = ("reason", "evidence", "creditor", "creditor_id")


class FormCell(Value, frozen=True, kw_only=True):
    """One amount to be keyed; ``typed`` is what stands in it."""

    name: str
    title: str
    typed: str


class FormRow(Value, frozen=True, kw_only=True):
    """One line of the form."""

    number: int
    title: str
    open_ntd: int
    cells: tuple[FormCell, ...]
    asked_carry_ntd: int = 0
    asked_payable_ntd: int = 0


class CarryFormPages(PageController):
    """``/requests/{id}/carry-over``, and ``edit`` and ``decision`` below ``/carry-overs/{id}``."""

    module = "accounting"
    path = "/"

    @get(
        "/requests/{request_id:uuid}/carry-over",
        opt={PERMISSION: WRITE_CARRY, COLD: True},
        operation_id="accounting.carry-overs.form",
        sync_to_thread=True,
    )
    def form(self, context: Context, request_id: Id) -> Response[str]:
        return _new_form(context, request_id, {})

    @post(
        "/requests/{request_id:uuid}/carry-over",
        opt={PERMISSION: WRITE_CARRY, COLD: True},
        operation_id="accounting.carry-overs.write-form",
        sync_to_thread=True,
    )
    def write(self, context: Context, request_id: Id, data: Form) -> Page:
        return perform_or_show(
            context,
            lambda uow: write_carry(uow, wanted=_wanted(data), request_id=request_id),
            to=lambda carry: _path(carry.carry_id),
            show=lambda error: _new_form(context, request_id, data, error=error),
        )

    @get(
        "/carry-overs/{carry_id:uuid}/edit",
        opt={PERMISSION: WRITE_CARRY, COLD: True},
        operation_id="accounting.carry-overs.edit-form",
        sync_to_thread=True,
    )
    def edit(self, context: Context, carry_id: Id) -> Response[str]:
        return _carry_form(context, carry_id, {})

    @post(
        "/carry-overs/{carry_id:uuid}/edit",
        opt={PERMISSION: WRITE_CARRY, COLD: True},
        operation_id="accounting.carry-overs.rewrite-form",
        sync_to_thread=True,
    )
    def rewrite(self, context: Context, carry_id: Id, data: Form) -> Page:
        return perform_or_show(
            context,
            lambda uow: write_carry(uow, wanted=_wanted(data), carry_id=carry_id),
            to=lambda _: _path(carry_id),
            show=lambda error: _carry_form(context, carry_id, data, error=error),
        )

    @get(
        "/carry-overs/{carry_id:uuid}/decision",
        opt={PERMISSION: DECIDE_CARRY, COLD: True},
        operation_id="accounting.carry-overs.decision-form",
        sync_to_thread=True,
    )
    def decision(self, context: Context, carry_id: Id) -> Response[str]:
        return _carry_form(context, carry_id, {}, deciding=True)

    @post(
        "/carry-overs/{carry_id:uuid}/decision",
        opt={PERMISSION: DECIDE_CARRY, COLD: True},
        operation_id="accounting.carry-overs.decide-form",
        sync_to_thread=True,
    )
    def decide(self, context: Context, carry_id: Id, data: Form) -> Page:
        return perform_or_show(
            context,
            lambda uow: decide_carry(
                uow,
                carry_id=carry_id,
                granted=[
                    Granted(line_no=one, carry_ntd=own["carry"], payable_ntd=own["payable"])
                    for one, own in _amounts(data).items()
                ],
                note=str(data.get("decision_note", "")),
            ),
            to=lambda _: _path(carry_id),
            show=lambda error: _carry_form(context, carry_id, data, error=error, deciding=True),
        )


def _path(carry_id: uuid.UUID) -> str:
    return f"accounting/carry-overs/{carry_id}"


def _wanted(data: Mapping[str, Any]) -> WantedCarry:
    """Read the form; raise FormInvalid for an amount that is none."""
    revision = str(data.get("revision", ""))
    return WantedCarry(
        **{name: str(data.get(name, "")) for name in WORDS},
        revision=int(revision) if revision.isdecimal() else 0,
        lines=tuple(
            Split(
                line_no=number,
                carry_ntd=own["carry"],
                payable_ntd=own["payable"],
                release_ntd=own["release"],
            )
            for number, own in _amounts(data).items()
        ),
    )


def _amounts(data: Mapping[str, Any]) -> dict[int, dict[str, int]]:
    """Read ``lines-<n>-<part>``; a blank is zero. Raise FormInvalid."""
    amounts: dict[int, dict[str, int]] = {}
    faults: dict[str, str] = {}
    for name, value in data.items():
        prefix, _, rest = name.partition("-")
        number, _, part = rest.partition("-")
        if prefix != "lines" or not number.isdecimal() or part not in PARTS:
            continue
        own = amounts.setdefault(int(number) + 1, dict.fromkeys(PARTS, 0))
        own[part] = typed_amount(str(value), name, faults)
    require_readable(faults)
    return amounts


def _new_form(
    context: RequestContext,
    request_id: uuid.UUID,
    typed: Mapping[str, Any],
    *,
    error: DomainError | None = None,
) -> Response[str]:
    tr = context.gettext
    own = context.path(f"accounting/requests/{request_id}")
    with context.read() as uow:
        request = find_request(uow, request_id).request
        words = {"creditor": request.contractor or request.payee}
        return _form(
            context,
            title=tr("申請保留 {label}").format(label=request.label),
            crumbs=(
                Crumb(title=tr("動支申請"), url=context.path("accounting/requests")),
                Crumb(title=request.label, url=own),
                Crumb(title=tr("申請保留")),
            ),
            rows=_request_rows(context, request, typed),
            words={name: str(typed.get(name, words.get(name, ""))) for name in WORDS},
            action=f"{own}/carry-over",
            back_url=own,
            error=error,
        )


def _carry_form(
    context: RequestContext,
    carry_id: uuid.UUID,
    typed: Mapping[str, Any],
    *,
    error: DomainError | None = None,
    deciding: bool = False,
) -> Response[str]:
    tr = context.gettext
    own = context.path(_path(carry_id))
    with context.read() as uow:
        carry = find_carry(uow, carry_id)
        request = find_request(uow, carry.request_id).request
        last = tr("核定保留") if deciding else tr("修改")
        words = {name: str(typed.get(name, getattr(carry, name))) for name in WORDS}
        return _form(
            context,
            title=f"{last} {carry.label}",
            crumbs=(
                Crumb(title=tr("保留案"), url=context.path("accounting/carry-overs")),
                Crumb(title=carry.label, url=own),
                Crumb(title=last),
            ),
            rows=_decision_rows(context, carry, typed)
            if deciding
            else _request_rows(context, request, typed, carry),
            words={**words, "note": str(typed.get("decision_note", ""))},
            action=f"{own}/decision" if deciding else f"{own}/edit",
            back_url=own,
            error=error,
            revision=carry.revision,
            deciding=deciding,
        )


def _form(  # noqa: PLR0913 (what the template shows, by name)
    context: RequestContext,
    *,
    title: str,
    crumbs: tuple[Crumb, ...],
    rows: Sequence[FormRow],
    words: Mapping[str, str],
    action: str,
    back_url: str,
    error: DomainError | None,
    revision: int = 0,
    deciding: bool = False,
) -> Response[str]:
    refusal = refused(context, error) if error else None
    return render(
        context,
        "accounting/carry_form.html",
        breadcrumb=crumbs,
        status_code=error.status_code if error else 200,
        title=title,
        deciding=deciding,
        rows=rows,
        words=words,
        action=action,
        back_url=back_url,
        key=str(new_id()),
        revision=revision,
        refusal=refusal,
        faults=refusal.faults if refusal else {},
    )


def _cells(
    context: RequestContext, number: int, typed: Mapping[str, Any], known: Mapping[str, int]
) -> tuple[FormCell, ...]:
    names = {part: f"lines-{number - 1}-{part}" for part in known}
    return tuple(
        FormCell(
            name=name,
            title=context.gettext(PARTS[part]).format(n=number),
            typed=str(typed.get(name, f"{known[part]:,}")),
        )
        for part, name in names.items()
    )


def _request_rows(
    context: RequestContext,
    request: SpendingRequest,
    typed: Mapping[str, Any],
    carry: CarryOver | None = None,
) -> tuple[FormRow, ...]:
    """Return the lines that hold something; first proposed whole to be carried over."""
    known = {line.request_line_no: line for line in carry.lines} if carry else {}
    rows = []
    for line in request.lines:
        if not line.held_ntd:
            continue
        own = known.get(line.line_no)
        parts = {
            "carry": own.carry_ntd if own else line.held_ntd,
            "payable": own.payable_ntd if own else 0,
            "release": own.release_ntd if own else 0,
        }
        rows.append(
            FormRow(
                number=line.line_no,
                title=f"{line.line_code}-{line.object_code} {line.line_name}　{line.object_name}",
                open_ntd=line.held_ntd,
                cells=_cells(context, line.line_no, typed, parts),
            )
        )
    return tuple(rows)


def _decision_rows(
    context: RequestContext, carry: CarryOver, typed: Mapping[str, Any]
) -> tuple[FormRow, ...]:
    """Return the lines of the carry-over request, first proposed as they were asked for."""
    return tuple(
        FormRow(
            number=line.line_no,
            title=f"{line.line_code}-{line.object_code} {line.line_name}　{line.object_name}",
            open_ntd=line.open_ntd,
            asked_carry_ntd=line.carry_ntd,
            asked_payable_ntd=line.payable_ntd,
            cells=_cells(
                context,
                line.line_no,
                typed,
                {"carry": line.carry_ntd, "payable": line.payable_ntd},
            ),
        )
        for line in carry.lines
    )
