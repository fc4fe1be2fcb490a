"""A refusal on the page on which it happened, so that nothing typed or chosen is lost."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from zhuji_accounting.web.wording import FIELD_TITLES
from zhuji_core.values import N_, DomainError, Value
from zhuji_core.web.components import SummaryError
from zhuji_core.web.context import RequestContext
from zhuji_core.web.problems import Problem, problem_of

# The kernel knows the words of figures of funds; these are accounting's own.
FIGURES = {
    "certified_ntd": N_("簽證金額"),
    "claimed_ntd": N_("已報支"),
    "outstanding_ntd": N_("未結清"),
    "withheld_ntd": N_("代扣款"),
    "net_ntd": N_("應付受款人"),
    "transport_ntd": N_("交通費"),
    "lodging_ntd": N_("住宿費"),
    "allowance_ntd": N_("雜費"),
    "sum_ntd": N_("合計"),
    "approved_ntd": N_("核定補助金額"),
    "others_ntd": N_("其他案"),
    "fund_ntd": N_("零用金額度"),
    "max_ntd": N_("單筆限額"),
    "paid_ntd": N_("原付金額"),
    "settled_ntd": N_("已轉正"),
    "recovered_ntd": N_("已收回"),
    "rest_ntd": N_("可收回金額"),
    "days": N_("逾期日數"),
    "released_ntd": N_("已釋放"),
    "awarded_ntd": N_("決標金額"),
    "whole_ntd": N_("簽證減釋放"),
    "documents_ntd": N_("憑證合計"),
    "payees_ntd": N_("受款合計"),
    "held_ntd": N_("尚保留"),
    "open_ntd": N_("未結清餘額"),
    "carry_ntd": N_("保留"),
    "payable_ntd": N_("應付"),
    "release_ntd": N_("釋放"),
    "asked_carry_ntd": N_("申請保留"),
    "asked_payable_ntd": N_("申請應付"),
}


class Refused(Value, frozen=True, kw_only=True):
    """The refusal as people read it, and each field that can be mended."""

    problem: Problem
    errors: tuple[SummaryError, ...]

    @property
    def faults(self) -> Mapping[str, str]:
        return self.problem.fields


def refused(context: RequestContext, error: DomainError) -> Refused:
    """Say ``error`` in the reader's language; its fields become links to their inputs."""
    told = problem_of(error, gettext=context.gettext)
    words = {**FIGURES, **error.figure_words}
    named = {words.get(name, name): figure for name, figure in told.arithmetic.items()}
    problem = msgspec.structs.replace(told, arithmetic=named)
    fields = tuple(
        SummaryError(text=_at(context, name, text), field=name)
        for name, text in problem.fields.items()
    )
    return Refused(problem=problem, errors=(SummaryError(text=problem.detail), *fields))


def _at(context: RequestContext, name: str, text: str) -> str:
    """Name the field, or the row of a grid's field: ``第 2 列：請填金額。``."""
    tr = context.gettext
    parts = name.split("-")
    if len(parts) == 3 and parts[1].isdecimal():  # noqa: PLR2004 (lines-0-amount)
        return tr("第 {row} 列：{text}").format(row=int(parts[1]) + 1, text=text)
    if name in FIELD_TITLES:
        return tr("{field}：{text}").format(field=tr(FIELD_TITLES[name]), text=text)
    return text
