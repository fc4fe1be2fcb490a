"""A proposal as people read it: what would change, who asked, and what may be done now."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_core.ids import new_id
from zhuji_core.permissions import DECIDE_PROPOSAL
from zhuji_core.proposals.kinds import find_kind, kind_title
from zhuji_core.proposals.model import (
    STATE_TITLES,
    OwnProposal,
    Proposal,
    ProposalState,
)
from zhuji_core.proposals.queries import ProposalFilter
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Value
from zhuji_core.web.components import (
    Action,
    Badge,
    Cell,
    Change,
    Column,
    Fact,
    Kind,
    Pager,
    Row,
    Table,
    Tone,
)
from zhuji_core.web.context import RequestContext

TONES = {
    ProposalState.OPEN: Tone.WAITING,
    ProposalState.APPROVED: Tone.GOOD,
    ProposalState.REJECTED: Tone.BAD,
    ProposalState.WITHDRAWN: Tone.STOPPED,
    ProposalState.EXPIRED: Tone.STOPPED,
}


class ProposalView(Value, frozen=True, kw_only=True):
    """The page of one proposal; ``changes`` are what the second person approves."""

    title: str
    badge: Badge
    facts: tuple[Fact, ...]
    changes: tuple[Change, ...]
    decision: tuple[Fact, ...]


def proposal_table(
    context: RequestContext, found: Sequence[Proposal], wanted: ProposalFilter, *, url: str
) -> Table:
    """Return the list, with a pager that goes on after its last row."""
    tr = context.gettext
    shown = found[: wanted.limit]
    following = f"{url}&before={shown[-1].proposal_id}" if len(found) > len(shown) else ""
    return Table(
        id="proposals",
        caption=tr(N_("提案")),
        columns=(
            Column(title=tr(N_("對象"))),
            Column(title=tr(N_("事項"))),
            Column(title=tr(N_("異動內容"))),
            Column(title=tr(N_("提案人"))),
            Column(title=tr(N_("提案時間")), kind=Kind.TIME),
            Column(title=tr(N_("決定期限")), kind=Kind.DATE),
            Column(title=tr(N_("狀態")), kind=Kind.BADGE),
        ),
        rows=tuple(_row(context, proposal) for proposal in shown),
        pager=Pager(shown=len(shown), next_url=following, first_url=url if wanted.before else ""),
        empty=tr(N_("沒有符合條件的提案。")),
    )


def _row(context: RequestContext, proposal: Proposal) -> Row:
    tr = context.gettext
    return Row(
        cells=(
            Cell(
                value=proposal.label,
                url=context.path(f"kernel/proposals/{proposal.proposal_id}"),
            ),
            Cell(value=tr(kind_title(context.access.hooks, proposal.kind))),
            Cell(value=_summary(context, proposal)),
            Cell(value=proposal.proposed_by_name, note=proposal.reference),
            Cell(value=proposal.proposed_at),
            Cell(value=proposal.expires_on),
            Cell(value=badge_of(context, proposal)),
        )
    )


def _summary(context: RequestContext, proposal: Proposal) -> str:
    return "　".join(
        f"{change.label} {change.after}"
        for change in changes_of(context, proposal)
        if change.after != change.before
    )


def badge_of(context: RequestContext, proposal: Proposal) -> Badge:
    return Badge(text=context.gettext(STATE_TITLES[proposal.state]), tone=TONES[proposal.state])


def changes_of(context: RequestContext, proposal: Proposal) -> tuple[Change, ...]:
    """Return the lines of the change; labels, and values that are words, in the reader's tongue."""
    tr = context.gettext
    return tuple(
        Change(
            label=tr(change.label),
            before=tr(change.before) if change.before else "",
            after=tr(change.after) if change.after else "",
        )
        for change in proposal.changes
    )


def proposal_view(context: RequestContext, proposal: Proposal) -> ProposalView:
    tr = context.gettext
    decision: tuple[Fact, ...] = ()
    if proposal.decided_at is not None:
        decision = (
            Fact(label=tr(N_("決定人")), value=proposal.decided_by_name or "－"),
            Fact(label=tr(N_("決定時間")), value=proposal.decided_at, kind=Kind.TIME),
            Fact(label=tr(N_("說明")), value=proposal.decision_reason or "－"),
        )
    return ProposalView(
        title=f"{tr(kind_title(context.access.hooks, proposal.kind))}　{proposal.label}",
        badge=badge_of(context, proposal),
        facts=(
            Fact(label=tr(N_("提案人")), value=proposal.proposed_by_name),
            Fact(label=tr(N_("提案時間")), value=proposal.proposed_at, kind=Kind.TIME),
            Fact(label=tr(N_("決定期限")), value=proposal.expires_on, kind=Kind.DATE),
            Fact(label=tr(N_("申請文號")), value=proposal.reference or "－"),
            Fact(label=tr(N_("理由")), value=proposal.reason),
        ),
        changes=changes_of(context, proposal),
        decision=decision,
    )


def proposal_actions(
    context: RequestContext, uow: UnitOfWork, proposal: Proposal, *, base: str
) -> tuple[Action, ...]:
    """Return what the reader may do; whoever proposed reads why approving is for another."""
    tr = context.gettext
    if proposal.state != ProposalState.OPEN:
        return ()
    url = f"{base}/{proposal.proposal_id}"
    if proposal.proposers & uow.actor.persons:
        return (
            Action(title=tr(N_("核准")), url="", impossible=tr(OwnProposal.message)),
            Action(title=tr(N_("撤回提案")), url=f"{url}/withdrawal", key=str(new_id())),
        )
    kind = find_kind(uow.hooks, proposal.kind)
    if kind is None or not (uow.actor.may(kind.decide) and uow.actor.may(DECIDE_PROPOSAL)):
        return ()
    return (
        Action(title=tr(N_("核准")), url=f"{url}/approval", key=str(new_id()), primary=True),
        Action(
            title=tr(N_("駁回")),
            url=f"{url}/rejection",
            key=str(new_id()),
            danger=True,
            reason_field="reason",
            reason_label=tr(N_("駁回理由")),
        ),
    )
