"""A document that took effect stays as it was: the database refuses, and ``verify`` finds it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from tests.plugins.budget.changes.given import post
from zhuji_budget.domain.changes.model import Change, ChangeKind
from zhuji_budget.queries.verification import verify_budget
from zhuji_core.testing.counties import CountyUnderTest

INVARIANT = "a posted document is not what was posted"
LINE = """
    INSERT INTO budget.change_line
    SELECT document_id, 9, control_row_id, agency_code, line_code, line_name, object_code,
           object_name, account, 1, 0
      FROM budget.change_line WHERE line_no = 1
"""
DOCUMENT = """
    INSERT INTO budget.change_document
           (document_id, fiscal_year, agency_code, agency_name, kind, state, change_no, purpose,
            ground, amount_ntd, created_by, created_by_name, created_at, posted_on, posted_at,
            effects)
    SELECT gen_random_uuid(), fiscal_year, agency_code, agency_name, kind, state, 99, purpose,
           ground, amount_ntd, created_by, created_by_name, created_at, posted_on, posted_at,
           effects
      FROM budget.change_document
"""
BACK_TO_DRAFT = """
    UPDATE budget.change_document
       SET state = 'draft', posted_on = NULL, posted_at = NULL, effects = NULL
"""
STATEMENTS = (
    "UPDATE budget.change_document SET agreed_by_name = '他人'",
    "UPDATE budget.change_document SET act_no = '府主一字第 99 號'",
    BACK_TO_DRAFT,
    "DELETE FROM budget.change_document",
    "UPDATE budget.change_line SET amount_ntd = amount_ntd * 2",
    "DELETE FROM budget.change_line WHERE line_no = 2",
    LINE,
    DOCUMENT,
)


@pytest.fixture
def posted(allotted: CountyUnderTest, rows: Sequence[uuid.UUID]) -> Change:
    return post(allotted, ChangeKind.VIREMENT, (rows[1], -9_000, 4), (rows[3], 9_000, 4))


def errors(county: CountyUnderTest) -> list[str]:
    with county.uow(read_only=True) as uow:
        return [one for one in verify_budget(uow).errors if one.startswith(INVARIANT)]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_database_refuses_and_verify_finds_it_without_triggers(
    allotted: CountyUnderTest, posted: Change, statement: str
) -> None:
    assert errors(allotted) == []
    with (
        pytest.raises(sa.exc.DBAPIError, match=r"took effect|takes effect"),
        allotted.engine.begin() as connection,
    ):
        connection.execute(sa.text(statement))
    allotted.corrupt(statement)
    assert len(errors(allotted)) == 1


def test_who_forges_the_record_is_found_by_the_trail_and_the_other_way_round(
    allotted: CountyUnderTest, posted: Change
) -> None:
    named = {"id": posted.document_id}
    digest = 'UPDATE kernel.audit_entry SET after = after || \'{"digest": "1:0"}\' WHERE'
    allotted.execute(f"{digest} document_id = :id", **named)
    assert errors(allotted) == [f"{INVARIANT}: {posted.label} {posted.document_id}"]
    older = "UPDATE kernel.audit_entry SET after = after - 'digest' WHERE document_id = :id"
    allotted.execute(older, **named)
    assert errors(allotted) == [], "an entry of the code before says only that it was decided"
    allotted.execute("DELETE FROM kernel.audit_entry WHERE document_id = :id", **named)
    (error,) = errors(allotted)
    assert "nothing says who decided it" in error
