"""Pages on which a change is written: new, and mended while it is a draft or returned."""

from __future__ import annotations

import uuid
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody

from zhuji_budget.domain.changes import rules
from zhuji_budget.domain.changes.model import (
    BY_AGENCY,
    GROUNDS,
    KIND_TITLES,
    RESERVES,
    Change,
    ChangeKind,
    ChangeState,
)
from zhuji_budget.domain.changes.reserve_use import CASES
from zhuji_budget.permissions import WRITE_CHANGE, WRITE_COUNTY_CHANGE
from zhuji_budget.queries.changes import ChangeFilter, find_change, list_changes
from zhuji_budget.queries.years import year_agencies
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.submit_change import submit_change
from zhuji_budget.usecases.try_change import Tried, try_change
from zhuji_budget.usecases.write_change import write_change
from zhuji_budget.web.changes.advance_view import advance_table
from zhuji_budget.web.changes.form import (
    TypedChange,
    change_grid,
    typed_change,
    typed_from,
    wanted_change,
)
from zhuji_budget.web.changes.new_lines import new_lines_grid
from zhuji_budget.web.changes.views import effects_table, revenue_effects_table
from zhuji_budget.web.changes.words import crumbs, kind_options
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value
from zhuji_core.web.answers import see_other
from zhuji_core.web.components import Option, Table
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import PERMISSION, PageController
from zhuji_core.web.drafts import delete_draft, get_draft
from zhuji_core.web.forms import ADD_ROW_FIELD, fields_of
from zhuji_core.web.refusals import refused
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
Page = Response[bytes] | Response[str]


class Shown(Value, frozen=True, kw_only=True):
    """What stands around the form: what refused it, what was tried, whether typing came back."""

    error: DomainError | None = None
    tried: Tried | None = None
    from_draft: bool = False


NOTHING = Shown()


class ChangeFormPages(PageController):
    """``/changes/new`` and ``/changes/{id}/edit``."""

    module = MODULE
    path = "/changes"
    cold = True

    @get(
        "/new",
        opt={PERMISSION: WRITE_CHANGE},
        operation_id="budget.changes.new-form",
        sync_to_thread=True,
    )
    def new(
        self, context: Context, kind: FromQuery[str] = "", agency_code: FromQuery[str] = ""
    ) -> Response[str]:
        with context.read() as uow:
            agency = agency_code or uow.actor.agency_code
            if kind not in set(ChangeKind):
                return _choose(context, uow, agency_code=agency)
            blank = typed_change([], kind=ChangeKind(kind), agency_code=agency)
            _require(uow, blank)
            kept = _kept(context, blank, before=None)
            return _form(context, uow, kept or blank, shown=Shown(from_draft=kept is not None))

    @post(
        "/new",
        opt={PERMISSION: WRITE_CHANGE},
        operation_id="budget.changes.new-send",
        sync_to_thread=True,
    )
    def write_new(self, context: Context, data: Form) -> Page:
        kind = str(data.get("kind", ""))
        agency_code = str(data.get("agency_code", "")) or context.actor.agency_code
        if kind not in set(ChangeKind):
            with context.read() as uow:
                return _choose(context, uow, agency_code=agency_code)
        typed = typed_change(fields_of(data), kind=ChangeKind(kind), agency_code=agency_code)
        return _write(context, data, typed, before=None)

    @get(
        "/{document_id:uuid}/edit",
        opt={PERMISSION: WRITE_CHANGE},
        operation_id="budget.change.edit-form",
        sync_to_thread=True,
    )
    def edit(self, context: Context, document_id: FromPath[uuid.UUID]) -> Response[str]:
        with context.read() as uow:
            change = find_change(uow, document_id).change
            rules.require_state(change, rules.EDITABLE, action=N_("修改"))
            rules.require_writer(change, by=uow.actor, action=N_("修改"))
            saved = typed_from(change)
            kept = _kept(context, saved, before=change)
            return _form(
                context, uow, kept or saved, before=change, shown=Shown(from_draft=kept is not None)
            )

    @post(
        "/{document_id:uuid}/edit",
        opt={PERMISSION: WRITE_CHANGE},
        operation_id="budget.change.edit-send",
        sync_to_thread=True,
    )
    def write_edited(self, context: Context, document_id: FromPath[uuid.UUID], data: Form) -> Page:
        with context.read() as uow:
            change = find_change(uow, document_id).change
        typed = typed_change(fields_of(data), kind=change.kind, agency_code=change.agency_code)
        return _write(context, data, typed, before=change)


