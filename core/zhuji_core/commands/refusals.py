"""A refusal on the terminal: its sentence, its arithmetic, and what can be mended."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from zhuji_core.i18n import load_translations
from zhuji_core.values import DomainError

LOCALE = Path(__file__).parent.parent / "locale"


def print_refusal(error: DomainError, *, language: str) -> None:
    """Say to standard error what was refused, in ``language``."""
    words = load_translations([LOCALE, *_module_locales()]).of(language)
    console = Console(stderr=True, highlight=False)
    console.print(f"[bold red]{error.code}[/]  {error.text(words.gettext)}")
    for name, text in error.field_texts(words.gettext).items():
        console.print(f"  {name}：{text}")
    if error.arithmetic:
        table = Table(box=None, show_header=False, padding=(0, 2))
        table.add_column()
        table.add_column(justify="right")
        for name, amount_ntd in error.arithmetic.items():
            table.add_row(words.gettext(name), f"{amount_ntd:,}")
        console.print(table)


def _module_locales() -> list[Path]:
    from zhuji_core.web.packages import beside_kernel  # noqa: PLC0415 (after a refusal only)

    return [folder / "locale" for folder in beside_kernel()]
