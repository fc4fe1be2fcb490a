"""Issue a licence: sign what a county may use, and from when to when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from zhuji_core.ids import new_id
from zhuji_core.licences.form import COUNTY_FORM, FORM, SERIAL_FORM, TEXT_MAX, Claims, sign
from zhuji_core.modules import ModuleInfo, ModuleUnknown
from zhuji_core.values import N_, DomainError


class LicenceTermsInvalid(DomainError):
    """No licence can be issued with these terms; ``fields`` says what is wrong with which."""

    code = "E-LICENCE-TERMS"
    message = N_("授權內容有誤，未簽發。")
    status_code = 422


def issue_licence(  # noqa: PLR0913 (the claims of a licence, all by keyword)
    key: Ed25519PrivateKey,
    *,
    county: str,
    modules: Iterable[str],
    valid_from: dt.date,
    valid_to: dt.date | None,
    issuer: str,
    installed: Mapping[str, ModuleInfo],
    serial: str = "",
) -> bytes:
    """Return the licence as a file, signed with ``key``; without ``serial`` a new one is made.

    Raises LicenceTermsInvalid, and ModuleUnknown for a module that this host has not installed:
    a mistyped name would only be found out where the licence is to be installed.
    """
    wanted = tuple(sorted(set(modules)))
    number = serial or str(new_id())
    wrong = _wrong(county, wanted, valid_from, valid_to, issuer=issuer, serial=number)
    if wrong:
        raise LicenceTermsInvalid(fields=wrong)
    for name in wanted:
        if name not in installed:
            raise ModuleUnknown(module=name, installed=", ".join(sorted(installed)))
    claims = Claims(
        form=FORM,
        county=county,
        modules=wanted,
        valid_from=valid_from,
        valid_to=valid_to,
        serial=number,
        issuer=issuer.strip(),
        key_id="",
    )
    return sign(claims, key)


def _wrong(
    county: str,
    modules: tuple[str, ...],
    valid_from: dt.date,
    valid_to: dt.date | None,
    *,
    issuer: str,
    serial: str,
) -> dict[str, str]:
    checks = (
        ("county", COUNTY_FORM.fullmatch(county) is not None, N_("須為三個大寫英文字母")),
        ("modules", bool(modules), N_("至少須有一個模組")),
        ("valid_to", valid_to is None or valid_from <= valid_to, N_("不得早於起日")),
        ("issuer", 0 < len(issuer.strip()) <= TEXT_MAX, N_("須有簽發者名稱，最多 200 字")),
        ("serial", SERIAL_FORM.fullmatch(serial) is not None, N_("須為英數字與 . _ / -")),
    )
    return {name: text for name, right, text in checks if not right}
