"""Who has a hand in a document of the year, and who may take over what was returned."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import msgspec
import pytest

from tests.plugins.budget.changes.given import HEAD, OFFICE, state_of, submit, write
from tests.plugins.budget.given import AGENCY
from zhuji_budget.domain.changes.model import Change, ChangeKind, ChangeState
from zhuji_budget.domain.changes.refusals import NotChangeWriter
from zhuji_budget.permissions import READ_CHANGES, WRITE_CHANGE
from zhuji_budget.queries.changes_waiting import waiting_changes
from zhuji_budget.usecases.agree_change import agree_change
from zhuji_budget.usecases.return_change import return_change
from zhuji_budget.usecases.reverse_change import reverse_change
from zhuji_budget.usecases.submit_change import submit_change
from zhuji_budget.usecases.withdraw_change import withdraw_change
from zhuji_budget.usecases.write_change import WantedChange, WantedChangeLine, write_change
from zhuji_core.identity.actor import Actor, Forbidden, Principal
from zhuji_core.identity.duties import SamePerson
from zhuji_core.testing.counties import CountyUnderTest, given_actor

COLLEAGUE = given_actor(9)
CLERK = given_actor(
    8,
    permissions={one.name: (AGENCY,) for one in (READ_CHANGES, WRITE_CHANGE)},
    agency_code=AGENCY,
)


def deputy_of(number: int, *, of: int) -> Actor:
    """One person, acting for another."""
    principal = Principal(
        user_id=uuid.UUID(int=of),
        account=f"user{of}",
        name=f"使用者{of}",
        delegation_id=uuid.UUID(int=1),
    )
    return msgspec.structs.replace(given_actor(number), on_behalf_of=principal)


def returned(county: CountyUnderTest, rows: Sequence[uuid.UUID], kind: ChangeKind) -> Change:
    """A document of the writer that was sent back."""
    moves = [(rows[1], -1_000, 4), (rows[3], 1_000, 4)]
    draft = write(county, kind, *(moves if kind is ChangeKind.VIREMENT else moves[1:]))
    submit(county, draft.document_id)
    with county.uow(given_actor(OFFICE)) as uow:
        return return_change(uow, document_id=draft.document_id, reason="請補附件")


def mended(county: CountyUnderTest, change: Change, actor: Actor) -> Change:
    wanted = WantedChange(
        kind=change.kind,
        purpose="補附件",
        lines=tuple(
            WantedChangeLine(
                control_row_id=line.control_row_id, amount_ntd=line.amount_ntd, month=line.month
            )
            for line in change.lines
        ),
    )
    with county.uow(actor) as uow:
        return write_change(uow, wanted=wanted, document_id=change.document_id)


def test_a_colleague_takes_over_what_was_returned(
    allotted: CountyUnderTest, rows: Sequence[uuid.UUID]
) -> None:
    """Else it is nobody's when its writer is not there any more."""
    change = returned(allotted, rows, ChangeKind.VIREMENT)
    with allotted.uow(CLERK, read_only=True) as uow:
        (item,) = waiting_changes(uow)
        assert (item.count, item.path) == (1, "budget/changes?states=returned")
    mended(allotted, change, CLERK)
    with allotted.uow(CLERK) as uow:
        sent = submit_change(uow, document_id=change.document_id)
    assert (sent.state, sent.change_no) == (ChangeState.SUBMITTED, change.change_no)
    for hand in (given_actor(1), given_actor(8)):  # who began it and who took it over
        with pytest.raises(SamePerson), allotted.uow(hand) as uow:
            agree_change(uow, document_id=change.document_id)
    with allotted.uow(given_actor(HEAD)) as uow:
        agree_change(uow, document_id=change.document_id)
    assert state_of(allotted, change.document_id) == "posted"


def test_a_draft_and_what_is_on_its_way_stay_its_writers(
    allotted: CountyUnderTest, rows: Sequence[uuid.UUID]
) -> None:
    moves = ((rows[1], -1_000, 4), (rows[3], 1_000, 4))
    draft = write(allotted, ChangeKind.VIREMENT, *moves)
    with pytest.raises(NotChangeWriter), allotted.uow(COLLEAGUE) as uow:
        submit_change(uow, document_id=draft.document_id)
    submit(allotted, draft.document_id)
    with pytest.raises(NotChangeWriter) as found, allotted.uow(COLLEAGUE) as uow:
        withdraw_change(uow, document_id=draft.document_id)
    assert "接辦" in found.value.text(str)


def test_a_returned_reversal_does_not_stand_in_the_way_for_ever(
    allotted: CountyUnderTest, rows: Sequence[uuid.UUID]
) -> None:
    moves = ((rows[1], -1_000, 4), (rows[3], 1_000, 4))
    draft = write(allotted, ChangeKind.VIREMENT, *moves)
    submit(allotted, draft.document_id)
    with allotted.uow(given_actor(HEAD)) as uow:
        agree_change(uow, document_id=draft.document_id)
    with allotted.uow(given_actor(1)) as uow:
        back = reverse_change(uow, document_id=draft.document_id, reason="計畫取消")
    with allotted.uow(given_actor(HEAD)) as uow:
        return_change(uow, document_id=back.document_id, reason="理由不明")
    with allotted.uow(COLLEAGUE) as uow:
        withdraw_change(uow, document_id=back.document_id)
    with allotted.uow(COLLEAGUE) as uow:
        again = reverse_change(uow, document_id=draft.document_id, reason="計畫取消，如簽")
    with allotted.uow(given_actor(HEAD)) as uow:
        agree_change(uow, document_id=again.document_id)
    assert state_of(allotted, draft.document_id) == "reversed"


def test_what_begins_in_the_budget_office_is_not_taken_over_by_an_agency(
    allotted: CountyUnderTest, rows: Sequence[uuid.UUID]
) -> None:
    change = returned(allotted, rows, ChangeKind.SUPPLEMENT)
    with allotted.uow(CLERK, read_only=True) as uow:
        assert not waiting_changes(uow)
    for act in (submit_change, withdraw_change):
        with pytest.raises(Forbidden), allotted.uow(CLERK) as uow:
            act(uow, document_id=change.document_id)
    with pytest.raises(Forbidden):
        mended(allotted, change, CLERK)
    mended(allotted, change, COLLEAGUE)


def test_whoever_mended_as_a_deputy_leaves_a_hand_of_both(
    allotted: CountyUnderTest, rows: Sequence[uuid.UUID]
) -> None:
    change = returned(allotted, rows, ChangeKind.VIREMENT)
    mended(allotted, change, deputy_of(9, of=HEAD))
    with allotted.uow(given_actor(1)) as uow:
        submit_change(uow, document_id=change.document_id)
    with pytest.raises(SamePerson), allotted.uow(given_actor(HEAD)) as uow:
        agree_change(uow, document_id=change.document_id)
