"""What waits for a person in the kernel itself, shown with what waits in the modules.

A source asks nothing for whoever cannot act on its answer; only reviews, which anybody may owe, are
asked for on everybody's first page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from zhuji_core.audit.alarm import late_seals
from zhuji_core.identity.duty_reviews import waiting_reviews
from zhuji_core.modules import WorkItem
from zhuji_core.proposals.queries import waiting_proposals
from zhuji_core.uow import UnitOfWork

SOURCES: tuple[Callable[[UnitOfWork], Sequence[WorkItem]], ...] = (
    waiting_proposals,
    waiting_reviews,
    late_seals,
)


def kernel_worklist(uow: UnitOfWork) -> list[WorkItem]:
    """Return what every source of the kernel has for this person."""
    return [item for source in SOURCES for item in source(uow)]
