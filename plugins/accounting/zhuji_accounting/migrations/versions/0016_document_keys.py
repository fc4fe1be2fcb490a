"""A source document is claimed once however it is written; who keyed a voucher is kept."""

from __future__ import annotations

from alembic import op

revision = "accounting_0016"
down_revision = "accounting_0015"
branch_labels = None
depends_on = None

KEY = r"""
-- How a number counts: full-width as half-width, lower case as upper, without the blanks, dashes,
-- points and strokes that people put between its parts. Words stay: 府收字 is not 府支字.
CREATE FUNCTION accounting.document_key(number text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN upper(regexp_replace(normalize(number, NFKC), '[\s\-‐‑‒–—―−_./\\·]', '', 'g'));

-- What was claimed twice before numbers were compared like this stays as it was told; only the
-- first of them keeps others out.
UPDATE accounting.source_document AS d
   SET counts = false
 WHERE d.counts AND d.tax_id <> '' AND accounting.document_key(d.number) <> ''
   AND EXISTS (SELECT FROM accounting.source_document AS o
                WHERE o.counts AND o.tax_id = d.tax_id
                  AND accounting.document_key(o.number) = accounting.document_key(d.number)
                  AND (o.claim_id, o.document_no) < (d.claim_id, d.document_no));
DROP INDEX accounting.source_document_once;
CREATE UNIQUE INDEX source_document_once
    ON accounting.source_document (tax_id, accounting.document_key(number))
 WHERE counts AND tax_id <> '' AND accounting.document_key(number) <> '';
"""
# Everybody who keyed the entries, and for whom: one may key them and another hand them to review.
WRITERS = """
ALTER TABLE accounting.voucher ADD COLUMN writers uuid[] NOT NULL DEFAULT '{}';
"""
BACK = """
ALTER TABLE accounting.voucher DROP COLUMN writers;
DROP INDEX accounting.source_document_once;
CREATE UNIQUE INDEX source_document_once ON accounting.source_document (tax_id, number)
 WHERE counts AND tax_id <> '' AND number <> '';
DROP FUNCTION accounting.document_key;
"""


def upgrade() -> None:
    op.execute(KEY)
    op.execute(WRITERS)


def downgrade() -> None:
    op.execute(BACK)
