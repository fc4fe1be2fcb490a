"""Pages of codes: which sets hold in which years, one set, and loading the county's own."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, MultipartBody

from zhuji_budget.domain.code_set import (
    CodeSet,
    CodeSetNotFound,
    CodeSetWrong,
    CodesInUse,
    CodesOverlap,
    CodesYearsUsed,
)
from zhuji_budget.permissions import LOAD_CODES, READ_LINES
from zhuji_budget.queries.codes import find_code_set, list_code_sets
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.load_codes import load_codes
from zhuji_budget.usecases.read_codes import CodeSetHead, CodesRead, read_codes
from zhuji_budget.usecases.report_import import problem_report
from zhuji_budget.usecases.withdraw_codes import withdraw_codes
from zhuji_budget.web.import_pages import uploads_of
from zhuji_budget.web.uploads import book_files
from zhuji_budget.web.views.codes import (
    FIELDS,
    CodesForm,
    code_set_table,
    code_sets_table,
    kind_options,
    set_path,
)
from zhuji_budget.web.views.imports import file_problems
from zhuji_core.formats import AmountMalformed, parse_ntd
from zhuji_core.identity.actor import Forbidden
from zhuji_core.spreadsheet_limits import (
    EncryptedSpreadsheet,
    NotASpreadsheet,
    SpreadsheetTooLarge,
    UnreadableSpreadsheet,
)
from zhuji_core.values import DomainError
from zhuji_core.web.answers import see_other
from zhuji_core.web.components import FileProblem, SummaryError
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import HEAVY, PERMISSION, UPLOAD_MAX, PageController
from zhuji_core.web.exports import export_table
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb, Flash
from zhuji_core.web.steps import perform_or_show

Context = NamedDependency[RequestContext]
UNPROCESSABLE = 422
UNREADABLE = (
    EncryptedSpreadsheet,
    NotASpreadsheet,
    SpreadsheetTooLarge,
    UnreadableSpreadsheet,
)
REFUSALS = (CodeSetWrong, CodesOverlap, CodesInUse, CodesYearsUsed, *UNREADABLE)


class CodePages(PageController):
    """``/budget/codes``."""

    module = MODULE
    path = "/codes"
    cold = True

    @get(
        "/",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.codes.page",
        sync_to_thread=True,
    )
    def list_page(
        self, context: Context, loaded: FromQuery[str] = "", withdrawn: FromQuery[str] = ""
    ) -> Response[str]:
        with context.read() as uow:
            sets = list_code_sets(uow)
            flash: tuple[Flash, ...] = ()
            if loaded:
                flash = (
                    Flash(text=context.gettext("代碼表「{name}」已載入。").format(name=loaded)),
                )
            if withdrawn:
                text = context.gettext("代碼表「{name}」已撤銷。").format(name=withdrawn)
                flash = (Flash(text=text),)
            return render(
                context,
                "budget/codes.html",
                title=context.gettext("預算代碼"),
                breadcrumb=_crumbs(context)[:1],
                flash=flash,
                table=code_sets_table(sets, address=context.path, gettext=context.gettext),
                form_url=context.path("budget/codes/new") if uow.actor.may(LOAD_CODES) else "",
            )

    @get(
        "/new",
        opt={PERMISSION: LOAD_CODES},
        operation_id="budget.codes.form",
        sync_to_thread=True,
    )
    def form(self, context: Context) -> Response[str]:
        return _form(context, {})

    @post(
        "/",
        opt={PERMISSION: LOAD_CODES},
        operation_id="budget.codes.load-form",
        request_max_body_size=UPLOAD_MAX,
        sync_to_thread=True,
    )
    def load(
        self, context: Context, data: MultipartBody[dict[str, Any]]
    ) -> Response[str] | Response[bytes]:
        """Read the file and load it, or show the form again with everything that is wrong."""
        fields = {name: str(data.get(name, "")) for name in FIELDS}
        try:
            (file,) = book_files(uploads_of(data.get("file"))[:1])
            read = read_codes(_head(fields), file)
            if read.problems:
                return _form(context, fields, read=read)
            return context.perform(
                lambda uow: load_codes(uow, read),
                lambda kept: see_other(f"{context.path('budget/codes')}?loaded={_url(kept)}"),
            )
        except REFUSALS as refusal:
            return _form(context, fields, refusal=refusal)

    @get(
        "/{code_kind:str}/{set_name:str}",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.codes.set-page",
        sync_to_thread=True,
    )
    def set_page(
        self, context: Context, code_kind: FromPath[str], set_name: FromPath[str]
    ) -> Response[str]:
        return _set_page(context, code_kind, set_name)

    @post(
        "/{code_kind:str}/{set_name:str}/withdraw",
        opt={PERMISSION: LOAD_CODES},
        operation_id="budget.codes.withdraw-form",
        sync_to_thread=True,
    )
    def withdraw(
        self, context: Context, code_kind: FromPath[str], set_name: FromPath[str]
    ) -> Response[str] | Response[bytes]:
        """Take the set away, or show it again with the rows that use it."""
        return perform_or_show(
            context,
            lambda uow: withdraw_codes(uow, kind=code_kind, name=set_name),
            to=lambda gone: f"budget/codes?withdrawn={_url(gone)}",
            show=lambda refusal: _set_page(context, code_kind, set_name, refusal=refusal),
        )

    @get(
        "/{code_kind:str}/{set_name:str}/{suffix:str}",
        opt={PERMISSION: READ_LINES, HEAVY: True},
        operation_id="budget.codes.set-export",
        sync_to_thread=True,
    )
    def set_export(
        self,
        context: Context,
        code_kind: FromPath[str],
        set_name: FromPath[str],
        suffix: FromPath[str],
    ) -> Response[bytes]:
        """Write the set in the form in which it is loaded again."""
        with context.read() as uow:
            found = find_code_set(uow, kind=code_kind, name=set_name)
            table = code_set_table(found, address=context.path, gettext=context.gettext)
            return export_table(
                context,
                uow,
                table,
                title=table.caption,
                agency="",
                period="",
                file_format=suffix,
                in_ntd=False,
            )


def _set_page(
    context: RequestContext, kind: str, name: str, *, refusal: DomainError | None = None
) -> Response[str]:
    if isinstance(refusal, CodeSetNotFound | Forbidden):
        raise refusal  # there is nothing to show
    with context.read() as uow:
        found = find_code_set(uow, kind=kind, name=name)
        table = code_set_table(found, address=context.path, gettext=context.gettext)
        own = uow.actor.may(LOAD_CODES) and not found.shipped
        errors = () if refusal is None else (SummaryError(text=refusal.text(context.gettext)),)
        return render(
            context,
            "budget/code_set.html",
            title=table.caption,
            breadcrumb=(*_crumbs(context), Crumb(title=found.name)),
            status_code=200 if refusal is None else refusal.status_code,
            table=table,
            source=found.source,
            withdraw_url=context.path(f"{set_path(found)}/withdraw") if own else "",
            errors=errors,
        )


def _head(fields: dict[str, str]) -> CodeSetHead:
    last = fields["last_year"].strip()
    return CodeSetHead(
        kind=fields["kind"],
        name=fields["name"],
        first_year=_year(fields["first_year"]),
        last_year=_year(last) if last else None,
        source=fields["source"],
    )


def _year(text: str) -> int:
    """Return the year as it was keyed, full-width digits too; 0 is refused by the use case."""
    try:
        return parse_ntd(text)
    except AmountMalformed:
        return 0


def _url(one: CodeSet) -> str:
    """Return the set's name as an address has it."""
    return set_path(one).rpartition("/")[2]


def _form(
    context: RequestContext,
    fields: dict[str, str],
    *,
    read: CodesRead | None = None,
    refusal: DomainError | None = None,
) -> Response[str]:
    errors: tuple[SummaryError, ...] = ()
    status = 200
    if refusal is not None:
        field = next(iter(refusal.fields), "file")
        errors = (SummaryError(text=refusal.text(context.gettext), field=field),)
        status = refusal.status_code
    problems: tuple[FileProblem, ...] = ()
    if read is not None:
        reports = [problem_report(one, translate=context.gettext) for one in read.problems]
        problems = file_problems(reports, context.gettext)
        status = UNPROCESSABLE
    return render(
        context,
        "budget/codes_form.html",
        title=context.gettext("載入預算代碼"),
        breadcrumb=(*_crumbs(context), Crumb(title=context.gettext("載入"))),
        status_code=status,
        form=CodesForm(
            action=context.path("budget/codes"),
            kinds=kind_options(context.gettext),
            fields=fields,
            errors=errors,
            problems=problems,
        ),
    )


def _crumbs(context: RequestContext) -> tuple[Crumb, ...]:
    return (
        Crumb(title=context.gettext("預算")),
        Crumb(title=context.gettext("預算代碼"), url=context.path("budget/codes")),
    )
