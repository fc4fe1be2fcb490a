"""What the search finds by words: every two neighbouring characters, in indexes."""

from __future__ import annotations

from alembic import op

revision = "accounting_0009b"
down_revision = "accounting_0007b"
branch_labels = None
depends_on = None

# Chinese has no spaces between words, so two neighbouring characters are what is looked up. The
# indexes are of expressions: whoever writes a document keeps them, and nothing is written twice.
# COST says that reckoning them anew is dear (0.1 ms a row): read the index, do not walk the table.
GRAMS = """
CREATE FUNCTION accounting.grams(words text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT COST 5000 AS $$
    SELECT COALESCE(array_agg(DISTINCT substr(t.plain, n, 2)), '{}'::text[])
      FROM (SELECT lower(normalize(words, NFKC)) AS plain) AS t,
           generate_series(1, length(t.plain) - 1) AS n
     WHERE substr(t.plain, n, 2) !~ '[[:space:]]'
$$;
"""
INDEXES = """
CREATE INDEX spending_request_words ON accounting.spending_request USING gin
    (accounting.grams(purpose || ' ' || basis || ' ' || payee || ' ' || contract_no || ' '
                      || contractor));
CREATE INDEX claim_words ON accounting.claim USING gin (accounting.grams(memo));
CREATE INDEX claim_payee_words ON accounting.claim_payee USING gin (accounting.grams(name));
CREATE INDEX source_document_number ON accounting.source_document (upper(number))
 WHERE number <> '';
CREATE INDEX advance_words ON accounting.advance USING gin
    (accounting.grams(memo || ' ' || receiver_name));
CREATE INDEX voucher_words ON accounting.voucher USING gin
    (accounting.grams(memo || ' ' || source_label));
-- By number across the agencies of a county.
CREATE INDEX spending_request_number ON accounting.spending_request (request_no, fiscal_year)
 WHERE request_no IS NOT NULL;
CREATE INDEX claim_number ON accounting.claim (claim_no, fiscal_year) WHERE claim_no IS NOT NULL;
CREATE INDEX advance_number ON accounting.advance (advance_no, fiscal_year)
 WHERE advance_no IS NOT NULL;
CREATE INDEX voucher_number ON accounting.voucher (voucher_no, fiscal_year)
 WHERE voucher_no IS NOT NULL;
"""
NAMES = (
    "spending_request_words", "claim_words", "claim_payee_words", "source_document_number",
    "advance_words", "voucher_words", "spending_request_number", "claim_number",
    "advance_number", "voucher_number",
)  # fmt: skip


def upgrade() -> None:
    op.execute(GRAMS)
    op.execute(INDEXES)


def downgrade() -> None:
    for name in NAMES:
        op.execute(f"DROP INDEX accounting.{name}")
    op.execute("DROP FUNCTION accounting.grams(text)")
