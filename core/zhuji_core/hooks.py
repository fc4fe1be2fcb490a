"""Typed calls of the hooks: the only place that touches ``pm.hook``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

import pluggy

from zhuji_core import hookspecs, tracing
from zhuji_core.contracts.funds import NoFundControl
from zhuji_core.formats import format_date_long
from zhuji_core.modules import ModuleDisabled, ModuleReadOnly, ModuleUnlicensed
from zhuji_core.permissions import MODULE as KERNEL

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable, Sequence

    import click

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
    from zhuji_core.modules import (
        DemoAccount,
        DemoStep,
        ModuleInfo,
        NavItem,
        Permission,
        WorkItem,
    )
    from zhuji_core.uow import UnitOfWork
    from zhuji_core.values import Event

ENTRY_POINT_GROUP = "zhuji.modules"
NOTHING: Mapping[str, dt.date | None] = MappingProxyType({})


class Hooks:
    """The hooks of the modules that one county has enabled."""

    def __init__(
        self,
        manager: pluggy.PluginManager,
        enabled: frozenset[str],
        *,
        read_only: Mapping[str, dt.date | None] = NOTHING,
    ) -> None:
        """``read_only``: enabled modules whose licence has ended, with its last day if any."""
        self._manager = manager
        self.enabled = enabled
        self.read_only = read_only

    @property
    def installed(self) -> Mapping[str, ModuleInfo]:
        """What the modules of this host say of themselves, enabled or not."""
        return _infos(self._manager)

    def title(self, module: str) -> str:
        """Return the module's title in 正體中文; its name when its code is gone."""
        info = self.installed.get(module)
        return module if info is None else info.title

    def narrowed(
        self, enabled: frozenset[str], *, read_only: Mapping[str, dt.date | None]
    ) -> Hooks:
        """Return the hooks of other modules of the same host; these, when they are the same."""
        if enabled == self.enabled and read_only == self.read_only:
            return self
        return Hooks(self._manager, enabled, read_only=read_only)

    def require_writable(self, module: str) -> None:
        """Raise ModuleDisabled, ModuleReadOnly or ModuleUnlicensed; the kernel is always on."""
        if module == KERNEL:
            return
        if module not in self.enabled:
            raise ModuleDisabled(title=self.title(module))
        if module in self.read_only:
            last_day = self.read_only[module]
            if last_day is None:
                raise ModuleUnlicensed(title=self.title(module))
            raise ModuleReadOnly(title=self.title(module), last_day=format_date_long(last_day))

    def navigation(self, uow: UnitOfWork) -> dict[str, Sequence[NavItem]]:
        """Ask each enabled module by itself, in order of name: the answer keeps whose it is."""
        return self._by_module("navigation", uow=uow)

    def worklist(self, uow: UnitOfWork) -> list[WorkItem]:
        answers = self._by_module("worklist", uow=uow)
        return [item for items in answers.values() for item in items]

    def move_funds(self, uow: UnitOfWork, moves: Sequence[FundsMove]) -> Sequence[FundsAnswer]:
        """Ask the budget module; raise NoFundControl when nobody keeps the budget.

        Moving money writes in the module that answers, whoever asked: raises what
        ``require_writable`` raises when its licence has ended.
        """
        self._require_writing("move_funds")
        return cast("Sequence[FundsAnswer]", self._answered("move_funds", uow=uow, moves=moves))

    def _require_writing(self, hook: str) -> None:
        for module, _ in self._callers(hook):
            self.require_writable(module)

    def bring_forward(
        self,
        uow: UnitOfWork,
        *,
        fiscal_year: int,
        document: DocumentRef,
        brought: Sequence[BroughtForward],
    ) -> Mapping[uuid.UUID, uuid.UUID]:
        """Ask the budget module; raises what ``move_funds`` raises of who may write."""
        self._require_writing("bring_forward")
        return cast(
            "Mapping[uuid.UUID, uuid.UUID]",
            self._answered(
                "bring_forward",
                uow=uow,
                fiscal_year=fiscal_year,
                document=document,
                brought=brought,
            ),
        )

    def take_back_forward(self, uow: UnitOfWork, *, document: DocumentRef) -> None:
        """Ask the budget module; raises ForwardMoved, and of who may write as ``move_funds``."""
        self._require_writing("take_back_forward")
        self._answered("take_back_forward", uow=uow, document=document)

    def find_control_rows(self, uow: UnitOfWork, query: ControlRowQuery) -> Sequence[FundPosition]:
        return cast(
            "Sequence[FundPosition]", self._answered("find_control_rows", uow=uow, query=query)
        )

    def fund_positions(
        self, uow: UnitOfWork, control_row_ids: Sequence[uuid.UUID]
    ) -> Sequence[FundPosition]:
        return cast(
            "Sequence[FundPosition]",
            self._answered("fund_positions", uow=uow, control_row_ids=control_row_ids),
        )

    def replay_reserves(
        self, uow: UnitOfWork, document_ids: Sequence[uuid.UUID]
    ) -> Sequence[ReplayedReserve]:
        return cast(
            "Sequence[ReplayedReserve]",
            self._answered("replay_reserves", uow=uow, document_ids=document_ids),
        )

    def held_funds(
        self, uow: UnitOfWork, *, document_kind: str, after: uuid.UUID
    ) -> Sequence[HeldFunds]:
        return cast(
            "Sequence[HeldFunds]",
            self._answered("held_funds", uow=uow, document_kind=document_kind, after=after),
        )

    def row_figures(self, uow: UnitOfWork, query: RowFiguresQuery) -> Sequence[RowFigures]:
        return cast("Sequence[RowFigures]", self._answered("row_figures", uow=uow, query=query))

    def control_postings(self, uow: UnitOfWork, fiscal_year: int) -> Iterable[ControlPosting]:
        return cast(
            "Iterable[ControlPosting]",
            self._answered("control_postings", uow=uow, fiscal_year=fiscal_year),
        )

    def commitment_notes(
        self, uow: UnitOfWork, document_ids: Sequence[uuid.UUID]
    ) -> dict[uuid.UUID, CommitmentNote]:
        """Ask every enabled module about the documents that it knows."""
        answers = self._by_module("commitment_notes", uow=uow, document_ids=document_ids)
        return {note.document_id: note for notes in answers.values() for note in notes}

    @property
    def ears(self) -> tuple[str, ...]:
        """Installed modules that follow events, on or off."""
        able = _callers(self._manager, installed_names(self._manager), "on_events")
        return tuple(module for module, _ in able)

    @property
    def listeners(self) -> tuple[str, ...]:
        """Modules that are told of events now: on, licensed, and with an ear for them."""
        able = self._callers("on_events")
        return tuple(module for module, _ in able if module not in self.read_only)

    @property
    def event_types(self) -> Mapping[str, type[Event]]:
        """The events that the installed modules declare, by the name under which they are kept."""
        return _event_types(self._manager)

    @property
    def proposal_kinds(self) -> Sequence[Any]:
        """The changes of installed modules that take two persons (``proposals/kinds.py``)."""
        return _proposal_kinds(self._manager)

    @property
    def permissions(self) -> Sequence[Permission]:
        """The rights that the installed modules declare, with the roles that begin with them."""
        return _permissions(self._manager)

    def followed(self, module: str) -> list[str] | None:
        """Return the types of events that ``module`` follows; None: all, also undeclared ones."""
        info = self.installed.get(module)
        return None if info is None or not info.follows else list(info.follows)

    def on_events(self, uow: UnitOfWork, events: Sequence[Event], *, module: str) -> None:
        """Tell one module; whatever it raises is the relay's to handle."""
        caller = _subset_caller(self._manager, frozenset({module}), "on_events")
        with tracing.span("hook.on_events", module=module, county=uow.county.code):
            caller(uow=uow, events=events)

    def settings_structs(self) -> dict[str, type[Any]]:
        """Return the structs of county settings of the enabled modules, in order of name."""
        found = {name: settings_of(self._manager, name) for name in sorted(self.enabled)}
        return {name: struct for name, struct in found.items() if struct is not None}

    def seed_demo(self, uow: UnitOfWork, *, module: str) -> Sequence[DemoAccount]:
        return self._of_module(module, "seed_demo", uow=uow)

    def check_demo(self, client: Any, *, module: str) -> Sequence[DemoStep]:
        return self._of_module(module, "check_demo", client=client)

    def _answered(self, name: str, *, uow: UnitOfWork, **arguments: Any) -> Any:
        """Return the first answer; raise NoFundControl when no enabled module gives one."""
        for module, caller in self._callers(name):
            with tracing.span(f"hook.{name}", module=module, county=uow.county.code):
                answer = caller(uow=uow, **arguments)
            if answer is not None:
                return answer
        raise NoFundControl

    def _by_module(
        self, name: str, *, uow: UnitOfWork, **arguments: Any
    ) -> dict[str, Sequence[Any]]:
        """Ask each enabled module by itself, so that its time is its own; in order of name."""
        answers: dict[str, Sequence[Any]] = {}
        for module, caller in self._callers(name):
            with tracing.span(f"hook.{name}", module=module, county=uow.county.code):
                (answers[module],) = caller(uow=uow, **arguments)
        return answers

    def _of_module(self, module: str, name: str, **arguments: Any) -> Sequence[Any]:
        caller = _subset_caller(self._manager, frozenset({module}), name)
        with tracing.span(f"hook.{name}", module=module):
            results: list[Sequence[Any]] = caller(**arguments)
        return [item for items in results for item in items]

    def _callers(self, name: str) -> tuple[tuple[str, Any], ...]:
        return _callers(self._manager, self.enabled, name)


