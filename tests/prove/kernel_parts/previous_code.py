"""The code of part 1 works on the tables of this one: through the upgrade, and started after it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import sqlalchemy as sa

from tests.prove.certification_parts import seed, site
from tests.prove.certification_parts.invariants import check
from tests.prove.certification_parts.load import Load, Tally
from tests.prove.certification_parts.races import CERTIFIED, REPLAYED, verify
from tests.prove.certification_parts.seed import Scenario
from tests.prove.certification_parts.site import Site
from tests.prove.tools.results import WORK, PartResult, Table, counted, must
from tests.prove.tools.trees import THIS, Tree, of_commit
from zhuji_core.db.embedded import Cluster
from zhuji_core.home import Home
from zhuji_core.testing.ports import free_port

PART_1 = "ed095f5"
SEED = 15
CLIENTS = 8
TIMEOUT_S = 600.0
# A county's upgrade is one transaction, and holds the tables that it alters until it commits: who
# waits longer than the lock timeout of 3 s is told to try again (E-BUSY), and nothing is kept.
BUSY = "503 E-BUSY"
KEPT = "SELECT request_id, fiscal_year, certification_no FROM accounting.certification"
# Commands of part 1 that write the kernel's tables as part 1 wrote them.
OLD_COMMANDS = (
    ("county", "list", "--json"),
    ("county", "show", "TXG", "--json"),
    ("county", "set", "TXG", "kernel.session_hours", "10"),
    ("county", "add", "KEE", "--name", "基隆市", "--modules", "budget"),
    ("db", "upgrade"),
    ("user", "add", "late", "--county", "TXG", "--name", "晚", "--agency", "A000", "--role", "REV",
     "--password", "correct-horse-battery-105"),
    ("budget", "verify", "--county", "TXG", "--json"),
    ("accounting", "verify", "--county", "TXG", "--json"),
)  # fmt: skip
NOTES = (
    (
        f"Part 1 is commit {PART_1}, unpacked by `git archive` with the packages that it locked. "
        "Its own commands make the county; its own application certifies over HTTP."
    ),
    (
        "Through the upgrade: its application, started on its own tables, certifies under load of "
        "8 clients while `zhuji db upgrade` of this tree runs beside it."
    ),
    (
        "Started after: its application and each of its commands anew, on the upgraded tables, "
        "and its `zhuji demo --check` in a home that this tree's demo made."
    ),
)


def previous_code(*, quick: bool) -> PartResult:
    """Certify by part 1 before, during and after the upgrade; then by this tree again."""
    requests = 300 if quick else 6_000
    failures: list[str] = []
    old = of_commit(PART_1)
    with _opened(old) as opened:
        scenario = Scenario(
            requests=requests, funded=requests, rows=8, lines=2, agencies=2, seed=SEED
        )
        ids = seed.fill(opened.admin, scenario).request_ids
        third = requests // 3
        during, upgrade_took_s = _through_the_upgrade(opened, ids[:third], failures)
        after = _certify(opened, ids[third : 2 * third])
        commands = _commands(opened, failures)
        again = _certify(_site(opened, THIS), ids[2 * third :])
        for name, tally in (("during", during), ("after", after), ("this tree", again)):
            _counted(name, tally, failures)
        kept = _kept(opened)
        with opened.admin.connect() as connection:
            invariants = check(connection)
        must(failures, holds=not invariants.broken, say=f"invariants: {invariants.broken}")
        certified = {**during.certified, **after.certified, **again.certified}
        must(failures, holds=certified == kept, say="what was answered is not what is kept")
        for module in ("accounting", "budget"):
            found = verify(_site(opened, THIS), module)
            must(failures, holds=not found.get("drift_ntd"), say=f"{module}: {found}")
    demo = _demo(old, failures)
    return PartResult(
        part="previous-code",
        title=f"code of part 1 ({PART_1}) on these tables",
        checked=len(kept) + demo,
        failures=tuple(failures),
        tables=(
            _figures(during, after, again, upgrade_took_s, demo),
            Table(
                heads=("command of part 1 on these tables", "exit code"),
                rows=tuple((f"`zhuji {name}`", str(code)) for name, code in commands),
            ),
        ),
        seed=SEED,
        notes=NOTES,
    )


@contextlib.contextmanager
def _opened(old: Tree) -> Iterator[Site]:
    """Give a county made by the commands of part 1."""
    folder = WORK / "homes" / "previous-code"
    shutil.rmtree(folder, ignore_errors=True)
    home = Home(folder)
    with Cluster(home) as address:
        opened = Site(home, address, tree=old)
        try:
            opened.make_county()
            yield opened
        finally:
            opened.admin.dispose()
    shutil.rmtree(folder, ignore_errors=True)


def _site(opened: Site, tree: Tree) -> Site:
    """Return the same home as another tree's commands see it."""
    other = Site(opened.home, opened.address, tree=tree)
    other.admin.dispose()
    return other


