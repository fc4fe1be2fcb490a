"""Mark a budget line as pooled (統籌科目): it may be shared out among agencies; or end it.

In a bill the budget office does so at once: it is looked at again when the year is enacted. In a
year in force it opens money to other agencies, so one person proposes and another decides.
"""

from __future__ import annotations

import uuid

from zhuji_budget.domain.changes.refusals import ChangeNotFound
from zhuji_budget.permissions import POOL_LINE
from zhuji_budget.store import pooled_use
from zhuji_budget.store.pooled_use import PooledLine
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.proposals.model import Foreseen, Proposal, ProposalKind, ProposedChange
from zhuji_core.proposals.propose import propose
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value

IS_POOLED = {True: N_("是，供各機關撥用"), False: N_("否")}


class Pooling(Value, frozen=True, kw_only=True):
    """Whether the line is to be pooled."""

    line_id: uuid.UUID
    pooled: bool


def pool_line(
    uow: UnitOfWork, *, line_id: uuid.UUID, pooled: bool, reason: str = "", reference: str = ""
) -> Proposal | None:
    """Set whether the line is pooled, or return the proposal that a second person decides.

    A line that is so already stays as it is. Raises Forbidden, ChangeNotFound for an unknown
    line, and in a year in force what ``propose`` raises without a reason; then nothing is kept.
    """
    uow.require(POOL_LINE)
    line = _lock(uow, line_id)
    if line.year_state == "bill" or line.pooled == pooled:
        _set(uow, line, pooled=pooled)
        return None
    wanted = Pooling(line_id=line_id, pooled=pooled)
    return propose(uow, POOLING, wanted, reason=reason, reference=reference)


def _lock(uow: UnitOfWork, line_id: uuid.UUID) -> PooledLine:
    line = pooled_use.lock(uow, line_id)
    if line is None:
        raise ChangeNotFound
    return line


def _document(line: PooledLine) -> DocumentRef:
    return DocumentRef(
        kind="budget.line",
        document_id=line.line_id,
        label=f"{line.code} {line.name}",
        agency_code=line.agency_code,
    )


def _set(uow: UnitOfWork, line: PooledLine, *, pooled: bool, **told: str) -> None:
    pooled_use.set_pooled(uow, line_id=line.line_id, pooled=pooled)
    uow.audit(
        POOL_LINE.name,
        _document(line),
        before={"pooled": line.pooled},
        after={"pooled": pooled, **told},
    )


def _foresee(uow: UnitOfWork, wanted: Pooling) -> Foreseen:
    line = _lock(uow, wanted.line_id)
    return Foreseen(
        document=_document(line),
        subject=str(wanted.line_id),
        facts={N_("統籌科目"): IS_POOLED[line.pooled]},
        changes=(
            ProposedChange(
                label=N_("統籌科目"), before=IS_POOLED[line.pooled], after=IS_POOLED[wanted.pooled]
            ),
        ),
    )


def _apply(uow: UnitOfWork, wanted: Pooling, proposal: Proposal) -> None:
    _set(
        uow,
        _lock(uow, wanted.line_id),
        pooled=wanted.pooled,
        reason=proposal.reason,
        proposed_by=proposal.proposed_by_name,
    )


POOLING: ProposalKind[Pooling] = ProposalKind(
    name="budget.pooling",
    title=N_("指定或取消統籌科目"),
    payload=Pooling,
    version=1,
    propose=POOL_LINE,
    decide=POOL_LINE,
    foresee=_foresee,
    apply=_apply,
)
