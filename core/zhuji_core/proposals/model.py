"""A change that one person proposes and another decides (四眼原則), and why it may be refused.

A kind of change says what its payload is, who may propose and decide it, what it meets in the
county, and how it is applied. ``kinds.py`` lists them; the mechanism knows none by name.
"""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.values import N_, DomainError, Value

if TYPE_CHECKING:
    from zhuji_core.modules import Permission
    from zhuji_core.uow import UnitOfWork

Payload = TypeVar("Payload", bound=Value)

TEXT_MAX = 500


class ProposalState(enum.StrEnum):
    """``expired`` is also said of an open one whose last day has passed."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


STATE_TITLES = {
    ProposalState.OPEN: N_("待決定"),
    ProposalState.APPROVED: N_("已核准"),
    ProposalState.REJECTED: N_("已駁回"),
    ProposalState.WITHDRAWN: N_("已撤回"),
    ProposalState.EXPIRED: N_("已逾期"),
}


class ProposedChange(Value, frozen=True, kw_only=True):
    """One line that the deciding person reads: a marked label, the value now and afterwards."""

    label: str
    before: str = ""
    after: str = ""


class Foreseen(Value, frozen=True, kw_only=True):
    """What a change would meet and do at this moment.

    ``subject`` names the one thing that changes: it has at most one open proposal of a kind.
    ``facts`` (marked label → value) is what the proposal relies on: the decision is refused when
    it is no longer so. ``changes`` is what people read.
    """

    document: DocumentRef
    subject: str
    facts: Mapping[str, str]
    changes: tuple[ProposedChange, ...]


class Proposal(Value, frozen=True, kw_only=True):
    """One proposed change; ``payload`` is what the kind's struct was encoded to."""

    proposal_id: uuid.UUID
    kind: str
    payload_version: int
    payload: dict[str, Any]
    subject: str
    document: DocumentRef
    facts: dict[str, str]
    changes: tuple[ProposedChange, ...]
    reason: str
    reference: str
    proposed_by: uuid.UUID
    proposed_for: uuid.UUID | None
    proposed_by_name: str
    proposed_at: dt.datetime
    expires_on: dt.date
    state: ProposalState
    decided_by: uuid.UUID | None = None
    decided_for: uuid.UUID | None = None
    decided_by_name: str = ""
    decided_at: dt.datetime | None = None
    decision_reason: str = ""

    @property
    def label(self) -> str:
        return self.document.label

    @property
    def proposers(self) -> frozenset[uuid.UUID]:
        """Who proposed, and for whom: neither may decide."""
        return frozenset({self.proposed_by, self.proposed_for} - {None})  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True, slots=True)
class ProposalKind(Generic[Payload]):
    """A change that takes two persons.

    ``foresee`` locks what the change touches and raises a DomainError for what can never be
    approved; it runs when proposing and again when deciding. ``apply`` makes the change in the
    deciding transaction, and audits it. A payload struct that changes its meaning gets a new
    ``version``: open proposals of the old one are refused, and proposed again.
    """

    name: str
    title: str
    payload: type[Payload]
    version: int
    propose: Permission
    decide: Permission
    foresee: Callable[[UnitOfWork, Payload], Foreseen]
    apply: Callable[[UnitOfWork, Payload, Proposal], None]


class ProposalNotFound(DomainError):
    """No such proposal in this county."""

    code = "E-PROPOSAL-NOT-FOUND"
    message = N_("查無此提案。")
    status_code = 404


class ProposalReasonMissing(DomainError):
    """A change without a reason cannot be judged by the second person."""

    code = "E-PROPOSAL-REASON"
    message = N_("請填寫理由（1 至 {text_max} 字）。")
    status_code = 422


class ProposalAlreadyOpen(DomainError):
    """The same thing waits for a decision already."""

    code = "E-PROPOSAL-OPEN"
    message = N_("「{label}」已有同一事項之提案（{proposed_by} 提出）等候決定，請先決定或撤回。")


class OwnProposal(DomainError):
    """Who proposed a change, or for whom it was proposed, never decides it (四眼原則)."""

    code = "E-OWN-PROPOSAL"
    message = N_("本提案由您本人（或您代理之人）提出，須由另一人決定。")
    status_code = 403


class NotProposer(DomainError):
    """Only who proposed a change may take it back."""

    code = "E-NOT-PROPOSER"
    message = N_("本提案由 {proposed_by} 提出，僅提案人得撤回。")
    status_code = 403


class ProposalDecided(DomainError):
    """The proposal is not open any more."""

    code = "E-PROPOSAL-STATE"
    message = N_("本提案目前為「{state}」，不能再決定或撤回。")


class ProposalExpired(DomainError):
    """Nobody decided in time: what was right then need not be so now."""

    code = "E-PROPOSAL-EXPIRED"
    message = N_("本提案已於 {expires_on} 逾期，請重新提案。")


class ProposalStale(DomainError):
    """What the proposal relies on has changed since: the second person would approve the unseen."""

    code = "E-PROPOSAL-STALE"
    message = N_("提案後情形已變更：{changed}。請駁回或撤回後重新提案。")


class ProposalVersion(DomainError):
    """The software has learnt another form of this change since it was proposed."""

    code = "E-PROPOSAL-VERSION"
    message = N_("系統更新後，本提案之格式已不適用，請駁回或撤回後重新提案。")
