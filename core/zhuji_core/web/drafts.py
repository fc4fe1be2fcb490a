"""Half-typed forms, kept on the server so that nothing typed is ever lost (``kernel.draft``).

A draft is typing, not a record: it belongs to one person, moves no money and is replaced every
few seconds, so it is written by a single statement without an audit entry. It still does not
touch a county that takes no writes.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import msgspec
import sqlalchemy as sa

from zhuji_core.access import CountyAccess
from zhuji_core.county import read_only_refusal
from zhuji_core.values import Value

# Of one person; the oldest goes when another form is begun.
DRAFTS_MAX = 200

PUT = sa.text("""
    WITH oldest AS (
        DELETE FROM kernel.draft
         WHERE user_id = :user_id
           AND form_key IN (SELECT form_key FROM kernel.draft
                             WHERE user_id = :user_id AND form_key <> :form_key
                             ORDER BY saved_at DESC
                            OFFSET :drafts_max - 1)
    )
    INSERT INTO kernel.draft (user_id, form_key, fields, saved_at)
    VALUES (:user_id, :form_key, CAST(:fields AS jsonb), :now)
        ON CONFLICT (user_id, form_key)
        DO UPDATE SET fields = excluded.fields, saved_at = excluded.saved_at
""")
GET = sa.text("""
    SELECT form_key, fields, saved_at
      FROM kernel.draft
     WHERE user_id = :user_id AND form_key = :form_key
""")
DELETE = sa.text("DELETE FROM kernel.draft WHERE user_id = :user_id AND form_key = :form_key")


class Draft(Value, frozen=True, kw_only=True):
    """What was typed into the form ``form_key``, by field."""

    form_key: str
    fields: dict[str, Any]
    saved_at: dt.datetime


def put_draft(
    access: CountyAccess, *, user_id: uuid.UUID, form_key: str, fields: dict[str, Any]
) -> Draft:
    """Keep what was typed in place of what was kept; raise CountyReadOnly in a closed county."""
    if access.county.state != "open":
        raise read_only_refusal(access.county)
    draft = Draft(form_key=form_key, fields=fields, saved_at=access.clock())
    with access.statements.connect() as connection:
        connection.execute(
            PUT,
            {
                "user_id": user_id,
                "form_key": form_key,
                "fields": msgspec.json.encode(fields).decode(),
                "now": draft.saved_at,
                "drafts_max": DRAFTS_MAX,
            },
        )
    return draft


def get_draft(access: CountyAccess, *, user_id: uuid.UUID, form_key: str) -> Draft | None:
    with access.statements.connect() as connection:
        row = (
            connection.execute(GET, {"user_id": user_id, "form_key": form_key})
            .mappings()
            .one_or_none()
        )
    return None if row is None else Draft(**row)


def delete_draft(access: CountyAccess, *, user_id: uuid.UUID, form_key: str) -> None:
    """Forget the draft; a county that takes no writes keeps it, which harms nobody."""
    if access.county.state != "open":
        return
    with access.statements.connect() as connection:
        connection.execute(DELETE, {"user_id": user_id, "form_key": form_key})
