"""Let a host license its own counties: by the key of its home, and only where it trusts that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from zhuji_core.db.engines import Engines
from zhuji_core.licences.book import day_of
from zhuji_core.licences.install_licence import install_licence
from zhuji_core.licences.issue_licence import issue_licence
from zhuji_core.licences.keys import TrustedKeys
from zhuji_core.licences.store import kept_licences
from zhuji_core.modules import ModuleInfo

ISSUER = "本主機"


def license_by_own_key(
    engines: Engines,
    *,
    code: str,
    keys: TrustedKeys,
    installed: Mapping[str, ModuleInfo],
    now: dt.datetime,
) -> tuple[str, ...]:
    """License, without end, the installed modules that no kept licence names; return them.

    A module that a licence has named once is left to licences from then on: what an operator
    has given an end is not extended here. Nothing happens on a host that does not trust its own
    key. Raises CountyNotFound.
    """
    if keys.own is None:
        return ()
    named = {
        name
        for kept in kept_licences(engines.platform, code=code, keys=keys)
        for name in (kept.claims.modules if kept.claims else ())
    }
    fresh = tuple(name for name in installed if name not in named)
    if fresh:
        file = issue_licence(
            keys.own,
            county=code,
            modules=fresh,
            valid_from=day_of(now),
            valid_to=None,
            issuer=ISSUER,
            installed=installed,
        )
        install_licence(engines, code=code, file=file, keys=keys, installed=installed, now=now)
    return fresh
