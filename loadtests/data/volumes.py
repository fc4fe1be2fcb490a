"""How much there is of a city at a scale: 1 is one Taichung of the design (README, "The city")."""

from __future__ import annotations

from collections.abc import Mapping

from loadtests.data.city import AGENCIES
from zhuji_core.values import Value

# Of a Taichung (design/domain.md §6; README has the source and the assumption of each).
REQUESTS_A_YEAR = 240_000
FREE_VOUCHERS_A_YEAR = 250_000
CONTRACTS, SELLERS, YEARS = 60_000, 120_000, 3
WAITING = 20_000
AGENCIES_MIN = 2

# Thirteen counties share a scale evenly: at 4 they have the 1,920 units of the design, at 13 each
# is a Taichung. Which counties they are the design does not say: these, with three of islands.
EVERY = "ALL"
THIRTEEN: Mapping[str, str] = {
    "TXG": "臺中市", "MIA": "苗栗縣", "CHA": "彰化縣", "NAN": "南投縣", "YUN": "雲林縣",
    "CYQ": "嘉義縣", "PIF": "屏東縣", "ILA": "宜蘭縣", "HUA": "花蓮縣", "TTT": "臺東縣",
    "PEN": "澎湖縣", "KIN": "金門縣", "LIE": "連江縣",
}  # fmt: skip


class Volumes(Value, frozen=True, kw_only=True):
    """Of one county: agencies, what is of each year, sellers of all years, and what waits."""

    agencies: int
    requests: int
    free_vouchers: int
    contracts: int
    sellers: int
    waiting: int


def volumes(scale: float) -> Volumes:
    """Return what a county of ``scale`` Taichungs has."""
    return Volumes(
        agencies=max(AGENCIES_MIN, round(AGENCIES * scale)),
        requests=round(REQUESTS_A_YEAR * scale),
        free_vouchers=round(FREE_VOUCHERS_A_YEAR * scale),
        contracts=round(CONTRACTS / YEARS * scale),
        sellers=max(1, round(SELLERS * scale)),
        waiting=round(WAITING * scale),
    )


def counties(code: str, scale: float) -> dict[str, float]:
    """Return the counties of a scale, each with its own: one, or all thirteen evenly.

    Raises ValueError where one county would be larger than a Taichung.
    """
    if code == EVERY:
        return dict.fromkeys(THIRTEEN, scale / len(THIRTEEN))
    if scale > 1:
        raise ValueError(f"{code}: one county is a Taichung at most; more are --county {EVERY}")
    return {code: scale}


def county_name(code: str) -> str:
    """Return the name of a county that is made for the city."""
    return f"示範{THIRTEEN.get(code, code)}"
