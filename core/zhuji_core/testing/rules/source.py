"""A file of source as the rules see it: whose it is, in which layer, and where a fault stands."""

from __future__ import annotations

from dataclasses import dataclass

KERNEL = "kernel"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A place that breaks a rule."""

    place: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.place}:{self.line}: {self.text}"


@dataclass(frozen=True, kw_only=True)
class Where:
    """``module`` is ``kernel`` for all that is no module; ``layer`` is '' at the package's top."""

    place: str
    module: str
    layer: str
