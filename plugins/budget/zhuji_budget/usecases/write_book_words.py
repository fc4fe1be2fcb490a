"""Write what a unit book says of each plan beside its items: office, content, outcome, staff."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import msgspec

from zhuji_budget.domain.estimate import EXPENDITURE, Estimate
from zhuji_budget.domain.unit_book.entered import Entered, HeadCount, PlanWords
from zhuji_budget.domain.unit_book.tables.personnel import PERMANENT, STAFF
from zhuji_budget.store import estimates, unit_books
from zhuji_budget.usecases._estimate import lock_editable
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

WORDS_MAX = 4_000  # of a plan's content: some lines of an official page
PERSONS_MAX = 100_000
WORDS = "budget.estimate.words"


class WordsInvalid(DomainError):
    """Words of a plan that the estimate lacks, words too long, or a head-count that is none."""

    code = "E-UNIT-WORDS"
    message = N_("有 {count} 個欄位無法存入，請修正後再存。")
    status_code = 422


class PlanWanted(Value, frozen=True, kw_only=True):
    """What is said of one work plan or source; ``persons`` are its permanent staff (預算員額)."""

    code: str
    office: str = ""
    content: str = ""
    outcome: str = ""
    persons: int = 0


UNKNOWN = N_("本概算查無此科目。")
TOO_LONG = N_("文字最多 4,000 字。")
PERSONS_MALFORMED = N_("員額須為 0 至 100,000 之整數。")


def write_book_words(
    uow: UnitOfWork, *, estimate_id: uuid.UUID, wanted: Sequence[PlanWanted]
) -> Entered:
    """Put the words of the named plans in the place of what was entered; the others stay.

    Raises EstimateNotFound, Forbidden, EstimateState, EstimateYearEnacted or WordsInvalid; then
    nothing is kept.
    """
    estimate = lock_editable(uow, estimate_id)
    _require_valid(estimate, wanted)
    before = unit_books.read(uow, estimate_id)
    after = _entered(before, wanted)
    unit_books.keep(uow, estimate_id, after)
    estimates.note_writers(uow, estimate)
    uow.audit(WORDS, estimate.document, after={"lines": len(wanted)})
    return after


def _require_valid(estimate: Estimate, wanted: Sequence[PlanWanted]) -> None:
    codes = {line.code for line in estimate.lines}
    faults: dict[str, str] = {}
    for number, one in enumerate(wanted):
        if one.code not in codes:
            faults[f"words-{number}-code"] = UNKNOWN
        for name in ("office", "content", "outcome"):
            if len(getattr(one, name)) > WORDS_MAX:
                faults[f"words-{number}-{name}"] = TOO_LONG
        if not 0 <= one.persons <= PERSONS_MAX:
            faults[f"words-{number}-persons"] = PERSONS_MALFORMED
    if faults:
        raise WordsInvalid(count=len(faults), fields=faults)


def _entered(before: Entered, wanted: Sequence[PlanWanted]) -> Entered:
    new = {one.code: one for one in wanted}
    changes = {one.code: one.changes for one in before.words}
    words = [one for one in before.words if one.code not in new]
    words += [
        PlanWords(
            code=one.code,
            office=one.office.strip(),
            content=one.content.strip(),
            outcome=one.outcome.strip(),
            changes=changes.get(one.code, ""),
        )
        for one in wanted
    ]
    kept = [
        one
        for one in before.persons
        # The agency's own row is the sum of its plans once a plan is keyed here.
        if one.plan_code not in {"", *new} or one.kind not in {STAFF, PERMANENT}
    ]
    kept += [
        HeadCount(plan_code=one.code, kind=STAFF, persons=one.persons)
        for one in wanted
        if one.persons
    ]
    return msgspec.structs.replace(before, words=tuple(words), persons=tuple(kept))


def words_of(estimate: Estimate, entered: Entered) -> tuple[PlanWanted, ...]:
    """Return what stands now, for every line of the estimate, as it would be keyed."""
    known = {one.code: one for one in entered.words}
    staff = {one.plan_code: one.persons for one in entered.persons if one.kind == STAFF}
    return tuple(
        PlanWanted(
            code=line.code,
            office=known[line.code].office if line.code in known else "",
            content=known[line.code].content if line.code in known else "",
            outcome=known[line.code].outcome if line.code in known else "",
            persons=staff.get(line.code, 0) if line.side == EXPENDITURE else 0,
        )
        for line in estimate.lines
    )
