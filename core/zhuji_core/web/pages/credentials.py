"""What the pages of passwords share: the rules in words, and what was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from zhuji_core.identity.password_rules import PasswordPolicy
from zhuji_core.identity.set_password import NewPassword, county_settings, policy_of
from zhuji_core.values import N_
from zhuji_core.web.context import RequestContext

LENGTH = N_("至少 {length_min} 個字元")
CLASSES = N_("大寫英文、小寫英文、數字、其他字元，至少 {classes_min} 類")
REUSE = N_("不得與目前及前 {kept_last} 次的密碼相同，也不得是常見密碼或包含帳號姓名")
FRESH = N_("變更後 {days_min} 日內不得再次變更")
AGE = N_("每 {days_max} 日須變更一次")


def new_password_of(data: Mapping[str, str]) -> NewPassword:
    """Read the two fields of a form; nothing is stripped, blanks may belong to a password."""
    return NewPassword(password=data.get("password", ""), repeated=data.get("repeated", ""))


def rules_of(context: RequestContext) -> tuple[str, ...]:
    """Say the county's rules before somebody types, not only after a refusal."""
    signed_in = context.signed_in
    raw = context.access.settings() if signed_in is None else signed_in.settings
    return rules_in_words(policy_of(county_settings(raw)), context.gettext)


def rules_in_words(policy: PasswordPolicy, gettext: Callable[[str], str]) -> tuple[str, ...]:
    texts = [LENGTH, CLASSES, REUSE]
    texts += [FRESH] if policy.days_min else []
    texts += [AGE] if policy.days_max else []
    return tuple(
        gettext(text).format(
            length_min=policy.length_min,
            classes_min=policy.classes_min,
            kept_last=policy.kept_last,
            days_min=policy.days_min,
            days_max=policy.days_max,
        )
        for text in texts
    )
