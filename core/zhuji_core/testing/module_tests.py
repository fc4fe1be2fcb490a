"""What every module owes to the others, as tests that it inherits, in whichever repository it lies.

class TestModule(ModuleTests):
name = "notes"
folder = Path(__file__).parents[1]
"""

from __future__ import annotations

import importlib
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import ClassVar

import pluggy
import pytest

from zhuji_core import i18n
from zhuji_core.hooks import ENTRY_POINT_GROUP
from zhuji_core.testing.rules import imports, modules, sizes, style
from zhuji_core.testing.rules.source import Finding, Where

ALONE = """
import sys
from zhuji_core.testing.rules.modules import load_alone
load_alone(sys.argv[1])
others = [package for package in sys.argv[2:] if package in sys.modules]
assert not others, f"{sys.argv[1]} brought {others} with it"
"""
LANGUAGES = tuple(code for code in i18n.LANGUAGES if code != i18n.SOURCE)


class ModuleTests:
    """``name`` is the module's, ``folder`` is that of its pyproject.toml and README.md."""

    name: ClassVar[str]
    folder: ClassVar[Path]

    @property
    def package(self) -> Path:
        return self.folder / f"zhuji_{self.name}"

    def sources(self, *layers: str) -> list[str]:
        return [
            path.read_text("utf-8")
            for layer in layers
            for path in sorted((self.package / layer).rglob("*.py"))
        ]

    def loaded(self) -> pluggy.PluginManager:
        return modules.load_alone(self.name)

    def test_is_installed_from_here(self) -> None:
        found = importlib.import_module(f"zhuji_{self.name}")
        assert Path(str(found.__file__)).parent == self.package

    def test_loads_alone(self) -> None:
        subprocess.run(  # noqa: S603 (our own program)
            [sys.executable, "-W", "error", "-c", ALONE, self.name, *self._other_packages()],
            check=True,
            cwd=self.folder,
            timeout=60,
        )

    def test_says_who_it_is(self) -> None:
        (info,) = self.loaded().hook.register_module()
        assert info.name == self.name
        assert self.name not in info.requires

    def test_schema_bears_its_name(self) -> None:
        for migrations in self.loaded().hook.register_migrations():
            assert migrations.schema == self.name
            assert list((migrations.path / "versions").glob("*.py"))

    def test_permissions_are_declared_and_used(self) -> None:
        constants = importlib.import_module(f"zhuji_{self.name}.permissions")
        given = modules.declared(self.loaded(), "register_permissions")
        assert not list(modules.undeclared_permissions(constants, given, module=self.name))
        used = self.sources("usecases", "queries")
        assert not list(modules.unused_permissions(constants, used))

    def test_routes_are_declared(self) -> None:
        manager = self.loaded()
        controllers = modules.declared(manager, "register_controllers")
        hot = {path.operation_id for path in modules.declared(manager, "register_hot_paths")}
        faults = list(modules.route_faults(controllers, module=self.name, hot=hot))
        assert not faults, "\n".join(faults)

    def test_templates_parse_and_exist(self) -> None:
        folder = self.package / "web" / "templates"
        assert not list(modules.template_faults(folder))
        assert not list(modules.missing_templates(self.sources("web"), folder, module=self.name))

    def test_readme_names_every_setting(self) -> None:
        readme = (self.folder / "README.md").read_text("utf-8")
        for struct in self.loaded().hook.register_settings():
            assert not list(modules.unnamed_settings(struct, readme))

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_every_text_is_translated(self, language: str) -> None:
        assert not list(i18n.untranslated(self.package, language))

    def test_keeps_the_rules_of_style(self) -> None:
        broken = [
            finding
            for path in sorted(self.package.rglob("*.py"))
            for finding in style.findings(path.read_text("utf-8"), where=self._where(path))
        ]
        assert not broken, "\n".join(map(str, broken))

    def test_nothing_is_too_large(self) -> None:
        refused: list[Finding] = []
        for path in sorted(self.folder.rglob("*.py")):
            place = str(path.relative_to(self.folder))
            refused.extend(sizes.measure(path.read_text("utf-8"), place=place).refused)
        assert not refused, "\n".join(map(str, refused))

    def test_layers_import_downwards_only(self, tmp_path: Path) -> None:
        config = tmp_path / "importlinter.ini"
        config.write_text(imports.contracts(self.name, others=self._other_packages()), "utf-8")
        code, report = imports.lint(config, cwd=self.folder)
        assert code == 0, report

    def _other_packages(self) -> list[str]:
        found = {one.module.partition(".")[0] for one in entry_points(group=ENTRY_POINT_GROUP)}
        return sorted(found - {f"zhuji_{self.name}"})

    def _where(self, path: Path) -> Where:
        inside = path.relative_to(self.package).parts
        layer = inside[0] if len(inside) > 1 else ""
        place = str(path.relative_to(self.folder))
        return Where(place=place, module=self.name, layer=layer)
