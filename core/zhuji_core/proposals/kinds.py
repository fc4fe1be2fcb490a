"""Every kind of change that takes two persons. A new one is a line here."""

from __future__ import annotations

from typing import Any

from zhuji_core.identity.delegations import DELEGATION
from zhuji_core.identity.duty_exceptions import EXCEPTION
from zhuji_core.identity.grants import GRANT, GRANT_END
from zhuji_core.identity.reset_factors import RESET
from zhuji_core.identity.role_changes import ROLE
from zhuji_core.proposals.model import ProposalKind
from zhuji_core.setting_changes.two_persons import SETTING

KINDS: tuple[ProposalKind[Any], ...] = (
    GRANT,
    GRANT_END,
    DELEGATION,
    ROLE,
    EXCEPTION,
    RESET,
    SETTING,
)


def kind_of(name: str) -> ProposalKind[Any]:
    """Return the kind by its name, which is kept in the database and never changes."""
    found = [kind for kind in KINDS if kind.name == name]
    assert found, f"{name} is a kind that this software does not know"
    return found[0]
