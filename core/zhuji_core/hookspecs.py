"""Every question the kernel or a module may put to the enabled modules of a county.

Signatures only. A hook has one role and one return type and ships only with a real implementer;
``core/docs/hooks.md`` is made from the docstrings here.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import pluggy

if TYPE_CHECKING:
    import click
    from litestar import Controller

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
    from zhuji_core.contracts.requests import CommitmentNote
    from zhuji_core.db.migrations import Migrations
    from zhuji_core.demo.client import DemoClient
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
    from zhuji_core.values import Event

hookimpl = pluggy.HookimplMarker("zhuji")
_spec = pluggy.HookspecMarker("zhuji")


class Specs(Protocol):
    """The hooks. Registration hooks are called once at start, the others per county."""

    @_spec
    def register_module(self) -> ModuleInfo:
        """Say who the module is. Called by: kernel, at start. May raise: no. Implement: all."""

    @_spec
    def register_controllers(self) -> Sequence[type[Controller]]:
        """Give the pages and the API of the module. Called by: kernel, at start. May raise: no."""

    @_spec
    def register_permissions(self) -> Sequence[Permission]:
        """Declare the rights that routes ask for. Called by: kernel, at start. May raise: no."""

    @_spec
    def register_settings(self) -> type[Any]:
        """Give the struct of the module's county settings, with defaults. Called by: kernel."""

    @_spec
    def register_events(self) -> Sequence[type[Event]]:
        """Declare the events that may be recorded. Called by: kernel, at start. May raise: no."""

    @_spec
    def register_migrations(self) -> Migrations:
        """Give the migrations of the module's schema. Called by: ``zhuji db``, county creation."""

    @_spec
    def register_commands(self, group: click.Group) -> None:
        """Add the module's commands to ``group``. Called by: command line. May raise: no."""

    @_spec
    def register_hot_paths(self) -> Sequence[HotPath]:
        """Name the routes whose speed users feel. Called by: composition and tests."""

    @_spec
    def register_jobs(self) -> Sequence[Job]:
        """Give the schedules and long jobs of the module (core/docs/jobs.md).

        Called by: kernel, at start; run by the background process in counties that have the
        module. May raise: no.
        """

    @_spec
    def register_proposal_kinds(self) -> Sequence[ProposalKind[Any]]:
        """Declare the changes of the module that take two persons (四眼原則).

        Called by: kernel, at start; its pages show, decide and apply them as its own. The name of a
        kind begins with the module's. May raise: no.
        """

    @_spec
    def navigation(self, uow: UnitOfWork) -> Sequence[NavItem]:
        """Give the verbs that this actor may use. Called by: each page, read-only transaction."""

    @_spec
    def worklist(self, uow: UnitOfWork) -> Sequence[WorkItem]:
        """Give what waits for this actor. Called by: the first page, read-only transaction."""

    @_spec(firstresult=True)
    def move_funds(
        self, uow: UnitOfWork, moves: Sequence[FundsMove]
    ) -> Sequence[FundsAnswer] | None:
        """Move money on control rows, each document whole or not at all.

        Called by: certification and every later stage of a commitment, inside the caller's
        transaction. Short funds is an answer with its arithmetic; may raise ControlRowNotFound,
        which stops the whole batch.
        Implement: exactly one module, budget.
        """

    @_spec(firstresult=True)
    def bring_forward(
        self,
        uow: UnitOfWork,
        fiscal_year: int,
        document: DocumentRef,
        brought: Sequence[BroughtForward],
    ) -> Mapping[uuid.UUID, uuid.UUID] | None:
        """Open rows of former years (以前年度) in a year; tell each row's new one.

        Called by: the end of a year, inside its transaction; ``document`` is that end. Moves on the
        new rows go through ``move_funds``; nothing is certified on them. May raise
        ControlRowNotFound. Implement: exactly one module, budget.
        """

    @_spec(firstresult=True)
    def take_back_forward(self, uow: UnitOfWork, document: DocumentRef) -> bool | None:
        """Undo what the end ``document`` brought forward, all of it or nothing.

        Called by: the reopening of a year, inside its transaction. May raise ForwardMoved.
        Implement: exactly one module, budget.
        """

    @_spec(firstresult=True)
    def find_control_rows(
        self, uow: UnitOfWork, query: ControlRowQuery
    ) -> Sequence[FundPosition] | None:
        """Find control rows for a picker. Called by: pages; read-only. Implement: only budget."""

    @_spec(firstresult=True)
    def fund_positions(
        self, uow: UnitOfWork, control_row_ids: Sequence[uuid.UUID]
    ) -> Sequence[FundPosition] | None:
        """Give the present counters of control rows. Called by: pages, receipts, verification."""

    @_spec(firstresult=True)
    def replay_reserves(
        self, uow: UnitOfWork, document_ids: Sequence[uuid.UUID]
    ) -> Sequence[ReplayedReserve] | None:
        """Recompute from the movements what each reservation met. Called by: verification."""

    @_spec(firstresult=True)
    def held_funds(
        self, uow: UnitOfWork, document_kind: str, after: uuid.UUID
    ) -> Sequence[HeldFunds] | None:
        """Tell what commitments of a kind hold, have advanced and spent, by id from ``after`` on.

        In pages of whole documents: those of other documents that drew on them are counted.

        Called by: verification. Implement: only budget.
        """

    @_spec(firstresult=True)
    def row_figures(self, uow: UnitOfWork, query: RowFiguresQuery) -> Sequence[RowFigures] | None:
        """Tell what every row of a year's budget had by the end of a month, from the movements.

        Called by: statements; read-only. Implement: only budget.
        """

    @_spec(firstresult=True)
    def control_postings(
        self, uow: UnitOfWork, fiscal_year: int
    ) -> Iterable[ControlPosting] | None:
        """Tell every movement of a year's rows by date, read while it is gone through.

        Called by: exports for other programs; read-only. Implement: only budget.
        """

    @_spec
    def commitment_notes(
        self, uow: UnitOfWork, document_ids: Sequence[uuid.UUID]
    ) -> Sequence[CommitmentNote]:
        """Say who asked for the money that these documents hold, for whom, and until when.

        Of documents that are yours and that the actor may read; others are passed over.
        Called by: the page of a budget line; read-only. Implement: whoever reserves.
        """

    @_spec
    def on_events(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        """Follow facts that were told after their commit: keep a projection, start what follows.

        Called by: the relay of the county (core/docs/events.md), in a transaction of its own, at
        least once, for each document in its order, as many at once as there are. May raise: yes,
        each is then told by itself, and the document of the one that fails waits and is tried
        again. Implement: any module; the second delivery of an ``event_id`` changes nothing.
        """

    @_spec
    def seed_demo(self, uow: UnitOfWork) -> Sequence[DemoAccount]:
        """Fill a new demo county; tell the sign-ins it needs. Called by: ``zhuji demo``, once."""

    @_spec
    def check_demo(self, client: DemoClient) -> Sequence[DemoStep]:
        """Do the module's main job through HTTP. Called by: ``zhuji demo --check``."""