@lru_cache(maxsize=1024)
def _callers(
    manager: pluggy.PluginManager, enabled: frozenset[str], name: str
) -> tuple[tuple[str, Any], ...]:
    """Return the enabled modules that implement ``name``, each with the way to ask it alone."""
    found = {one.plugin_name for one in getattr(manager.hook, name).get_hookimpls()}
    return tuple(
        (module, _subset_caller(manager, frozenset({module}), name))
        for module in sorted(found & enabled)
    )


@lru_cache(maxsize=1024)
def _subset_caller(manager: pluggy.PluginManager, enabled: frozenset[str], name: str) -> Any:
    disabled = [plugin for key, plugin in manager.list_name_plugin() if key not in enabled]
    return manager.subset_hook_caller(name, remove_plugins=disabled)


@lru_cache(maxsize=64)
def _infos(manager: pluggy.PluginManager) -> Mapping[str, ModuleInfo]:
    return MappingProxyType(module_infos(manager))


@lru_cache(maxsize=64)
def _event_types(manager: pluggy.PluginManager) -> Mapping[str, type[Event]]:
    declared: list[type[Event]] = registered(manager, "register_events")
    return {str(event.__struct_config__.tag): event for event in declared}


@lru_cache(maxsize=64)
def _proposal_kinds(manager: pluggy.PluginManager) -> Sequence[Any]:
    return tuple(registered(manager, "register_proposal_kinds"))


