"""The platform's audit trail: what was done to counties and operators, and by whom."""

from __future__ import annotations

import os
import pwd
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

AUDIT = """
    INSERT INTO platform.audit_entry (operator, action, county_code, before, after)
    VALUES (%s, %s, %s, %s, %s)
"""


def host_account() -> str:
    """Name whoever runs a command on the host, by the account of the host."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # containers run under numbers without a name
        return f"uid {os.geteuid()}"


def audit(
    platform: psycopg.Connection[Any],
    action: str,
    code: str,
    *,
    before: object,
    after: object,
    operator: str = "",
) -> None:
    """Keep who did it: an operator by account, else whoever runs this command."""
    kept = None if before is None else Jsonb(before)
    platform.execute(AUDIT, (operator or host_account(), action, code, kept, Jsonb(after)))
