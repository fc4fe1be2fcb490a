"""What people call a document that has no number yet."""

from __future__ import annotations

import uuid


def draft_label(document_id: uuid.UUID) -> str:
    """Return the handle of a draft."""
    return f"草稿 {document_id.hex[-6:].upper()}"
