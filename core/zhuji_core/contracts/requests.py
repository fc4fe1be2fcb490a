"""Facts about spending requests that other modules may act upon (additive only)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

from zhuji_core.values import Event, Value


class CertifiedLine(Value, frozen=True, kw_only=True):
    """One control row and what is held on it, whole NT dollars."""

    line_no: int
    control_row_id: uuid.UUID
    amount_ntd: int


class CommitmentNote(Value, frozen=True, kw_only=True):
    """What is known of a document that holds money: who asked for it, for whom, until when."""

    document_id: uuid.UUID
    held_by: str
    held_for: str
    held_until: dt.date


class CertificationGranted(
    Event, frozen=True, kw_only=True, tag="accounting.certification-granted"
):
    """A spending request was certified (經費簽證): its amounts are held on its control rows."""

    PERSONAL: ClassVar[frozenset[str]] = frozenset({"certified_by"})

    request_id: uuid.UUID
    certification_no: str
    agency_code: str
    fiscal_year: int
    amount_ntd: int
    lines: tuple[CertifiedLine, ...]
    certified_by: uuid.UUID
    business_date: dt.date


class EncumbranceReleased(Event, frozen=True, kw_only=True, tag="accounting.encumbrance-released"):
    """Certified money that is not needed any more went back to its control rows (釋放)."""

    PERSONAL: ClassVar[frozenset[str]] = frozenset({"released_by"})

    request_id: uuid.UUID
    certification_no: str
    agency_code: str
    fiscal_year: int
    amount_ntd: int
    lines: tuple[CertifiedLine, ...]
    released_by: uuid.UUID
    business_date: dt.date
