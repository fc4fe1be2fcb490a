"""The words for the figures of a refusal's arithmetic, and the sign each is read with."""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_core.values import N_

# name → (sign, word). A refusal has words of its own in ``DomainError.figure_words``.
TERMS: Mapping[str, tuple[str, str]] = {
    "enacted_ntd": ("", N_("法定預算")),
    "changes_ntd": ("+", N_("追加減、流用及預備金")),
    "budget_ntd": ("", N_("全年預算")),
    "frozen_ntd": ("−", N_("凍結或未核准動支")),
    "allotted_to_date_ntd": ("", N_("截至本月分配")),
    "encumbered_ntd": ("−", N_("已簽證未支付")),
    "advanced_ntd": ("−", N_("暫付")),
    "expended_ntd": ("−", N_("已實現")),
    "available_ntd": ("=", N_("可用餘額")),
    "payable_now_ntd": ("=", N_("本期可付")),
    "requested_ntd": ("", N_("本次申請")),
    "remaining_ntd": ("=", N_("核准後餘額")),
    "scheduled_ntd": ("−", N_("各月分配合計")),
    "scheduled_to_date_ntd": ("", N_("修改後截至本月分配")),
    "used_ntd": ("−", N_("已使用")),
    "month_before_ntd": ("", N_("原分配數")),
    "month_after_ntd": ("", N_("修改後分配數")),
    "short_ntd": ("", N_("短少")),
    "amount_ntd": ("", N_("金額")),
    "total_ntd": ("", N_("合計")),
    "difference_ntd": ("=", N_("差額")),
}
# The figure that decided; shown with weight.
DECISIVE = frozenset({"short_ntd", "difference_ntd"})
