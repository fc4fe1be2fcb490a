"""After how many failures an account is closed for how long; the same for counties and the host.

資通系統防護基準: after five failures no sign-in for at least fifteen minutes.
"""

from __future__ import annotations

import datetime as dt

from zhuji_core.values import N_, DomainError

# A forgetful clerk gets five tries; a guesser gets 480 a day and account, of billions.
FAILURES_MAX = 5
LOCKED_FOR = dt.timedelta(minutes=15)


class AccountLocked(DomainError):
    """Too many wrong passwords; true of unknown accounts too, so that it tells nothing."""

    code = "E-LOCKED"
    message = N_("此帳號因連續登入失敗暫停登入，請於 {minutes} 分鐘後再試，或洽系統管理人員。")
    status_code = 401


def refuse_when_locked(until: dt.datetime | None, *, now: dt.datetime) -> None:
    """Raise AccountLocked while ``until`` lies ahead."""
    if until is not None and until > now:
        raise AccountLocked(minutes=int((until - now) / dt.timedelta(minutes=1)) + 1)


def locked_until(*, refused: int, last_refused_at: dt.datetime | None) -> dt.datetime | None:
    """Return until when somebody is locked who has been refused ``refused`` times in all."""
    if last_refused_at is None or refused % FAILURES_MAX:
        return None
    return last_refused_at + LOCKED_FOR
