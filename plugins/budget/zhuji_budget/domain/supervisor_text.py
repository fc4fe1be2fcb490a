"""Pairs of agency and supervisor as they are pasted: one line each, parted by a tab or blanks."""

from __future__ import annotations

import unicodedata

from zhuji_budget.domain.supervisor import PAIRS_MAX, Supervised
from zhuji_core.values import N_, DomainError

PARTS_MAX = 2


class PairsUnreadable(DomainError):
    """Lines that are no pair of codes; each is told by its number."""

    code = "E-SUPERVISOR-TEXT"
    message = N_("第 {lines} 行無法解讀；每行為「機關代碼 主管機關代碼」，取消者只填機關代碼。")
    status_code = 422


class PairsMissing(DomainError):
    """Nothing was keyed, or more than a county has agencies."""

    code = "E-SUPERVISOR-COUNT"
    message = N_("請填 1 至 {most:,} 列機關，目前 {count:,} 列。")
    status_code = 422


def pairs_of(text: str) -> list[Supervised]:
    """Return the pairs of a pasted block; raise PairsMissing or PairsUnreadable."""
    plain = unicodedata.normalize("NFKC", text)
    lines = [
        (number, line.replace(",", " ").split())
        for number, line in enumerate(plain.splitlines(), start=1)
        if line.strip()
    ]
    if not 0 < len(lines) <= PAIRS_MAX:
        raise PairsMissing(most=PAIRS_MAX, count=len(lines), fields={"pairs": PairsMissing.message})
    wrong = [str(number) for number, parts in lines if len(parts) > PARTS_MAX]
    if wrong:
        raise PairsUnreadable(
            lines="、".join(wrong[:200]), fields={"pairs": PairsUnreadable.message}
        )
    return [
        Supervised(agency_code=parts[0], supervisor_code=parts[1] if len(parts) > 1 else "")
        for _, parts in lines
    ]
