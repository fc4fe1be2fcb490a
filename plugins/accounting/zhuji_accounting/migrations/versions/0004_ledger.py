"""The ledger: charts of accounts, posting rules, vouchers, entries in the books, balances."""

from __future__ import annotations

from alembic import op

revision = "accounting_0004"
down_revision = "accounting_0003"
branch_labels = None
depends_on = None

CHARTS = """
-- One chart holds in a fiscal year; the constraint stands behind the rule that refuses with years.
CREATE TABLE accounting.chart (
    name             text    PRIMARY KEY,
    title            text    NOT NULL,
    fiscal_year_from integer NOT NULL,
    fiscal_year_to   integer NOT NULL,
    budgetary_apart  boolean NOT NULL DEFAULT true,
    source           text    NOT NULL DEFAULT '',
    shipped          boolean NOT NULL,
    document_id      uuid    NOT NULL UNIQUE,
    loaded_at        timestamptz NOT NULL,
    CHECK (fiscal_year_from <= fiscal_year_to),
    CONSTRAINT one_chart_a_year EXCLUDE USING gist
        (int4range(fiscal_year_from, fiscal_year_to, '[]') WITH &&)
);
CREATE TABLE accounting.chart_account (
    chart         text    NOT NULL REFERENCES accounting.chart ON DELETE CASCADE,
    code          text    NOT NULL,
    name          text    NOT NULL,
    name_en       text    NOT NULL DEFAULT '',
    side          text    NOT NULL CHECK (side IN ('debit', 'credit')),
    account_class text    NOT NULL
                          CHECK (account_class IN ('asset', 'liability', 'net_asset', 'revenue',
                                                   'expenditure', 'budgetary')),
    postable      boolean NOT NULL DEFAULT true,
    subsidiary    text    NOT NULL DEFAULT '',
    PRIMARY KEY (chart, code)
);
-- A set of posting rules never changes: the next version follows it, from a date on.
CREATE TABLE accounting.rule_set (
    rule_set_id  uuid    PRIMARY KEY,
    chart        text    NOT NULL,
    version      integer NOT NULL CHECK (version > 0),
    effective_on date    NOT NULL,
    body         jsonb   NOT NULL,
    reason       text    NOT NULL DEFAULT '',
    made_by      uuid    NOT NULL,
    made_by_name text    NOT NULL,
    made_at      timestamptz NOT NULL,
    UNIQUE (chart, version)
);
"""
VOUCHERS = """
CREATE TABLE accounting.voucher (
    voucher_id       uuid    PRIMARY KEY,
    fiscal_year      integer NOT NULL,
    agency_code      text    NOT NULL,
    agency_name      text    NOT NULL,
    kind             text    NOT NULL CHECK (kind IN ('receipt', 'disbursement', 'journal')),
    state            text    NOT NULL
                             CHECK (state IN ('draft', 'prepared', 'reviewed', 'approved',
                                              'posted', 'returned', 'withdrawn')),
    voucher_no       integer CHECK (voucher_no > 0),
    period           integer NOT NULL CHECK (period BETWEEN 1 AND 13),
    posting_date     date    NOT NULL,
    memo             text    NOT NULL CHECK (memo <> ''),
    amount_ntd       bigint  NOT NULL CHECK (amount_ntd >= 0),
    document_count   integer NOT NULL DEFAULT 0 CHECK (document_count >= 0),
    event_code       text    NOT NULL DEFAULT '',
    rule_set_id      uuid    REFERENCES accounting.rule_set,
    automatic        boolean NOT NULL DEFAULT false,
    source_kind      text    NOT NULL DEFAULT '',
    source_id        uuid,
    source_label     text    NOT NULL DEFAULT '',
    reverses_id      uuid    REFERENCES accounting.voucher,
    reversal_reason  text    NOT NULL DEFAULT '',
    prepared_by      uuid,
    prepared_for     uuid,
    prepared_by_name text    NOT NULL DEFAULT '',
    prepared_at      timestamptz,
    reviewed_by      uuid,
    reviewed_for     uuid,
    reviewed_by_name text    NOT NULL DEFAULT '',
    reviewed_at      timestamptz,
    approved_by      uuid,
    approved_for     uuid,
    approved_by_name text    NOT NULL DEFAULT '',
    approved_at      timestamptz,
    posted_by        uuid,
    posted_by_name   text    NOT NULL DEFAULT '',
    posted_at        timestamptz,
    return_reason    text    NOT NULL DEFAULT '',
    created_at       timestamptz NOT NULL,
    revision         integer NOT NULL DEFAULT 1,
    UNIQUE (agency_code, fiscal_year, kind, voucher_no),
    CHECK ((state = 'posted') = (voucher_no IS NOT NULL)),
    CHECK ((source_kind = '') = (source_id IS NULL)),
    CHECK ((reverses_id IS NULL) = (reversal_reason = ''))
) WITH (fillfactor = 80);
CREATE INDEX voucher_waiting ON accounting.voucher (agency_code, state, created_at, voucher_id)
 WHERE state IN ('draft', 'prepared', 'reviewed', 'approved', 'returned');
CREATE INDEX voucher_list ON accounting.voucher (fiscal_year, agency_code, voucher_id DESC);
CREATE INDEX voucher_source ON accounting.voucher (source_id) WHERE source_id IS NOT NULL;
-- A voucher is reversed once; one that was taken back reverses nothing.
CREATE UNIQUE INDEX voucher_reversed_once ON accounting.voucher (reverses_id)
 WHERE reverses_id IS NOT NULL AND state <> 'withdrawn';

CREATE TABLE accounting.voucher_line (
    voucher_id      uuid    NOT NULL REFERENCES accounting.voucher,
    line_no         integer NOT NULL CHECK (line_no BETWEEN 1 AND 500),
    account_code    text    NOT NULL,
    account_name    text    NOT NULL,
    debit_ntd       bigint  NOT NULL CHECK (debit_ntd >= 0),
    credit_ntd      bigint  NOT NULL CHECK (credit_ntd >= 0),
    description     text    NOT NULL DEFAULT '',
    control_row_id  uuid,
    revenue_row_id  uuid,
    row_label       text    NOT NULL DEFAULT '',
    object_code     text    NOT NULL DEFAULT '',
    subsidiary_kind text    NOT NULL DEFAULT '',
    subsidiary_key  text    NOT NULL DEFAULT '',
    subsidiary_name text    NOT NULL DEFAULT '',
    PRIMARY KEY (voucher_id, line_no),
    CHECK ((debit_ntd > 0) <> (credit_ntd > 0)),
    CHECK ((subsidiary_kind = '') = (subsidiary_key = ''))
);

-- Posted is final (會計法 67), whoever asks: the books are corrected by another voucher.
CREATE FUNCTION accounting.posted_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'voucher' THEN
        IF OLD.state = 'posted' THEN
            RAISE EXCEPTION 'voucher % is posted and never changes', OLD.voucher_id;
        END IF;
    ELSIF EXISTS (SELECT FROM accounting.voucher AS v
                   WHERE v.voucher_id = COALESCE(NEW.voucher_id, OLD.voucher_id)
                     AND v.state = 'posted') THEN
        RAISE EXCEPTION 'the voucher of this line is posted and never changes';
    END IF;
    RETURN COALESCE(NEW, OLD);
END
$$;
CREATE TRIGGER posted_is_final BEFORE UPDATE OR DELETE ON accounting.voucher
   FOR EACH ROW EXECUTE FUNCTION accounting.posted_is_final();
CREATE TRIGGER posted_is_final BEFORE INSERT OR UPDATE OR DELETE ON accounting.voucher_line
   FOR EACH ROW EXECUTE FUNCTION accounting.posted_is_final();
"""
BOOKS = """
-- Journal (日記簿) and ledgers (總分類帳, 明細帳) are these rows in two orders: append-only.
CREATE TABLE accounting.ledger_entry (
    entry_id        bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fiscal_year     integer NOT NULL,
    agency_code     text    NOT NULL,
    period          integer NOT NULL CHECK (period BETWEEN 1 AND 13),
    posting_date    date    NOT NULL,
    account_code    text    NOT NULL,
    voucher_id      uuid    NOT NULL,
    line_no         integer NOT NULL,
    debit_ntd       bigint  NOT NULL CHECK (debit_ntd >= 0),
    credit_ntd      bigint  NOT NULL CHECK (credit_ntd >= 0),
    control_row_id  uuid,
    revenue_row_id  uuid,
    subsidiary_kind text    NOT NULL DEFAULT '',
    subsidiary_key  text    NOT NULL DEFAULT '',
    FOREIGN KEY (voucher_id, line_no) REFERENCES accounting.voucher_line,
    UNIQUE (voucher_id, line_no),
    CHECK ((debit_ntd > 0) <> (credit_ntd > 0))
);
CREATE INDEX ledger_entry_account ON accounting.ledger_entry
    (agency_code, fiscal_year, account_code, posting_date, entry_id);
CREATE INDEX ledger_entry_journal ON accounting.ledger_entry
    (agency_code, fiscal_year, posting_date, entry_id);
CREATE INDEX ledger_entry_subsidiary ON accounting.ledger_entry
    (agency_code, subsidiary_kind, subsidiary_key, entry_id) WHERE subsidiary_kind <> '';
CREATE INDEX ledger_entry_control_row ON accounting.ledger_entry
    (control_row_id, entry_id) WHERE control_row_id IS NOT NULL;
CREATE INDEX ledger_entry_revenue_row ON accounting.ledger_entry
    (revenue_row_id, entry_id) WHERE revenue_row_id IS NOT NULL;

-- Kept in the transaction that posts, by deltas; `zhuji accounting verify` recomputes them.
CREATE TABLE accounting.account_balance (
    fiscal_year  integer NOT NULL,
    agency_code  text    NOT NULL,
    account_code text    NOT NULL,
    period       integer NOT NULL CHECK (period BETWEEN 1 AND 13),
    debit_ntd    bigint  NOT NULL CHECK (debit_ntd >= 0),
    credit_ntd   bigint  NOT NULL CHECK (credit_ntd >= 0),
    PRIMARY KEY (fiscal_year, agency_code, account_code, period)
) WITH (fillfactor = 70);
CREATE TABLE accounting.subsidiary_balance (
    fiscal_year     integer NOT NULL,
    agency_code     text    NOT NULL,
    account_code    text    NOT NULL,
    subsidiary_kind text    NOT NULL CHECK (subsidiary_kind <> ''),
    subsidiary_key  text    NOT NULL CHECK (subsidiary_key <> ''),
    period          integer NOT NULL CHECK (period BETWEEN 1 AND 13),
    subsidiary_name text    NOT NULL,
    debit_ntd       bigint  NOT NULL CHECK (debit_ntd >= 0),
    credit_ntd      bigint  NOT NULL CHECK (credit_ntd >= 0),
    PRIMARY KEY (fiscal_year, agency_code, account_code, subsidiary_kind, subsidiary_key, period)
) WITH (fillfactor = 70);
"""
BACK = """
DROP TABLE accounting.subsidiary_balance;
DROP TABLE accounting.account_balance;
DROP TABLE accounting.ledger_entry;
DROP TABLE accounting.voucher_line;
DROP TABLE accounting.voucher;
DROP FUNCTION accounting.posted_is_final();
DROP TABLE accounting.rule_set;
DROP TABLE accounting.chart_account;
DROP TABLE accounting.chart;
"""


def upgrade() -> None:
    for part in (CHARTS, VOUCHERS, BOOKS):
        op.execute(part)


def downgrade() -> None:
    op.execute(BACK)
