"""The command line ``zhuji``: names every command, imports none of them before it is called."""

from __future__ import annotations

import gc
import importlib
import importlib.util
import os
from collections.abc import Callable
from typing import Any

import rich_click as click

# Command → (module that holds it as ``command``, one line for --help). The texts stand here,
# because importing the commands (SQLAlchemy, Litestar) would make --help five times slower.
KERNEL = {
    "demo": ("zhuji_core.commands.demo", "以臺中市、苗栗縣示範資料啟動（資料在 .zhuji/）"),
    "serve": ("zhuji_core.commands.serve", "啟動網站"),
    "audit": ("zhuji_core.commands.audit", "封存、驗證、錨定稽核紀錄"),
    "county": ("zhuji_core.commands.county", "新增、列出、查詢、暫停、恢復縣市"),
    "db": ("zhuji_core.commands.db", "升級資料庫結構"),
    "licence": ("zhuji_core.commands.licence", "簽發、查詢、安裝模組授權"),
    "events": ("zhuji_core.commands.events", "事件：處理進度、重送、略過、中繼程序"),
    "jobs": ("zhuji_core.commands.jobs", "背景作業與排程：列出、查詢、取消、執行"),
    "token": ("zhuji_core.commands.token", "建立、列出、撤銷機器權杖"),
    "operator": ("zhuji_core.commands.operator", "新增、列出、停用集中維運帳號"),
    "user": ("zhuji_core.commands.user", "新增、列出、停用使用者，授予及終止角色"),
    "module": ("zhuji_core.commands.module", "建立新模組"),
}
# Brought by observability, and absent with it: known by name, so that the kernel imports nothing.
WATCHING = "zhuji_observability"
WATCHED = {
    "observe": (f"{WATCHING}.commands", "網路與伺服器時間：分析封包擷取檔"),
}
# Objects that are made before the collector looks again; Python's 700 are for small programs.
LOOK_AFTER = 50_000
LANGUAGES = {"zh": "zh_Hant_TW", "en": "en"}


class LazyGroup(click.RichGroup):
    """Finds the kernel's commands by the table above, and a module's by asking that module."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        known = _known()
        return [*known, *(name for name in _module_names() if name not in known)]

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 (click's signature)
        cmd_name: str,
    ) -> click.Command | None:
        known = _known()
        if cmd_name in known:
            path, text = known[cmd_name]
            return _Named(cmd_name, text, lambda: importlib.import_module(path).command)
        if cmd_name in _module_names():
            text = f"{cmd_name} 模組的指令"
            return _Named(cmd_name, text, lambda: _module_group(cmd_name))
        return None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a refusal is printed with its arithmetic and ends in exit code 1."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            if not _is_refusal(error):
                raise
            _print_refusal(error, language=ctx.obj)
            ctx.exit(1)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.load() if isinstance(command, _Named) else command, rest


class _Named(click.Command):
    """A command of which only the name and one line are known yet."""

    def __init__(self, name: str, text: str, load: Callable[[], click.Command]) -> None:
        super().__init__(name, help=text, short_help=text)
        self.load = load


def _known() -> dict[str, tuple[str, str]]:
    return KERNEL | (WATCHED if importlib.util.find_spec(WATCHING) else {})


def _module_names() -> list[str]:
    from importlib.metadata import entry_points  # noqa: PLC0415 (only when commands are listed)

    return sorted({entry_point.name for entry_point in entry_points(group="zhuji.modules")})


def _module_group(name: str) -> click.Command:
    """Ask the modules for their commands; a module gives a group of its own name."""
    from zhuji_core import hooks  # noqa: PLC0415 (loads every module)

    group = click.RichGroup(name=name)
    hooks.register_commands(hooks.load(), group)
    found = group.commands.get(name)
    if found is None:
        raise click.UsageError(f"模組 {name} 沒有指令")
    return found


def _language() -> str:
    """Follow LANG as other programs do; without one, the language of the county's people."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG")
    return "en" if (spoken or "").startswith("en") else "zh"


@click.group(
    cls=LazyGroup,
    help="主計：縣市預算、會計與財政。",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--lang", type=click.Choice(sorted(LANGUAGES)), default=_language, help="zh 或 en")
@click.version_option(package_name="zhuji", prog_name="zhuji")
@click.pass_context
def group(ctx: click.Context, lang: str) -> None:
    ctx.obj = LANGUAGES[lang]
    ctx.meta["zhuji.routes"] = _route_templates


def _route_templates() -> list[str]:
    """Give the templates of every route, to commands that do not know the kernel."""
    from zhuji_core.compose import route_templates  # noqa: PLC0415 (builds an application)

    return route_templates()


def main() -> None:
    """Entry point of the distribution."""
    # What a command loads lives until it ends: looking for garbage in it takes a tenth of a start.
    gc.set_threshold(LOOK_AFTER)
    group.main(prog_name="zhuji")


def _is_refusal(error: Exception) -> bool:
    from zhuji_core.values import DomainError  # noqa: PLC0415 (a run without error needs none)

    return isinstance(error, DomainError)


def _print_refusal(error: Any, *, language: str) -> None:
    from zhuji_core.commands.refusals import print_refusal  # noqa: PLC0415 (same)

    print_refusal(error, language=language)
