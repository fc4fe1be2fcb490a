"""What a county may set about its budget."""

from __future__ import annotations

from typing import Annotated

import msgspec

from zhuji_core.contracts.funds import CommitBasis
from zhuji_core.values import N_

MODULE = "budget"

COMMIT_BASES = {
    CommitBasis.ALLOTTED.value: N_("截至本月的分配數"),
    CommitBasis.ANNUAL.value: N_("全年預算數"),
}


class BudgetSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``commit_basis``: certify against the allotment to date, or against the annual balance."""

    commit_basis: Annotated[
        CommitBasis,
        msgspec.Meta(
            title=N_("簽證所依的餘額"),
            extra={"control": True, "choices": COMMIT_BASES},
        ),
    ] = CommitBasis.ALLOTTED
