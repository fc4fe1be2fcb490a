"""How one module names a document of another (published language; additive only)."""

from __future__ import annotations

import uuid

from zhuji_core.values import Value


class DocumentRef(Value, frozen=True, kw_only=True):
    """A document as others see it: its kind, its id, and the label frozen where it is referred to.

    ``kind`` is ``module.noun`` (``accounting.request``); ``label`` is what people read, a number
    or a handle; ``agency_code`` is the agency that the document belongs to.
    """

    kind: str
    document_id: uuid.UUID
    label: str
    agency_code: str
