"""What accounting adds to the kernel. Read this file first."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from zhuji_accounting import jobs, permissions
from zhuji_accounting.commands.main import accounting
from zhuji_accounting.demo import check, seed
from zhuji_accounting.domain.ledger.budget_facts import FOLLOWED_TYPES
from zhuji_accounting.queries.advance_worklist import advances_waiting
from zhuji_accounting.queries.carry_worklist import carries_waiting
from zhuji_accounting.queries.claim_worklist import claims_waiting
from zhuji_accounting.queries.commitments import notes_of
from zhuji_accounting.queries.reservation_worklist import reservations_ending
from zhuji_accounting.queries.voucher_lists import vouchers_waiting
from zhuji_accounting.queries.worklist import waiting
from zhuji_accounting.settings import MODULE, AccountingSettings
from zhuji_accounting.usecases.follow_budget import follow_budget
from zhuji_accounting.usecases.put_rules_in_force import RULES_IN_FORCE
from zhuji_accounting.web.advance_form_pages import AdvanceFormPages
from zhuji_accounting.web.advance_pages import AdvancePages
from zhuji_accounting.web.advances_api import AdvancesApi
from zhuji_accounting.web.api import CertificationsApi, RequestsApi
from zhuji_accounting.web.attachment_pages import AttachmentPages, AttachmentsApi
from zhuji_accounting.web.award_pages import AwardPages
from zhuji_accounting.web.book_pages import BookPages
from zhuji_accounting.web.books_api import BooksApi
from zhuji_accounting.web.carries_api import CarriesApi
from zhuji_accounting.web.carry_batch_pages import CarryBatchPages
from zhuji_accounting.web.carry_form_pages import CarryFormPages
from zhuji_accounting.web.carry_pages import CarryPages
from zhuji_accounting.web.chart_load_pages import ChartLoadPages
from zhuji_accounting.web.chart_pages import ChartPages
from zhuji_accounting.web.charts_api import ChartsApi
from zhuji_accounting.web.claim_form_pages import ClaimFormPages
from zhuji_accounting.web.claim_pages import ClaimPages
from zhuji_accounting.web.claims_api import ClaimsApi
from zhuji_accounting.web.entry_lookups import EntryLookups
from zhuji_accounting.web.export_api import RegisterExportsApi
from zhuji_accounting.web.form_pages import FormPages
from zhuji_accounting.web.hold_pages import HoldPages
from zhuji_accounting.web.hot_paths import HOT_PATHS
from zhuji_accounting.web.level_pages import LevelPages
from zhuji_accounting.web.levels_api import LevelsApi
from zhuji_accounting.web.list_pages import ListPages
from zhuji_accounting.web.lookups import Lookups
from zhuji_accounting.web.menu import menu
from zhuji_accounting.web.open_advance_pages import OpenAdvancePages, OpenAdvancesApi
from zhuji_accounting.web.period_api import PeriodsApi
from zhuji_accounting.web.period_pages import PeriodPages
from zhuji_accounting.web.recoveries_api import RecoveriesApi
from zhuji_accounting.web.recovery_pages import RecoveryFormPages, RecoveryPages
from zhuji_accounting.web.register_pages import RegisterPages
from zhuji_accounting.web.release_pages import ReleasePages
from zhuji_accounting.web.report_set_api import ReportSetsApi
from zhuji_accounting.web.report_set_pages import ReportSetPages
from zhuji_accounting.web.request_pages import RequestPages
from zhuji_accounting.web.reservation_pages import ReservationPages, ReservationsApi
from zhuji_accounting.web.returned_pages import ReturnedFormPages, ReturnedPages
from zhuji_accounting.web.returned_remittances_api import ReturnedRemittancesApi
from zhuji_accounting.web.rule_draft_pages import RuleDraftPages
from zhuji_accounting.web.rule_drafts_api import RuleDraftsApi
from zhuji_accounting.web.rule_edit_pages import RuleEditPages
from zhuji_accounting.web.rule_trial_pages import RuleTrialPages
from zhuji_accounting.web.search_pages import SearchApi, SearchPages
from zhuji_accounting.web.slip_pages import SlipPages, SlipsApi
from zhuji_accounting.web.supplement_pages import SupplementPages
from zhuji_accounting.web.voucher_api import LedgerApi, VouchersApi
from zhuji_accounting.web.voucher_form_pages import VoucherFormPages
from zhuji_accounting.web.voucher_pages import VoucherPages
from zhuji_accounting.web.voucher_print_pages import VoucherPrintApi, VoucherPrintPages
from zhuji_accounting.web.voucher_worklist_pages import VoucherWorklistPages
from zhuji_accounting.web.worklist_pages import BatchPages, WorklistPages
from zhuji_accounting.web.year_end_api import YearEndsApi
from zhuji_accounting.web.year_end_pages import YearEndPages
from zhuji_core.contracts.claims import ClaimApproved
from zhuji_core.contracts.ledger import VoucherPosted
from zhuji_core.contracts.requests import CertificationGranted, CommitmentNote, EncumbranceReleased
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
        title=N_("會計"),
        version="0.1.0",
        requires=("budget",),
        follows=FOLLOWED_TYPES,
        search="accounting/search",
        verbs={
            "accounting.request.submit": N_("送出動支申請"),
            "accounting.request.withdraw": N_("撤回動支申請"),
            "accounting.period.stop": N_("停止收件"),
            "accounting.period.resume": N_("恢復收件"),
            "accounting.claim.submit": N_("送出報支案"),
            "accounting.claim.withdraw": N_("撤回報支案"),
            "accounting.advance.submit": N_("送出暫付案"),
            "accounting.advance.withdraw": N_("撤回暫付案"),
            "accounting.carry.submit": N_("送出保留案"),
            "accounting.carry.withdraw": N_("撤回保留案"),
            "accounting.return.answer": N_("處理退匯"),
            "accounting.rules.discard": N_("刪除分錄規則草案"),
            "accounting.voucher.attach": N_("加附件"),
            "accounting.voucher.detach": N_("移除附件"),
        },
    )


@hookimpl
def register_controllers() -> Sequence[type[PageController | ApiController]]:
    return [
        WorklistPages,
        ListPages,
        FormPages,
        RequestPages,
        SupplementPages,
        AwardPages,
        HoldPages,
        SlipPages,
        ReservationPages,
        ReleasePages,
        BatchPages,
        RegisterPages,
        ClaimFormPages,
        ClaimPages,
        ClaimsApi,
        AdvanceFormPages,
        AdvancePages,
        AdvancesApi,
        OpenAdvancePages,
        OpenAdvancesApi,
        RecoveryFormPages,
        RecoveryPages,
        RecoveriesApi,
        ReturnedFormPages,
        ReturnedPages,
        ReturnedRemittancesApi,
        CarryBatchPages,
        CarryFormPages,
        CarryPages,
        CarriesApi,
        Lookups,
        RequestsApi,
        CertificationsApi,
        ReservationsApi,
        SlipsApi,
        RegisterExportsApi,
        SearchPages,
        SearchApi,
        *_ledger_controllers(),
    ]


def _ledger_controllers() -> Sequence[type[PageController | ApiController]]:
    """Give what books are kept with, beside the documents of spending above."""
    return [
        PeriodPages,
        VoucherPages,
        VoucherFormPages,
        EntryLookups,
        BookPages,
        LevelPages,
        VouchersApi,
        AttachmentPages,
        VoucherPrintPages,
        VoucherPrintApi,
        VoucherWorklistPages,
        AttachmentsApi,
        LedgerApi,
        ChartLoadPages,
        ChartPages,
        RuleDraftPages,
        RuleEditPages,
        RuleTrialPages,
        ChartsApi,
        RuleDraftsApi,
        PeriodsApi,
        BooksApi,
        ReportSetPages,
        ReportSetsApi,
        LevelsApi,
        YearEndPages,
        YearEndsApi,
    ]


@hookimpl
def register_settings() -> type[AccountingSettings]:
    return AccountingSettings


@hookimpl
def register_permissions() -> Sequence[Permission]:
    return permissions.ALL


@hookimpl
def register_proposal_kinds() -> Sequence[ProposalKind[Any]]:
    return [RULES_IN_FORCE]


@hookimpl
def register_events() -> Sequence[type[Event]]:
    return [CertificationGranted, ClaimApproved, EncumbranceReleased, VoucherPosted]


@hookimpl
def register_migrations() -> Migrations:
    return Migrations(
        path=Path(str(files("zhuji_accounting") / "migrations")),
        schema=MODULE,
        append_only=(
            "certification",
            "receipt_line",
            "release",
            "recovery",
            "recovery_line",
            "returned_remittance",
            "remittance_answer",
            "award",
            "award_line",
            "ledger_entry",
            "rule_set",
            "followed_event",
            "budget_item_movement",
            "report_set",
        ),
        previous="accounting_0001",
    )


@hookimpl
def register_commands(group: click.Group) -> None:
    group.add_command(accounting)


@hookimpl
def register_jobs() -> Sequence[Job]:
    return jobs.JOBS


@hookimpl
def register_hot_paths() -> Sequence[HotPath]:
    return HOT_PATHS


@hookimpl
def navigation(uow: UnitOfWork) -> Sequence[NavItem]:
    return menu(uow)


@hookimpl
def worklist(uow: UnitOfWork) -> Sequence[WorkItem]:
    return (
        *waiting(uow).items,
        *advances_waiting(uow),
        *claims_waiting(uow),
        *carries_waiting(uow),
        *vouchers_waiting(uow),
        *reservations_ending(uow),
    )


@hookimpl
def commitment_notes(
    uow: UnitOfWork, document_ids: Sequence[uuid.UUID]
) -> Sequence[CommitmentNote]:
    return notes_of(uow, document_ids)


@hookimpl
def seed_demo(uow: UnitOfWork) -> Sequence[DemoAccount]:
    return seed(uow)


@hookimpl
def check_demo(client: DemoClient) -> Sequence[DemoStep]:
    return check(client)


@hookimpl
def on_events(uow: UnitOfWork, events: Sequence[Event]) -> None:
    follow_budget(uow, events)
