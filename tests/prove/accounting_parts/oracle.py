"""hledger and beancount read a generated year of 100,000 vouchers and come to the same sums."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from beancount import loader
from beancount.core.data import Transaction

from tests.prove.accounting_parts import city as cities
from tests.prove.accounting_parts.city import SEED, YEAR, City
from tests.prove.certification_parts import site
from tests.prove.certification_parts.site import Site
from tests.prove.tools.results import PartResult, Table, counted, must
from zhuji_accounting.usecases.ask_oracle import complained

WHOLE = City(name="100,000 vouchers", agencies=84, requests=46_500, vouchers=62_000)
QUICK = City(name="a handful", agencies=4, requests=400, vouchers=200)
VOUCHERS_MIN = 100_000
TIMEOUT_S = 3_600.0  # of a machine that others share

# A voucher of the export: its month, its day, and the rest of its line.
VOUCHER = re.compile(r"^(\d{4}-\d\d-)(\d\d)(?=.*; agency:)", re.MULTILINE)


def _instead(old: str, new: str, text: str) -> str:
    """Write ``new`` in the place of the first match. A 9 before an amount makes another of it."""
    changed, times = re.subn(old, new, text, count=1, flags=re.MULTILINE)
    assert times, f"nothing to plant in: {old}"
    return changed


def _out_of_order(text: str) -> str:
    """Date a voucher on the first of its month, behind one of a later day of that month.

    In its month it stays, or the month's balance would tell and not the order.
    """
    before: re.Match[str] | None = None
    for one in VOUCHER.finditer(text):
        if before is not None and before[1] == one[1] and before[2] > "01":
            return f"{text[: one.start(2)]}01{text[one.end(2) :]}"
        before = one
    raise AssertionError("no two vouchers of a month")


# One fault each, whatever the generated year begins with. The receipt is one of a counter: else a
# month's balance is found instead.
PLANTED: Mapping[str, Callable[[str], str]] = {
    "an entry that does not balance": partial(_instead, r"^(    0\S+  -?)(\d+ TWD)$", r"\g<1>9\2"),
    "an account that nobody declared": partial(_instead, r"^account 0\S+$", ""),
    "a voucher out of order": _out_of_order,
    "a receipt that says another remaining amount": partial(
        _instead, r"(:1-可用  -\d+ TWD = )(\d+ TWD)$", r"\g<1>9\2"
    ),
}


def oracle(*, quick: bool) -> PartResult:
    """Export the year, let both programs read it, compare the sums, plant four errors."""
    failures: list[str] = []
    city = QUICK if quick else WHOLE
    with cities.opened(city, "accounting-oracle") as (opened, source):
        made = source.commands["work"].printed
        must(failures, holds=quick or made["vouchers"] >= VOUCHERS_MIN,
             say=f"only {made['vouchers']} vouchers")  # fmt: skip
        answer = json.loads(
            opened.command("accounting", "oracle", "--county", site.COUNTY, "--year", YEAR,
                           "--json", may_fail=True, timeout_s=TIMEOUT_S)
        )  # fmt: skip
        must(failures, holds=answer["equal"] == answer["accounts"] > 0, say=f"{answer}"[:500])
        must(failures, holds=not answer["complaint"], say=answer["complaint"][:500])
        journal, beans = _exported(opened, "hledger"), _exported(opened, "beancount")
        sums = {"hledger": _hledger_sum(journal), "beancount": _beancount_sum(beans, failures)}
        must(failures, holds=len(set(sums.values())) == 1, say=f"sums differ: {sums}")
        found = _faults_found(journal, failures)
    return PartResult(
        part="oracle",
        title="the exported books in hledger and beancount",
        checked=answer["accounts"],
        failures=tuple(failures),
        tables=(
            counted(
                "what was read",
                [
                    ("vouchers", made["vouchers"]),
                    ("lines of vouchers", made["voucher_lines"]),
                    ("receipts asserted", made["certified_lines"]),
                    ("accounts and counters compared by `zhuji accounting oracle`",
                     answer["accounts"]),
                    ("of these equal", answer["equal"]),
                    *((f"debits by {name}, NT$", ntd) for name, ntd in sums.items()),
                ],
            ),
            Table(heads=("planted", "what hledger says of it"), rows=found),
        ),
        seed=SEED,
    )  # fmt: skip


def _exported(opened: Site, form: str) -> Path:
    path = opened.home.path / f"books.{form}"
    text = opened.command("accounting", "export", "--county", site.COUNTY, "--year", YEAR,
                          "--format", form, timeout_s=TIMEOUT_S)  # fmt: skip
    path.write_text(text, "utf-8")
    return path


def _program() -> str:
    program = shutil.which("hledger")
    assert program is not None, "hledger is a package of .ci/run"
    return program


def _hledger_sum(path: Path) -> int:
    """Return the sum of all accounts that end above zero."""
    told = subprocess.run(
        (_program(), "-f", str(path), "bal", "--flat", "-N", "-O", "csv"),
        capture_output=True, text=True, check=True, env={"LANG": "C.UTF-8"},
    )  # fmt: skip
    balances = [
        int(row["balance"].split()[0].rstrip("."))
        for row in csv.DictReader(io.StringIO(told.stdout))
    ]
    return sum(ntd for ntd in balances if ntd > 0)


def _beancount_sum(path: Path, failures: list[str]) -> int:
    entries, errors, _ = loader.load_file(str(path))
    must(failures, holds=not errors, say=f"beancount: {errors[:2]}")
    balances: Counter[str] = Counter()
    for entry in entries:
        if isinstance(entry, Transaction):
            for posting in entry.postings:
                number = None if posting.units is None else posting.units.number
                assert number is not None, "every posting of the export has its amount"
                balances[posting.account] += int(number)
    return sum(ntd for ntd in balances.values() if ntd > 0)


def _faults_found(journal: Path, failures: list[str]) -> tuple[tuple[str, str], ...]:
    """Plant one fault after another in what is without any; return what is said of each."""
    before = _complaint(journal)
    must(failures, holds=not before, say=f"before anything is planted: {before}")
    found = tuple((name, _complaint(_planted(journal, plant))) for name, plant in PLANTED.items())
    for name, complaint in found:
        must(failures, holds=bool(complaint), say=f"{name}: not found")
    return found


def _planted(path: Path, plant: Callable[[str], str]) -> Path:
    changed = path.with_suffix(".planted")
    changed.write_text(plant(path.read_text("utf-8")), "utf-8")
    return changed


def _complaint(path: Path) -> str:
    """Return the first line of hledger's complaint about the file, as the product's oracle asks."""
    return complained(_program(), path).partition("\n")[0]
