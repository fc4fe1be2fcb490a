"""The rules of passwords by themselves: no county, no database."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest

from zhuji_core.identity.password_rules import (
    PasswordCommon,
    PasswordPlain,
    PasswordPolicy,
    PasswordShort,
    PasswordTooFresh,
    check_age,
    check_password,
    count_classes,
    has_aged,
)
from zhuji_core.identity.passwords import NO_PASSWORD, TESTING, Passwords
from zhuji_core.values import DomainError

POLICY = PasswordPolicy()
NOW = dt.datetime(2026, 3, 15, 1, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("password", "refusal"),
    [
        ("Kq7#mv2Rt9z", PasswordShort),  # one character short of twelve
        ("x" * 201, PasswordShort),
        ("kq7mv2rt9zwe", PasswordPlain),
        ("P@ssw0rd1234", PasswordCommon),
        ("Qwertyuiop-1234", PasswordCommon),
        ("Aa1!Aa1!Aa1!", PasswordCommon),
        ("My-wang.ming-Pass77", PasswordCommon),  # holds the account
        ("王小明王小明Aa1王小明王小明", PasswordCommon),  # holds the name four letters long
    ],
)
def test_a_weak_password_is_refused_at_its_field(password: str, refusal: type[DomainError]) -> None:
    with pytest.raises(refusal) as refused:
        check_password(password, policy=POLICY, known_as=("wang.ming", "王小明王"))
    assert set(refused.value.fields) == {"password"}


@pytest.mark.parametrize(
    "password", ["Kq7#mv2Rt9zw", "Correct.Horse-9", "春眠不覺曉Chu5處處聞啼鳥"]
)
def test_a_good_password_passes(password: str) -> None:
    check_password(password, policy=POLICY, known_as=("wang.ming", "王小明"))


def test_a_policy_says_how_long_and_how_mixed() -> None:
    assert count_classes("aA1-") == 4
    check_password("kq7mv2rtx", policy=PasswordPolicy(length_min=8, classes_min=2))
    with pytest.raises(PasswordPlain):
        check_password("kq7mv2rtx", policy=PasswordPolicy(length_min=8, classes_min=3))


def test_age_counts_from_the_moment_it_was_set() -> None:
    day = dt.timedelta(days=1)
    with pytest.raises(PasswordTooFresh):
        check_age(NOW, policy=POLICY, now=NOW + day - dt.timedelta(seconds=1))
    check_age(NOW, policy=POLICY, now=NOW + day)
    check_age(NOW, policy=PasswordPolicy(days_min=0), now=NOW)
    assert not has_aged(NOW, policy=POLICY, now=NOW + 90 * day - dt.timedelta(seconds=1))
    assert has_aged(NOW, policy=POLICY, now=NOW + 90 * day)
    assert not has_aged(NOW, policy=PasswordPolicy(days_max=0), now=NOW + 9000 * day)


def test_names_of_one_person_are_not_judged_for_another() -> None:
    """The estimator keeps the words of a call in one table for all threads."""
    with ThreadPoolExecutor(8) as threads:

        def judged(number: int) -> bool:
            name = f"Zq{number:02}xkvw"
            try:
                check_password(f"{name}{name}", policy=POLICY, known_as=(name,))
            except PasswordCommon:
                return True
            return False

        assert all(threads.map(judged, range(64)))


def test_no_password_is_never_the_right_one() -> None:
    passwords = Passwords(TESTING)
    assert not passwords.verify(NO_PASSWORD, NO_PASSWORD)
    assert not passwords.verify(NO_PASSWORD, "nobody has this password")
    assert not passwords.verify(None, "nobody has this password")
