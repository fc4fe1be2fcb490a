"""What accounting adds to the kernel. Read this file first."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from zhuji_accounting import permissions
from zhuji_accounting.queries.worklist import waiting
from zhuji_core.contracts.requests import CertificationGranted, EncumbranceReleased
from zhuji_core.db.migrations import Migrations
from zhuji_core.hookspecs import hookimpl
from zhuji_core.modules import ModuleInfo, Permission, WorkItem
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import Event

MODULE = "accounting"


@hookimpl
def register_module() -> ModuleInfo:
    return ModuleInfo(name=MODULE, title="會計", version="0.1.0", requires=("budget",))


@hookimpl
def register_permissions() -> Sequence[Permission]:
    return permissions.ALL


@hookimpl
def register_events() -> Sequence[type[Event]]:
    return [CertificationGranted, EncumbranceReleased]


@hookimpl
def register_migrations() -> Migrations:
    return Migrations(
        path=Path(str(files("zhuji_accounting") / "migrations")),
        schema=MODULE,
        append_only=("certification", "receipt_line", "release"),
    )


@hookimpl
def worklist(uow: UnitOfWork) -> Sequence[WorkItem]:
    return waiting(uow).items
