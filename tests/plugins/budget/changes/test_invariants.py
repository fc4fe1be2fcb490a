"""``zhuji budget verify`` finds what breaks: one row spoiled at a time, each named."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import pytest

from tests.plugins.budget.changes.given import WRITER, post, settle
from zhuji_budget.domain.changes.model import ChangeKind
from zhuji_budget.queries.invariants import NAMES
from zhuji_budget.queries.verification import BudgetVerification, verify_budget
from zhuji_budget.usecases.reverse_change import reverse_change
from zhuji_core.testing.counties import CountyUnderTest, given_actor

# Statement (as the server's administrator, past every use case) → what is said of it.
SPOILED = {
    "UPDATE budget.change_line SET amount_ntd = amount_ntd + 1 WHERE amount_ntd > 0":
        "a document and its movements differ",
    "UPDATE budget.change_line SET month = 5":
        "a document and its movements differ",
    "UPDATE budget.change_document SET state = 'reversed' WHERE state = 'posted'":
        "a reversal does not cancel its document",
    "UPDATE budget.budget_movement SET month = 5 WHERE document_kind = 'budget.change'"
    " AND month = 4":
        "the allotment of a month and its movements differ",
    "UPDATE budget.control_row SET agency_code = '0001020000' WHERE changes_ntd > 0":
        "a control row and its line name another year, agency or code",
    "UPDATE budget.control_row SET changes_ntd = changes_ntd + 1 WHERE changes_ntd > 0":
        "counters and movements differ",
    "UPDATE budget.control_row SET advanced_ntd = 1, allotment_ntd = array_fill(0, ARRAY[12])"
    " WHERE changes_ntd > 0":
        "advanced and spent beyond the allotment",
}  # fmt: skip


def verified(county: CountyUnderTest) -> BudgetVerification:
    with county.uow(read_only=True) as uow:
        return verify_budget(uow)


@pytest.fixture
def changed(allotted: CountyUnderTest, rows: Sequence[uuid.UUID]) -> CountyUnderTest:
    """A virement that stands, one that was reversed, a condition, an advance and its inclusion."""
    post(allotted, ChangeKind.VIREMENT, (rows[1], -9_000, 4), (rows[3], 9_000, 4))
    gone = post(allotted, ChangeKind.VIREMENT, (rows[1], -10, 4), (rows[2], 10, 4))
    with allotted.uow(given_actor(WRITER)) as uow:
        back = reverse_change(uow, document_id=gone.document_id, reason="誤植")
    settle(allotted, back)
    post(allotted, ChangeKind.CONDITION, (rows[2], 1_000, 4))
    advance = post(allotted, ChangeKind.ADVANCE, (rows[1], 500, 0))
    post(allotted, ChangeKind.INCLUSION, (rows[2], 400, 0), advance_id=advance.document_id)
    return allotted


def test_what_documents_changed_holds(changed: CountyUnderTest) -> None:
    found = verified(changed)
    assert found.passed, found.errors
    assert (found.invariants, found.documents_checked) == (len(NAMES), 6)


@pytest.mark.parametrize("statement", list(SPOILED))
def test_a_spoiled_row_is_found(changed: CountyUnderTest, statement: str) -> None:
    changed.corrupt(statement)
    found = verified(changed)
    assert not found.passed
    assert any(SPOILED[statement] in error for error in found.errors), found.errors


def test_limits_are_asked_again(changed: CountyUnderTest) -> None:
    changed.corrupt(
        "UPDATE budget.change_document SET amount_ntd = 300 WHERE kind = 'advance'",
    )
    assert any("included" in error for error in verified(changed).errors)
    changed.corrupt(
        "UPDATE budget.change_line AS l SET amount_ntd = sign(l.amount_ntd) * 24001"
        "  FROM budget.change_document AS d"
        " WHERE d.document_id = l.document_id AND d.kind = 'virement' AND d.state = 'posted'"
        "   AND d.reverses_id IS NULL",
    )
    assert any("beyond a fifth" in error for error in verified(changed).errors)
