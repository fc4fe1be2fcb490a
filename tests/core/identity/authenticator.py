"""A security key in software: answers ceremonies as a browser does, and wrongly when told to."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class Authenticator:
    """One key pair, bound to one site; ``flags`` says whether the person was there and known."""

    origin: str
    rp_id: str = "localhost"
    flags: int = PRESENT | VERIFIED
    sign_count: int = 0
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: dict[str, Any], **changed: str) -> str:
        """Answer ``navigator.credentials.create``; ``changed`` replaces what the browser says."""
        client = self._client("webauthn.create", options, changed)
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._attested()}
        response = {
            "clientDataJSON": text(client),
            "attestationObject": text(cbor2.dumps(attestation)),
            "transports": ["usb"],
        }
        return self._answer(response)

    def get(self, options: dict[str, Any], **changed: str) -> str:
        """Answer ``navigator.credentials.get`` and count on."""
        self.sign_count += 1
        client = self._client("webauthn.get", options, changed)
        data = self._data(self.flags)
        signed = data + hashlib.sha256(client).digest()
        response = {
            "clientDataJSON": text(client),
            "authenticatorData": text(data),
            "signature": text(self.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
        }
        return self._answer(response)

    def _answer(self, response: dict[str, Any]) -> str:
        name = text(self.credential_id)
        whole = {"id": name, "rawId": name, "type": "public-key", "response": response}
        return json.dumps({**whole, "clientExtensionResults": {}})

    def _client(self, kind: str, options: dict[str, Any], changed: dict[str, str]) -> bytes:
        data = {"type": kind, "challenge": options["challenge"], "origin": self.origin}
        return json.dumps({**data, "crossOrigin": False, **changed}).encode()

    def _data(self, flags: int) -> bytes:
        rp_id_hash = hashlib.sha256(self.rp_id.encode()).digest()
        return rp_id_hash + bytes([flags]) + self.sign_count.to_bytes(4, "big")

    def _attested(self) -> bytes:
        numbers = self.key.public_key().public_numbers()
        cose = {
            1: 2, 3: -7, -1: 1,
            -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big"),
        }  # fmt: skip
        length = len(self.credential_id).to_bytes(2, "big")
        body = bytes(16) + length + self.credential_id + cbor2.dumps(cose)
        return self._data(self.flags | ATTESTED) + body
