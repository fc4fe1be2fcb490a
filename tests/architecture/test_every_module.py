"""What every module inherits: one test for each promise, run for each module of plugins/."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import msgspec
import pytest
from litestar import Controller, get, post

from tests.architecture import modules
from tests.architecture.source import ROOT, module_names
from zhuji_core.modules import Permission

ALONE = """
import sys
from tests.architecture.modules import load_alone
load_alone(sys.argv[1])
others = [name for name in sys.argv[2:] if f"zhuji_{name}" in sys.modules]
assert not others, f"{sys.argv[1]} brought {others} with it"
"""

every_module = pytest.mark.parametrize("name", modules.installed_modules())


def package(name: str) -> Path:
    return ROOT / "plugins" / name / f"zhuji_{name}"


def sources(name: str, *layers: str) -> list[str]:
    return [
        path.read_text("utf-8")
        for layer in layers
        for path in (package(name) / layer).rglob("*.py")
    ]


def test_there_are_modules() -> None:
    assert modules.installed_modules() == module_names(), "run `make install`"


@every_module
def test_loads_alone(name: str) -> None:
    others = [other for other in module_names() if other != name]
    subprocess.run(
        [sys.executable, "-W", "error", "-c", ALONE, name, *others],
        check=True,
        cwd=ROOT,
        timeout=60,
    )


@every_module
def test_says_who_it_is(name: str) -> None:
    (info,) = modules.load_alone(name).hook.register_module()
    assert info.name == name
    assert set(info.requires) <= set(module_names()) - {name}


@every_module
def test_schema_bears_its_name(name: str) -> None:
    for migrations in modules.load_alone(name).hook.register_migrations():
        assert migrations.schema == name
        assert list((migrations.path / "versions").glob("*.py"))


@every_module
def test_permissions_are_declared_and_used(name: str) -> None:
    constants = importlib.import_module(f"zhuji_{name}.permissions")
    given = modules.declared(modules.load_alone(name), "register_permissions")
    assert not list(modules.undeclared_permissions(constants, given, module=name))
    assert not list(modules.unused_permissions(constants, sources(name, "usecases", "queries")))


@every_module
def test_routes_are_declared(name: str) -> None:
    manager = modules.load_alone(name)
    controllers = modules.declared(manager, "register_controllers")
    hot = {path.operation_id for path in modules.declared(manager, "register_hot_paths")}
    faults = list(modules.route_faults(controllers, module=name, hot=hot))
    assert not faults, "\n".join(faults)


@every_module
def test_templates_parse_and_exist(name: str) -> None:
    folder = package(name) / "web" / "templates"
    assert not list(modules.template_faults(folder))
    assert not list(modules.missing_templates(sources(name, "web"), folder, module=name))


@every_module
def test_readme_names_every_setting(name: str) -> None:
    readme = (ROOT / "plugins" / name / "README.md").read_text("utf-8")
    for struct in modules.load_alone(name).hook.register_settings():
        assert not list(modules.unnamed_settings(struct, readme))


@pytest.mark.parametrize("name", module_names())
def test_is_listed(name: str) -> None:
    pyproject, linter = modules.listed_files()
    assert not list(modules.listing_gaps(name, pyproject=pyproject, linter=linter))


# Each check finds a planted fault.

READ = Permission(name="stamps.stamp.read", title="查", scope="agency", roles=())
OTHER = Permission(name="budget.line.read", title="查", scope="agency", roles=())


def constants(**named: Permission) -> ModuleType:
    module = ModuleType("permissions")
    vars(module).update(named)
    return module


def test_finds_an_unlisted_module() -> None:
    pyproject, linter = modules.listed_files()
    gaps = list(modules.listing_gaps("stamps", pyproject=pyproject, linter=linter))
    assert len(gaps) == 3 + len(modules.LISTS)


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