def _through_the_upgrade(
    opened: Site, request_ids: Sequence[uuid.UUID], failures: list[str]
) -> tuple[Tally, float]:
    application = site.start(opened, port=free_port())
    try:
        target = site.sign_in(application.port)
        load = Load(target, request_ids, retry=True)
        upgraded = asyncio.run(_beside(load, _site(opened, THIS)))
    finally:
        site.stop(application)
    told = json.loads(upgraded.stdout or '{"counties": [{"revisions": [], "took_s": 0}]}')
    must(failures, holds=upgraded.returncode == 0, say=f"upgrade: {upgraded.stderr[-800:]}")
    must(failures, holds=bool(told["counties"][0]["revisions"]), say="nothing was upgraded")
    return load.tally, float(told["counties"][0]["took_s"])


async def _beside(load: Load, new: Site) -> subprocess.CompletedProcess[str]:
    """Upgrade while the load runs; both begin together."""
    working = asyncio.create_task(load.run(clients=CLIENTS))
    upgraded = await asyncio.to_thread(_run, new.tree, new.home.path, "db", "upgrade", "--json")
    await working
    return upgraded


def _certify(opened: Site, request_ids: Sequence[uuid.UUID]) -> Tally:
    with site.serving(opened) as application:
        target = site.sign_in(application.port)
        load = Load(target, request_ids, retry=True)
        return asyncio.run(load.run(clients=CLIENTS))


def _commands(opened: Site, failures: list[str]) -> list[tuple[str, int]]:
    """Run each command of part 1 anew."""
    done = []
    for arguments in OLD_COMMANDS:
        ended = _run(opened.tree, opened.home.path, *arguments)
        name = " ".join(arguments[:3])
        done.append((name, ended.returncode))
        must(failures, holds=ended.returncode == 0, say=f"{name}: {ended.stderr[-800:]}")
    return done


def _demo(old: Tree, failures: list[str]) -> int:
    """Let this tree make the demo and part 1 check it; return how many steps part 1 passed."""
    folder = WORK / "homes" / "previous-demo"
    shutil.rmtree(folder, ignore_errors=True)
    made = _run(THIS, folder, "demo", "--check", "--json")
    must(failures, holds=made.returncode == 0, say=f"this tree's demo: {made.stderr[-800:]}")
    checked = _run(old, folder, "demo", "--check", "--json")
    must(failures, holds=checked.returncode == 0, say=f"part 1's check: {checked.stderr[-800:]}")
    shutil.rmtree(folder, ignore_errors=True)
    told = json.loads(checked.stdout or '{"steps": {}}')
    return sum(step["passed"] for steps in told["steps"].values() for step in steps)


def _run(tree: Tree, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*tree.zhuji, *arguments],
        env={**tree.environment, "ZHUJI_HOME": str(home), "LC_ALL": "C.UTF-8"},
        cwd=tree.root,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )


def _kept(opened: Site) -> dict[uuid.UUID, str]:
    with opened.admin.connect() as connection:
        return {
            row.request_id: f"{row.fiscal_year}簽{row.certification_no:05}"
            for row in connection.execute(sa.text(KEPT))
        }


def _counted(name: str, tally: Tally, failures: list[str]) -> None:
    """Nothing but certified; while tables are altered also "try again", which keeps nothing."""
    known = {CERTIFIED, REPLAYED, *({BUSY} if name == "during" else ())}
    must(failures, holds=not tally.contradictions, say=f"{name}: {tally.contradictions[:2]}")
    must(
        failures,
        holds=set(tally.answers) <= known,
        say=f"{name}: money is enough for all, yet {dict(tally.answers)}",
    )


def _figures(during: Tally, after: Tally, again: Tally, upgrade_took_s: float, demo: int) -> Table:
    return counted(
        "part 1 on these tables",
        [
            ("certified by part 1 while the upgrade ran", len(during.certified)),
            (
                "told to try again meanwhile, because a table was being altered",
                during.answers[BUSY],
            ),
            ("seconds of the county's upgrade under that load", upgrade_took_s),
            ("certified by part 1, started after the upgrade", len(after.certified)),
            ("certified by this tree afterwards, in the same county", len(again.certified)),
            ("steps of part 1's `demo --check` passed in this tree's demo", demo),
            (
                "other answers",
                sum(
                    count
                    for tally in (during, after, again)
                    for kind, count in tally.answers.items()
                    if kind not in {CERTIFIED, REPLAYED, BUSY}
                ),
            ),
        ],
    )
