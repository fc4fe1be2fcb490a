"""WebAuthn ceremonies: a challenge is given to one browser, answered once, within minutes.

py_webauthn checks what a browser and its authenticator signed; this module decides what is asked
for and what an answer is held against. A challenge is taken out of the database before its answer
is looked at, in a transaction of its own, so that a refused answer cannot be tried again. Counties
and the host hold the same ceremonies, each with the challenges of its own database.
"""

from __future__ import annotations

import datetime as dt
import secrets
import struct
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
import webauthn
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from zhuji_core.identity.sessions import digest
from zhuji_core.ids import new_id
from zhuji_core.values import N_, DomainError, Value

CHALLENGE_BYTES = 32
# Time to find the key, touch it and type its PIN; browsers are told the same.
LASTS = dt.timedelta(minutes=3)
# What an authenticator answers is about 1 kB, with a certificate some more.
ANSWER_MAX = 20_000
# What py_webauthn and the parsers below it raise at an answer that is none: of another shape (a
# list, a number, null), of other types, nested until the parser gives up, of text that is no text.
NOT_PROVED = (
    WebAuthnException,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    IndexError,
    RecursionError,
    EOFError,
    struct.error,
)


class FactorUnavailable(DomainError):
    """The operator has not said under which address this site is reached."""

    code = "E-FACTOR-UNAVAILABLE"
    message = N_("此網址不能使用安全金鑰：請維運人員設定網站的正式網址（ZHUJI_ORIGIN）。")


class FactorRefused(DomainError):
    """Of another site, another person, another moment, or not proved: which is not said."""

    code = "E-FACTOR-REFUSED"
    message = N_("安全金鑰驗證未成功，請重新操作；若持續發生請洽系統管理人員。")
    status_code = 422


class Party(Value, frozen=True, kw_only=True):
    """The site to which keys are bound: its whole address, and the host of it."""

    origin: str
    name: str

    @property
    def rp_id(self) -> str:
        return urlsplit(self.origin).hostname or ""


class Credential(Value, frozen=True, kw_only=True):
    """A registered key as a ceremony needs it."""

    key_id: uuid.UUID
    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]


class Holder(Value, frozen=True, kw_only=True):
    """The browser and person that a challenge is for: by its session, or its unfinished sign-in."""

    token: str
    user_id: uuid.UUID
    account: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Challenges:
    """Where challenges are kept until they are answered; ``statements`` is in autocommit."""

    statements: sa.Engine
    clock: Callable[[], dt.datetime]
    keep: sa.TextClause
    remove: sa.TextClause

    def give(self, holder: Holder, *, purpose: str) -> bytes:
        """Make the only challenge of this browser, for one purpose."""
        challenge = secrets.token_bytes(CHALLENGE_BYTES)
        now = self.clock()
        with self.statements.connect() as connection:
            connection.execute(
                self.keep,
                {
                    "challenge_id": new_id(),
                    "holder_digest": digest(holder.token),
                    "user_id": holder.user_id,
                    "purpose": purpose,
                    "challenge": challenge,
                    "now": now,
                    "expires_at": now + LASTS,
                },
            )
        return challenge

    def take(self, holder: Holder, *, purpose: str, answer: str) -> bytes:
        """Return what ``answer`` has to be an answer to, for the last time; raise FactorRefused."""
        with self.statements.connect() as connection:
            row: Any = connection.execute(
                self.remove,
                {
                    "holder_digest": digest(holder.token),
                    "user_id": holder.user_id,
                    "purpose": purpose,
                },
            ).one_or_none()
        if row is None or row.expires_at <= self.clock() or len(answer) > ANSWER_MAX:
            raise FactorRefused
        return bytes(row.challenge)


class ProvedKey(Value, frozen=True, kw_only=True):
    """A new key as its registration proved it; ``transports``: how its browser can reach it."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]


def party_of(origin: str, *, name: str) -> Party:
    """Return the site at ``origin``; raise FactorUnavailable when nobody said what it is."""
    if not origin:
        raise FactorUnavailable
    return Party(origin=origin, name=name)


def begin_registration(
    challenges: Challenges, holder: Holder, *, party: Party, known: Sequence[Credential]
) -> str:
    """Return the options for ``navigator.credentials.create`` as JSON."""
    options = webauthn.generate_registration_options(
        rp_id=party.rp_id,
        rp_name=party.name,
        user_id=holder.user_id.bytes,
        user_name=holder.account,
        user_display_name=holder.name,
        challenge=challenges.give(holder, purpose="register"),
        timeout=int(LASTS.total_seconds() * 1000),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_descriptors(known),
    )
    return webauthn.options_to_json(options)


def verify_registration(
    challenges: Challenges, holder: Holder, *, party: Party, answer: str
) -> ProvedKey:
    """Return the new key that ``answer`` proves; raise FactorRefused."""
    challenge = challenges.take(holder, purpose="register", answer=answer)
    try:
        given = webauthn.helpers.parse_registration_credential_json(answer)
        proved = webauthn.verify_registration_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=party.rp_id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except NOT_PROVED as error:
        raise FactorRefused from error
    return ProvedKey(
        credential_id=proved.credential_id,
        public_key=proved.credential_public_key,
        sign_count=proved.sign_count,
        transports=tuple(sorted({one.value for one in given.response.transports or ()})),
    )


def begin_sign_in(
    challenges: Challenges, holder: Holder, *, party: Party, known: Sequence[Credential]
) -> str:
    """Return the options for ``navigator.credentials.get`` as JSON."""
    options = webauthn.generate_authentication_options(
        rp_id=party.rp_id,
        challenge=challenges.give(holder, purpose="sign_in"),
        timeout=int(LASTS.total_seconds() * 1000),
        allow_credentials=_descriptors(known),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def verify_sign_in(
    challenges: Challenges,
    holder: Holder,
    *,
    party: Party,
    known: Sequence[Credential],
    answer: str,
) -> tuple[Credential, int]:
    """Return which of the person's own keys ``answer`` proves, and its new counter.

    Raises FactorRefused: a key of somebody else, a counter that went back (a copied key), another
    origin or challenge, no user verification.
    """
    challenge = challenges.take(holder, purpose="sign_in", answer=answer)
    try:
        given = webauthn.helpers.parse_authentication_credential_json(answer)
        (used,) = (one for one in known if one.credential_id == given.raw_id)
        proved: VerifiedAuthentication = webauthn.verify_authentication_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=party.rp_id,
            expected_origin=party.origin,
            credential_public_key=used.public_key,
            credential_current_sign_count=used.sign_count,
            require_user_verification=True,
        )
    except NOT_PROVED as error:
        raise FactorRefused from error
    return used, proved.new_sign_count


def _descriptors(known: Sequence[Credential]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=one.credential_id,
            transports=[AuthenticatorTransport(name) for name in one.transports] or None,
        )
        for one in known
    ]
