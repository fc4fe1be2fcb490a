"""What tests of settings share: two settings, the bodies that change them, what is kept."""

from __future__ import annotations

from typing import Any

from tests.core.people import Staff

HOURS = "settings/kernel/session_hours"
CONTROL = "settings/kernel/password_length_min"


def kept(staff: Staff) -> list[Any]:
    return [
        tuple(row)
        for row in staff.site.under_test["TXG"].rows(
            "SELECT module, key, version, value, reason FROM kernel.setting_version"
            " ORDER BY module, key, version"
        )
    ]


def wanted(value: object, *, version: int = 0, reason: str = "加班季") -> dict[str, object]:
    return {"value": value, "version": version, "reason": reason}


def read_in(staff: Staff, language: str) -> None:
    """Let everybody who is signed in read pages in ``language``."""
    staff.site.under_test["TXG"].execute(
        "UPDATE kernel.web_session SET language = :language", language=language
    )
