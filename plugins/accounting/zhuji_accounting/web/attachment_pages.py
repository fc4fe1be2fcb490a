"""Attachments of vouchers, by page and by API: added, looked at, taken off again."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any
from urllib.parse import quote

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody

from zhuji_accounting.domain.ledger.attachment import Attachment, AttachmentMissing
from zhuji_accounting.permissions import READ_VOUCHERS, WRITE_VOUCHER
from zhuji_accounting.queries.attachments import attachments_of, read_attachment
from zhuji_accounting.queries.vouchers import read_voucher
from zhuji_accounting.usecases.attach_file import attach_file
from zhuji_accounting.usecases.detach_file import detach_file
from zhuji_accounting.web.voucher_pages import show_voucher
from zhuji_core import blobs
from zhuji_core.values import N_, DomainError, Value
from zhuji_core.web.answers import json_answer, see_other
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import (
    ANSWERS,
    BODY,
    PERMISSION,
    UPLOAD_MAX,
    ApiController,
    PageController,
)
from zhuji_core.web.steps import perform_or_show

COLD = "cold"
Context = NamedDependency[RequestContext]
VoucherId = FromPath[uuid.UUID]
AttachmentId = FromPath[uuid.UUID]
# None: a request without any content, whatever it calls itself.
Upload = MultipartBody[dict[str, Any] | None]
Page = Response[bytes] | Response[str]
# A kept file may stand in a frame of our own pages, and may itself load nothing.
FRAMED = "default-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"


class AttachmentWanted(Value, frozen=True, kw_only=True):
    """A file of at most 10 MB: PDF, PNG, JPEG, XLS, XLSX or ODS by its first bytes."""

    file: UploadFile


class AttachmentAnswer(Value, frozen=True, kw_only=True):
    """One attachment; ``digest`` is the SHA-256 of its content in hex."""

    attachment_id: uuid.UUID
    digest: str
    file_name: str
    media_type: str
    size_bytes: int
    attached_by_name: str
    attached_at: dt.datetime


class AttachmentPages(PageController):
    """``/vouchers/{id}/attachments``."""

    module = "accounting"
    path = "/vouchers"

    @post(
        "/{voucher_id:uuid}/attachments",
        opt={PERMISSION: WRITE_VOUCHER, COLD: True},
        operation_id="accounting.attachments.add-form",
        request_max_body_size=UPLOAD_MAX,
        sync_to_thread=True,
    )
    def add(self, context: Context, voucher_id: VoucherId, data: Upload) -> Page:
        try:
            name, content = _file(data)
            return context.perform(
                lambda uow: attach_file(
                    uow, voucher_id=voucher_id, file_name=name, content=content
                ),
                lambda made: see_other(_shown(context, made)),
            )
        except DomainError as error:
            return show_voucher(context, voucher_id, error=error)

    @get(
        "/{voucher_id:uuid}/attachments/{attachment_id:uuid}",
        opt={PERMISSION: READ_VOUCHERS, COLD: True},
        operation_id="accounting.attachments.open",
        sync_to_thread=True,
    )
    def open(
        self, context: Context, voucher_id: VoucherId, attachment_id: AttachmentId
    ) -> Response[bytes]:
        return _content(context, voucher_id, attachment_id)

    @post(
        "/{voucher_id:uuid}/attachments/{attachment_id:uuid}/removal",
        opt={PERMISSION: WRITE_VOUCHER, COLD: True},
        operation_id="accounting.attachments.remove-form",
        sync_to_thread=True,
    )
    def remove(self, context: Context, voucher_id: VoucherId, attachment_id: AttachmentId) -> Page:
        return perform_or_show(
            context,
            lambda uow: detach_file(uow, voucher_id=voucher_id, attachment_id=attachment_id),
            to=lambda _: f"accounting/vouchers/{voucher_id}",
            show=lambda error: show_voucher(context, voucher_id, error=error),
        )


class AttachmentsApi(ApiController):
    """``/vouchers/{id}/attachments``: the same for programs."""

    module = "accounting"
    path = "/vouchers"

    @get(
        "/{voucher_id:uuid}/attachments",
        opt={PERMISSION: READ_VOUCHERS, COLD: True},
        operation_id="accounting.attachments.list",
        summary=N_("列出傳票附件"),
        sync_to_thread=True,
    )
    def list_attachments(self, context: Context, voucher_id: VoucherId) -> list[AttachmentAnswer]:
        with context.read() as uow:
            found = attachments_of(uow, read_voucher(uow, voucher_id).voucher_id)
        return [_answer(one) for one in found]

    @post(
        "/{voucher_id:uuid}/attachments",
        opt={PERMISSION: WRITE_VOUCHER, COLD: True, ANSWERS: AttachmentAnswer,
             BODY: AttachmentWanted},
        operation_id="accounting.attachments.add",
        summary=N_("傳票加附件"),
        request_max_body_size=UPLOAD_MAX,
        sync_to_thread=True,
    )  # fmt: skip
    def add(self, context: Context, voucher_id: VoucherId, data: Upload) -> Response[bytes]:
        name, content = _file(data)
        return context.perform(
            lambda uow: attach_file(uow, voucher_id=voucher_id, file_name=name, content=content),
            lambda made: json_answer(_answer(made), status_code=201),
        )

    @get(
        "/{voucher_id:uuid}/attachments/{attachment_id:uuid}",
        opt={PERMISSION: READ_VOUCHERS, COLD: True, ANSWERS: bytes},
        operation_id="accounting.attachments.read",
        summary=N_("下載傳票附件"),
        sync_to_thread=True,
    )
    def read(
        self, context: Context, voucher_id: VoucherId, attachment_id: AttachmentId
    ) -> Response[bytes]:
        return _content(context, voucher_id, attachment_id)

    @post(
        "/{voucher_id:uuid}/attachments/{attachment_id:uuid}/removal",
        opt={PERMISSION: WRITE_VOUCHER, COLD: True, ANSWERS: AttachmentAnswer},
        operation_id="accounting.attachments.remove",
        summary=N_("移除傳票附件"),
        status_code=200,
        sync_to_thread=True,
    )
    def remove(
        self, context: Context, voucher_id: VoucherId, attachment_id: AttachmentId
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: detach_file(uow, voucher_id=voucher_id, attachment_id=attachment_id),
            lambda gone: json_answer(_answer(gone)),
        )


def _file(data: dict[str, Any] | None) -> tuple[str, bytes]:
    """Return name and content; no more is read than a file may have, and one byte."""
    given = data.get("file") if data else None
    if not isinstance(given, UploadFile) or not given.filename:
        raise AttachmentMissing(fields={"file": AttachmentMissing.message})
    return given.filename, given.file.read(blobs.BYTES_MAX + 1)


def _content(
    context: RequestContext, voucher_id: uuid.UUID, attachment_id: uuid.UUID
) -> Response[bytes]:
    with context.read() as uow:
        found, blob = read_attachment(uow, voucher_id=voucher_id, attachment_id=attachment_id)
    place = "inline" if found.is_shown else "attachment"
    return Response(
        blob.content,
        media_type=found.media_type,
        headers={
            "Content-Disposition": f"{place}; filename*=UTF-8''{quote(found.file_name)}",
            "Content-Security-Policy": FRAMED,
        },
    )


def _shown(context: RequestContext, made: Attachment) -> str:
    return context.path(f"accounting/vouchers/{made.voucher_id}?shown={made.attachment_id}")


def _answer(one: Attachment) -> AttachmentAnswer:
    return AttachmentAnswer(
        **{name: getattr(one, name) for name in AttachmentAnswer.__struct_fields__}
    )
