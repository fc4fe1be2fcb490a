"""Delegation, exceptions of separation of duties, proposals that a second person decides."""

from __future__ import annotations

from alembic import op

revision = "kernel_0004"
down_revision = "kernel_0003"
branch_labels = None
depends_on = None

# Who decides is never who proposed, nor anybody for whom one of the two acted (代理): the rule
# stands in proposals/approve.py, and here once more for whoever writes without it.
PROPOSALS = """
CREATE TABLE kernel.proposal (
    proposal_id      uuid        PRIMARY KEY,
    kind             text        NOT NULL,
    payload_version  integer     NOT NULL CHECK (payload_version > 0),
    payload          jsonb       NOT NULL,
    subject          text        NOT NULL,
    document_kind    text        NOT NULL,
    document_id      uuid        NOT NULL,
    document_label   text        NOT NULL,
    agency_code      text        NOT NULL,
    facts            jsonb       NOT NULL,
    changes          jsonb       NOT NULL,
    reason           text        NOT NULL CHECK (reason <> ''),
    reference        text        NOT NULL,
    proposed_by      uuid        NOT NULL,
    proposed_for     uuid,
    proposed_by_name text        NOT NULL,
    proposed_at      timestamptz NOT NULL,
    expires_on       date        NOT NULL,
    state            text        NOT NULL DEFAULT 'open'
                     CHECK (state IN ('open', 'approved', 'rejected', 'withdrawn', 'expired')),
    decided_by       uuid,
    decided_for      uuid,
    decided_by_name  text        NOT NULL DEFAULT '',
    decided_at       timestamptz,
    decision_reason  text        NOT NULL DEFAULT '',
    CHECK ((state = 'open') = (decided_at IS NULL)),
    CONSTRAINT proposal_two_persons CHECK (
        state NOT IN ('approved', 'rejected')
        OR (decided_by IS NOT NULL
            AND decided_by <> proposed_by
            AND decided_by IS DISTINCT FROM proposed_for
            AND decided_for IS DISTINCT FROM proposed_by
            AND (decided_for IS NULL OR decided_for IS DISTINCT FROM proposed_for)))
);
-- One open proposal for one thing: two that contradict each other are not both approved.
CREATE UNIQUE INDEX proposal_open_once ON kernel.proposal (kind, subject) WHERE state = 'open';
CREATE INDEX proposal_document ON kernel.proposal (document_id, proposal_id);
"""

PEOPLE = """
ALTER TABLE kernel.role
    ADD COLUMN title_en   text NOT NULL DEFAULT '',
    ADD COLUMN valid_from date,
    ADD COLUMN valid_to   date,
    ADD CONSTRAINT role_dates CHECK (valid_to IS NULL OR valid_to >= valid_from);
UPDATE kernel.role AS r
   SET title_en = t.title_en
  FROM (VALUES ('REQ', 'Requester'), ('SUP', 'Unit head'), ('REV', 'Reviewer'),
               ('CACC', 'Chief accountant'), ('HEAD', 'Head of agency'),
               ('BAS', 'County accounting office'), ('AUD', 'Auditor'),
               ('ADM', 'Administrator')) AS t (role_code, title_en)
 WHERE t.role_code = r.role_code;
INSERT INTO kernel.role (role_code, title, title_en) VALUES
    ('PROC', '採購', 'Procurement'), ('CASH', '出納', 'Cashier'),
    ('PREP', '製票', 'Voucher preparer'), ('BOOK', '登帳', 'Bookkeeper'),
    ('DEL_A', '主計授權代簽人', 'Delegated signatory, accounting'),
    ('DEL_H', '機關授權代簽人', 'Delegated signatory, head'),
    ('SEND', '放行', 'Releaser to treasury'),
    ('TRX', '支付審核', 'Treasury auditor'), ('TRR', '支付覆核放行', 'Treasury releaser'),
    ('TCM', '庫款調度', 'Cash and debt manager'), ('FREV', '財政歲入', 'Revenue officer'),
    ('EXE', '主管資訊', 'Executive')
    ON CONFLICT (role_code) DO NOTHING;

CREATE INDEX role_grant_role ON kernel.role_grant (role_code, valid_to);

-- 代理: the deputy acts with these roles (and of them only these permissions, NULL: all) of the
-- delegator, as far as the delegator holds them on that day.
CREATE TABLE kernel.delegation (
    delegation_id uuid        PRIMARY KEY,
    delegator_id  uuid        NOT NULL REFERENCES kernel.user_account,
    deputy_id     uuid        NOT NULL REFERENCES kernel.user_account,
    agency_code   text        REFERENCES kernel.agency,
    roles         text[]      NOT NULL CHECK (cardinality(roles) > 0),
    permissions   text[],
    valid_from    date        NOT NULL,
    valid_to      date        NOT NULL,
    reason        text        NOT NULL CHECK (reason <> ''),
    proposal_id   uuid        REFERENCES kernel.proposal,
    appointed_at  timestamptz NOT NULL,
    ended_at      timestamptz,
    ended_by      uuid,
    end_reason    text        NOT NULL DEFAULT '',
    CHECK (delegator_id <> deputy_id),
    CHECK (valid_to >= valid_from)
);
CREATE INDEX delegation_deputy ON kernel.delegation (deputy_id, delegation_id);
CREATE INDEX delegation_delegator ON kernel.delegation (delegator_id, delegation_id);

-- What a delegation lends to its deputy on a day; NULL when it does not hold.
CREATE FUNCTION kernel.lent(delegation uuid, deputy uuid, today date) RETURNS jsonb
    LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
               'user_id', d.delegator_id, 'roles', to_jsonb(d.roles),
               'permissions', to_jsonb(d.permissions), 'agency_code', d.agency_code,
               'home_agency', p.agency_code,
               'principal', jsonb_build_object('user_id', d.delegator_id, 'account', p.account,
                                               'name', p.name, 'delegation_id', d.delegation_id))
      FROM kernel.delegation AS d
      JOIN kernel.user_account AS p ON p.user_id = d.delegator_id AND p.state = 'active'
     WHERE d.delegation_id = delegation AND d.deputy_id = deputy AND d.ended_at IS NULL
       AND d.valid_from <= today AND d.valid_to >= today
$$;

-- Where the person of this session acts now, and for whom.
ALTER TABLE kernel.web_session
    ADD COLUMN agency_code   text REFERENCES kernel.agency,
    ADD COLUMN delegation_id uuid REFERENCES kernel.delegation;
"""

