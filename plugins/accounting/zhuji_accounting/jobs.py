"""What the accounting module does outside of requests."""

from __future__ import annotations

from zhuji_accounting.usecases.export_register import EXPORT_REGISTER

JOBS = (EXPORT_REGISTER,)
