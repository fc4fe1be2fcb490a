"""What is looked for in all documents: words, or the number of a document. Pure."""

from __future__ import annotations

import re
import unicodedata

from zhuji_core.matching import literal
from zhuji_core.values import N_, DomainError, Value

WORD_MIN = 2  # two neighbouring characters are what the indexes know
TEXT_MAX = 100
# 支10500012, 105報00003, 105暫00001, 10500007: word, year, word, number of at least five digits.
NUMBER = re.compile(r"([收支轉]?)([1-9]\d{2})([報暫]?)(\d{5,9})")


class SearchTooShort(DomainError):
    """A single character is in half of all documents."""

    code = "E-SEARCH-SHORT"
    message = N_("請至少輸入 {word_min} 個連續的字。")
    status_code = 422


class Sought(Value, frozen=True, kw_only=True):
    """``words`` must all be found; ``number`` and ``year`` are set when a number was keyed.

    ``mark`` is the word of the number (收, 支, 轉, 報, 暫), empty for a request's.
    """

    words: tuple[str, ...]
    grams: tuple[str, ...]
    year: int = 0
    number: int = 0
    mark: str = ""

    @property
    def patterns(self) -> tuple[str, ...]:
        """Return what each text must be LIKE, each word once."""
        return tuple(f"%{literal(word)}%" for word in self.words)


def sought(text: str) -> Sought:
    """Read what was keyed; raise SearchTooShort when no word has two characters."""
    plain = unicodedata.normalize("NFKC", text[:TEXT_MAX]).lower()
    words = tuple(dict.fromkeys(plain.split()))
    grams = {word[at : at + 2] for word in words for at in range(len(word) - 1)}
    if not grams:
        raise SearchTooShort(word_min=WORD_MIN, fields={"text": SearchTooShort.message})
    found = NUMBER.fullmatch("".join(words))
    if not found:
        return Sought(words=words, grams=tuple(sorted(grams)))
    before, year, after, number = found.groups()
    return Sought(
        words=words,
        grams=tuple(sorted(grams)),
        year=int(year),
        number=int(number),
        mark=before or after,
    )
