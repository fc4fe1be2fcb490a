"""The application on a host without observability: ``zhuji`` that cannot find the package."""

from __future__ import annotations

import importlib
import sys


def main() -> None:
    """Run a command of the product."""
    # What ``importlib.util.find_spec`` takes for "not installed".
    sys.modules["zhuji_observability"] = None  # type: ignore[assignment]
    importlib.import_module("zhuji_core.cli").group.main(sys.argv[1:])


if __name__ == "__main__":
    main()
