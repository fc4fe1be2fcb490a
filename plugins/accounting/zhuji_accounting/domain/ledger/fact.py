"""What happened, in the words of the business: a posting rule turns it into entries. Pure."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

import msgspec

from zhuji_accounting.domain.ledger.voucher import Subsidiary
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.values import Value


class FactLine(Value, frozen=True, kw_only=True):
    """One part of a fact: named whole amounts and what they are about.

    ``amounts_ntd``: name → NT dollars (``amount``, ``withheld``); a negative amount turns the
    entry round. ``accounts``: account codes that a person chose, by the name that the rule asks
    for. ``object_code`` and ``detail_object_code`` (用途別), ``source_code`` (來源別) lead to
    accounts by the rule set. ``subsidiaries``: kind → whose.
    """

    amounts_ntd: Mapping[str, int]
    control_row_id: uuid.UUID | None = None
    revenue_row_id: uuid.UUID | None = None
    row_label: str = ""
    object_code: str = ""
    detail_object_code: str = ""
    account: str = ""
    source_code: str = ""
    description: str = ""
    accounts: Mapping[str, str] = msgspec.field(default_factory=dict)
    subsidiaries: Mapping[str, Subsidiary] = msgspec.field(default_factory=dict)


class Fact(Value, frozen=True, kw_only=True):
    """A business event (會計事項) of one agency and fiscal year.

    ``period``: that of its date unless the end of a year says another (開帳 0, 結帳 14).
    """

    event_code: str
    agency_code: str
    agency_name: str
    fiscal_year: int
    posting_date: dt.date
    memo: str
    lines: tuple[FactLine, ...]
    document: DocumentRef | None = None
    document_count: int = 0
    period: int | None = None
