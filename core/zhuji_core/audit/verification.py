"""Check a county's audit trail from its rows as read: pure, and without the database's hashes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from zhuji_core.audit import canonical
from zhuji_core.audit.anchors import Anchor
from zhuji_core.audit.canonical import FORMS, Seal
from zhuji_core.audit.reading import Entry
from zhuji_core.values import N_, Value

# So many findings are told one by one; all are counted.
FINDINGS_MAX = 1_000
# A seal never covers more (sealing.BATCH_MAX is less); one that says so was not written by us.
SEALED_MAX = 1_000_000


class Reason(StrEnum):
    """What is wrong."""

    ENTRY_CHANGED = "entry-changed"
    ENTRY_REWRITTEN = "entry-rewritten"
    ENTRY_MISSING = "entry-missing"
    ENTRY_ADDED = "entry-added"
    SEAL_CHANGED = "seal-changed"
    SEAL_MISSING = "seal-missing"
    SEAL_INCONSISTENT = "seal-inconsistent"
    ANCHOR_DIFFERS = "anchor-differs"
    ANCHOR_AHEAD = "anchor-ahead"
    ANCHOR_UNSIGNED = "anchor-unsigned"
    NOT_HASHED = "not-hashed"


WORDS: Mapping[Reason, str] = {
    Reason.ENTRY_CHANGED: N_("紀錄內容與其雜湊值不符"),
    Reason.ENTRY_REWRITTEN: N_("紀錄與雜湊值一併改寫，與封存不符"),
    Reason.ENTRY_MISSING: N_("封存過的紀錄不見了"),
    Reason.ENTRY_ADDED: N_("封存範圍內多出未封存的紀錄"),
    Reason.SEAL_CHANGED: N_("封存內容與其雜湊值不符"),
    Reason.SEAL_MISSING: N_("封存不連續，中間有缺或前後不接"),
    Reason.SEAL_INCONSISTENT: N_("封存的筆數、編號與雜湊樹不一致"),
    Reason.ANCHOR_DIFFERS: N_("與資料庫外的錨定值不符"),
    Reason.ANCHOR_AHEAD: N_("資料庫外錨定過的封存不見了，稽核紀錄被截斷"),
    Reason.ANCHOR_UNSIGNED: N_("錨定值的簽章不符，或簽章金鑰不是本主機的"),
    Reason.NOT_HASHED: N_("資料庫已停止計算雜湊值"),
}


class Finding(Value, frozen=True, kw_only=True):
    """Something broken: an entry by its id, a seal by its number, or neither (all of it)."""

    reason: Reason
    audit_id: int | None = None
    batch_no: int | None = None


class Verification(Value, frozen=True, kw_only=True):
    """``checked`` entries were recomputed; ``broken`` counts all, ``findings`` tells the first."""

    county: str
    checked: int
    sealed: int
    seals: int
    anchors: int
    broken: int
    findings: tuple[Finding, ...]
    head: str
    last_batch_no: int

    @property
    def unsealed(self) -> int:
        return self.checked - self.sealed

    @property
    def passed(self) -> bool:
        """Nothing is broken, and something was looked at."""
        return self.checked > 0 and self.broken == 0


class PrintedHead(Value, frozen=True, kw_only=True):
    """A head as it stands on paper (hexadecimal); whoever keyed it believes it."""

    batch_no: int
    head: str


@dataclass(kw_only=True)
class Trail:
    """What is checked, in order of batches and of ids; ``is_signed`` judges an anchor."""

    county: str
    entries: Iterable[Entry]
    seals: Iterable[Seal]
    anchors: Iterable[Anchor] = ()
    printed: Iterable[PrintedHead] = ()
    is_signed: Callable[[Anchor], bool] = lambda _: True
    is_hashing: bool = True


def verify(trail: Trail) -> Verification:
    """Recompute every entry, every seal and every link, and compare with the anchors."""
    return _Verifier(trail).run()


@dataclass(kw_only=True)
class _Tally:
    checked: int = 0
    sealed: int = 0
    seals: int = 0
    anchors: int = 0
    broken: int = 0
    entries_total: int = 0
    findings: list[Finding] = field(default_factory=list)

    def find(
        self, reason: Reason, *, audit_id: int | None = None, batch_no: int | None = None
    ) -> None:
        self.broken += 1
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(Finding(reason=reason, audit_id=audit_id, batch_no=batch_no))


class _Verifier:
    """Walks entries and seals side by side, once."""

    def __init__(self, trail: Trail) -> None:
        self._trail = trail
        self._tally = _Tally()
        self._entries = iter(trail.entries)
        self._entry = next(self._entries, None)
        self._last: Seal | None = None
        self._anchors = self._anchors_by_batch()
        self._printed = {one.batch_no: one.head for one in trail.printed}
        self._tally.anchors += len(self._printed)

    def run(self) -> Verification:
        if not self._trail.is_hashing:
            self._tally.find(Reason.NOT_HASHED)
        for seal in self._trail.seals:
            self._check_link(seal)
            self._check_anchors(seal)
            self._check_entries(seal)
            self._tally.seals += 1
            self._last = seal
        while (entry := self._take()) is not None:
            self._check_entry(entry)
        # What no seal has answered to.
        for batch_no in sorted({*self._anchors, *self._printed}):
            self._tally.find(Reason.ANCHOR_AHEAD, batch_no=batch_no)
        return self._result()

    def _anchors_by_batch(self) -> dict[int, list[Anchor]]:
        by_batch: dict[int, list[Anchor]] = {}
        for anchor in self._trail.anchors:
            self._tally.anchors += 1
            if anchor.county != self._trail.county or not self._trail.is_signed(anchor):
                self._tally.find(Reason.ANCHOR_UNSIGNED, batch_no=anchor.batch_no)
            else:
                by_batch.setdefault(anchor.batch_no, []).append(anchor)
        return by_batch

    def _check_link(self, seal: Seal) -> None:
        """Compare the seal with the one before it, and with itself."""
        county, last = self._trail.county, self._last
        number, after = (last.batch_no, last.last_audit_id) if last is not None else (0, 0)
        before = last.seal_hash if last is not None else canonical.genesis(county)
        link = (seal.batch_no, seal.first_audit_id, seal.previous_hash)
        if link != (number + 1, after + 1, before):
            self._tally.find(Reason.SEAL_MISSING, batch_no=seal.batch_no)
        if canonical.seal_hash(county, seal) != seal.seal_hash:
            self._tally.find(Reason.SEAL_CHANGED, batch_no=seal.batch_no)
        self._tally.entries_total += seal.entries
        if not _agrees(seal) or seal.entries_total != self._tally.entries_total:
            self._tally.find(Reason.SEAL_INCONSISTENT, batch_no=seal.batch_no)

    def _check_anchors(self, seal: Seal) -> None:
        for anchor in self._anchors.pop(seal.batch_no, ()):
            kept = (seal.seal_hash.hex(), seal.last_audit_id, seal.entries_total)
            if kept != (anchor.head, anchor.last_audit_id, anchor.entries):
                self._tally.find(Reason.ANCHOR_DIFFERS, batch_no=seal.batch_no)
        if self._printed.pop(seal.batch_no, seal.seal_hash.hex()) != seal.seal_hash.hex():
            self._tally.find(Reason.ANCHOR_DIFFERS, batch_no=seal.batch_no)

    def _check_entries(self, seal: Seal) -> None:
        """Compare the entries up to the seal's last with those that it lists."""
        ids = canonical.ids_of(seal.entry_ids) if _count(seal) <= SEALED_MAX else iter(())
        leaves = iter(canonical.split_leaves(seal.leaves))
        for audit_id in ids:
            self._check_added(seal, until=audit_id - 1)
            leaf = next(leaves, b"")
            if self._entry is None or self._entry.audit_id != audit_id:
                self._tally.find(Reason.ENTRY_MISSING, audit_id=audit_id, batch_no=seal.batch_no)
                continue
            entry = self._take()
            assert entry is not None, "looked at just now"
            self._tally.sealed += 1
            if self._check_entry(entry) and entry.leaf != leaf.hex().encode():
                self._tally.find(Reason.ENTRY_REWRITTEN, audit_id=audit_id, batch_no=seal.batch_no)
        self._check_added(seal, until=seal.last_audit_id)

    def _check_added(self, seal: Seal, *, until: int) -> None:
        """Entries that the seal does not know, up to ``until``."""
        while self._entry is not None and self._entry.audit_id <= until:
            entry = self._take()
            assert entry is not None, "looked at just now"
            self._check_entry(entry)
            self._tally.find(Reason.ENTRY_ADDED, audit_id=entry.audit_id, batch_no=seal.batch_no)

    def _check_entry(self, entry: Entry) -> bool:
        self._tally.checked += 1
        if hashes_to_its_leaf(entry):
            return True
        self._tally.find(Reason.ENTRY_CHANGED, audit_id=entry.audit_id)
        return False

    def _take(self) -> Entry | None:
        entry, self._entry = self._entry, next(self._entries, None)
        return entry

    def _result(self) -> Verification:
        tally, last = self._tally, self._last
        return Verification(
            county=self._trail.county,
            checked=tally.checked,
            sealed=tally.sealed,
            seals=tally.seals,
            anchors=tally.anchors,
            broken=tally.broken,
            findings=tuple(tally.findings),
            head=last.seal_hash.hex() if last is not None else "",
            last_batch_no=last.batch_no if last is not None else 0,
        )


def hashes_to_its_leaf(entry: Entry) -> bool:
    """Tell whether the entry's values give the leaf that is kept beside them."""
    form = (entry.form or b"").decode("ascii", "replace")
    if form not in FORMS:
        return False
    return canonical.leaf_hash(form, entry.parts).hex().encode() == entry.leaf


def _count(seal: Seal) -> int:
    return sum(last - first + 1 for first, last in seal.entry_ids)


def _agrees(seal: Seal) -> bool:
    """Tell whether ids, count, leaves and root of a seal are of the same entries."""
    leaves = canonical.split_leaves(seal.leaves)
    if not leaves or not seal.entry_ids:
        return False
    within = seal.first_audit_id <= seal.entry_ids[0][0] <= seal.entry_ids[-1][1]
    return (
        within
        and seal.entry_ids[-1][1] == seal.last_audit_id
        and seal.entries == _count(seal) == len(leaves)
        and canonical.merkle_root(leaves) == seal.root
    )
