"""What is hashed, byte for byte: entries, trees of them, seals (core/docs/audit.md).

Written a second time, independently of the database's own function, so that neither checks
itself. Values are the texts that the database shows of what it stores; nothing is parsed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from zhuji_core.values import Value

# Prefixes of RFC 6962: a leaf can never be taken for a node of the tree.
LEAF, NODE = b"\x00", b"\x01"
HASH_BYTES = 32

PARTS_1 = (
    "audit_id", "recorded_at", "business_date", "actor_id", "actor_account", "action",
    "document_kind", "document_id", "document_label", "agency_code", "before", "after",
    "trace_id", "context",
)  # fmt: skip
# Form → the parts hashed, in their order. A column added later makes a new form: old rows keep
# theirs for ever. Form 0: hashed by the migration that brought leaves, after its transaction.
FORMS: Mapping[str, tuple[str, ...]] = {"0": PARTS_1, "1": PARTS_1}
ADOPTED_FORM = "0"
SEAL_FORM = 1

Part = bytes | None


class Seal(Value, frozen=True, kw_only=True):
    """A batch of entries that can no longer change unnoticed; ``leaves`` in order of their ids.

    ``entry_ids`` are the ranges (first, last) of ids that had an entry: a number outside of them
    was lost with a rolled-back transaction. ``sealed_at`` is in seconds since 1970, as text.
    """

    batch_no: int
    form: int
    first_audit_id: int
    last_audit_id: int
    entries: int
    entry_ids: tuple[tuple[int, int], ...]
    leaves: bytes
    root: bytes
    previous_hash: bytes
    entries_total: int
    sealed_at: str
    seal_hash: bytes


def framed(parts: Iterable[Part]) -> bytes:
    """Join parts so that no other parts give the same bytes: each behind its length."""
    return b"".join(b"-," if part is None else b"%d:%b," % (len(part), part) for part in parts)


def canonical(form: str, parts: Sequence[Part]) -> bytes:
    """Return the bytes of an entry; ``parts`` in the order of ``FORMS[form]``."""
    return b"zhuji.audit.%b,%b" % (form.encode(), framed(parts))


def leaf_hash(form: str, parts: Sequence[Part]) -> bytes:
    """Hash an entry as the database's ``kernel.audit_leaf`` must have."""
    return hashlib.sha256(LEAF + canonical(form, parts)).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(NODE + left + right).digest()


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root of the tree of RFC 6962 over at least one leaf."""
    assert leaves, "a tree has a leaf"
    level = list(leaves)
    while len(level) > 1:
        level = _next_level(level)
    return level[0]


def merkle_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return the hashes beside the way from leaf ``index`` up to the root."""
    assert 0 <= index < len(leaves), "the leaf is in the tree"
    path, level = [], list(leaves)
    while len(level) > 1:
        beside = index ^ 1
        if beside < len(level):
            path.append(level[beside])
        level, index = _next_level(level), index // 2
    return path


def root_of_path(leaf: bytes, *, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that ``path`` leads to, None when it does not fit ``index`` and ``size``."""
    if not 0 <= index < size:
        return None
    steps, value = iter(path), leaf
    while size > 1:
        beside = index ^ 1
        if beside < size:
            step = next(steps, None)
            if step is None:
                return None
            value = node_hash(step, value) if index & 1 else node_hash(value, step)
        index, size = index // 2, (size + 1) // 2
    return None if next(steps, None) is not None else value


def _next_level(level: Sequence[bytes]) -> list[bytes]:
    """Pair the hashes of a level; one that is left over goes up as it is (RFC 6962, 2.1)."""
    pairs = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
    return [*pairs, level[-1]] if len(level) % 2 else pairs


def genesis(county: str) -> bytes:
    """Return what the first seal of a county has for a seal before it: no chain fits another."""
    return hashlib.sha256(b"zhuji.audit.chain," + framed([county.encode()])).digest()


def seal_hash(county: str, seal: Seal) -> bytes:
    """Hash a seal, the one before it included; its leaves are in through their root."""
    parts = (
        county, seal.batch_no, seal.first_audit_id, seal.last_audit_id, seal.entries,
        ranges_text(seal.entry_ids), seal.root.hex(), seal.previous_hash.hex(),
        seal.entries_total, seal.sealed_at,
    )  # fmt: skip
    head = b"zhuji.audit.seal.%d," % seal.form
    return hashlib.sha256(head + framed(str(part).encode() for part in parts)).digest()


def ranges_of(ids: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Return rising ids as ranges (first, last), both included."""
    ranges: list[tuple[int, int]] = []
    for audit_id in ids:
        if ranges and audit_id == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], audit_id)
        else:
            ranges.append((audit_id, audit_id))
    return tuple(ranges)


def ids_of(ranges: Iterable[tuple[int, int]]) -> Iterator[int]:
    """Give the ids of ranges, one after another."""
    for first, last in ranges:
        yield from range(first, last + 1)


def ranges_text(ranges: Iterable[tuple[int, int]]) -> str:
    """Write ``1-4,7-7``."""
    return ",".join(f"{first}-{last}" for first, last in ranges)


def split_leaves(leaves: bytes) -> list[bytes]:
    """Cut the leaves of a seal apart."""
    return [leaves[at : at + HASH_BYTES] for at in range(0, len(leaves), HASH_BYTES)]
