"""A licence as a file: form 1, signed with Ed25519, changed in no byte without being refused.

The file is the one canonical text of its claims: JSON with the fields in the order of
:class:`Claims`, indented by two spaces, UTF-8, a line feed at the end. Signed is ``SIGNED_AS``
followed by the same text without the signature, so that a signature made for anything else is
none here. A file that is not byte for byte the canonical text of what it says is refused before
any key is asked. The decision page 0009 says why.
"""

from __future__ import annotations

import datetime as dt
import re

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from zhuji_core.formats import FIRST_DAY
from zhuji_core.licences.keys import TrustedKeys, key_id
from zhuji_core.values import N_, DomainError, Value

FORM = 1
SIGNED_AS = b"zhuji licence, form 1\n"
# A hundred modules and long names stay far below; the table has the same bound.
FILE_BYTES_MAX = 20_000
MODULES_MAX = 200
TEXT_MAX = 200
COUNTY_FORM = re.compile(r"[A-Z]{3}")
MODULE_FORM = re.compile(r"[a-z][a-z0-9_]{0,49}")
SERIAL_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,79}")
SIGNATURE_FORM = re.compile(r"[0-9a-f]{128}")


class LicenceMalformed(DomainError):
    """The file is no licence of a form that is known here, or was edited or damaged."""

    code = "E-LICENCE-FORM"
    message = N_("這不是有效的授權檔：內容與格式第 {form} 版不符，可能已損毀或被改動。")
    status_code = 422


class LicenceKeyUnknown(DomainError):
    """The licence was signed with a key that this host does not trust."""

    code = "E-LICENCE-KEY"
    message = N_("授權檔由本主機未信任的金鑰（{key_id}）簽署，未予受理。")


class LicenceForged(DomainError):
    """The signature does not belong to what the file says: it was changed after signing."""

    code = "E-LICENCE-FORGED"
    message = N_("授權檔的簽章與內容不符（序號 {serial}），內容遭改動或偽造，未予受理。")


class Claims(Value, frozen=True, kw_only=True):
    """What a licence says; ``modules`` sorted, both days included, ``valid_to`` None: no end."""

    form: int
    county: str
    modules: tuple[str, ...]
    valid_from: dt.date
    valid_to: dt.date | None
    serial: str
    issuer: str
    key_id: str

    @property
    def well_formed(self) -> bool:
        return (
            self.form == FORM
            and COUNTY_FORM.fullmatch(self.county) is not None
            and 0 < len(self.modules) <= MODULES_MAX
            and list(self.modules) == sorted(set(self.modules))
            and all(MODULE_FORM.fullmatch(name) for name in self.modules)
            and self.valid_from >= FIRST_DAY
            and (self.valid_to is None or self.valid_from <= self.valid_to)
            and SERIAL_FORM.fullmatch(self.serial) is not None
            and 0 < len(self.issuer.strip()) <= TEXT_MAX
        )


class Licence(Value, frozen=True, kw_only=True):
    """The file: its claims, and the signature over them in hexadecimal digits."""

    licence: Claims
    signature: str


def sign(claims: Claims, key: Ed25519PrivateKey) -> bytes:
    """Return the licence as a file; raise LicenceMalformed for claims that no file may hold."""
    signed = msgspec.structs.replace(claims, key_id=key_id(key.public_key()))
    if not signed.well_formed:
        raise LicenceMalformed(form=FORM)
    return _written(Licence(licence=signed, signature=key.sign(_to_sign(signed)).hex()))


def read(file: bytes) -> Licence:
    """Return what the file says, unverified; raise LicenceMalformed unless it is canonical."""
    if len(file) > FILE_BYTES_MAX:
        raise LicenceMalformed(form=FORM)
    try:
        found = msgspec.json.decode(file, type=Licence)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LicenceMalformed(form=FORM) from error
    signed = SIGNATURE_FORM.fullmatch(found.signature) is not None
    if not (signed and found.licence.well_formed and _written(found) == file):
        raise LicenceMalformed(form=FORM)
    return found


def verify(file: bytes, keys: TrustedKeys) -> Claims:
    """Return what a trusted key has signed.

    Raises LicenceMalformed, LicenceKeyUnknown, LicenceForged. Says nothing of county, modules
    and dates: these depend on where and when the licence is used.
    """
    found = read(file)
    key = keys.public.get(found.licence.key_id)
    if key is None:
        raise LicenceKeyUnknown(key_id=found.licence.key_id)
    try:
        key.verify(bytes.fromhex(found.signature), _to_sign(found.licence))
    except InvalidSignature as error:
        raise LicenceForged(serial=found.licence.serial) from error
    return found.licence


def _to_sign(claims: Claims) -> bytes:
    return SIGNED_AS + _text(claims)


def _written(licence: Licence) -> bytes:
    return _text(licence)


def _text(value: Value) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
