"""The keys of licences: Ed25519, private in PKCS #8 and public in PEM files, or the home's own.

A host trusts the public keys that ``ZHUJI_LICENCE_KEYS`` names. Without it, it trusts the key
that is derived from its own master secret: a county that hosts itself licenses itself.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from zhuji_core.home import Home
from zhuji_core.values import N_, DomainError

VARIABLE = "ZHUJI_LICENCE_KEYS"
# Stands among the paths of the variable for the key of the home itself.
OWN = "own"
PURPOSE = "licence signing key"
PUBLIC_SUFFIX = ".pub"


class LicenceKeyUnusable(DomainError):
    """The file is missing, exists already, or holds no Ed25519 key of this kind in PEM."""

    code = "E-LICENCE-KEY-FILE"
    message = N_("授權金鑰檔 {path} 無法使用：{reason}。")
    status_code = 422


@dataclass(frozen=True, kw_only=True, eq=False)
class TrustedKeys:
    """Public keys by id, and under which name the host knows them; ``own`` is the home's key.

    ``own`` None: this host was told to trust others only, and licenses nothing itself.
    """

    public: Mapping[str, Ed25519PublicKey]
    names: Mapping[str, str]
    own: Ed25519PrivateKey | None

    @classmethod
    def from_environment(cls, home: Home) -> TrustedKeys:
        """Read the files of ``ZHUJI_LICENCE_KEYS`` (separated by ``:``); raise on an unusable one.

        Raises LicenceKeyUnusable.
        """
        named = os.environ.get(VARIABLE) or OWN
        return cls.of(home, [part for part in named.split(os.pathsep) if part])

    @classmethod
    def of(cls, home: Home, named: list[str]) -> TrustedKeys:
        """Take ``own`` and the paths of public keys; raise LicenceKeyUnusable."""
        own = own_key(home) if OWN in named else None
        found = {
            name: own.public_key() if own and name == OWN else read_public_key(Path(name))
            for name in named
        }
        return cls(
            public={key_id(key): key for key in found.values()},
            names={key_id(key): name for name, key in found.items()},
            own=own,
        )


def own_key(home: Home) -> Ed25519PrivateKey:
    """Return the home's own key: stored nowhere, always the same for the same master secret."""
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(home.derive(PURPOSE)))


def key_id(key: Ed25519PublicKey) -> str:
    """Return the 16 hexadecimal digits by which a licence names the key that signed it."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def make_key_pair(path: Path) -> Ed25519PublicKey:
    """Write a new private key to ``path`` (0600) and its public one beside it (``.pub``).

    Never writes over a file. Raises LicenceKeyUnusable.
    """
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    _write_new(path, private, mode=0o600)
    _write_new(path.with_name(path.name + PUBLIC_SUFFIX), public, mode=0o644)
    return key.public_key()


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """Read a private key in PEM without a password; raise LicenceKeyUnusable."""
    try:
        key = serialization.load_pem_private_key(_read(path), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise LicenceKeyUnusable(path=str(path), reason=NOT_PRIVATE) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise LicenceKeyUnusable(path=str(path), reason=NOT_PRIVATE)
    return key


def read_public_key(path: Path) -> Ed25519PublicKey:
    """Read a public key in PEM; raise LicenceKeyUnusable."""
    try:
        key = serialization.load_pem_public_key(_read(path))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise LicenceKeyUnusable(path=str(path), reason=NOT_PUBLIC) from error
    if not isinstance(key, Ed25519PublicKey):
        raise LicenceKeyUnusable(path=str(path), reason=NOT_PUBLIC)
    return key


NOT_PRIVATE = N_("不是未加密的 Ed25519 私鑰（PEM）")
NOT_PUBLIC = N_("不是 Ed25519 公鑰（PEM）")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise LicenceKeyUnusable(path=str(path), reason=error.strerror or "") from error


def _write_new(path: Path, content: bytes, *, mode: int) -> None:
    try:
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except OSError as error:
        raise LicenceKeyUnusable(path=str(path), reason=error.strerror or "") from error
    with os.fdopen(opened, "wb") as file:
        file.write(content)
