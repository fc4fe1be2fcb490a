"""Every kind of change that takes two persons: the kernel's, and those that modules declare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhuji_core.identity.delegations import DELEGATION
from zhuji_core.identity.duty_exceptions import EXCEPTION
from zhuji_core.identity.grants import GRANT, GRANT_END
from zhuji_core.identity.reset_factors import RESET
from zhuji_core.identity.role_changes import ROLE
from zhuji_core.proposals.model import ProposalKind, ProposalVersion
from zhuji_core.setting_changes.two_persons import SETTING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zhuji_core.hooks import Hooks

KINDS: tuple[ProposalKind[Any], ...] = (
    GRANT,
    GRANT_END,
    DELEGATION,
    ROLE,
    EXCEPTION,
    RESET,
    SETTING,
)


def kinds_of(hooks: Hooks) -> tuple[ProposalKind[Any], ...]:
    """Return the kinds of the kernel and of the installed modules."""
    declared: Sequence[ProposalKind[Any]] = hooks.proposal_kinds
    return (*KINDS, *declared)


def find_kind(hooks: Hooks, name: str) -> ProposalKind[Any] | None:
    """Return the kind by its name, which is kept in the database and never changes; or None.

    A module may have been taken away with its kinds; what was proposed stays and is still shown.
    """
    return next((kind for kind in kinds_of(hooks) if kind.name == name), None)


def kind_of(hooks: Hooks, name: str) -> ProposalKind[Any]:
    """Return the kind by its name; raise ProposalVersion when nobody knows it any more."""
    found = find_kind(hooks, name)
    if found is None:
        raise ProposalVersion
    return found


def kind_title(hooks: Hooks, name: str) -> str:
    """Return what people call the kind, in 正體中文; its name when its module is gone."""
    found = find_kind(hooks, name)
    return name if found is None else found.title
