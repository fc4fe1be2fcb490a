"""The search of the top bar: one field over every document, for people and for programs."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency

from zhuji_accounting.domain.search import sought
from zhuji_accounting.queries.search import RIGHTS, SearchHit, SearchResult, search
from zhuji_accounting.web import advance_view, claim_view, voucher_view
from zhuji_accounting.web.refusals import refused
from zhuji_accounting.web.wording import Gettext, state_badge
from zhuji_core.values import N_, DomainError
from zhuji_core.web.components import Badge, Cell, Column, Kind, Link, Row, Table
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import SIGNED_IN, ApiController, PageController
from zhuji_core.web.parameters import Text
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

COLD = "cold"
Context = NamedDependency[RequestContext]
TITLES = {
    "request": N_("動支申請及契約"),
    "claim": N_("報支案"),
    "advance": N_("暫付案"),
    "voucher": N_("傳票"),
}
PATHS = {
    "request": "accounting/requests",
    "claim": "accounting/claims",
    "advance": "accounting/advances",
    "voucher": "accounting/vouchers",
}


class SearchPages(PageController):
    """``/search``: what is found, kind by kind."""

    module = "accounting"
    path = "/search"

    @get(
        "/",
        opt={SIGNED_IN: True, COLD: True},
        operation_id="accounting.search.page",
        sync_to_thread=True,
    )
    def page(self, context: Context, text: Text = "") -> Response[str]:
        tr = context.gettext
        found, error = SearchResult(hits=()), None
        with context.read() as uow:
            if text.strip():
                try:
                    found = search(uow, sought(text))
                except DomainError as refusal:
                    error = refusal
            return render(
                context,
                "accounting/search.html",
                breadcrumb=(Crumb(title=tr("搜尋")),),
                status_code=error.status_code if error else 200,
                title=tr("搜尋"),
                text=text,
                action=context.path("accounting/search"),
                tables=tuple(_table(context, kind, found) for kind in _kinds(found)),
                more=tuple(
                    Link(title=tr(TITLES[kind]), url=context.path(PATHS[kind]))
                    for kind in found.more
                ),
                refusal=refused(context, error) if error else None,
            )


class SearchApi(ApiController):
    """``/search``: the same for programs."""

    module = "accounting"
    path = "/search"

    @get(
        "/",
        opt={SIGNED_IN: True, COLD: True},
        operation_id="accounting.search",
        summary=N_("搜尋全部單據"),
        sync_to_thread=True,
    )
    def find(self, context: Context, text: Text = "") -> SearchResult:
        with context.read() as uow:
            return search(uow, sought(text))


def _kinds(found: SearchResult) -> list[str]:
    present = {hit.kind for hit in found.hits}
    return [kind for kind in RIGHTS if kind in present]


def _table(context: RequestContext, kind: str, found: SearchResult) -> Table:
    tr = context.gettext
    here = context.path(PATHS[kind])
    hits = [hit for hit in found.hits if hit.kind == kind]
    return Table(
        id=f"found-{kind}",
        caption=tr(TITLES[kind]),
        columns=(
            Column(title=tr("編號"), kind=Kind.CODE),
            Column(title=tr("狀態"), kind=Kind.BADGE),
            Column(title=tr("事由")),
            Column(title=tr("對象或來源")),
            Column(title=tr("機關")),
            Column(title=tr("金額"), unit=tr("元"), kind=Kind.AMOUNT),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=hit.label, url=f"{here}/{hit.document_id}"),
                    Cell(value=_badge(hit, tr)),
                    Cell(value=hit.title),
                    Cell(value=hit.about or None),
                    Cell(value=hit.agency_name),
                    Cell(value=hit.amount_ntd),
                )
            )
            for hit in hits
        ),
    )


def _badge(hit: SearchHit, tr: Gettext) -> Badge:
    match hit.kind:
        case "request":
            return state_badge(hit.state, tr)
        case "claim":
            return claim_view.badge(hit.state, tr)
        case "advance":
            return advance_view.badge(hit.state, tr)
        case _:
            return voucher_view.badge(hit.state, tr)
