"""What a licence is refused for when it is installed, and what the kept ones license."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from zhuji_core.county import CountyNotFound
from zhuji_core.db.engines import Engines
from zhuji_core.home import Home
from zhuji_core.licences.form import (
    Claims,
    LicenceForged,
    LicenceKeyUnknown,
    LicenceMalformed,
    sign,
)
from zhuji_core.licences.install_licence import (
    LicenceEnded,
    LicenceInstalled,
    LicenceNotYetValid,
    install_licence,
)
from zhuji_core.licences.issue_licence import LicenceTermsInvalid, issue_licence
from zhuji_core.licences.keys import OWN, TrustedKeys, key_id
from zhuji_core.licences.license_by_own_key import license_by_own_key
from zhuji_core.licences.store import LicenceOfOtherCounty, kept_licences, read_books
from zhuji_core.modules import ModuleInfo, ModuleUnknown
from zhuji_core.values import DomainError

KEY = Ed25519PrivateKey.generate()
TRUSTED = TrustedKeys(
    public={key_id(KEY.public_key()): KEY.public_key()},
    names={key_id(KEY.public_key()): "test"},
    own=None,
)
INSTALLED = {
    name: ModuleInfo(name=name, title=name, version="1") for name in ("accounting", "budget")
}
FIRST, LAST = dt.date(2026, 1, 1), dt.date(2026, 12, 31)
# The first moments of the first day, and of the day after the last, in Taipei.
BEGINS = dt.datetime(2025, 12, 31, 16, tzinfo=dt.UTC)
ENDS = dt.datetime(2026, 12, 31, 16, tzinfo=dt.UTC)
TICK = dt.timedelta(microseconds=1)


def issued(
    *modules: str, county: str = "TXG", serial: str = "", valid_to: dt.date | None = LAST
) -> bytes:
    return issue_licence(
        KEY,
        county=county,
        modules=modules or INSTALLED,
        valid_from=FIRST,
        valid_to=valid_to,
        issuer="主計總處",
        installed=INSTALLED,
        serial=serial,
    )


def install(
    engines: Engines,
    file: bytes,
    *,
    now: dt.datetime = BEGINS,
    code: str = "TXG",
    keys: TrustedKeys = TRUSTED,
    installed: Iterable[str] = INSTALLED,
) -> Claims:
    return install_licence(
        engines,
        code=code,
        file=file,
        keys=keys,
        installed={name: INSTALLED[name] for name in installed},
        now=now,
    )


def rows(engines: Engines, sql: str) -> list[Any]:
    with engines.platform.connect() as connection:
        return list(connection.exec_driver_sql(sql).all())


def forged() -> bytes:
    return issued("budget").replace(b'"2026-12-31"', b'"2036-12-31"')


STRANGER = Ed25519PrivateKey.generate()


@pytest.mark.parametrize(
    ("file", "how", "refusal"),
    [
        (b"{}", {}, LicenceMalformed),
        (issued() + b"\n", {}, LicenceMalformed),
        (forged(), {}, LicenceForged),
        (issued(), {"keys": TrustedKeys(public={}, names={}, own=None)}, LicenceKeyUnknown),
        (issued(county="MLI"), {}, LicenceOfOtherCounty),
        (issued(), {"installed": ["budget"]}, ModuleUnknown),
        (issued(), {"now": BEGINS - TICK}, LicenceNotYetValid),
        (issued(), {"now": ENDS}, LicenceEnded),
        (issued(county="XXX"), {"code": "XXX"}, CountyNotFound),
    ],
    ids=lambda value: getattr(value, "code", None),
)
def test_each_reason_has_its_code_and_nothing_is_kept(
    engines: Engines, file: bytes, how: dict[str, Any], refusal: type[DomainError]
) -> None:
    before = rows(engines, "SELECT audit_id FROM platform.audit_entry")
    with pytest.raises(refusal) as found:
        install(engines, file, **how)
    assert type(found.value) is refusal
    assert rows(engines, "SELECT 1 FROM platform.licence") == []
    assert rows(engines, "SELECT audit_id FROM platform.audit_entry") == before


@pytest.mark.parametrize("now", [BEGINS, ENDS - TICK])
def test_it_is_installed_from_the_first_moment_to_the_last(
    engines: Engines, now: dt.datetime
) -> None:
    claims = install(engines, issued(serial="A-1"), now=now)
    ((code, serial, file),) = rows(
        engines, "SELECT county_code, serial, file FROM platform.licence"
    )
    assert (code, serial, file.encode()) == ("TXG", "A-1", issued(serial="A-1"))
    (entry,) = rows(
        engines,
        "SELECT county_code, operator, before, after FROM platform.audit_entry "
        "WHERE action = 'licence.install'",
    )
    assert (entry.county_code, entry.before) == ("TXG", None)
    assert entry.operator
    assert entry.after["modules"] == ["accounting", "budget"]
    assert (entry.after["valid_to"], entry.after["key_id"]) == ("2026-12-31", claims.key_id)


def test_the_same_serial_is_installed_once(engines: Engines) -> None:
    install(engines, issued(serial="A-1"))
    for again in (issued(serial="A-1"), issued("budget", serial="A-1", valid_to=None)):
        with pytest.raises(LicenceInstalled):
            install(engines, again)
    assert len(rows(engines, "SELECT 1 FROM platform.licence")) == 1


def test_licences_add_up_and_none_takes_away(engines: Engines) -> None:
    install(engines, issued("budget", valid_to=dt.date(2026, 6, 30)))
    install(engines, issued("accounting", "budget", valid_to=dt.date(2026, 3, 31)))
    install(engines, issued("accounting", county="MLI"), code="MLI")
    books = read_books(engines.platform, TRUSTED)
    in_may = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
    assert books["TXG"].covers("budget", at=in_may)
    assert not books["TXG"].covers("accounting", at=in_may)
    assert books["MLI"].covers("accounting", at=in_may)
    assert not books["MLI"].covers("budget", at=in_may)


def test_a_changed_row_licenses_nothing_and_is_shown(engines: Engines) -> None:
    """Whoever can write into the platform's database cannot license with it."""
    install(engines, issued("budget", serial="A-1"))
    file = issued("budget", serial="A-1").decode()
    for changed, code in (
        (forged().decode(), "E-LICENCE-FORGED"),
        (issued("budget", county="MLI").decode(), "E-LICENCE-COUNTY"),
        ("nonsense", "E-LICENCE-FORM"),
        (file, ""),
    ):
        with engines.server.connect(engines.server.platform_name) as admin:
            admin.execute("UPDATE platform.licence SET file = %s", (changed,))
        book = read_books(engines.platform, TRUSTED)["TXG"]
        assert book.covers("budget", at=BEGINS) == (code == "")
        (kept,) = kept_licences(engines.platform, code="TXG", keys=TRUSTED)
        assert (kept.serial, kept.refusal) == ("A-1", code)


