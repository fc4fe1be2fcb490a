"""What budget adds to the kernel. Read this file first."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from zhuji_budget import permissions
from zhuji_budget.queries import positions, replay
from zhuji_budget.settings import MODULE, BudgetSettings
from zhuji_budget.usecases import move_funds as funds
from zhuji_core.contracts.funds import (
    ControlRowQuery,
    FundPosition,
    FundsAnswer,
    FundsMove,
    ReplayedReserve,
)
from zhuji_core.db.migrations import Migrations
from zhuji_core.hookspecs import hookimpl
from zhuji_core.modules import ModuleInfo, Permission
from zhuji_core.uow import UnitOfWork


@hookimpl
def register_module() -> ModuleInfo:
    return ModuleInfo(name=MODULE, title="預算", version="0.1.0")


@hookimpl
def register_permissions() -> Sequence[Permission]:
    return permissions.ALL


@hookimpl
def register_settings() -> type[BudgetSettings]:
    return BudgetSettings


@hookimpl
def register_migrations() -> Migrations:
    return Migrations(
        path=Path(str(files("zhuji_budget") / "migrations")),
        schema=MODULE,
        append_only=("budget_movement",),
    )


@hookimpl
def move_funds(uow: UnitOfWork, moves: Sequence[FundsMove]) -> Sequence[FundsAnswer]:
    return funds.move_funds(uow, moves)


@hookimpl
def find_control_rows(uow: UnitOfWork, query: ControlRowQuery) -> Sequence[FundPosition]:
    return positions.find_control_rows(uow, query)


@hookimpl
def fund_positions(
    uow: UnitOfWork, control_row_ids: Sequence[uuid.UUID]
) -> Sequence[FundPosition]:
    return positions.fund_positions(uow, control_row_ids)


@hookimpl
def replay_reserves(
    uow: UnitOfWork, document_ids: Sequence[uuid.UUID]
) -> Sequence[ReplayedReserve]:
    return replay.replay_reserves(uow, document_ids)
