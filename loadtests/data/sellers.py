"""Who sells to the city: the first of the list often, the last seldom (Zipf), each at least once.

A list as long as the city's is not kept: a seller's name follows from the place in the list.
"""

from __future__ import annotations

import random

from zhuji_core.values import Value

STEMS, BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
TRADES = (
    "文具行", "資訊公司", "印刷廠", "營造廠", "清潔公司", "水電行", "書局", "餐盒行", "冷氣行",
    "運輸公司", "五金行", "儀器行", "保全公司", "電梯公司", "花藝坊", "測量社",
)  # fmt: skip
HOUSES = tuple(
    f"示範{STEMS[at % 10]}{BRANCHES[at % 12]}{trade}" for at in range(60) for trade in TRADES
)


class Sellers(Value, frozen=True, kw_only=True):
    """A list of ``count`` sellers, and those from ``first`` to before ``last`` who are new.

    The new ones are seen once each, evenly over the requests; everybody else is drawn.
    """

    count: int = len(HOUSES)
    first: int = 0
    last: int = 0

    def part(self, number: int, of: int) -> Sellers:
        """Return the list with part ``number`` of ``of`` of its new ones."""
        new = self.last - self.first
        return Sellers(
            count=self.count,
            first=self.first + new * number // of,
            last=self.first + new * (number + 1) // of,
        )

    def name_for(self, drawn: random.Random, at: int, of: int) -> str:
        """Return who sells for request ``at`` (from 0) of ``of``."""
        place = often(drawn, self.count)
        new = self.last - self.first
        upto = new * (at + 1) // of
        if upto > new * at // of:
            place = self.first + upto - 1
        return seller_name(place)


def seller_name(place: int) -> str:
    """Return the name of the seller at ``place`` of the list, from 0; no two are the same."""
    branch, house = divmod(place, len(HOUSES))
    return HOUSES[house] + (f"第{branch + 1}分店" if branch else "")


def often(drawn: random.Random, count: int) -> int:
    """Return one of ``count`` places; each about as often as it is near the first (Zipf)."""
    return int((count + 1) ** drawn.random()) - 1
