"""``zhuji module``: begin a module of one's own, anywhere."""

from __future__ import annotations

import keyword
import re
import shutil
import tempfile
from importlib.resources import files
from pathlib import Path

import rich_click as click
from rich.console import Console
from sqlalchemy.dialects.postgresql.base import RESERVED_WORDS

from zhuji_core import hooks
from zhuji_core.values import N_, DomainError
from zhuji_core.web.mounting import RESERVED

# The name is a schema, a part of URLs, of permissions, of a package and of its distribution.
NAME = re.compile(r"[a-z][a-z0-9]{1,19}")
NAME_MAX = 20

# Names of ours that a module would hide, or be hidden by.
OURS = frozenset({"kernel", "platform", "public", "core", "observability", "host", "zhuji"})

TEMPLATE = "module_template"
SUFFIX = ".tmpl"


class ModuleNameInvalid(DomainError):
    """It is a schema, a package and a part of URLs: lower-case letters and digits."""

    code = "E-MODULE-NAME"
    message = N_("模組名稱「{name}」須為 2 至 {length_max} 個小寫英文字母或數字，並以字母開頭。")
    status_code = 422


class ModuleNameTaken(DomainError):
    """The name means something already: to the kernel, to PostgreSQL, to Python, or a module."""

    code = "E-MODULE-NAME-TAKEN"
    message = N_("「{name}」已有其他用途或已安裝同名模組，請改用其他名稱。")


class ModuleFolderExists(DomainError):
    """Nothing is written over."""

    code = "E-MODULE-FOLDER"
    message = N_("{folder} 已存在，未寫入任何檔案。")


@click.group("module", help="建立新模組")
def command() -> None:
    pass


@command.command("new", help="寫出一個可安裝、可執行的新模組")
@click.argument("name")
@click.option(
    "--into",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="放在哪個資料夾之下；省略則為目前資料夾",
)
def new(name: str, into: Path) -> None:
    folder = write_module(name, into=into)
    console = Console(highlight=False)
    console.print(f"已建立 {folder}")
    console.print(f"  uv pip install -e {folder}")
    console.print(f"  zhuji db upgrade && zhuji county enable TXG {name}")


def write_module(name: str, *, into: Path) -> Path:
    """Write the distribution of module ``name`` below ``into``, whole or not at all.

    Raises ModuleNameInvalid, ModuleNameTaken or ModuleFolderExists.
    """
    require_name(name)
    folder = into / name
    if folder.exists():
        raise ModuleFolderExists(folder=str(folder))
    with tempfile.TemporaryDirectory(dir=into) as place:
        draft = Path(place) / name
        _write(Path(str(files("zhuji_core") / TEMPLATE)), draft, name)
        draft.rename(folder)
    return folder


def require_name(name: str) -> None:
    """Raise unless a new module may bear ``name``."""
    if not NAME.fullmatch(name):
        raise ModuleNameInvalid(name=name, length_max=NAME_MAX)
    taken = (
        name in RESERVED | OURS | RESERVED_WORDS
        or name.startswith("pg")
        or keyword.iskeyword(name)
        or name in _commands()
        or name in hooks.installed_names(hooks.load())
    )
    if taken:
        raise ModuleNameTaken(name=name)


def _commands() -> frozenset[str]:
    """Return the kernel's own commands: a module's stands beside them under its name."""
    context = click.get_current_context(silent=True)
    if context is None:
        return frozenset()
    root = context.find_root()
    assert isinstance(root.command, click.Group), "every command stands below zhuji"
    return frozenset(root.command.list_commands(root))


def _write(template: Path, folder: Path, name: str) -> None:
    for file in sorted(template.rglob(f"*{SUFFIX}")):
        inside = str(file.relative_to(template)).removesuffix(SUFFIX)
        target = folder / filled(inside, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(filled(file.read_text("utf-8"), name), "utf-8")
        shutil.copymode(file, target)


def filled(text: str, name: str) -> str:
    """Return a text of the template for module ``name``."""
    for mark, value in (("@name@", name), ("@Name@", name.title()), ("@CODE@", name.upper())):
        text = text.replace(mark, value)
    return text
