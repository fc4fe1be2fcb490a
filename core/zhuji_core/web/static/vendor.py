# ruff: noqa: INP001 (a tool beside the files it fetches; nothing imports it)
"""Fetch the files of others that our pages use; a developer's tool, never part of a running site.

    python core/zhuji_core/web/static/vendor.py            fetch anew and write vendor.json
    python core/zhuji_core/web/static/vendor.py --check    only compare the files with vendor.json

A version is raised by changing ``PACKAGES`` and running this once, where npm reaches its
registry; the result is committed. Only the named files are taken, none of a package's own
scripts runs (``npm pack`` unpacks nothing), and each file's SHA-256 stands in ``vendor.json``.
"""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[3]
MANIFEST = HERE / "vendor.json"
SITE = HERE / "vendor"
# Not served and not in the wheel: used by tests alone.
TESTS = ROOT / "tests" / "assets"

# package, exact version, licence, folder, {file in the package: our name}
PACKAGES: tuple[tuple[str, str, str, Path, dict[str, str]], ...] = (
    (
        "htmx.org",
        "4.0.1",
        "0BSD",
        SITE / "htmx",
        {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "LICENSE"},
    ),
    (
        "@picocss/pico",
        "2.1.1",
        "MIT",
        SITE / "pico",
        {"css/pico.min.css": "pico.min.css", "LICENSE.md": "LICENSE"},
    ),
    (
        "swagger-ui-dist",
        "5.35.0",
        "Apache-2.0",
        SITE / "swagger-ui",
        {
            "swagger-ui-bundle.js": "swagger-ui-bundle.js",
            "swagger-ui.css": "swagger-ui.css",
            "LICENSE": "LICENSE",
            "NOTICE": "NOTICE",
        },
    ),
    (
        "uplot",
        "1.6.32",
        "MIT",
        SITE / "uplot",
        {
            "dist/uPlot.iife.min.js": "uPlot.iife.min.js",
            "dist/uPlot.min.css": "uPlot.min.css",
            "LICENSE": "LICENSE",
        },
    ),
    (
        "axe-core",
        "4.14.1",
        "MPL-2.0",
        TESTS / "axe",
        {"axe.min.js": "axe.min.js", "LICENSE": "LICENSE"},
    ),
)


def fetch(package: str, version: str) -> bytes:
    """Return the package's archive as the registry has it."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(  # noqa: S603 (the arguments are the constants above)
            ["npm", "pack", "--silent", "--ignore-scripts", f"{package}@{version}"],  # noqa: S607
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        (archive,) = Path(folder).glob("*.tgz")
        return archive.read_bytes()


def take(archive: bytes, wanted: dict[str, str], folder: Path) -> list[Path]:
    """Write the wanted files of an archive into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = []
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        for inside, name in wanted.items():
            member = files.extractfile(f"package/{inside}")
            assert member is not None, f"{inside} is not a file"
            (folder / name).write_bytes(member.read())
            taken.append(folder / name)
    return taken


def entry(package: str, version: str, licence: str, file: Path) -> dict[str, str]:
    """Describe one file for the manifest."""
    return {
        "package": package,
        "version": version,
        "file": file.relative_to(ROOT).as_posix(),
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "licence": licence,
    }


def differences(manifest: list[dict[str, Any]]) -> list[str]:
    """Say which files are missing or are not what the manifest says."""
    wrong = []
    for listed in manifest:
        file = ROOT / listed["file"]
        if not file.is_file():
            wrong.append(f"{listed['file']}: missing")
        elif hashlib.sha256(file.read_bytes()).hexdigest() != listed["sha256"]:
            wrong.append(f"{listed['file']}: not the file of {listed['package']}")
    return wrong


def main(arguments: list[str]) -> int:
    """Fetch, or with ``--check`` compare."""
    if "--check" in arguments:
        wrong = differences(json.loads(MANIFEST.read_text(encoding="utf-8")))
        sys.stdout.writelines(f"{line}\n" for line in wrong)
        return 1 if wrong else 0
    manifest = [
        entry(package, version, licence, file)
        for package, version, licence, folder, wanted in PACKAGES
        for file in take(fetch(package, version), wanted, folder)
    ]
    MANIFEST.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
