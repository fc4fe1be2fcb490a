"""How governments cut their line codes, and which objects of expenditure exist: as data.

Nothing here knows a government: schemes and packs are read from the JSON in ``facts/``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from zhuji_budget.domain.books.model import AGENCY, DEPARTMENT, ITEM, PLAN, Budget
from zhuji_core.values import Value

_LEVEL_OF_SEGMENT: Mapping[str, int] = {
    "department": DEPARTMENT,
    "agency": AGENCY,
    "plan": PLAN,
    "item": ITEM,
}


class Segment(Value, frozen=True, kw_only=True):
    """A run of digits of a code. ``name``: function (政事別), department, agency, plan, item."""

    name: str
    length: int


class CodeScheme(Value, frozen=True, kw_only=True):
    """How one government's codes are cut; fiscal years inclusive, ``last_year`` None = still."""

    name: str
    segments: tuple[Segment, ...]
    first_year: int = 0
    last_year: int | None = None
    source: str = ""

    @property
    def length(self) -> int:
        """Digits of a whole code."""
        return sum(segment.length for segment in self.segments)

    def cut(self, code: str) -> Mapping[str, str]:
        """Return the digits of each segment; ``code`` must have this scheme's length."""
        parts, at = {}, 0
        for segment in self.segments:
            parts[segment.name] = code[at : at + segment.length]
            at += segment.length
        return parts

    def function_of(self, code: str) -> str:
        """Return the function (政事別) that a line's code begins with, "" where it does not fit."""
        return self.cut(code).get("function", "") if len(code) == self.length else ""

    def up_to(self, code: str, segment: str) -> str:
        """Return the code of the row above: digits after ``segment`` are zero."""
        at = 0
        for one in self.segments:
            at += one.length
            if one.name == segment:
                break
        return code[:at].ljust(len(code), "0")

    def level_of(self, code: str) -> int | None:
        """Return the level of a row with this code, or None when the digits do not tell.

        The digits below a row's own level are zero: 00·10·000·00·00 is a department,
        00·10·210·00·00 an agency, 58·10·210·01·00 a plan, 58·10·210·01·01 a line.
        """
        if len(code) != self.length or not code.isdigit():
            return None
        parts = self.cut(code)
        levels = [
            level for name, level in _LEVEL_OF_SEGMENT.items() if parts.get(name, "").strip("0")
        ]
        return max(levels, default=None)

    def serves(self, fiscal_year: int) -> bool:
        """Tell whether this scheme was in use in a fiscal year (民國)."""
        return self.first_year <= fiscal_year <= (self.last_year or fiscal_year)


class ObjectCode(Value, frozen=True, kw_only=True):
    """An object of expenditure (用途別科目): ``level`` 1 or 2, ``parent`` its first level.

    ``account`` is where its amounts usually lie: "current" (經常門) or "capital" (資本門);
    ``role`` what the law sees in it (``domain/roles``), of the first level only.
    """

    code: str
    name: str
    level: int
    parent: str = ""
    account: str = "current"
    role: str = ""
    aliases: tuple[str, ...] = ()


class ObjectPack(Value, frozen=True, kw_only=True):
    """A generation of object codes; fiscal years inclusive, ``last_year`` None = still in use."""

    name: str
    first_year: int
    last_year: int | None
    objects: tuple[ObjectCode, ...]
    source: str = ""

    def serves(self, fiscal_year: int) -> bool:
        """Tell whether this generation was in use in a fiscal year (民國)."""
        return self.first_year <= fiscal_year <= (self.last_year or fiscal_year)


def object_pack(packs: Iterable[ObjectPack], *, fiscal_year: int) -> ObjectPack:
    """Return the generation of object codes of a fiscal year (LookupError if there is none)."""
    for pack in packs:
        if pack.serves(fiscal_year):
            return pack
    message = f"no object codes for fiscal year {fiscal_year}"
    raise LookupError(message)


def scheme_of(budget: Budget, schemes: Iterable[CodeScheme]) -> CodeScheme | None:
    """Return the scheme that the codes of a whole budget are cut by, or None."""
    coded: list[tuple[int | None, str]] = [
        *((DEPARTMENT, one.code) for one in budget.departments),
        *((AGENCY, one.code) for one in budget.agencies),
        *((PLAN, one.code) for one in budget.plans),
        *((None, one.code) for one in budget.lines),
    ]
    return fitting_scheme(schemes, fiscal_year=budget.fiscal_year, coded=coded)


def fitting_scheme(
    schemes: Iterable[CodeScheme], *, fiscal_year: int, coded: Sequence[tuple[int | None, str]]
) -> CodeScheme | None:
    """Return the scheme that tells the printed level of at least three codes in four, or None.

    ``coded`` is (printed level or None, code) of a sheet's rows. A scheme of the right length
    that contradicts the printed levels is another government's: better none than a wrong one.
    """
    best, most = None, 0
    for scheme in schemes:
        if not scheme.serves(fiscal_year):
            continue
        told = [(level, scheme.level_of(code)) for level, code in coded]
        right = sum(1 for level, own in told if own is not None and level in {None, own})
        if right > most and right * 4 >= len(coded) * 3:
            best, most = scheme, right
    return best
