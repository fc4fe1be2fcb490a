"""What a county may set about its budget."""

from __future__ import annotations

import msgspec

from zhuji_core.contracts.funds import CommitBasis

MODULE = "budget"


class BudgetSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``commit_basis``: certify against the allotment to date, or against the annual balance."""

    commit_basis: CommitBasis = CommitBasis.ALLOTTED
