"""Drafts of half-typed forms: kept, given back, forgotten, by the page's script."""

from __future__ import annotations

from typing import Any

from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from zhuji_core.values import N_, DomainError
from zhuji_core.web import drafts
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import API, SIGNED_IN, PageController
from zhuji_core.web.drafts import Draft

# A grid of 500 lines; the table's own limit is on what remains of it after compression.
DRAFT_MAX_BYTES = 262_144
KEY_MAX = 200


class DraftNotFound(DomainError):
    """Nothing was typed into this form, or it was sent."""

    code = "E-DRAFT-NOT-FOUND"
    message = N_("沒有這張表單的暫存內容。")
    status_code = 404


class DraftKeyTooLong(DomainError):
    """The name of the form is longer than any of ours."""

    code = "E-DRAFT-KEY"
    message = N_("表單代號最多 {length_max} 字元。")
    status_code = 422


class DraftPages(PageController):
    """Called by script alone, so errors are problem+json although these are no API."""

    module = "kernel"
    path = "/{county:str}/drafts/{form_key:str}"
    opt = {SIGNED_IN: True, API: True}  # noqa: RUF012 (Litestar's own declaration)

    @get(operation_id="kernel.draft.read", sync_to_thread=True)
    def read(self, context: NamedDependency[RequestContext], form_key: FromPath[str]) -> Draft:
        draft = drafts.get_draft(context.access, user_id=context.actor.user_id, form_key=form_key)
        if draft is None:
            raise DraftNotFound
        return draft

    @put(
        operation_id="kernel.draft.keep",
        sync_to_thread=True,
        request_max_body_size=DRAFT_MAX_BYTES,
    )
    def keep(
        self,
        context: NamedDependency[RequestContext],
        form_key: FromPath[str],
        data: JSONBody[dict[str, Any]],
    ) -> Draft:
        if len(form_key) > KEY_MAX:
            raise DraftKeyTooLong(length_max=KEY_MAX)
        return drafts.put_draft(
            context.access, user_id=context.actor.user_id, form_key=form_key, fields=data
        )

    @delete(operation_id="kernel.draft.forget", sync_to_thread=True)
    def forget(self, context: NamedDependency[RequestContext], form_key: FromPath[str]) -> None:
        drafts.delete_draft(context.access, user_id=context.actor.user_id, form_key=form_key)
