"""Heads of the chain outside of the database: what truncation and a full rewrite cannot reach.

One file for each county, one line for each anchor, added and never changed, signed with an
Ed25519 key that is derived from the home's secret: whoever has the public key can check the file
and cannot write it. A copy in a second folder (``ZHUJI_ANCHORS``, another machine's disk) keeps
what an intruder of this one would take away.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from zhuji_core.audit.canonical import framed
from zhuji_core.home import Home
from zhuji_core.values import N_, DomainError, Value

PURPOSE = "ed25519 audit anchor"
# Groups of four characters are what people can compare by eye, line by line.
GROUP = 4
# A line has some 500 bytes.
TAIL_BYTES = 4_096


class AnchorUnreadable(DomainError):
    """A file of anchors is missing, or a line of it is none."""

    code = "E-ANCHOR-FILE"
    message = N_("無法讀取錨定檔 {path}（第 {line} 行）：{reason}")
    status_code = 422


class Anchor(Value, frozen=True, kw_only=True):
    """The head of a county's chain at a moment; ``entries`` counts from the first one on.

    ``closes_day`` marks the first anchor after a business day was over: the day's head.
    ``key`` and ``signature`` are hexadecimal.
    """

    county: str
    business_date: dt.date
    written_at: dt.datetime
    batch_no: int
    last_audit_id: int
    entries: int
    head: str
    closes_day: bool = False
    key: str = ""
    signature: str = ""


class AnchorKey:
    """The key of a home; it is stored nowhere and comes from the home's secret."""

    def __init__(self, home: Home) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(home.derive(PURPOSE)))
        self.public = self._key.public_key().public_bytes_raw().hex()

    def sign(self, anchor: Anchor) -> Anchor:
        return msgspec.structs.replace(
            anchor, key=self.public, signature=self._key.sign(signed_bytes(anchor)).hex()
        )


def signed_bytes(anchor: Anchor) -> bytes:
    """Return what the signature of an anchor covers."""
    parts = (
        anchor.county, anchor.business_date.isoformat(), anchor.written_at.isoformat(),
        anchor.batch_no, anchor.last_audit_id, anchor.entries, anchor.head, anchor.closes_day,
    )  # fmt: skip
    return b"zhuji.audit.anchor.1," + framed(str(part).encode() for part in parts)


def is_signed(anchor: Anchor, *, keys: Iterable[str]) -> bool:
    """Tell whether the signature is right and its key one of ``keys`` (hexadecimal)."""
    if anchor.key not in set(keys):
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(anchor.key))
        key.verify(bytes.fromhex(anchor.signature), signed_bytes(anchor))
    except (InvalidSignature, ValueError):
        return False
    return True


def anchor_file(folder: Path, county: str) -> Path:
    return folder / f"{county}.jsonl"


def folders(home: Home) -> tuple[Path, ...]:
    """Return the home's own folder of anchors, and the second one where ``ZHUJI_ANCHORS`` says."""
    further = os.environ.get("ZHUJI_ANCHORS", "")
    own = home.path / "anchors"
    return (own, Path(further)) if further else (own,)


def append_anchor(folder: Path, anchor: Anchor) -> None:
    """Add one line and wait until it is on the disk; two processes never mix their lines."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    with os.fdopen(os.open(anchor_file(folder, anchor.county), flags, 0o600), "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(msgspec.json.encode(anchor) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(folder)


def read_anchors(file: Path) -> list[Anchor]:
    """Return the anchors of a file in their order; raise AnchorUnreadable."""
    try:
        lines = file.read_bytes().splitlines()
    except OSError as error:
        raise AnchorUnreadable(path=str(file), line=0, reason=str(error.strerror)) from error
    return [_read_line(file, number, line) for number, line in enumerate(lines, 1) if line.strip()]


def kept_anchors(places: Sequence[Path], county: str) -> list[Anchor]:
    """Return the anchors of a county in all places that have some, each once."""
    files = [anchor_file(place, county) for place in places]
    found = [anchor for file in files if file.exists() for anchor in read_anchors(file)]
    return list(dict.fromkeys(found))


def last_anchor(folder: Path, county: str) -> Anchor | None:
    """Return the newest anchor of the file, None where there is none."""
    file = anchor_file(folder, county)
    try:
        with file.open("rb") as opened:
            opened.seek(max(0, file.stat().st_size - TAIL_BYTES))
            lines = opened.read().splitlines()
    except FileNotFoundError:
        return None
    return _read_line(file, 0, lines[-1]) if lines else None


def grouped(head: str) -> str:
    """Write a hash for people: ``3F2A 90C1 …``."""
    text = head.upper()
    return " ".join(text[at : at + GROUP] for at in range(0, len(text), GROUP))


def ungrouped(text: str) -> str:
    """Read what people keyed from paper: spaces, dashes and capitals do not matter."""
    return "".join(letter for letter in text.lower() if letter.isalnum())


def _read_line(file: Path, number: int, line: bytes) -> Anchor:
    try:
        return msgspec.json.decode(line, type=Anchor)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise AnchorUnreadable(path=str(file), line=number, reason=str(error)) from error


def _sync_folder(folder: Path) -> None:
    """Make the file's name last as its content does."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
