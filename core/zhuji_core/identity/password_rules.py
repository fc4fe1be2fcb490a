"""What a new password must be (資通系統防護基準, level 高); knows no county, no database, no clock.

Counties and the host ask the same functions, with the policy that each has set.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Sequence

from zxcvbn import zxcvbn

from zhuji_core.identity.passwords import LENGTH_MAX
from zhuji_core.settings import TAIPEI
from zhuji_core.values import N_, DomainError, Value

# zxcvbn: 3 = "safely unguessable", over 10^8 guesses that know every list of common passwords.
# Against a stolen table each guess costs 0.1 s of a machine (passwords.py).
SCORE_MIN = 3
# Estimating costs more with length, and nothing beyond this length is common.
ESTIMATED_LENGTH = 72
# A shorter account or name is found in many a good password by chance.
KNOWN_LENGTH_MIN = 4

# zxcvbn keeps the words of one call in a table of its own.
_one_at_a_time = threading.Lock()


class PasswordPolicy(Value, frozen=True, kw_only=True):
    """``classes_min`` of upper case, lower case, digits, others; days 0: no such limit.

    ``kept_last``: so many earlier passwords may not come back, beside the present one.
    """

    length_min: int = 12
    classes_min: int = 3
    kept_last: int = 3
    days_min: int = 1
    days_max: int = 90


class PasswordShort(DomainError):
    """Shorter than the policy asks."""

    code = "E-PASSWORD-SHORT"
    message = N_("密碼至少須 {length_min} 個字元，且不超過 {length_max} 個字元。")
    status_code = 422


class PasswordPlain(DomainError):
    """Made of too few kinds of characters."""

    code = "E-PASSWORD-PLAIN"
    message = N_("密碼須包含大寫英文、小寫英文、數字、其他字元四類中的至少 {classes_min} 類。")
    status_code = 422


class PasswordCommon(DomainError):
    """On a list of common passwords, or made of the person's own name and the like."""

    code = "E-PASSWORD-COMMON"
    message = N_("這個密碼太容易猜到：請勿使用常見密碼、單字、鍵盤順序、日期或自己的帳號姓名。")
    status_code = 422


class PasswordReused(DomainError):
    """The present password or one of the last ones."""

    code = "E-PASSWORD-REUSED"
    message = N_("新密碼不得與目前及前 {kept_last} 次使用過的密碼相同。")
    status_code = 422


class PasswordTooFresh(DomainError):
    """Changed again so soon that the last ones could be run through to get an old one back."""

    code = "E-PASSWORD-FRESH"
    message = N_(
        "密碼變更未滿 {days_min} 日，{until} 以後才能再變更；如疑外洩請洽系統管理人員重設。"
    )
    status_code = 409


def check_password(
    password: str, *, policy: PasswordPolicy, known_as: Sequence[str] = (), field: str = "password"
) -> None:
    """Raise PasswordShort, PasswordPlain or PasswordCommon; costs some milliseconds of CPU.

    ``known_as``: account, name and the like, which guessers try first. ``field`` is where the
    form shows what is wrong.
    """
    if not policy.length_min <= len(password) <= LENGTH_MAX:
        raise PasswordShort(
            length_min=policy.length_min,
            length_max=LENGTH_MAX,
            fields={field: PasswordShort.message},
        )
    if count_classes(password) < policy.classes_min:
        fields = {field: PasswordPlain.message}
        raise PasswordPlain(classes_min=policy.classes_min, fields=fields)
    if _is_common(password, known_as=known_as):
        raise PasswordCommon(fields={field: PasswordCommon.message})


def count_classes(password: str) -> int:
    """Count the kinds of characters: upper case, lower case, digits, all others."""
    kinds = {
        "upper" if letter.isupper()
        else "lower" if letter.islower()
        else "digit" if letter.isdecimal()
        else "other"
        for letter in password
    }  # fmt: skip
    return len(kinds)


def check_age(set_at: dt.datetime, *, policy: PasswordPolicy, now: dt.datetime) -> None:
    """Raise PasswordTooFresh when the password is younger than ``days_min``."""
    until = set_at + dt.timedelta(days=policy.days_min)
    if now < until:
        shown = until.astimezone(TAIPEI).strftime("%Y-%m-%d %H:%M")
        raise PasswordTooFresh(days_min=policy.days_min, until=shown)


def has_aged(set_at: dt.datetime, *, policy: PasswordPolicy, now: dt.datetime) -> bool:
    """Tell whether the password must be replaced at this sign-in."""
    return policy.days_max > 0 and now >= set_at + dt.timedelta(days=policy.days_max)


def _is_common(password: str, *, known_as: Sequence[str]) -> bool:
    words = [part for text in known_as for part in (text, *text.replace("@", " ").split()) if part]
    lower = password.lower()
    if any(word.lower() in lower for word in words if len(word) >= KNOWN_LENGTH_MIN):
        return True
    with _one_at_a_time:
        found = zxcvbn(password[:ESTIMATED_LENGTH], user_inputs=words)
    return bool(found["score"] < SCORE_MIN)