def test_the_platforms_own_role_can_only_add_licences(engines: Engines) -> None:
    install(engines, issued())
    for statement in ("UPDATE platform.licence SET serial = 'x'", "DELETE FROM platform.licence"):
        with engines.platform.connect() as connection, pytest.raises(Exception, match="permission"):
            connection.exec_driver_sql(statement)


def test_a_key_that_is_trusted_no_more_licenses_no_more(engines: Engines) -> None:
    install(engines, issued("budget"))
    nobody = TrustedKeys(public={}, names={}, own=None)
    assert not read_books(engines.platform, nobody)["TXG"].covers("budget", at=BEGINS)


def test_a_host_licenses_by_its_own_key_what_no_licence_names(engines: Engines) -> None:
    keys = TrustedKeys.of(engines.home, [OWN])

    def license_(*modules: str) -> tuple[str, ...]:
        return license_by_own_key(
            engines,
            code="TXG",
            keys=keys,
            installed={name: INSTALLED[name] for name in modules},
            now=BEGINS,
        )

    assert license_("budget") == ("budget",)
    assert license_("budget") == ()
    assert license_("accounting", "budget") == ("accounting",)
    book = read_books(engines.platform, keys)["TXG"]
    assert all(book.covers(name, at=ENDS + dt.timedelta(days=9_999)) for name in INSTALLED)


def test_what_an_operator_has_given_an_end_is_not_extended(engines: Engines) -> None:
    keys = TrustedKeys.of(engines.home, [OWN])
    assert keys.own is not None
    file = issue_licence(
        keys.own,
        county="TXG",
        modules=["budget"],
        valid_from=FIRST,
        valid_to=LAST,
        issuer="本主機",
        installed=INSTALLED,
    )
    install(engines, file, keys=keys)
    again = license_by_own_key(engines, code="TXG", keys=keys, installed=INSTALLED, now=ENDS)
    assert again == ("accounting",)
    assert not read_books(engines.platform, keys)["TXG"].covers("budget", at=ENDS)


def test_a_host_that_trusts_others_only_licenses_nothing_itself(engines: Engines) -> None:
    again = license_by_own_key(engines, code="TXG", keys=TRUSTED, installed=INSTALLED, now=BEGINS)
    assert again == ()
    assert rows(engines, "SELECT 1 FROM platform.licence") == []


def test_another_home_has_another_key(engines: Engines, tmp_path_factory: Any) -> None:
    other = TrustedKeys.of(Home(tmp_path_factory.mktemp("other")), [OWN])
    mine = TrustedKeys.of(engines.home, [OWN])
    assert set(other.public).isdisjoint(mine.public)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"county": "TX"}, "county"),
        ({"modules": []}, "modules"),
        ({"valid_to": FIRST - dt.timedelta(days=1)}, "valid_to"),
        ({"issuer": " "}, "issuer"),
        ({"serial": "a b"}, "serial"),
    ],
)
def test_terms_that_cannot_be_licensed_are_named(changes: dict[str, Any], field: str) -> None:
    terms: dict[str, Any] = {
        "county": "TXG",
        "modules": ["budget"],
        "valid_from": FIRST,
        "valid_to": LAST,
        "issuer": "主計總處",
    }
    with pytest.raises(LicenceTermsInvalid) as refused:
        issue_licence(KEY, installed=INSTALLED, **{**terms, **changes})
    assert list(refused.value.fields) == [field]


def test_a_mistyped_module_is_not_issued() -> None:
    with pytest.raises(ModuleUnknown):
        issued("acounting")


def test_a_stranger_cannot_issue_for_this_host(engines: Engines) -> None:
    claims = Claims(
        form=1,
        county="TXG",
        modules=("budget",),
        valid_from=FIRST,
        valid_to=None,
        serial="S-1",
        issuer="陌生人",
        key_id="",
    )
    with pytest.raises(LicenceKeyUnknown):
        install(engines, sign(claims, STRANGER))
