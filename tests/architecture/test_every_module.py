"""What every module inherits: one test for each promise, run for each module of plugins/."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import msgspec
import pytest
from litestar import Controller, get, post

from tests.architecture import listing
from tests.architecture.source import ROOT, module_names
from zhuji_core import hooks
from zhuji_core.modules import Permission
from zhuji_core.testing.module_tests import ModuleTests
from zhuji_core.testing.rules import modules


def _tests_of(name: str) -> type[ModuleTests]:
    folder = ROOT / "plugins" / name
    return type(f"Test{name.title()}", (ModuleTests,), {"name": name, "folder": folder})


# One class for each module of plugins/, TestBudget and so on; nobody keeps a list by hand.
globals().update({tests.__name__: tests for tests in map(_tests_of, listing.installed_modules())})


def test_there_are_modules() -> None:
    assert listing.installed_modules() == module_names(), "run `make install`"


def test_what_a_module_requires_is_here() -> None:
    for info in hooks.module_infos(hooks.load()).values():
        assert set(info.requires) <= set(module_names())


@pytest.mark.parametrize("name", module_names())
def test_is_listed(name: str) -> None:
    pyproject, linter = listing.listed_files()
    assert not list(listing.listing_gaps(name, pyproject=pyproject, linter=linter))


# Each check finds a planted fault.

READ = Permission(name="stamps.stamp.read", title="查", scope="agency", roles=())
OTHER = Permission(name="budget.line.read", title="查", scope="agency", roles=())


def constants(**named: Permission) -> ModuleType:
    module = ModuleType("permissions")
    vars(module).update(named)
    return module


def test_finds_an_unlisted_module() -> None:
    pyproject, linter = listing.listed_files()
    gaps = list(listing.listing_gaps("stamps", pyproject=pyproject, linter=linter))
    assert len(gaps) == 3 + len(listing.LISTS)


def test_finds_undeclared_and_unused_permissions() -> None:
    planted = constants(READ=READ, OTHER=OTHER)
    assert len(list(modules.undeclared_permissions(planted, [READ], module="stamps"))) == 2
    assert list(modules.undeclared_permissions(constants(READ=READ), [READ], module="stamps")) == []
    assert len(list(modules.unused_permissions(planted, ["uow.require(READ)"]))) == 1


class Stamps(Controller):
    """Routes with a fault each, and two without."""

    path = "/stamps"

    @get("/good", operation_id="stamps.good", opt={"permission": READ}, sync_to_thread=False)
    def good(self) -> None: ...

    @get(
        "/slow",
        operation_id="stamps.cold",
        opt={"public": True, "cold": True},
        sync_to_thread=False,
    )
    def slow(self) -> None: ...

    @get("/nameless", opt={"signed_in": True, "cold": True}, sync_to_thread=False)
    def nameless(self) -> None: ...

    @post("/open", operation_id="stamps.open", opt={"cold": True}, sync_to_thread=False)
    def undeclared(self) -> None: ...

    @get(
        "/foreign",
        operation_id="stamps.foreign",
        opt={"permission": OTHER, "cold": True},
        sync_to_thread=False,
    )
    def foreign(self) -> None: ...

    @get("/silent", operation_id="stamps.silent", opt={"permission": READ}, sync_to_thread=False)
    def silent(self) -> None: ...


def test_finds_faulty_routes() -> None:
    faults = sorted(
        modules.route_faults([Stamps], module="stamps", hot={"stamps.good", "stamps.x"})
    )
    assert len(faults) == 5
    for text in (
        "operation_id is not stamps",
        "stamps.open: declares no right",
        "stamps.foreign: budget.line.read belongs to another",
        "stamps.silent: neither hot",
        "hot path stamps.x: no such route",
    ):
        assert any(text in fault for fault in faults), faults


def test_finds_faulty_and_missing_templates(tmp_path: Path) -> None:
    (tmp_path / "bad.html").write_text("{% if %}", "utf-8")
    (tmp_path / "good.html").write_text("{% trans %}甲{% endtrans %}", "utf-8")
    assert len(list(modules.template_faults(tmp_path))) == 1
    web = ['render("stamps/good.html")', 'render("stamps/none.html")']
    assert list(modules.missing_templates(web, tmp_path, module="stamps")) == ["stamps/none.html"]


def test_finds_an_unnamed_setting() -> None:
    class Settings(msgspec.Struct):
        named: int = 1
        unnamed: int = 2

    assert list(modules.unnamed_settings(Settings, "| `named` | … |")) == ["`unnamed`"]
