"""What budget adds to the kernel. Read this file first."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from zhuji_budget import demo, jobs, permissions
from zhuji_budget.commands import main as commands
from zhuji_budget.queries import control_postings as postings
from zhuji_budget.queries import positions, replay
from zhuji_budget.queries import row_figures as figures
from zhuji_budget.queries.waiting import waiting_work
from zhuji_budget.settings import MODULE, BudgetSettings
from zhuji_budget.store.execution import FOLLOWED_TYPES
from zhuji_budget.usecases import bring_forward as forward
from zhuji_budget.usecases import move_funds as funds
from zhuji_budget.usecases.follow_execution import follow_execution
from zhuji_budget.usecases.pool_line import POOLING
from zhuji_budget.usecases.propose_allotment import EQUAL_ALLOTMENT
from zhuji_budget.web.allotment_api import AllotmentsApi
from zhuji_budget.web.allotment_grid_pages import AllotmentGridPages
from zhuji_budget.web.allotment_pages import AllotmentPages
from zhuji_budget.web.api import ControlRowsApi, ImportsApi, LinesApi, YearsApi
from zhuji_budget.web.book_api import BooksApi, EstimateBooksApi
from zhuji_budget.web.book_pages import BookPages, EstimateBookPages
from zhuji_budget.web.book_words_pages import BookWordsApi, BookWordsPages
from zhuji_budget.web.changes.api import ChangesApi
from zhuji_budget.web.changes.document_pages import ChangePages
from zhuji_budget.web.changes.form_pages import ChangeFormPages
from zhuji_budget.web.changes.list_pages import ChangeExports, ChangeListPages
from zhuji_budget.web.changes.pick_pages import ChangePickPages
from zhuji_budget.web.changes.pool_api import PoolingApi, SharingApi
from zhuji_budget.web.changes.pool_pages import PoolPages, SharePages
from zhuji_budget.web.code_pages import CodePages
from zhuji_budget.web.codes_api import CodesApi
from zhuji_budget.web.council_line_pages import CouncilLinePages
from zhuji_budget.web.council_pages import CouncilApi, CouncilPages
from zhuji_budget.web.council_record_pages import CouncilRecordPages, CouncilRecordsApi
from zhuji_budget.web.council_revenue_pages import CouncilRevenueApi, CouncilRevenuePages
from zhuji_budget.web.estimate_api import EstimatesApi
from zhuji_budget.web.estimate_line_pages import EstimateLinePages
from zhuji_budget.web.estimate_pages import EstimatePages
from zhuji_budget.web.import_pages import ImportPages
from zhuji_budget.web.line_pages import LinePages
from zhuji_budget.web.month_report_api import MonthReportsApi
from zhuji_budget.web.month_report_pages import MonthReportPages
from zhuji_budget.web.open_data_pages import OpenDataApi, OpenDataPages
from zhuji_budget.web.release_api import ReleasesApi
from zhuji_budget.web.release_pages import ReleasePages
from zhuji_budget.web.report_api import ReportsApi
from zhuji_budget.web.report_pages import ReportPages
from zhuji_budget.web.review_api import BillsApi, CeilingsApi, ReviewApi
from zhuji_budget.web.review_pages import CeilingPages, ReviewPages
from zhuji_budget.web.supervisor_pages import SupervisorPages, SupervisorsApi
from zhuji_budget.web.unit_import_pages import UnitImportPages, UnitImportsApi
from zhuji_budget.web.year_pages import YearPages
from zhuji_core.contracts.budgets import AllotmentReleased, BudgetEnacted, ChangePosted
from zhuji_core.contracts.control import ControlPosting
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.contracts.figures import RowFigures, RowFiguresQuery
from zhuji_core.contracts.funds import (
    BroughtForward,
    ControlRowQuery,
    FundPosition,
    FundsAnswer,
    FundsMove,
    HeldFunds,
    ReplayedReserve,
)
from zhuji_core.db.migrations import Migrations
from zhuji_core.demo.client import DemoClient
from zhuji_core.hookspecs import hookimpl
from zhuji_core.jobs.run import Job
from zhuji_core.modules import (
    DemoAccount,
    DemoStep,
    HotPath,
    ModuleInfo,
    NavItem,
    Permission,
    WorkItem,
)
from zhuji_core.proposals.model import ProposalKind
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, Event
from zhuji_core.web.controllers import ApiController, PageController


@hookimpl
def register_module() -> ModuleInfo:
    return ModuleInfo(
        name=MODULE,
        title=N_("預算"),
        version="0.1.0",
        verbs=permissions.VERBS,
        follows=FOLLOWED_TYPES,
    )


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
        append_only=(
            "budget_movement",
            "carried_movement",
            "told_event",
            "revenue_movement",
            "allotment_release",
            "release_note",
            "book",
            "estimate_version",
            "council_record",
        ),
        previous="budget_0001",
    )


@hookimpl
def register_controllers() -> Sequence[type[PageController | ApiController]]:
    return [
        LinePages,
        YearPages,
        ImportPages,
        ReportPages,
        MonthReportPages,
        MonthReportsApi,
        EstimatePages,
        EstimateLinePages,
        BookPages,
        EstimateBookPages,
        UnitImportPages,
        BookWordsPages,
        CodePages,
        AllotmentPages,
        AllotmentGridPages,
        ReleasePages,
        ReleasesApi,
        SupervisorPages,
        SupervisorsApi,
        ReviewPages,
        CeilingPages,
        OpenDataPages,
        CouncilPages,
        CouncilRecordPages,
        CouncilLinePages,
        CouncilRevenuePages,
        LinesApi,
        ControlRowsApi,
        YearsApi,
        ImportsApi,
        ReportsApi,
        EstimatesApi,
        BooksApi,
        EstimateBooksApi,
        UnitImportsApi,
        BookWordsApi,
        CodesApi,
        ChangeFormPages,
        ChangeExports,
        ChangeListPages,
        ChangePickPages,
        ChangePages,
        PoolPages,
        SharePages,
        ChangesApi,
        PoolingApi,
        SharingApi,
        AllotmentsApi,
        ReviewApi,
        CeilingsApi,
        BillsApi,
        OpenDataApi,
        CouncilApi,
        CouncilRecordsApi,
        CouncilRevenueApi,
    ]


@hookimpl
def register_commands(group: click.Group) -> None:
    group.add_command(commands.group)


@hookimpl
def register_jobs() -> Sequence[Job]:
    return jobs.JOBS


@hookimpl
def register_proposal_kinds() -> Sequence[ProposalKind[Any]]:
    return [POOLING, EQUAL_ALLOTMENT]


@hookimpl
def register_events() -> Sequence[type[Event]]:
    return [BudgetEnacted, AllotmentReleased, ChangePosted]


@hookimpl
def register_hot_paths() -> Sequence[HotPath]:
    """Give what an office opens all day; the others are once a year, or once a link."""
    return [
        HotPath(name="lines", operation_id="budget.lines.page", p95_ms_max=150),
        HotPath(name="report", operation_id="budget.report.page", p95_ms_max=500),
        HotPath(name="line", operation_id="budget.line.page", p95_ms_max=100),
        HotPath(name="lines API", operation_id="budget.lines.list", p95_ms_max=100),
        HotPath(name="line API", operation_id="budget.lines.read", p95_ms_max=50),
        HotPath(name="find rows", operation_id="budget.control-rows.find", p95_ms_max=50),
        HotPath(name="positions", operation_id="budget.control-rows.positions", p95_ms_max=50),
    ]


@hookimpl
def navigation(uow: UnitOfWork) -> Sequence[NavItem]:
    items = []
    if uow.actor.may(permissions.READ_LINES):
        items.append(NavItem(title=N_("預算科目一覽"), path="budget/lines"))
        items.append(NavItem(title=N_("預算年度"), path="budget/years"))
        items.append(NavItem(title=N_("預算報表"), path="budget/reports"))
        items.append(NavItem(title=N_("單位預算書"), path="budget/books"))
        items.append(NavItem(title=N_("執行月報"), path="budget/month-reports"))
    if uow.actor.may(permissions.READ_ESTIMATES):
        items.append(NavItem(title=N_("概算編製"), path="budget/estimates"))
    if uow.actor.may(permissions.READ_CHANGES):
        items.append(NavItem(title=N_("預算變動"), path="budget/changes"))
    if uow.actor.may(permissions.READ_ALLOTMENT):
        items.append(NavItem(title=N_("分配預算表"), path="budget/allotments"))
        items.append(NavItem(title=N_("分配數釋出"), path="budget/releases"))
    if uow.actor.may(permissions.IMPORT_BOOK):
        items.append(NavItem(title=N_("匯入預算書"), path="budget/imports/new"))
        items.append(NavItem(title=N_("主管機關"), path="budget/supervisors"))
        items.append(NavItem(title=N_("預算代碼"), path="budget/codes"))
    return items


@hookimpl
def worklist(uow: UnitOfWork) -> Sequence[WorkItem]:
    return waiting_work(uow)


@hookimpl
def seed_demo(uow: UnitOfWork) -> Sequence[DemoAccount]:
    return demo.seed(uow)


@hookimpl
def check_demo(client: DemoClient) -> Sequence[DemoStep]:
    return demo.check(client)


@hookimpl
def move_funds(uow: UnitOfWork, moves: Sequence[FundsMove]) -> Sequence[FundsAnswer]:
    return funds.move_funds(uow, moves)


@hookimpl
def bring_forward(
    uow: UnitOfWork,
    fiscal_year: int,
    document: DocumentRef,
    brought: Sequence[BroughtForward],
) -> Mapping[uuid.UUID, uuid.UUID]:
    return forward.bring_forward(uow, fiscal_year=fiscal_year, document=document, brought=brought)


@hookimpl
def take_back_forward(uow: UnitOfWork, document: DocumentRef) -> bool:
    return forward.take_back_forward(uow, document=document)


@hookimpl
def find_control_rows(uow: UnitOfWork, query: ControlRowQuery) -> Sequence[FundPosition]:
    return positions.find_control_rows(uow, query)


@hookimpl
def fund_positions(uow: UnitOfWork, control_row_ids: Sequence[uuid.UUID]) -> Sequence[FundPosition]:
    return positions.fund_positions(uow, control_row_ids)


@hookimpl
def replay_reserves(
    uow: UnitOfWork, document_ids: Sequence[uuid.UUID]
) -> Sequence[ReplayedReserve]:
    return replay.replay_reserves(uow, document_ids)


@hookimpl
def held_funds(uow: UnitOfWork, document_kind: str, after: uuid.UUID) -> Sequence[HeldFunds]:
    return replay.held_funds(uow, document_kind=document_kind, after=after)


@hookimpl
def row_figures(uow: UnitOfWork, query: RowFiguresQuery) -> Sequence[RowFigures]:
    return figures.row_figures(uow, query)


@hookimpl
def on_events(uow: UnitOfWork, events: Sequence[Event]) -> None:
    follow_execution(uow, events)


@hookimpl
def control_postings(uow: UnitOfWork, fiscal_year: int) -> Iterable[ControlPosting]:
    return postings.control_postings(uow, fiscal_year=fiscal_year)
