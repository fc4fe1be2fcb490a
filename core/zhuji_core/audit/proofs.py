"""Prove to somebody without the database that an entry stands under a head that he knows.

The way leads from the entry's own bytes up the tree of its seal, then from seal to seal to the
newest one. ``check_proof`` needs nothing but the document.
"""

from __future__ import annotations

import itertools

import msgspec
import sqlalchemy as sa

from zhuji_core.audit import canonical, reading
from zhuji_core.audit.canonical import PARTS_1, Seal
from zhuji_core.audit.reading import Entry
from zhuji_core.values import N_, DomainError, Value

# Seals after the entry's own: an hour of work at one a second. A longer way is given in part,
# and the entry then stands under the last head of that part.
LINKS_MAX = 3_600

SEAL_OF = sa.text("""
    SELECT batch_no
      FROM kernel.audit_seal
     WHERE last_audit_id >= :audit_id
     ORDER BY last_audit_id
     LIMIT 1
""")


class EntryUnknown(DomainError):
    """There is no audit entry with this number, or not for this person."""

    code = "E-AUDIT-ENTRY"
    message = N_("查無稽核紀錄 {audit_id}。")
    status_code = 404


class EntryUnsealed(DomainError):
    """The entry has not been sealed yet; the next round of the sealer does it."""

    code = "E-AUDIT-UNSEALED"
    message = N_("稽核紀錄 {audit_id} 尚未封存，請稍後再試。")


class EntryBroken(DomainError):
    """The entry, its seal or a seal after it is not what it was: somebody changed the trail."""

    code = "E-AUDIT-BROKEN"
    message = N_("稽核紀錄 {audit_id} 與封存不符，請以 zhuji audit verify 全面查核。")


class ProofSeal(Value, frozen=True, kw_only=True):
    """A seal without its leaves; hashes are hexadecimal."""

    batch_no: int
    form: int
    first_audit_id: int
    last_audit_id: int
    entries: int
    entry_ids: tuple[tuple[int, int], ...]
    root: str
    previous_hash: str
    entries_total: int
    sealed_at: str
    seal_hash: str


class Proof(Value, frozen=True, kw_only=True):
    """``parts`` are the entry's values as texts, by name; ``path`` leads from leaf to root."""

    county: str
    audit_id: int
    form: str
    parts: dict[str, str | None]
    leaf: str
    index: int
    path: tuple[str, ...]
    seal: ProofSeal
    links: tuple[ProofSeal, ...]
    head: str
    head_batch_no: int


class ProofResult(Value, frozen=True, kw_only=True):
    """``faults`` empty: the entry stands under ``head`` of batch ``head_batch_no``."""

    audit_id: int
    head: str
    head_batch_no: int
    faults: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.faults


def prove_entry(
    connection: sa.Connection, *, county: str, audit_id: int, links_max: int = LINKS_MAX
) -> Proof:
    """Return the proof of one entry, up to ``links_max`` seals after its own.

    Raises EntryUnknown, EntryUnsealed, or EntryBroken where the trail itself is not in order.
    """
    entry = find_entry(connection, audit_id)
    batch_no = connection.execute(SEAL_OF, {"audit_id": audit_id}).scalar_one_or_none()
    if batch_no is None:
        raise EntryUnsealed(audit_id=audit_id)
    own = next(reading.seals(connection, after=batch_no - 1))
    links = reading.seals(connection, after=batch_no, whole=False)
    proof = _proof(county, entry, own, list(itertools.islice(links, links_max)))
    if proof is None or not check_proof(proof).passed:
        raise EntryBroken(audit_id=audit_id)
    return proof


def find_entry(connection: sa.Connection, audit_id: int) -> Entry:
    """Return one entry as read; raise EntryUnknown."""
    found = next(reading.entries(connection, first=audit_id, last=audit_id), None)
    if found is None:
        raise EntryUnknown(audit_id=audit_id)
    return found


