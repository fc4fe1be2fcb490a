"""A county as every part of the product knows it."""

from __future__ import annotations

from typing import Literal

from zhuji_core.values import N_, DomainError, Value

CountyState = Literal["open", "read_only", "moving", "restoring", "suspended"]


class County(Value, frozen=True, kw_only=True):
    """One government (縣市) and the modules that it has enabled.

    ``code`` is three capital letters; ``epoch`` grows when the county moves to another server,
    so that a late writer with the older one can be refused. Only ``open`` takes writes.
    """

    code: str
    name: str
    modules: tuple[str, ...]
    state: CountyState
    epoch: int


class CountyNotFound(DomainError):
    """No county of this code in this installation."""

    code = "E-COUNTY-NOT-FOUND"
    message = N_("查無縣市 {county}。")
    status_code = 404
