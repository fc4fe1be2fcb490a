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
    """How a county holds its budget.

    ``commit_basis``: certify against the allotment to date, or against the annual balance.
    ``allotment_comment_days``: after so many days without a word of the finance office a schedule
    of allotment may be approved without it.
    """

    commit_basis: Annotated[
        CommitBasis,
        msgspec.Meta(
            title=N_("簽證所依的餘額"),
            extra={"control": True, "choices": COMMIT_BASES},
        ),
    ] = CommitBasis.ALLOTTED
    allotment_comment_days: Annotated[
        int,
        msgspec.Meta(ge=0, le=30, title=N_("財政單位對分配預算表示意見之日數")),
    ] = 3