@lru_cache(maxsize=64)
def _permissions(manager: pluggy.PluginManager) -> Sequence[Permission]:
    return tuple(registered(manager, "register_permissions"))


def load() -> pluggy.PluginManager:
    """Load the installed modules in alphabetical order; refuse a hook that no spec declares."""
    manager = pluggy.PluginManager("zhuji")
    manager.add_hookspecs(hookspecs.Specs)
    for name in sorted({entry_point.name for entry_point in entry_points(group=ENTRY_POINT_GROUP)}):
        manager.load_setuptools_entrypoints(ENTRY_POINT_GROUP, name=name)
    manager.check_pending()
    return manager


def installed_names(manager: pluggy.PluginManager) -> frozenset[str]:
    """Names of the modules of this host."""
    return frozenset(name for name, _ in manager.list_name_plugin())


def module_infos(manager: pluggy.PluginManager) -> dict[str, ModuleInfo]:
    """What each installed module says of itself, those that others require before them."""
    infos = {info.name: info for info in manager.hook.register_module()}
    ordered: dict[str, ModuleInfo] = {}

    def place(name: str) -> None:
        for required in infos[name].requires if name in infos else ():
            place(required)
        if name in infos:
            ordered.setdefault(name, infos[name])

    for name in sorted(infos):
        place(name)
    return ordered


def registered(manager: pluggy.PluginManager, name: str) -> list[Any]:
    """Everything that all installed modules return from the registration hook ``name``."""
    return [item for items in getattr(manager.hook, name)() for item in items]


def settings_of(manager: pluggy.PluginManager, module: str) -> type[Any] | None:
    """Return the struct of the module's county settings, None where it has none."""
    if module not in installed_names(manager):
        return None
    answers: list[type[Any]] = _subset_caller(manager, frozenset({module}), "register_settings")()
    return answers[0] if answers else None


def register_commands(manager: pluggy.PluginManager, group: click.Group) -> None:
    """Let each installed module add its commands to ``group``."""
    manager.hook.register_commands(group=group)
