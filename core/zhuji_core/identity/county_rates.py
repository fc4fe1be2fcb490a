"""What a county limits, by its settings; who is counted, and where."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from zhuji_core.access import CountyAccess
from zhuji_core.identity.rates import Allowance, Rate, take
from zhuji_core.identity.set_password import county_settings

MINUTE_S, HOUR_S = 60, 3_600

Settings = Mapping[str, Mapping[str, Any]]


def limit_sign_in(access: CountyAccess, *, settings: Settings, account: str, address: str) -> None:
    """Count an attempt to sign in, by address and by account; raise TooManyRequests.

    An account that does not exist is counted like a real one.
    """
    own = county_settings(settings)
    by_address = Rate(name="sign-in-address", limit=own.rate_address_per_minute, per_s=MINUTE_S)
    by_account = Rate(name="sign-in", limit=own.rate_sign_in_per_minute, per_s=MINUTE_S)
    _take(access, by_address, subject=address)
    _take(access, by_account, subject=account)


def limit_reset(access: CountyAccess, *, settings: Settings, account: str, address: str) -> None:
    """Count a try to redeem a reset code; raise TooManyRequests."""
    limit = county_settings(settings).rate_reset_per_hour
    rates = (
        (Rate(name="password-reset-address", limit=limit, per_s=HOUR_S), address),
        (Rate(name="password-reset", limit=limit, per_s=HOUR_S), account),
    )
    for rate, subject in rates:
        _take(access, rate, subject=subject)


def limit_wrong_token(access: CountyAccess, *, address: str) -> None:
    """Count a token that was refused; raise TooManyRequests in place of the refusal."""
    limit = county_settings(access.settings()).rate_wrong_token_per_minute
    _take(access, Rate(name="wrong-token", limit=limit, per_s=MINUTE_S), subject=address)


def limit_heavy(access: CountyAccess, *, settings: Settings, user_id: uuid.UUID) -> Allowance:
    """Count an export or wide search of one person; raise TooManyRequests."""
    limit = county_settings(settings).rate_export_per_minute
    rate = Rate(name="export", limit=limit, per_s=MINUTE_S)
    return _take(access, rate, subject=str(user_id))


def _take(access: CountyAccess, rate: Rate, *, subject: str) -> Allowance:
    # What somebody typed may be long; the key of an index may not.
    return take(access.statements, rate, subject=subject[:200], now=access.clock())