def _require(uow: UnitOfWork, typed: TypedChange) -> None:
    uow.require(WRITE_CHANGE, agency_code=typed.agency_code)
    if typed.kind not in BY_AGENCY:
        uow.require(WRITE_COUNTY_CHANGE)


def _write(
    context: RequestContext, data: dict[str, Any], typed: TypedChange, *, before: Change | None
) -> Page:
    """Save, send or try what was typed; a refusal shows the form again as it was typed."""
    if data.get(ADD_ROW_FIELD):
        with context.read() as uow:
            return _form(context, uow, typed, before=before)
    act = str(data.get("act", "send"))
    try:
        if act == "preview":
            return _try(context, typed, before=before)
        answer = context.perform(
            lambda uow: _act(uow, typed, before=before, sends=act != "keep"),
            lambda change: see_other(context.path(f"budget/changes/{change.document_id}")),
        )
    except DomainError as error:
        with context.read() as uow:
            return _form(context, uow, typed, before=before, shown=Shown(error=error))
    form_key = draft_key(typed, before)
    delete_draft(context.access, user_id=context.actor.user_id, form_key=form_key)
    return answer


def _try(context: RequestContext, typed: TypedChange, *, before: Change | None) -> Page:
    """Show what the document would do now below the form; nothing is kept."""
    with context.read() as uow:
        fiscal_year = before.fiscal_year if before else uow.fiscal_year
        tried = try_change(
            uow,
            wanted=wanted_change(uow, typed, fiscal_year=fiscal_year),
            document_id=before.document_id if before else None,
        )
        shown = Shown(tried=tried, error=tried.preview.refusal)
        return _form(context, uow, typed, before=before, shown=shown)


def draft_key(typed: TypedChange, before: Change | None) -> str:
    """Name the form whose typing is kept: one for each document, and for each new kind."""
    if before is not None:
        return f"budget.change.{before.document_id}"
    return f"budget.change.new.{typed.kind}.{typed.agency_code}"


def _kept(
    context: RequestContext, shown: TypedChange, *, before: Change | None
) -> TypedChange | None:
    """Return what was typed before and neither saved nor sent, or None.

    What was typed over an older state of the document would undo a later change.
    """
    draft = get_draft(
        context.access, user_id=context.actor.user_id, form_key=draft_key(shown, before)
    )
    fields = draft.fields.get("fields", draft.fields) if draft is not None else None
    if not isinstance(fields, dict):
        return None
    kept = typed_change(fields_of(fields), kind=shown.kind, agency_code=shown.agency_code)
    return kept if kept.revision == shown.revision else None


def _act(uow: UnitOfWork, typed: TypedChange, *, before: Change | None, sends: bool) -> Change:
    fiscal_year = before.fiscal_year if before else uow.fiscal_year
    wanted = wanted_change(uow, typed, fiscal_year=fiscal_year)
    written = write_change(uow, wanted=wanted, document_id=before.document_id if before else None)
    return submit_change(uow, document_id=written.document_id) if sends else written


