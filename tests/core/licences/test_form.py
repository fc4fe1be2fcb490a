"""A licence as a file: signed, canonical, and refused when any byte of it is another."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from zhuji_core.home import Home
from zhuji_core.licences import form
from zhuji_core.licences.form import (
    Claims,
    LicenceForged,
    LicenceKeyUnknown,
    LicenceMalformed,
    sign,
    verify,
)
from zhuji_core.licences.keys import (
    LicenceKeyUnusable,
    TrustedKeys,
    key_id,
    make_key_pair,
    own_key,
    read_private_key,
    read_public_key,
)
from zhuji_core.values import DomainError

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
CLAIMS = Claims(
    form=1,
    county="TXG",
    modules=("accounting", "budget"),
    valid_from=dt.date(2026, 1, 1),
    valid_to=dt.date(2026, 12, 31),
    serial="A-1",
    issuer="行政院主計總處",
    key_id="",
)
GOLDEN = Path(__file__).parent / "golden" / "form-1.json"


def trusting(*keys: Ed25519PrivateKey) -> TrustedKeys:
    public = {key_id(key.public_key()): key.public_key() for key in keys}
    return TrustedKeys(public=public, names=dict.fromkeys(public, "test"), own=None)


TRUSTED = trusting(KEY)


def test_form_1_is_what_it_was() -> None:
    """Licences are kept for years: this file must verify in every later release."""
    assert verify(GOLDEN.read_bytes(), TRUSTED).serial == "A-1"
    assert sign(CLAIMS, KEY) == GOLDEN.read_bytes()


@pytest.mark.parametrize("valid_to", [dt.date(2026, 12, 31), None])
def test_what_was_signed_is_read_back(valid_to: dt.date | None) -> None:
    claims = msgspec.structs.replace(CLAIMS, valid_to=valid_to)
    read = verify(sign(claims, KEY), TRUSTED)
    assert read == msgspec.structs.replace(claims, key_id=key_id(KEY.public_key()))


def test_every_other_byte_at_every_place_is_refused() -> None:
    """All 255 other values of all bytes: more than a hundred thousand files."""
    file = sign(CLAIMS, KEY)
    refused: Counter[str] = Counter()
    for place in range(len(file)):
        for value in range(256):
            if value == file[place]:
                continue
            other = file[:place] + bytes([value]) + file[place + 1 :]
            with pytest.raises((LicenceMalformed, LicenceKeyUnknown, LicenceForged)) as found:
                verify(other, TRUSTED)
            refused[found.value.code] += 1
    assert sum(refused.values()) == 255 * len(file)
    assert set(refused) == {"E-LICENCE-FORM", "E-LICENCE-KEY", "E-LICENCE-FORGED"}


def test_a_byte_less_or_more_at_every_place_is_refused() -> None:
    file = sign(CLAIMS, KEY)
    for place in range(len(file) + 1):
        for other in (file[:place] + file[place + 1 :], file[:place] + b" " + file[place:]):
            if other == file:  # a byte taken beyond the end
                continue
            with pytest.raises((LicenceMalformed, LicenceKeyUnknown, LicenceForged)):
                verify(other, TRUSTED)


@pytest.mark.parametrize(
    "rewritten",
    [
        lambda text: json.dumps(json.loads(text)).encode(),
        lambda text: json.dumps(json.loads(text), indent=2).encode() + b"\n",  # \uXXXX
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: text.replace(b'"form": 1', b'"form": 1.0'),
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: text.replace(b'"licence"', b'"x": 1,\n  "licence"'),
        lambda text: text.replace(b'"form": 1,', b'"form": 1,\n    "form": 1,'),
        lambda text: text.replace(b'"form": 1', b'"form": 2'),
        lambda _: b"",
        lambda _: b"[]",
        lambda text: text * 100,
    ],
)
def test_the_same_claims_written_otherwise_are_refused(rewritten: object) -> None:
    assert callable(rewritten)
    with pytest.raises(LicenceMalformed):
        verify(rewritten(sign(CLAIMS, KEY)), TRUSTED)


def test_a_signature_of_another_key_or_for_another_purpose_is_none() -> None:
    other = Ed25519PrivateKey.generate()
    with pytest.raises(LicenceKeyUnknown):
        verify(sign(CLAIMS, other), TRUSTED)
    claims = msgspec.structs.replace(CLAIMS, key_id=key_id(KEY.public_key()))
    for signed in (form._text(claims), b"zhuji head, form 1\n" + form._text(claims)):
        planted = form.Licence(licence=claims, signature=KEY.sign(signed).hex())
        with pytest.raises(LicenceForged):
            verify(form._written(planted), TRUSTED)
    by_other = form.Licence(licence=claims, signature=other.sign(form._to_sign(claims)).hex())
    with pytest.raises(LicenceForged):
        verify(form._written(by_other), TRUSTED)


@pytest.mark.parametrize(
    "changes",
    [
        {"county": "txg"},
        {"modules": ()},
        {"modules": ("budget", "accounting")},
        {"modules": ("budget", "budget")},
        {"modules": ("*",)},
        {"modules": ("Budget",)},
        {"valid_to": dt.date(2025, 12, 31)},
        {"valid_from": dt.date(1911, 12, 31)},
        {"serial": ""},
        {"serial": "a b"},
        {"issuer": "  "},
        {"issuer": "長" * 201},
        {"form": 2},
    ],
)
def test_claims_that_no_file_may_hold_are_not_signed(changes: dict[str, object]) -> None:
    with pytest.raises(LicenceMalformed):
        sign(msgspec.structs.replace(CLAIMS, **changes), KEY)


def test_a_key_pair_is_written_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "issuer.pem"
    public = make_key_pair(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert read_private_key(file).public_key() == public == read_public_key(Path(f"{file}.pub"))
    before = file.read_bytes()
    with pytest.raises(LicenceKeyUnusable):
        make_key_pair(file)
    assert file.read_bytes() == before
    for read, path in (
        (read_private_key, Path(f"{file}.pub")),
        (read_public_key, file),
        (read_public_key, tmp_path / "absent"),
    ):
        with pytest.raises(LicenceKeyUnusable):
            read(path)


def test_a_host_trusts_its_own_key_unless_told_whom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    monkeypatch.delenv("ZHUJI_LICENCE_KEYS", raising=False)
    mine = own_key(home)
    assert TrustedKeys.from_environment(home).own is not None
    assert verify(sign(CLAIMS, mine), TrustedKeys.from_environment(home)).county == "TXG"
    public = make_key_pair(tmp_path / "issuer.pem")
    monkeypatch.setenv("ZHUJI_LICENCE_KEYS", str(tmp_path / "issuer.pem.pub"))
    others = TrustedKeys.from_environment(home)
    assert (others.own, list(others.public)) == (None, [key_id(public)])
    with pytest.raises(LicenceKeyUnknown):
        verify(sign(CLAIMS, mine), others)
    monkeypatch.setenv("ZHUJI_LICENCE_KEYS", f"own:{tmp_path / 'issuer.pem.pub'}")
    assert len(TrustedKeys.from_environment(home).public) == 2
    monkeypatch.setenv("ZHUJI_LICENCE_KEYS", str(tmp_path / "absent.pub"))
    with pytest.raises(DomainError):
        TrustedKeys.from_environment(home)
