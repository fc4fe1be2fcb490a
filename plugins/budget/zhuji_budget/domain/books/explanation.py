"""Read the objects of expenditure and their amounts out of a line's explanation (說明).

Books print them as a list under 本年度預算數包括, or in running text, with or without section
numbers; the comparison with last year that follows names the same objects with other amounts
and is left out. What is read counts only if it adds up to the line: nothing here guesses.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from zhuji_budget.domain.books.codes import ObjectCode, ObjectPack
from zhuji_budget.domain.books.model import ObjectAmount
from zhuji_core.values import Value

_UNITS_NTD = {"元": 1, "千元": 1_000, "萬元": 10_000, "百萬元": 1_000_000, "億元": 100_000_000}
_EXPLANATION_LETTERS_MAX = 20_000

# 本年度預算數包括: / 預算數計列如下 / 本年度編列 / 經費明細
_INCLUDES = re.compile(
    r"(本年度|本年)?(所列)?(預算數?|經費|編列數?)(內容)?(包括|包含|如下|明細|內含|計列)"
)
# 本年度預算數與上年度比較 / 較上年度增列 / 與上年度預算數比較
_COMPARES = re.compile(
    r"(本年度[^:。;]{0,8})?(與|較|比)(上|去)(一)?年度?|比較增減|增減(說明|情形|原因)"
)
# What stands before an amount of a comparison without a head of its own.
_CHANGE = re.compile(r"(增列|減列|增加|減少|增|減)[:,]?$")
_PRINTED_UNIT = re.compile(r"\d(百萬|千|萬|億)?元")
_WORDS = re.compile(r"[^\W\d_一二三四五六七八九十百千萬元及與和計共列編含為]")
_DIGITS_MAX = 15  # more is no budget, but a mistake
_AMOUNT = r"[:=~\-—─]{0,2}(?:計列|編列|共計|計|共|列|為|約)?(?:新臺幣|新台幣|NT\$?)?"
_NUMBER = r"(?P<number>\d[\d,]*(?:\.\d+)?)(?P<unit>百萬元|千元|萬元|億元|元)?"
# An object's name begins after a mark, a number, a verb or at the start of a line: 駐外人事費 is
# something else than 人事費.
_BEFORE = r"(?:^|(?<=[\s\d.,:;、。()\[\]【】「」・·*\-—─~/元含及與和列為括數中用o●○◎※]))"


class ObjectSplit(Value, frozen=True, kw_only=True):
    """What an explanation says of a line's objects, in the order of the pack; zeros left out.

    ``whole``: it claims to list them all (under 本年度預算數包括, or it says nothing else), so
    it must add up to the line. Running text may well mention one object and not the others.
    """

    amounts: tuple[ObjectAmount, ...]
    whole: bool

    @property
    def sum_ntd(self) -> int:
        return sum(item.amount_ntd for item in self.amounts)


def object_split(text: str, *, pack: ObjectPack, unit_ntd: int) -> ObjectSplit:
    """Return the amounts by first-level object that ``text`` gives for this year.

    Where the text names no first-level object, second-level ones are added up into theirs.
    ``unit_ntd`` counts where an amount prints no unit. Not checked against the line's amount.
    """
    section, headed = _this_year(_even(text[:_EXPLANATION_LETTERS_MAX]))
    for level in (1, 2):
        found, rest = _amounts_by_object(section, pack, level, unit_ntd)
        if found:
            amounts = tuple(
                ObjectAmount(code=item.code, amount_ntd=found[item.code])
                for item in pack.objects
                if item.level == 1 and found.get(item.code)
            )
            return ObjectSplit(amounts=amounts, whole=headed or not _WORDS.search(rest))
    return ObjectSplit(amounts=(), whole=False)


def prints_units(text: str) -> bool:
    """Tell whether amounts in the text say their unit (57,145千元)."""
    return _PRINTED_UNIT.search(_even(text)) is not None


def _even(text: str) -> str:
    """Half-width forms, no spaces, line breaks kept."""
    text = unicodedata.normalize("NFKC", text)
    return re.sub(r"[^\S\n]+", "", text)


def _this_year(text: str) -> tuple[str, bool]:
    """Cut out what speaks of this year, and tell whether a head 本年度預算數包括 announces it.

    Wrapped lines may break either phrase: both are looked for without line breaks.
    The part ends before the comparison with last year.
    """
    joined, at = _without_breaks(text)
    includes = _INCLUDES.search(joined)
    begin = includes.end() if includes else 0
    compares = _COMPARES.search(joined, begin)
    end = compares.start() if compares else len(joined)
    return text[at[begin] : at[end]], includes is not None


def _without_breaks(text: str) -> tuple[str, list[int]]:
    """Return the text without line breaks, and where each of its characters stood."""
    kept = [index for index, character in enumerate(text) if character != "\n"]
    return "".join(text[index] for index in kept), [*kept, len(text)]


def _amounts_by_object(
    section: str, pack: ObjectPack, level: int, unit_ntd: int
) -> tuple[Mapping[str, int], str]:
    """Return dollars by first-level code, and what the section says besides."""
    pattern, by_name = _pattern(pack, level)
    sums: dict[str, int] = {}
    rest, at = [], 0
    for found in pattern.finditer(section):
        rest.append(section[at : found.start()])
        at = found.end()
        amount = _ntd(found, unit_ntd)
        if amount is not None and not _CHANGE.search(rest[-1][-8:].rstrip("\n")):
            item = by_name["".join(found["name"].split())]
            code = item.parent or item.code
            sums[code] = sums.get(code, 0) + amount
    return sums, "".join([*rest, section[at:]])


def _ntd(found: re.Match[str], unit_ntd: int) -> int | None:
    unit = _UNITS_NTD.get(found["unit"] or "", unit_ntd)
    dollars = Decimal(found["number"].replace(",", "").rstrip(".")) * unit
    if dollars.adjusted() >= _DIGITS_MAX or dollars != dollars.to_integral_value():
        return None
    return int(dollars)


@lru_cache(maxsize=16)
def _pattern(pack: ObjectPack, level: int) -> tuple[re.Pattern[str], Mapping[str, ObjectCode]]:
    """One pattern for all names of a level, longest first; a name may be wrapped anywhere."""
    by_name = {
        name: item
        for item in pack.objects
        if item.level == level
        for name in (item.name, *item.aliases)
    }
    names = sorted(by_name, key=lambda name: (-len(name), name))
    wrapped = "|".join(r"\n?".join(map(re.escape, name)) for name in names)
    qualifier = r"(?:\([^)]{1,12}\))?"
    return (
        re.compile(
            f"{_BEFORE}(?P<name>{wrapped}){qualifier}\n?{_AMOUNT}\n?{_NUMBER}", re.MULTILINE
        ),
        by_name,
    )
