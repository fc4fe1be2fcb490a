"""Install a licence in a county: verified, then kept in the platform's database for good."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec
import psycopg

from zhuji_core.county import CountyNotFound
from zhuji_core.db.audit import audit, host_account
from zhuji_core.db.engines import Engines
from zhuji_core.db.server import scalar
from zhuji_core.formats import format_date_long
from zhuji_core.licences.book import day_of
from zhuji_core.licences.form import Claims, verify
from zhuji_core.licences.keys import TrustedKeys
from zhuji_core.licences.store import LicenceOfOtherCounty
from zhuji_core.modules import ModuleInfo, ModuleUnknown
from zhuji_core.values import N_, DomainError

FIND_COUNTY = "SELECT code FROM platform.county WHERE code = %s FOR KEY SHARE"
INSERT = """
    INSERT INTO platform.licence (county_code, serial, key_id, file, installed_at, installed_by)
    VALUES (%s, %s, %s, %s, %s, %s)
        ON CONFLICT (key_id, serial) DO NOTHING
    RETURNING licence_id
"""


class LicenceEnded(DomainError):
    """The licence ended before the day on which it is installed."""

    code = "E-LICENCE-ENDED"
    message = N_("授權檔（序號 {serial}）已於 {last_day} 屆滿，不能安裝。")


class LicenceNotYetValid(DomainError):
    """The licence begins after the day on which it is installed."""

    code = "E-LICENCE-NOT-YET"
    message = N_("授權檔（序號 {serial}）自 {first_day} 起生效，請於該日起安裝。")


class LicenceInstalled(DomainError):
    """A licence of this serial of the same issuer's key is kept already."""

    code = "E-LICENCE-INSTALLED"
    message = N_("序號 {serial} 的授權已安裝。")


def install_licence(
    engines: Engines,
    *,
    code: str,
    file: bytes,
    keys: TrustedKeys,
    installed: Mapping[str, ModuleInfo],
    now: dt.datetime,
) -> Claims:
    """Keep the licence ``file`` for county ``code``; every process knows it within two seconds.

    Raises LicenceMalformed, LicenceKeyUnknown, LicenceForged, LicenceOfOtherCounty,
    ModuleUnknown, LicenceEnded, LicenceNotYetValid, CountyNotFound, LicenceInstalled; then
    nothing is kept.
    """
    claims = judge_licence(file, code=code, keys=keys, installed=installed, now=now)
    server = engines.server
    with server.connect(server.platform_name) as platform, platform.transaction():
        if scalar(platform, FIND_COUNTY, code) is None:
            raise CountyNotFound(county=code)
        _keep(platform, claims, file, now=now)
    return claims


def judge_licence(
    file: bytes,
    *,
    code: str,
    keys: TrustedKeys,
    installed: Mapping[str, ModuleInfo],
    now: dt.datetime,
) -> Claims:
    """Return what the licence says if it may be installed in ``code`` now; raise what says why not.

    Raises the same as ``install_licence``, apart from what only its database knows.
    """
    claims = verify(file, keys)
    if claims.county != code:
        raise LicenceOfOtherCounty(county=claims.county, code=code)
    for name in claims.modules:
        if name not in installed:
            raise ModuleUnknown(module=name, installed=", ".join(sorted(installed)))
    today = day_of(now)
    if claims.valid_to is not None and claims.valid_to < today:
        raise LicenceEnded(serial=claims.serial, last_day=format_date_long(claims.valid_to))
    if claims.valid_from > today:
        raise LicenceNotYetValid(
            serial=claims.serial, first_day=format_date_long(claims.valid_from)
        )
    return claims


def _keep(
    platform: psycopg.Connection[Any], claims: Claims, file: bytes, *, now: dt.datetime
) -> None:
    row = (claims.county, claims.serial, claims.key_id, file.decode(), now, host_account())
    if scalar(platform, INSERT, *row) is None:
        raise LicenceInstalled(serial=claims.serial)
    audit(
        platform,
        "licence.install",
        claims.county,
        before=None,
        after=msgspec.to_builtins(claims),
    )
