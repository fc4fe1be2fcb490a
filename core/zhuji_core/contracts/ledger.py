"""Facts about the books that other modules may act upon (additive only)."""

from __future__ import annotations

import datetime as dt
import uuid

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.values import Event


class VoucherPosted(Event, frozen=True, kw_only=True, tag="accounting.voucher-posted"):
    """A voucher entered the books (登帳) under its number; it never changes any more."""

    voucher_id: uuid.UUID
    label: str
    agency_code: str
    fiscal_year: int
    period: int
    posting_date: dt.date
    kind: str
    event_code: str
    amount_ntd: int
    source: DocumentRef | None = None
