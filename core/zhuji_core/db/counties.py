"""The counties of this installation: add, find and list them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from zhuji_core.county import County, CountyNotFound
from zhuji_core.db.audit import audit
from zhuji_core.db.databases import prepare_county, prepare_platform, server_lock
from zhuji_core.db.engines import Engines
from zhuji_core.db.migrations import Migrations
from zhuji_core.db.server import scalar
from zhuji_core.db.states import settle
from zhuji_core.modules import ModuleInfo, ModuleRequires, ModuleUnknown
from zhuji_core.values import N_, DomainError

CODE_FORM = re.compile(r"[A-Z]{3}")

LIST = sa.text("""
    SELECT code, name, modules, state, epoch, reason FROM platform.county ORDER BY code LIMIT 1000
""")
FIND = sa.text("""
    SELECT code, name, modules, state, epoch, reason FROM platform.county WHERE code = :code
""")
EXISTS = "SELECT EXISTS (SELECT FROM platform.county WHERE code = %s)"
INSERT = "INSERT INTO platform.county (code, name, modules, database_name) VALUES (%s, %s, %s, %s)"


class CountyCodeInvalid(DomainError):
    """A code is three capital letters, as in the codes of ISO 3166-2:TW."""

    code = "E-COUNTY-CODE"
    message = N_("縣市代碼「{county}」須為三個大寫英文字母，且須有名稱。")
    status_code = 422


class CountyExists(DomainError):
    """The county has been added already."""

    code = "E-COUNTY-EXISTS"
    message = N_("縣市 {county} 已存在。")


def ensure_platform(engines: Engines) -> None:
    """Make or upgrade the register of counties; called whenever a host is opened.

    Also finishes what a crash left between the register and a county's database.
    """
    with server_lock(engines.server) as lock:
        prepare_platform(lock, engines)
    settle(engines)


def add_county(
    engines: Engines,
    *,
    code: str,
    name: str,
    modules: Sequence[str],
    installed: Mapping[str, ModuleInfo],
    migrations: Sequence[Migrations],
) -> County:
    """Make the county's database and role, and enter it in the register last, with its audit.

    ``migrations`` are those of every installed module, required ones first: a module that is
    switched on later finds its tables. What a crash left half way is not in the register, so
    that doing it again finishes it. Raises CountyCodeInvalid, CountyExists, ModuleUnknown,
    ModuleRequires, WrongDatabase.
    """
    if not CODE_FORM.fullmatch(code) or not name.strip():
        raise CountyCodeInvalid(county=code)
    enabled = sorted(set(modules))
    _check_modules(enabled, installed=installed)
    server = engines.server
    with server_lock(server) as lock:
        prepare_platform(lock, engines)
        with server.connect(server.platform_name) as platform:
            if scalar(platform, EXISTS, code):
                raise CountyExists(county=code)
            prepare_county(lock, engines, code, migrations)
            with platform.transaction():
                platform.execute(INSERT, (code, name, enabled, server.county_name(code)))
                told = {"name": name, "modules": enabled}
                audit(platform, "county.add", code, before=None, after=told)
    return County(code=code, name=name, modules=tuple(enabled), state="open", epoch=1)


def upgrade_county(engines: Engines, county: County, migrations: Sequence[Migrations]) -> list[str]:
    """Bring the county to the tables of the installed code; return the revisions applied.

    All or nothing; also renews the role's rights and password. Raises WrongDatabase.
    """
    with server_lock(engines.server) as lock:
        return prepare_county(lock, engines, county.code, migrations)


def read_counties(engines: Engines) -> dict[str, County]:
    """Return every county by its code, in order (at most 1,000)."""
    with engines.platform.connect() as platform:
        return {row.code: _county(row) for row in platform.execute(LIST)}


def find_county(engines: Engines, code: str) -> County:
    """Return one county; raise CountyNotFound."""
    with engines.platform.connect() as platform:
        row = platform.execute(FIND, {"code": code}).one_or_none()
    if row is None:
        raise CountyNotFound(county=code)
    return _county(row)


def _check_modules(enabled: Sequence[str], *, installed: Mapping[str, ModuleInfo]) -> None:
    """Refuse the unknown and the incomplete."""
    for name in enabled:
        if name not in installed:
            raise ModuleUnknown(module=name, installed=", ".join(sorted(installed)))
        for needs in installed[name].requires:
            if needs not in enabled:
                raise ModuleRequires(module=name, needs=needs)


def _county(row: sa.Row[Any]) -> County:
    return County(
        code=row.code,
        name=row.name,
        modules=tuple(row.modules),
        state=row.state,
        epoch=row.epoch,
        reason=row.reason,
    )
