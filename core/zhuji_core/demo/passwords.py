"""Passwords of the demo's accounts: readable, the same at every start, other in every home."""

from __future__ import annotations

import base64
import hashlib
import hmac

# 50 bits: nobody guesses them over HTTP, and people can type them from the terminal.
LENGTH = 10


def demo_password(secret: bytes, *, county: str, account: str) -> str:
    """Derive the password from the home's secret, so that it is written down nowhere."""
    name = f"demo password {county}/{account}".encode()
    digest = hmac.new(secret, name, hashlib.sha256).digest()
    text = base64.b32encode(digest).decode().lower()[:LENGTH]
    return f"{text[:5]}-{text[5:]}"