DUTIES = """
-- The written exception of a small office: this person may do both steps of the rule there.
CREATE TABLE kernel.duty_exception (
    exception_id  uuid        PRIMARY KEY,
    number        text        NOT NULL UNIQUE,
    user_id       uuid        NOT NULL REFERENCES kernel.user_account,
    rule_code     text        NOT NULL,
    agency_code   text        NOT NULL REFERENCES kernel.agency,
    valid_from    date        NOT NULL,
    valid_to      date        NOT NULL,
    reason        text        NOT NULL CHECK (reason <> ''),
    reviewer_id   uuid        NOT NULL REFERENCES kernel.user_account,
    review_due_on date        NOT NULL,
    proposal_id   uuid        NOT NULL REFERENCES kernel.proposal,
    approved_at   timestamptz NOT NULL,
    ended_at      timestamptz,
    ended_by      uuid,
    end_reason    text        NOT NULL DEFAULT '',
    CHECK (reviewer_id <> user_id),
    CHECK (valid_to >= valid_from)
);
CREATE INDEX duty_exception_user ON kernel.duty_exception (user_id, valid_to)
 WHERE ended_at IS NULL;
CREATE INDEX duty_exception_reviewer ON kernel.duty_exception (reviewer_id, review_due_on)
 WHERE ended_at IS NULL;

-- Whether the person ever had one: whoever never had is not asked about.
ALTER TABLE kernel.user_account ADD COLUMN duty_exceptions boolean NOT NULL DEFAULT false;
CREATE FUNCTION kernel.duty_exceptions_of(persons uuid[], today date) RETURNS jsonb
    LANGUAGE sql STABLE AS $$
    SELECT COALESCE(jsonb_agg(jsonb_build_object(
               'exception_id', e.exception_id, 'number', e.number, 'user_id', e.user_id,
               'rule_code', e.rule_code, 'agency_code', e.agency_code) ORDER BY e.number), '[]')
      FROM kernel.duty_exception AS e
     WHERE e.user_id = ANY (persons) AND e.ended_at IS NULL
       AND e.valid_from <= today AND e.valid_to >= today AND e.review_due_on >= today
$$;

-- On which documents it was used, and what the supervisor found when reviewing them.
CREATE TABLE kernel.duty_exception_use (
    use_id         uuid        PRIMARY KEY,
    exception_id   uuid        NOT NULL REFERENCES kernel.duty_exception,
    document_kind  text        NOT NULL,
    document_id    uuid        NOT NULL,
    document_label text        NOT NULL,
    step           text        NOT NULL,
    business_date  date        NOT NULL,
    used_by        uuid        NOT NULL,
    used_at        timestamptz NOT NULL
);
CREATE INDEX duty_exception_use_exception ON kernel.duty_exception_use (exception_id, use_id);
CREATE TABLE kernel.duty_exception_review (
    review_id     uuid        PRIMARY KEY,
    exception_id  uuid        NOT NULL REFERENCES kernel.duty_exception,
    findings      text        NOT NULL CHECK (findings <> ''),
    uses          integer     NOT NULL,
    business_date date        NOT NULL,
    reviewed_by   uuid        NOT NULL,
    reviewed_at   timestamptz NOT NULL
);
CREATE INDEX duty_exception_review_exception
    ON kernel.duty_exception_review (exception_id, review_id);
"""

NEW_ROLES = (
    "PROC", "CASH", "PREP", "BOOK", "DEL_A", "DEL_H", "SEND", "TRX", "TRR", "TCM", "FREV", "EXE",
)  # fmt: skip


def upgrade() -> None:
    op.execute(PROPOSALS)
    op.execute(PEOPLE)
    op.execute(DUTIES)


def downgrade() -> None:
    op.execute("DROP FUNCTION kernel.duty_exceptions_of(uuid[], date)")
    op.execute("DROP FUNCTION kernel.lent(uuid, uuid, date)")
    op.execute("ALTER TABLE kernel.user_account DROP COLUMN duty_exceptions")
    for table in ("duty_exception_review", "duty_exception_use", "duty_exception"):
        op.execute(f"DROP TABLE kernel.{table}")
    op.execute("ALTER TABLE kernel.web_session DROP COLUMN agency_code, DROP COLUMN delegation_id")
    op.execute("DROP TABLE kernel.delegation")
    op.execute("DROP TABLE kernel.proposal")
    op.execute("DROP INDEX kernel.role_grant_role")
    # What the new roles held goes with them: the code before this revision knows none of them.
    names = ", ".join(f"'{name}'" for name in NEW_ROLES)
    for table in ("role_grant", "role_permission", "role"):
        op.execute(f"DELETE FROM kernel.{table} WHERE role_code IN ({names})")  # noqa: S608
    op.execute(
        "ALTER TABLE kernel.role DROP COLUMN title_en, DROP COLUMN valid_from, DROP COLUMN valid_to"
    )
