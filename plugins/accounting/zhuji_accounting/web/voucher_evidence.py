"""Beside the entries of a voucher: what it records, its evidence, its attachments."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import partial

from zhuji_accounting.domain.ledger import attachment as rules
from zhuji_accounting.domain.ledger.attachment import Attachment
from zhuji_accounting.domain.ledger.voucher import Voucher
from zhuji_accounting.permissions import READ_ADVANCES, READ_CLAIMS, WRITE_VOUCHER
from zhuji_accounting.queries.advances import find_advance
from zhuji_accounting.queries.attachments import attachments_of
from zhuji_accounting.queries.claims import find_claim
from zhuji_accounting.web import advance_view, claim_view
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError, Value
from zhuji_core.web.components import Table
from zhuji_core.web.context import RequestContext

CLAIM, ADVANCE = "accounting.claim", "accounting.advance"
KIB = 1024


class AttachmentRow(Value, frozen=True, kw_only=True):
    """One attachment as its line shows it; ``remove_url`` empty: it stays."""

    file_name: str
    url: str
    show_url: str
    size: str
    by: str
    digest: str
    current: bool
    remove_url: str


class Evidence(Value, frozen=True, kw_only=True):
    """What stands beside the entries; ``frame_url`` or ``image_url`` is the file that is shown."""

    attachments: tuple[AttachmentRow, ...]
    tables: tuple[Table, ...]
    add_url: str
    why_not: str
    frame_url: str = ""
    image_url: str = ""
    shown_name: str = ""


def evidence_of(
    context: RequestContext, uow: UnitOfWork, voucher: Voucher, shown: uuid.UUID | None
) -> Evidence:
    """Return the evidence; ``shown`` is the attachment to open, else the first that can be."""
    held = attachments_of(uow, voucher.voucher_id)
    openable = [one for one in held if one.is_shown]
    current = next((one for one in openable if one.attachment_id == shown), None)
    current = current or (openable[0] if openable else None)
    mine = uow.actor.may(WRITE_VOUCHER, agency_code=voucher.agency_code)
    url = "" if current is None else _url(context, current)
    image = current is not None and current.media_type.startswith("image/")
    refusal = _refusal(voucher, held) if mine else None
    add_url = context.path(f"accounting/vouchers/{voucher.voucher_id}/attachments")
    return Evidence(
        attachments=tuple(
            _row(context, one, voucher, current=one is current, mine=mine) for one in held
        ),
        tables=_source_tables(context, uow, voucher),
        add_url=add_url if mine and refusal is None else "",
        why_not="" if refusal is None else refusal.text(context.gettext),
        frame_url="" if image else url,
        image_url=url if image else "",
        shown_name="" if current is None else current.file_name,
    )


def _refusal(voucher: Voucher, held: Sequence[Attachment]) -> DomainError | None:
    try:
        rules.require_attachable(voucher, held)
    except DomainError as refusal:
        return refusal
    return None


def _row(
    context: RequestContext, one: Attachment, voucher: Voucher, *, current: bool, mine: bool
) -> AttachmentRow:
    url = _url(context, one)
    page = context.path(f"accounting/vouchers/{one.voucher_id}")
    removable = mine and rules.is_detachable(voucher)
    return AttachmentRow(
        file_name=one.file_name,
        url=url,
        show_url=f"{page}?shown={one.attachment_id}#evidence" if one.is_shown else "",
        size=f"{max(1, one.size_bytes // KIB):,} KiB",
        by=one.attached_by_name,
        digest=one.digest,
        current=current,
        remove_url=f"{url}/removal" if removable else "",
    )


def _url(context: RequestContext, one: Attachment) -> str:
    return context.path(f"accounting/vouchers/{one.voucher_id}/attachments/{one.attachment_id}")


def _source_tables(context: RequestContext, uow: UnitOfWork, voucher: Voucher) -> tuple[Table, ...]:
    """Return what the claim or advance behind the voucher says, for who may read it."""
    source = voucher.source
    if source is None:
        return ()
    may = partial(uow.actor.may, agency_code=voucher.agency_code)
    if source.kind == CLAIM and may(READ_CLAIMS):
        return claim_view.tables(context, find_claim(uow, source.document_id), (), recoveries=())
    if source.kind == ADVANCE and may(READ_ADVANCES):
        advance = find_advance(uow, source.document_id)
        return advance_view.tables(context, advance, (), claims=(), recoveries=())
    return ()
