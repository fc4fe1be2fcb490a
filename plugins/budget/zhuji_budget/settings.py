"""What a county may set about its budget."""

from __future__ import annotations

import enum
from typing import Annotated

import msgspec

from zhuji_core.contracts.funds import CommitBasis
from zhuji_core.values import N_

MODULE = "budget"


class LagBasis(enum.StrEnum):
    """What counts as done: with what is certified, or only what is spent or due."""

    CERTIFIED = "certified"
    EXECUTED = "executed"


LAG_BASES = {
    LagBasis.CERTIFIED.value: N_("實現、應付、暫付及簽證"),
    LagBasis.EXECUTED.value: N_("實現及應付"),
}
COMMIT_BASES = {
    CommitBasis.ALLOTTED.value: N_("截至本月的分配數"),
    CommitBasis.ANNUAL.value: N_("全年預算數"),
}


class BudgetSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a county holds its budget.

    ``commit_basis``: certify against the allotment to date, or against the annual balance.
    ``allotment_comment_days``: after so many days without a word of the finance office a schedule
    of allotment may be approved without it.
    ``lag_below_percent``: a line that has done less of its allotment to date lags behind, and the
    month's report says why; 0 asks nobody. ``lag_basis``: what counts as done.
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
    lag_below_percent: Annotated[
        int,
        msgspec.Meta(ge=0, le=100, title=N_("執行未達分配數百分之幾為落後")),
    ] = 80
    lag_basis: Annotated[
        LagBasis,
        msgspec.Meta(title=N_("計算落後所含的數額"), extra={"choices": LAG_BASES}),
    ] = LagBasis.CERTIFIED
