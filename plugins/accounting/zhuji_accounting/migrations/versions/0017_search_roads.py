"""The search finds within an agency by the index alone, and a claim by its payees' names."""

from __future__ import annotations

from alembic import op

revision = "accounting_0017"
down_revision = "accounting_0013"
branch_labels = None
depends_on = None

# The agency stands among the pairs of characters, longer than any pair: what a city writes every
# day is rare in one agency, and the index itself takes both.
TOKENS = """
CREATE FUNCTION accounting.tokens(words text, agency_code text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT COST 5000 AS $$
    SELECT accounting.grams(words) || ('agency ' || agency_code)
$$;
"""
# Who is paid is found with the claim: its agency and its memo are there. Kept by triggers, so that
# whoever writes a payee (also the code before this one) keeps it.
NAMES = """
ALTER TABLE accounting.claim ADD COLUMN payee_names text NOT NULL DEFAULT '';
CREATE FUNCTION accounting.keep_payee_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounting.claim AS c
       SET payee_names = COALESCE((SELECT string_agg(p.name, ' ' ORDER BY p.payee_no)
                                     FROM accounting.claim_payee AS p
                                    WHERE p.claim_id = c.claim_id), '')
     WHERE c.claim_id IN (SELECT claim_id FROM changed);
    RETURN NULL;
END $$;
UPDATE accounting.claim AS c
   SET payee_names = p.names
  FROM (SELECT claim_id, string_agg(name, ' ' ORDER BY payee_no) AS names
          FROM accounting.claim_payee GROUP BY claim_id) AS p
 WHERE p.claim_id = c.claim_id;
CREATE TRIGGER keep_payee_names_of_new AFTER INSERT ON accounting.claim_payee
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION accounting.keep_payee_names();
CREATE TRIGGER keep_payee_names_of_changed AFTER UPDATE ON accounting.claim_payee
    REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION accounting.keep_payee_names();
CREATE TRIGGER keep_payee_names_of_gone AFTER DELETE ON accounting.claim_payee
    REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION accounting.keep_payee_names();
"""
INDEXES = """
DROP INDEX accounting.spending_request_words;
DROP INDEX accounting.claim_words;
DROP INDEX accounting.claim_payee_words;
DROP INDEX accounting.advance_words;
DROP INDEX accounting.voucher_words;
CREATE INDEX spending_request_tokens ON accounting.spending_request USING gin
    (accounting.tokens(purpose || ' ' || basis || ' ' || payee || ' ' || contract_no || ' '
                       || contractor, agency_code));
CREATE INDEX claim_tokens ON accounting.claim USING gin
    (accounting.tokens(memo || ' ' || payee_names, agency_code));
CREATE INDEX advance_tokens ON accounting.advance USING gin
    (accounting.tokens(memo || ' ' || receiver_name, agency_code));
CREATE INDEX voucher_tokens ON accounting.voucher USING gin
    (accounting.tokens(memo || ' ' || source_label, agency_code));
"""
BACK = """
DROP INDEX accounting.spending_request_tokens;
DROP INDEX accounting.claim_tokens;
DROP INDEX accounting.advance_tokens;
DROP INDEX accounting.voucher_tokens;
CREATE INDEX spending_request_words ON accounting.spending_request USING gin
    (accounting.grams(purpose || ' ' || basis || ' ' || payee || ' ' || contract_no || ' '
                      || contractor));
CREATE INDEX claim_words ON accounting.claim USING gin (accounting.grams(memo));
CREATE INDEX claim_payee_words ON accounting.claim_payee USING gin (accounting.grams(name));
CREATE INDEX advance_words ON accounting.advance USING gin
    (accounting.grams(memo || ' ' || receiver_name));
CREATE INDEX voucher_words ON accounting.voucher USING gin
    (accounting.grams(memo || ' ' || source_label));
DROP TRIGGER keep_payee_names_of_new ON accounting.claim_payee;
DROP TRIGGER keep_payee_names_of_changed ON accounting.claim_payee;
DROP TRIGGER keep_payee_names_of_gone ON accounting.claim_payee;
DROP FUNCTION accounting.keep_payee_names();
ALTER TABLE accounting.claim DROP COLUMN payee_names;
DROP FUNCTION accounting.tokens(text, text);
"""


def upgrade() -> None:
    for statements in (TOKENS, NAMES, INDEXES):
        op.execute(statements)


def downgrade() -> None:
    op.execute(BACK)
