"""The platform's audit trail: what was done to counties and operators, and by whom."""

from __future__ import annotations

import os
import pwd
import uuid
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from zhuji_core.values import Value

AUDIT = """
    INSERT INTO platform.audit_entry
           (operator, operator_id, action, county_code, reason, before, after)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
"""


class Who(Value, frozen=True, kw_only=True):
    """An operator who is signed in to the host, or (without id) an account of the machine."""

    account: str
    operator_id: uuid.UUID | None = None


def host_account() -> str:
    """Name whoever runs a command on the host, by the account of the host."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # containers run under numbers without a name
        return f"uid {os.geteuid()}"


def audit(  # noqa: PLR0913 (one row)
    platform: psycopg.Connection[Any],
    action: str,
    code: str,
    *,
    before: object,
    after: object,
    reason: str = "",
    who: Who | None = None,
) -> None:
    """Keep who did it, by default whoever runs this command, and why."""
    by = who or Who(account=host_account())
    kept = None if before is None else Jsonb(before)
    platform.execute(AUDIT, (by.account, by.operator_id, action, code, reason, kept, Jsonb(after)))