def _choose(context: RequestContext, uow: UnitOfWork, *, agency_code: str) -> Response[str]:
    """Ask first for the kind of document and the agency: the form depends on them."""
    tr = context.gettext
    of_county = uow.actor.may(WRITE_COUNTY_CHANGE)
    kinds = tuple(kind for kind in ChangeKind if of_county or kind in BY_AGENCY)
    allowed = uow.actor.agencies(WRITE_CHANGE)
    return render(
        context,
        "budget/change_choice.html",
        title=tr("新增預算變動"),
        breadcrumb=(*crumbs(context), Crumb(title=tr("新增預算變動"))),
        action=context.path("budget/changes/new"),
        kinds=kind_options(tr, kinds),
        agency_code=agency_code,
        agencies=tuple(
            Option(value=one.agency_code, title=f"{one.agency_code} {one.name}")
            for one in year_agencies(uow, uow.fiscal_year)
            if allowed is None or one.agency_code in allowed
        ),
    )


def _form(
    context: RequestContext,
    uow: UnitOfWork,
    typed: TypedChange,
    *,
    before: Change | None = None,
    shown: Shown = NOTHING,
) -> Response[str]:
    """Show the form with what was typed; an error stands at the head and at its fields."""
    tr = context.gettext
    error = shown.error
    refusal = refused(context, error) if error else None
    faults = refusal.faults if refusal else {}
    title = tr("填寫{kind}").format(kind=tr(KIND_TITLES[typed.kind]))
    own = f"budget/changes/{before.document_id}/edit" if before else "budget/changes/new"
    return render(
        context,
        "budget/change_form.html",
        title=title,
        breadcrumb=(*crumbs(context), Crumb(title=title)),
        status_code=error.status_code if error and shown.tried is None else 200,
        refusal=refusal,
        faults=faults,
        action=context.path(own),
        key=str(new_id()),
        typed=typed,
        ground=typed.head["ground"] or tr(GROUNDS[typed.kind]),
        returned=before.return_reason if before else "",
        cases=_cases(typed.kind, tr),
        is_reserve=typed.kind in RESERVES,
        disaster=(Option(value="1", title=tr("是")),),
        advances=_advances(uow, tr) if typed.kind is ChangeKind.INCLUSION else (),
        grid=change_grid(context, typed, faults),
        new_grid=new_lines_grid(context, typed.kind, typed.new_lines, faults),
        draft_url=context.path(f"drafts/{draft_key(typed, before)}"),
        from_draft=shown.from_draft,
        effects=_effects(shown.tried, context),
    )


def _cases(kind: ChangeKind, gettext: Any) -> tuple[Option, ...]:
    """Return the cases in which the law lets the second reserve be drawn."""
    if kind is not ChangeKind.SECOND_RESERVE:
        return ()
    return tuple(Option(value=str(one), title=gettext(text)) for one, text in CASES.items())


def _effects(tried: Tried | None, context: RequestContext) -> tuple[Table, ...]:
    """Return the tables of what was tried."""
    if tried is None:
        return ()
    preview, tr = tried.preview, context.gettext
    tables = [effects_table(preview.effects, is_posted=False, gettext=tr)]
    if preview.revenues:
        tables.append(revenue_effects_table(preview.revenues, is_posted=False, gettext=tr))
    if preview.advance:
        tables.append(advance_table(preview.advance, address=context.path, gettext=tr))
    return tuple(tables)


def _advances(uow: UnitOfWork, gettext: Any) -> tuple[Option, ...]:
    """Return the advances of the year that took effect, to be included in the budget."""
    wanted = ChangeFilter(
        fiscal_year=uow.fiscal_year,
        kind=str(ChangeKind.ADVANCE),
        state=str(ChangeState.POSTED),
        limit=200,
    )
    return tuple(
        Option(
            value=str(row.document_id),
            title=gettext("墊付款 {number}　{purpose}　{amount:,}").format(
                number=f"{row.fiscal_year}{row.change_no:05}",
                purpose=row.purpose,
                amount=row.amount_ntd,
            ),
        )
        for row in list_changes(uow, wanted)
    )