def check_proof(proof: Proof) -> ProofResult:
    """Recompute every step of the way; the head must then be compared with a known one."""
    faults = []
    parts = [_encoded(proof.parts.get(name)) for name in PARTS_1]
    known = proof.form in canonical.FORMS and set(proof.parts) == set(PARTS_1)
    if not known or proof.parts["audit_id"] != str(proof.audit_id):
        faults.append(N_("格式不明，或編號與內容不符"))
    elif canonical.leaf_hash(proof.form, parts).hex() != proof.leaf:
        faults.append(N_("紀錄內容與其雜湊值不符"))
    if _root(proof) != proof.seal.root:
        faults.append(N_("雜湊路徑不通到封存的樹根"))
    if not _stands_at(proof.seal, proof.audit_id, proof.index):
        faults.append(N_("封存的編號清單中沒有這筆紀錄"))
    faults += _link_faults(proof)
    return ProofResult(
        audit_id=proof.audit_id,
        head=proof.head,
        head_batch_no=proof.head_batch_no,
        faults=tuple(faults),
    )


def _proof(county: str, entry: Entry, own: Seal, links: list[Seal]) -> Proof | None:
    leaves = canonical.split_leaves(own.leaves)
    ids = list(canonical.ids_of(own.entry_ids)) if own.entries == len(leaves) else []
    if entry.audit_id not in ids or len(ids) != len(leaves):
        return None
    index, last = ids.index(entry.audit_id), links[-1] if links else own
    texts = [None if part is None else part.decode("utf-8", "replace") for part in entry.parts]
    return Proof(
        county=county,
        audit_id=entry.audit_id,
        form=(entry.form or b"").decode(),
        parts=dict(zip(PARTS_1, texts, strict=True)),
        leaf=(entry.leaf or b"").decode(),
        index=index,
        path=tuple(step.hex() for step in canonical.merkle_path(leaves, index)),
        seal=_shown(own),
        links=tuple(_shown(seal) for seal in links),
        head=last.seal_hash.hex(),
        head_batch_no=last.batch_no,
    )


def _shown(seal: Seal) -> ProofSeal:
    values = msgspec.structs.asdict(seal)
    values.pop("leaves")
    hashes = {name: values[name].hex() for name in ("root", "previous_hash", "seal_hash")}
    return ProofSeal(**{**values, **hashes})


def _hidden(shown: ProofSeal) -> Seal:
    values = msgspec.structs.asdict(shown)
    hashes = {name: bytes.fromhex(values[name]) for name in ("root", "previous_hash", "seal_hash")}
    return Seal(**{**values, **hashes, "leaves": b""})


def _root(proof: Proof) -> str:
    root = canonical.root_of_path(
        bytes.fromhex(proof.leaf),
        index=proof.index,
        size=proof.seal.entries,
        path=[bytes.fromhex(step) for step in proof.path],
    )
    return root.hex() if root is not None else ""


def _stands_at(seal: ProofSeal, audit_id: int, index: int) -> bool:
    before = 0
    for first, last in seal.entry_ids:
        if first <= audit_id <= last:
            return index == before + audit_id - first
        before += last - first + 1
    return False


def _link_faults(proof: Proof) -> list[str]:
    """Follow the chain from the entry's seal to the head."""
    before, faults = proof.seal, []
    for number, shown in enumerate((proof.seal, *proof.links)):
        if canonical.seal_hash(proof.county, _hidden(shown)).hex() != shown.seal_hash:
            faults.append(N_("封存內容與其雜湊值不符"))
        linked = (shown.batch_no, shown.previous_hash) == (before.batch_no + 1, before.seal_hash)
        if number and not linked:
            faults.append(N_("封存不連續，中間有缺或前後不接"))
        before = shown
    if (proof.head_batch_no, proof.head) != (before.batch_no, before.seal_hash):
        faults.append(N_("錨定值不是最後一個封存的雜湊值"))
    return list(dict.fromkeys(faults))


def _encoded(text: str | None) -> bytes | None:
    return None if text is None else text.encode()
