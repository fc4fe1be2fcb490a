"""What a unit book says of each plan beside its items: keyed on one page, and by the API."""

from __future__ import annotations

import uuid
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, URLEncodedBody

from zhuji_budget.domain.estimate import EXPENDITURE, Estimate
from zhuji_budget.domain.unit_book.entered import Entered
from zhuji_budget.permissions import READ_ESTIMATES, WRITE_ESTIMATE
from zhuji_budget.queries.estimates import find_editable, find_estimate
from zhuji_budget.queries.unit_books import entered_of
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.write_book_words import PlanWanted, words_of, write_book_words
from zhuji_core.formats import AmountMalformed, parse_ntd
from zhuji_core.values import N_, DomainError, Value
from zhuji_core.web.answers import json_answer, see_other
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, ApiController, PageController
from zhuji_core.web.refusals import refused
from zhuji_core.web.rendering import render
from zhuji_core.web.shell import Crumb

Context = NamedDependency[RequestContext]
Form = URLEncodedBody[dict[str, Any]]
FIELDS = ("office", "content", "outcome", "persons")
UNREADABLE = -1  # a head-count that was keyed and is none


class WordsRow(Value, frozen=True, kw_only=True):
    """One plan on the form; ``values`` as typed, ``faults`` by field."""

    name: str
    code: str
    title: str
    spends: bool
    values: dict[str, str]
    faults: dict[str, str]


class WordsWanted(Value, frozen=True, kw_only=True):
    """The words of some plans; plans that are not named keep theirs."""

    words: tuple[PlanWanted, ...]


class BookWordsPages(PageController):
    """``/budget/estimates/{id}/book/words``."""

    module = MODULE
    path = "/estimates"
    cold = True

    @get(
        "/{estimate_id:uuid}/book/words",
        opt={PERMISSION: WRITE_ESTIMATE},
        operation_id="budget.book-words.form",
        sync_to_thread=True,
    )
    def form(self, context: Context, estimate_id: FromPath[uuid.UUID]) -> Response[str]:
        with context.read() as uow:
            estimate = find_editable(uow, estimate_id)
            typed = {
                f"words-{number}-{name}": str(getattr(one, name) or "")
                for number, one in enumerate(words_of(estimate, entered_of(uow, estimate)))
                for name in FIELDS
            }
            return _form(context, estimate, typed)

    @post(
        "/{estimate_id:uuid}/book/words",
        opt={PERMISSION: WRITE_ESTIMATE},
        operation_id="budget.book-words.write-form",
        sync_to_thread=True,
    )
    def write(
        self, context: Context, estimate_id: FromPath[uuid.UUID], data: Form
    ) -> Response[str] | Response[bytes]:
        with context.read() as uow:
            estimate = find_editable(uow, estimate_id)
        typed = {name: str(value) for name, value in data.items()}
        wanted = [
            PlanWanted(
                code=line.code,
                office=typed.get(f"words-{number}-office", ""),
                content=typed.get(f"words-{number}-content", "").replace("\r\n", "\n"),
                outcome=typed.get(f"words-{number}-outcome", "").replace("\r\n", "\n"),
                persons=_persons(typed.get(f"words-{number}-persons", "")),
            )
            for number, line in enumerate(estimate.lines)
        ]
        try:
            return context.perform(
                lambda uow: write_book_words(uow, estimate_id=estimate_id, wanted=wanted),
                lambda _: see_other(context.path(f"budget/estimates/{estimate_id}")),
            )
        except DomainError as error:
            if error.status_code in {403, 404}:
                raise
            return _form(context, estimate, typed, error=error)


class BookWordsApi(ApiController):
    """``/estimates/{id}/book/words``."""

    module = MODULE
    path = "/estimates"
    cold = True

    @get(
        "/{estimate_id:uuid}/book/words",
        opt={PERMISSION: READ_ESTIMATES},
        operation_id="budget.book-words.read",
        summary=N_("取得單位預算書之計畫說明"),
        sync_to_thread=True,
    )
    def read(self, context: Context, estimate_id: FromPath[uuid.UUID]) -> Entered:
        with context.read() as uow:
            return entered_of(uow, find_estimate(uow, estimate_id))

    @post(
        "/{estimate_id:uuid}/book/words",
        opt={PERMISSION: WRITE_ESTIMATE, ANSWERS: Entered},
        operation_id="budget.book-words.write",
        summary=N_("填寫單位預算書之計畫說明"),
        status_code=200,
        sync_to_thread=True,
    )
    def write(
        self, context: Context, estimate_id: FromPath[uuid.UUID], data: JSONBody[WordsWanted]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: write_book_words(uow, estimate_id=estimate_id, wanted=data.words),
            json_answer,
        )


def _persons(text: str) -> int:
    if not text.strip():
        return 0
    try:
        return parse_ntd(text)
    except AmountMalformed:
        return UNREADABLE


def _form(
    context: RequestContext,
    estimate: Estimate,
    typed: dict[str, str],
    *,
    error: DomainError | None = None,
) -> Response[str]:
    refusal = refused(context, error) if error else None
    faults = refusal.faults if refusal else {}
    own = context.path(f"budget/estimates/{estimate.estimate_id}")
    rows = [
        WordsRow(
            name=f"words-{number}",
            code=line.code,
            title=f"{line.code} {line.name}",
            spends=line.side == EXPENDITURE,
            values={name: typed.get(f"words-{number}-{name}", "") for name in FIELDS},
            faults={name: faults.get(f"words-{number}-{name}", "") for name in FIELDS},
        )
        for number, line in enumerate(estimate.lines)
    ]
    title = context.gettext("計畫說明及員額")
    return render(
        context,
        "budget/book_words.html",
        title=context.gettext("{label}：計畫說明及員額").format(label=estimate.label),
        breadcrumb=(
            Crumb(title=context.gettext("預算")),
            Crumb(title=context.gettext("概算"), url=context.path("budget/estimates")),
            Crumb(title=estimate.agency_name, url=own),
            Crumb(title=title),
        ),
        status_code=error.status_code if error else 200,
        refusal=refusal,
        action=f"{own}/book/words",
        rows=rows,
    )
