"""Who enacts a bill: not whoever imported or compiled it, or keyed what the council decided. Pure.

What becomes the baseline was keyed by one person of the budget office and is looked at by another
(職能分工 write-approve). A command of the operator is nobody's second pair of eyes, and no person's
writing either.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.identity.actor import SYSTEM_USER_ID, Actor, DutyException
from zhuji_core.identity.duties import Step, done, require_separate


def writers_of(by: Actor) -> frozenset[uuid.UUID]:
    """Return the persons who stand behind an act on the bill."""
    return by.persons - {SYSTEM_USER_ID}


def require_second(
    bill: DocumentRef, writers: Collection[uuid.UUID], *, by: Actor
) -> tuple[DutyException, ...]:
    """Raise SamePerson when the actor is one of the ``writers``, unless excepted in writing."""
    wrote = done(Step.WRITE, *writers)
    return require_separate(by, Step.APPROVE, [wrote], label=bill.label, agency_code=by.agency_code)
