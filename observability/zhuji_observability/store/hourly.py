"""What each statement took and what each line lost, of all requests, by county and hour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from zhuji_core.values import Value
from zhuji_observability.store.exchange import Exchange

HOUR_S = 3_600
# Hours, counties and statements that wait to be written; a county has some hundred statements.
KEPT_MAX = 20_000
_MS_IN_S = 1_000

# Hour in seconds since 1970, county, text.
StatementKey = tuple[int, str, str]
LineKey = tuple[int, str]


class StatementSum(Value, frozen=True, kw_only=True):
    """Of one statement: how often, how long together, and the longest."""

    times: int = 0
    total_us: int = 0
    longest_us: int = 0

    def plus(self, other: StatementSum) -> StatementSum:
        return StatementSum(
            times=self.times + other.times,
            total_us=self.total_us + other.total_us,
            longest_us=max(self.longest_us, other.longest_us),
        )


class LineSum(Value, frozen=True, kw_only=True):
    """Of one county's line, as the server's kernel knows it: what was sent to clients again."""

    requests: int = 0
    sent_again: int = 0  # segments
    hurt: int = 0  # requests of which at least one was

    def plus(self, other: LineSum) -> LineSum:
        return LineSum(
            requests=self.requests + other.requests,
            sent_again=self.sent_again + other.sent_again,
            hurt=self.hurt + other.hurt,
        )


class Hourly:
    """Adds up the hours of this process until they are written. Used by the keeper's thread."""

    def __init__(self) -> None:
        self.statements: dict[StatementKey, StatementSum] = {}
        self.lines: dict[LineKey, LineSum] = {}
        self._changed: set[StatementKey] = set()

    def add(self, one: Exchange, statements: Iterable[tuple[str, int]]) -> None:
        """Count a request and its statements, each with its microseconds.

        Where too much waits to be written, new statements are left out.
        """
        hour_s = one.began_ms // _MS_IN_S // HOUR_S * HOUR_S
        line = (hour_s, one.county)
        self.lines[line] = self.lines.get(line, LineSum()).plus(
            LineSum(requests=1, sent_again=one.retransmits, hurt=one.retransmits > 0)
        )
        for text, length_us in statements:
            key = (hour_s, one.county, text)
            if key not in self.statements and len(self.statements) >= KEPT_MAX:
                continue
            self.statements[key] = self.statements.get(key, StatementSum()).plus(
                StatementSum(times=1, total_us=length_us, longest_us=length_us)
            )
            self._changed.add(key)

    def unwritten(self) -> Mapping[StatementKey, StatementSum]:
        return {key: self.statements[key] for key in self._changed}

    def written(self, now_s: float) -> None:
        """All of it is written: forget the hours that are over."""
        self._changed.clear()
        over_s = now_s - HOUR_S - 60
        for key in [one for one in self.statements if one[0] < over_s]:
            del self.statements[key]
        for line in [one for one in self.lines if one[0] < over_s]:
            del self.lines[line]


def statements_together(rows: Iterable[tuple[str, StatementSum]]) -> dict[str, StatementSum]:
    """Add up what several hours, counties and processes counted of the same statements."""
    found: dict[str, StatementSum] = {}
    for text, one in rows:
        found[text] = found.get(text, StatementSum()).plus(one)
    return found
