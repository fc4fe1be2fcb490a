"""The page of one document (a claim, an advance, what came back): all of them look alike."""

from __future__ import annotations

from litestar import Response

from zhuji_accounting.web.refusals import refused
from zhuji_core.values import DomainError, Value
from zhuji_core.web.components import Action, DocumentHead, HistoryEntry, Table
from zhuji_core.web.context import RequestContext
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb


class DocumentPage(Value, frozen=True, kw_only=True):
    """What templates/document.html shows; ``list_title`` and ``list_path`` lead back to the list.

    ``return_reason`` is empty unless the document stands returned; ``print_path`` unless it is
    printed.
    """

    list_title: str
    list_path: str
    title: str
    label: str
    head: DocumentHead
    tables: tuple[Table, ...]
    actions: tuple[Action, ...] = ()
    history: tuple[HistoryEntry, ...] = ()
    return_reason: str = ""
    print_path: str = ""


def render_document(
    context: RequestContext, page: DocumentPage, *, error: DomainError | None = None
) -> Response[str]:
    """Show the document; ``error`` is what refused the verb that was just tried."""
    return render(
        context,
        "accounting/document.html",
        breadcrumb=(
            Crumb(title=page.list_title, url=context.path(page.list_path)),
            Crumb(title=page.label),
        ),
        status_code=error.status_code if error else 200,
        title=page.title,
        refusal=refused(context, error) if error else None,
        return_reason=page.return_reason,
        print_url=context.path(page.print_path) if page.print_path else "",
        head=page.head,
        tables=page.tables,
        actions=page.actions,
        history=page.history,
    )
