"""The control ledger (預算控制) as text: a balanced side ledger with an account a counter. Pure.

Every row of the budget has what is available, encumbered, advanced and expended; what the budget
added stands against one offset account. After each posting stands what was available then: of a
certification what its receipt says, of any other what the postings before it come to. At the end
stand the counters that zhuji keeps, so another program proves each of them (peers §6).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence

from zhuji_accounting.domain.ledger.plain_text import fit
from zhuji_core.contracts.control import ControlPosting
from zhuji_core.contracts.funds import FundPosition
from zhuji_core.values import Value

ROOT = "9-預算控制"
COUNTERS = {
    "available_ntd": "1-可用",
    "encumbered_ntd": "2-保留",
    "advanced_ntd": "3-暫付",
    "expended_ntd": "4-實支",
}
OFFSET = "對轉"
Dated = tuple[dt.date, tuple[str, ...]]


class Controlled(Value, frozen=True, kw_only=True):
    """A posting, and what was available after it by the receipt that was written then, if any."""

    posting: ControlPosting
    receipt_ntd: int | None = None


class ControlText:
    """Writes one file's control ledger; remembers what it has declared and what it comes to."""

    def __init__(self, *, form: str) -> None:
        self._form = form
        self._rows: dict[uuid.UUID, str] = {}
        self._available: dict[uuid.UUID, int] = {}
        self._last = dt.date.min

    @property
    def row_ids(self) -> Sequence[uuid.UUID]:
        """The rows that had a posting."""
        return list(self._rows)

    def postings(self, controlled: Iterable[Controlled]) -> Iterator[Dated]:
        """Yield day and lines of each posting, its accounts declared before their first use."""
        for one in controlled:
            yield one.posting.on_date, tuple(self._posting(one))

    def kept(self, positions: Iterable[FundPosition], *, day: dt.date) -> Iterator[str]:
        """Yield the last assertions, of ``day`` at the earliest: the counters as they are kept."""
        found = list(positions)
        if not found:
            return
        self._last = max(self._last, day)
        yield ""
        if self._form != "beancount":
            yield f"{self._last} * counters kept of the control rows"
        for account, total_ntd in self.totals(found).items():
            if self._form == "beancount":
                yield f"{self._last + dt.timedelta(days=1)} balance {account}  {total_ntd} TWD"
            else:
                yield f"    {account}  0 TWD = {total_ntd} TWD"

    def totals(self, positions: Iterable[FundPosition]) -> Mapping[str, int]:
        """Return what each control account comes to by the kept counters, the offset with them."""
        totals: dict[str, int] = {}
        budget_ntd = 0
        for one in positions:
            head = self._rows[one.control_row_id]
            kept = {
                "available_ntd": one.annual_available_ntd,
                "encumbered_ntd": one.encumbered_ntd,
                "advanced_ntd": one.advanced_ntd,
                "expended_ntd": one.expended_ntd,
            }
            totals |= {f"{head}:{leaf}": kept[counter] for counter, leaf in COUNTERS.items()}
            budget_ntd += sum(kept.values())
        return {**totals, self._offset: -budget_ntd} if totals else {}

    @property
    def _offset(self) -> str:
        return f"{self._root}:{self._leaf(OFFSET)}"

    @property
    def _root(self) -> str:
        return f"Equity:{ROOT}" if self._form == "beancount" else ROOT

    def _leaf(self, text: str) -> str:
        """Return a part of a name; beancount's begin with a capital and have no ``_``."""
        if self._form != "beancount":
            return fit(text)
        return f"X-{fit(text)}".replace(".", "-").replace("_", "-")

    def _posting(self, one: Controlled) -> Iterator[str]:
        posting = one.posting
        self._last = max(self._last, posting.on_date)
        yield from self._declared(posting)
        head = self._rows[posting.control_row_id]
        available_ntd = self._available.get(posting.control_row_id, 0) + posting.available_ntd
        self._available[posting.control_row_id] = available_ntd
        label = f"{posting.kind} {posting.document_label}".replace('"', "”").replace(";", "；")
        yield ""
        if self._form == "beancount":
            yield f'{posting.on_date} * "{label}"'
        else:
            yield f"{posting.on_date} * ({posting.document_label}) {label}  ; kind:control"
        for counter, leaf in COUNTERS.items():
            moved_ntd = getattr(posting, counter)
            if counter == "available_ntd":
                said_ntd = available_ntd if one.receipt_ntd is None else one.receipt_ntd
                asserted = "" if self._form == "beancount" else f" = {said_ntd} TWD"
                yield f"    {head}:{leaf}  {moved_ntd} TWD{asserted}"
            elif moved_ntd:
                yield f"    {head}:{leaf}  {moved_ntd} TWD"
        if posting.budget_ntd:
            yield f"    {self._offset}  {-posting.budget_ntd} TWD"

    def _declared(self, posting: ControlPosting) -> Iterator[str]:
        if posting.control_row_id in self._rows:
            return
        accounts = [] if self._rows else [self._offset]
        head = f"{self._root}:{self._leaf(posting.agency_code)}:{self._leaf(posting.label)}"
        self._rows[posting.control_row_id] = head
        accounts += [f"{head}:{leaf}" for leaf in COUNTERS.values()]
        if self._form == "beancount":
            yield from (f"{posting.on_date} open {account} TWD" for account in accounts)
        else:
            yield from (f"account {account}" for account in accounts)
