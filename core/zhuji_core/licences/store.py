"""The licences that the platform keeps: read often and verified anew, only ever added to."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

import sqlalchemy as sa

from zhuji_core.licences.book import LicenceBook, Term
from zhuji_core.licences.form import Claims, LicenceMalformed, read, verify
from zhuji_core.licences.keys import TrustedKeys
from zhuji_core.values import N_, DomainError, Value

# A licence a year and module for a thousand counties is far below; the newest count.
READ = sa.text("""
    SELECT county_code, file FROM platform.licence ORDER BY licence_id DESC LIMIT 20000
""")
OF_COUNTY = sa.text("""
    SELECT serial, file, installed_at, installed_by
      FROM platform.licence
     WHERE county_code = :code
     ORDER BY licence_id DESC
     LIMIT 500
""")


class LicenceOfOtherCounty(DomainError):
    """The licence was issued to another county than the one that it is installed in."""

    code = "E-LICENCE-COUNTY"
    message = N_("授權檔屬於縣市 {county}，不能安裝於 {code}。")


class KeptLicence(Value, frozen=True, kw_only=True):
    """A licence as it was installed; ``refusal`` is why it licenses nothing (a code), or ''.

    ``claims`` None: the row was changed so that it is no licence any more.
    """

    serial: str
    claims: Claims | None
    refusal: str
    installed_at: dt.datetime
    installed_by: str


def read_books(platform: sa.Engine, keys: TrustedKeys) -> dict[str, LicenceBook]:
    """Return the terms of each county by its code; a county without licence has no entry."""
    terms: dict[str, list[Term]] = defaultdict(list)
    with platform.connect() as connection:
        for row in connection.execute(READ):
            terms[row.county_code] += terms_of(row.file, row.county_code, keys)
    return {code: LicenceBook(found) for code, found in terms.items()}


def kept_licences(platform: sa.Engine, *, code: str, keys: TrustedKeys) -> list[KeptLicence]:
    """Return a county's licences, newest first (at most 500), and what is wrong with them."""
    with platform.connect() as connection:
        rows = connection.execute(OF_COUNTY, {"code": code}).all()
    return [
        KeptLicence(
            serial=row.serial,
            claims=_claims(row.file),
            refusal=refusal_of(row.file, code, keys),
            installed_at=row.installed_at,
            installed_by=row.installed_by,
        )
        for row in rows
    ]


def _claims(file: str) -> Claims | None:
    try:
        return read(file.encode()).licence
    except LicenceMalformed:
        return None


@lru_cache(maxsize=4096)
def terms_of(file: str, code: str, keys: TrustedKeys) -> Sequence[Term]:
    """Return the terms of a kept file, none when it does not license ``code``.

    Verified although it was verified when it was installed: whoever changes the table, or takes
    a key out of the trusted ones, changes what is licensed accordingly. Costs 0.1 ms, once.
    """
    if refusal_of(file, code, keys):
        return ()
    claims = read(file.encode()).licence
    return tuple(
        Term(
            module=name,
            valid_from=claims.valid_from,
            valid_to=claims.valid_to,
            serial=claims.serial,
            issuer=claims.issuer,
        )
        for name in claims.modules
    )


def refusal_of(file: str, code: str, keys: TrustedKeys) -> str:
    """Return the code of the reason why a kept file licenses nothing in county ``code``, or ''."""
    try:
        claims = verify(file.encode(), keys)
    except DomainError as refused:
        return refused.code
    return "" if claims.county == code else LicenceOfOtherCounty.code
