"""Where the controllers of modules and of the kernel are mounted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Self

from litestar import Controller, Router

from zhuji_core.web.controllers import MODULE, ApiController, PageController

# First parts of the kernel's own paths; a module of that name would hide them.
RESERVED = frozenset({"api", "sign-in", "sign-out", "language", "drafts", "static", "kernel"})


class _Mount(Router):
    """Made for one application: Litestar need not copy it, with every route of a module."""

    def __deepcopy__(self, _memo: object) -> Self:
        return self


def module_routers(controllers: Sequence[type[Controller]]) -> list[Router]:
    """Mount pages below ``/{county}/<module>`` and the API below ``/{county}/api/v1/<module>``."""
    by_mount: dict[tuple[str, str], list[type[Controller]]] = defaultdict(list)
    for controller in controllers:
        assert issubclass(controller, PageController | ApiController), (
            f"{controller.__qualname__} is neither a PageController nor an ApiController"
        )
        module = controller.module
        assert module not in RESERVED, f"no module may be named {module}"
        inner = f"api/v1/{module}" if issubclass(controller, ApiController) else module
        by_mount[module, inner].append(controller)
    return [
        _Mount(path=f"/{{county:str}}/{inner}", route_handlers=mounted, opt={MODULE: module})
        for (module, inner), mounted in sorted(by_mount.items(), key=lambda item: item[0])
    ]
