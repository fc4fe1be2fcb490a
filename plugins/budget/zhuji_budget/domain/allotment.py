"""Split a year's budget into months (分配預算, 預算法 55). Whole dollars, nothing lost."""

from __future__ import annotations

from collections.abc import Sequence

from zhuji_core.values import N_, DomainError

MONTHS = 12
PERCENT = 100


class AllottedAlone(DomainError):
    """The equal rule makes a whole county's year spendable: two persons, or an operator."""

    code = "E-ALLOT-ALONE"
    message = N_("平均分配預算由一人提案、另一人核准，不得一人逕行核定，請先提案。")
    status_code = 403


def require_proposed(*, is_proposed: bool, by_operator: bool) -> None:
    """Raise AllottedAlone for a person's act that nobody else proposed."""
    if not is_proposed and not by_operator:
        raise AllottedAlone


def equal_months(budget_ntd: int) -> list[int]:
    """Return twelve amounts that differ by at most what the last month takes as remainder.

    Each month gets the twelfth, rounded down to the dollar; December takes the rest, as the
    remainder on the last line everywhere (domain conventions).
    """
    return spread_equally(budget_ntd, MONTHS)


def spread_equally(amount_ntd: int, months: int) -> list[int]:
    """Return ``months`` equal amounts, rounded down to the dollar; the last takes the rest."""
    assert amount_ntd >= 0, "what is spread is not negative"
    assert 1 <= months <= MONTHS, "a year has twelve months"
    month_ntd = amount_ntd // months
    return [month_ntd] * (months - 1) + [amount_ntd - month_ntd * (months - 1)]


def spread_by(amount_ntd: int, weights: Sequence[int], *, whole: int) -> list[int]:
    """Return one amount for each weight, in its share of ``whole``.

    Up to each month the sum is the share of the weights so far, rounded down: no month is wrong
    by more than a dollar, and weights that add up to ``whole`` spend the amount to the dollar.
    Weights that add up to less leave the rest unallotted.
    """
    assert amount_ntd >= 0, "what is spread is not negative"
    assert whole > 0, "a share is of something"
    assert all(weight >= 0 for weight in weights), "no month takes back"
    assert sum(weights) <= whole, "no more than the whole is spread"
    months = []
    reached_ntd = weight = 0
    for one in weights:
        weight += one
        months.append(amount_ntd * weight // whole - reached_ntd)
        reached_ntd += months[-1]
    return months
