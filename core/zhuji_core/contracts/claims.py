"""Facts about expense claims that other modules may act upon (additive only)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

from zhuji_core.values import Event, Value


class ClaimedLine(Value, frozen=True, kw_only=True):
    """What of one request's held money was spent on one control row, whole NT dollars.

    ``settled_ntd`` of it was paid by an advance before, so it is not paid again.
    """

    line_no: int
    request_id: uuid.UUID
    control_row_id: uuid.UUID
    amount_ntd: int
    settled_ntd: int = 0


class ClaimApproved(Event, frozen=True, kw_only=True, tag="accounting.claim-approved"):
    """An expense claim was approved (報支核定): held money is spent."""

    PERSONAL: ClassVar[frozenset[str]] = frozenset({"approved_by"})

    claim_id: uuid.UUID
    claim_no: str
    agency_code: str
    fiscal_year: int
    amount_ntd: int
    lines: tuple[ClaimedLine, ...]
    approved_by: uuid.UUID
    business_date: dt.date
