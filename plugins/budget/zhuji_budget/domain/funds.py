"""Who gets the money: a pure decision over the locked positions, in order of arrival.

Source: 預算法 25 (no commitment beyond the budget), 61 (no month's allotment early), and 22, 64, 70
(a reserve is moved to where it is spent). What is spent or advanced was held before: it is asked
for the allotment to date, and not again at payment.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

import msgspec

from zhuji_core.contracts.funds import (
    AllotmentInsufficient,
    AnnualInsufficient,
    CommitBasis,
    ConditionalFunds,
    ControlRowNotFound,
    FundPosition,
    FundsAnswer,
    FundsMove,
    HeldFunds,
    LineClosed,
    MoveKind,
    NotEnacted,
    ObjectMismatch,
    PayableInsufficient,
    ReserveDirect,
)
from zhuji_core.values import Value


class DetailObject(Value, frozen=True, kw_only=True):
    """A second-level object (二級用途別): its first-level parent and its account."""

    code: str
    parent_code: str
    account: str


# Second-level objects by (fiscal year, code): the same code may mean two things in two years.
Details = Mapping[tuple[int, str], DetailObject]


def decide(
    positions: Sequence[FundPosition],
    moves: Sequence[FundsMove],
    *,
    details: Details,
) -> list[FundsAnswer]:
    """Answer every move, in the order of ``moves``; each document whole or not at all.

    ``positions`` are the locked control rows. A granted document changes what the next one
    meets; a refused one changes nothing. Raises ControlRowNotFound when a move names a row that
    is not among the positions.
    """
    held = {position.control_row_id: position for position in positions}
    for move in moves:
        assert move.amount_ntd > 0, "a move has an amount"
        if move.control_row_id not in held:
            raise ControlRowNotFound(control_row_id=str(move.control_row_id))
    answers: dict[int, FundsAnswer] = {}
    for indexes in _documents(moves):
        tried = _try_document([(index, moves[index]) for index in indexes], held, details)
        granted = all(not answer.refusal for answer in tried.values())
        for index, answer in tried.items():
            answers[index] = msgspec.structs.replace(answer, granted=granted)
        if granted:
            for index in indexes:
                _apply(held, moves[index])
    return [answers[index] for index in range(len(moves))]


def _documents(moves: Sequence[FundsMove]) -> list[list[int]]:
    """Group the indexes of ``moves`` by document, documents in order of first arrival."""
    groups: dict[uuid.UUID, list[int]] = {}
    for index, move in enumerate(moves):
        groups.setdefault(move.document.document_id, []).append(index)
    return list(groups.values())


def _try_document(
    moves: Sequence[tuple[int, FundsMove]],
    held: Mapping[uuid.UUID, FundPosition],
    details: Details,
) -> dict[int, FundsAnswer]:
    """Try one document's moves one after another on a copy of the rows that it names."""
    trial = {move.control_row_id: held[move.control_row_id] for _, move in moves}
    answers = {}
    for index, move in moves:
        before = trial[move.control_row_id]
        refusal = _refusal(before, move, details)
        answers[index] = FundsAnswer(move=move, before=before, granted=False, refusal=refusal)
        if not refusal:
            _apply(trial, move)
    return answers


def _refusal(before: FundPosition, move: FundsMove, details: Details) -> str:
    """Return the code of what stands in the way of ``move``, or an empty text."""
    effect = move.kind.effect
    if effect.used < 0:
        return ""
    forbidden = _forbidden(before, move, details)
    if forbidden:
        return forbidden
    if effect.used > 0:
        return _short(before, move.amount_ntd)
    if effect.paid > 0 and before.payable_now_ntd < move.amount_ntd:
        return PayableInsufficient.code
    return ""


def _forbidden(before: FundPosition, move: FundsMove, details: Details) -> str:
    """Return the code of what forbids ``move`` however much there is, or an empty text.

    From a reserve nothing is committed, advanced or spent; what was before is given back. A closed
    row takes no new commitments; what was committed before is still spent from it.
    """
    effect = move.kind.effect
    if before.reserve and (effect.used > 0 or effect.paid > 0):
        return ReserveDirect.code
    if move.kind is MoveKind.RESERVE and before.closed_reason:
        return LineClosed.code
    if move.detail_object_code and not _belongs(
        before, details.get((before.code_year, move.detail_object_code))
    ):
        return ObjectMismatch.code
    return ""


def _short(before: FundPosition, amount_ntd: int) -> str:
    """Return the code of the balance that a new commitment of ``amount_ntd`` exceeds, if any."""
    if before.enacted_ntd == 0 and before.budget_ntd == 0:
        return NotEnacted.code
    if before.annual_available_ntd < amount_ntd:
        return ConditionalFunds.code if before.frozen_ntd else AnnualInsufficient.code
    if before.commit_basis is CommitBasis.ALLOTTED and before.allotted_available_ntd < amount_ntd:
        return AllotmentInsufficient.code
    return ""


def _belongs(before: FundPosition, detail: DetailObject | None) -> bool:
    """Tell whether what is bought belongs to the row.

    A row that the book does not split holds money of every object and both accounts (經資門).
    """
    if detail is None or not before.object_code:
        return detail is not None
    return detail.parent_code == before.object_code and detail.account in {
        "either",
        before.account,
    }


def _apply(rows: dict[uuid.UUID, FundPosition], move: FundsMove) -> None:
    rows[move.control_row_id] = rows[move.control_row_id].after(move)


def require_held(
    moves: Sequence[FundsMove], holds: Sequence[HeldFunds], *, spent_before: bool = False
) -> None:
    """Assert that every commitment draws on no more than it has itself, on the same row.

    ``moves`` are granted, in their order; ``holds`` is what their commitments have before. Whoever
    asks has looked at its own documents, so more than that is a fault of ours and not a refusal.
    ``spent_before``: on rows of former years what is due was spent in its own year.
    """
    held: dict[tuple[uuid.UUID, uuid.UUID], tuple[int, ...]] = {
        (hold.document_id, hold.control_row_id): (
            hold.held_ntd,
            hold.advanced_ntd,
            hold.expended_ntd,
            hold.payable_ntd,
        )
        for hold in holds
    }
    for move in moves:
        key, effect = (move.holder.document_id, move.control_row_id), move.kind.effect
        signs = (effect.encumbered, effect.advanced, effect.expended, effect.payable)
        held[key] = tuple(
            has_ntd + sign * move.amount_ntd
            for has_ntd, sign in zip(held.get(key, (0, 0, 0, 0)), signs, strict=True)
        )
        assert min(held[key]) >= 0, f"{move.kind} of more than the commitment has: {held[key]}"
        due_is_spent = spent_before or held[key][3] <= held[key][2]
        assert due_is_spent, f"{move.kind}: more than the commitment has is due"
