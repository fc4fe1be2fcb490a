"""Keep a document's change of state in the audit."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Protocol

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.identity.actor import DutyException
from zhuji_core.identity.duties import Step
from zhuji_core.identity.duty_exceptions import note_uses
from zhuji_core.uow import UnitOfWork


class Changing(Protocol):
    """A document with states, which may be returned with a reason."""

    @property
    def state(self) -> enum.StrEnum: ...

    @property
    def return_reason(self) -> str: ...

    @property
    def document(self) -> DocumentRef: ...


def audit_change(uow: UnitOfWork, action: str, before: Changing, after: Changing) -> None:
    """Keep from which state to which, and why it was returned."""
    _keep(uow, action, before, after, {})


def audit_signature(
    uow: UnitOfWork,
    action: str,
    before: Changing,
    after: Changing,
    *,
    step: Step,
    used: Sequence[DutyException],
) -> None:
    """Keep the change with the written exceptions of duties that ``step`` used."""
    _keep(uow, action, before, after, note_uses(uow, used, document=after.document, step=step))


def _keep(
    uow: UnitOfWork, action: str, before: Changing, after: Changing, noted: dict[str, object]
) -> None:
    reason = {"reason": after.return_reason} if after.return_reason else {}
    uow.audit(
        action,
        after.document,
        before={"state": before.state},
        after={"state": after.state, **reason, **noted},
    )
