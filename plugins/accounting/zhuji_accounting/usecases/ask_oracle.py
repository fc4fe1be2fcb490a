"""Ask hledger, an accounting program that shares no code with ours, to recompute a year's books."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import tempfile
from pathlib import Path

from zhuji_accounting.domain.ledger.control_text import ControlText
from zhuji_accounting.domain.ledger.plain_text import Names
from zhuji_accounting.queries.charts import chart_of
from zhuji_accounting.queries.controlled import kept_positions
from zhuji_accounting.queries.plain_books import kept_balances
from zhuji_accounting.usecases.export_books import export_books
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value

CHECKS = ("commodities", "ordereddates", "assertions")


class OracleMissing(DomainError):
    """Hledger is not installed on this machine."""

    code = "E-ORACLE-MISSING"
    message = N_("本機未安裝 hledger，無法由獨立程式重算帳簿。")


class OracleAnswer(Value, frozen=True, kw_only=True):
    """What hledger found: its own complaint, and accounts whose balance differs from ours."""

    accounts: int
    equal: int
    complaint: str
    differing: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Nothing compared proves nothing."""
        return self.accounts > 0 and self.equal == self.accounts and not self.complaint


def ask_oracle(uow: UnitOfWork, *, fiscal_year: int) -> OracleAnswer:
    """Export the year, let hledger check it, and compare its balances with ours to the dollar.

    Compared are the trial balance and every counter of the control rows. hledger has also checked
    each assertion on its way: kept balances, and what every receipt says was left. The transaction
    ends before hledger begins, which takes minutes for a year of 100,000 vouchers.

    Raises OracleMissing or NoChart.
    """
    program = shutil.which("hledger")
    if program is None:
        raise OracleMissing
    text = ControlText(form="hledger")
    with tempfile.TemporaryDirectory(prefix="zhuji-oracle-") as folder:
        path = Path(folder) / "books.journal"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(
                f"{line}\n"
                for line in export_books(uow, fiscal_year=fiscal_year, form="hledger", text=text)
            )
        own = own_figures(uow, fiscal_year, text)
        uow.end_reading()
        return judge(program, path, own)


def own_figures(uow: UnitOfWork, fiscal_year: int, text: ControlText) -> dict[str, int]:
    """Return all that the file is compared with: balances, and the counters of ``text``'s rows."""
    counters = text.totals(kept_positions(uow, text.row_ids))
    return {**own_balances(uow, fiscal_year), **counters}


def own_balances(uow: UnitOfWork, fiscal_year: int) -> dict[str, int]:
    """Return our trial balance of the year by the account's name in the export."""
    by_code = chart_of(uow, fiscal_year).by_code
    names = Names(
        form="hledger",
        names={code: account.name for code, account in by_code.items()},
        classes={},
    )
    own: dict[str, int] = {}
    for one in kept_balances(uow, fiscal_year):
        account = names.account(one.agency_code, one.account_code)
        own[account] = own.get(account, 0) + one.net_ntd
    return own


def judge(program: str, path: Path, own: dict[str, int]) -> OracleAnswer:
    """Let ``program`` check the file and compare its balances with ``own``."""
    complaint = complained(program, path)
    if complaint:
        return OracleAnswer(accounts=len(own), equal=0, complaint=complaint, differing=())
    told = _run(program, "-f", str(path), "bal", "--flat", "-N", "-E", "-O", "csv")
    theirs = {
        row["account"]: int(row["balance"].split()[0].rstrip("."))
        for row in csv.DictReader(io.StringIO(told.stdout))
    }
    differing = sorted(
        account for account in own.keys() | theirs.keys() if own.get(account) != theirs.get(account)
    )
    return OracleAnswer(
        accounts=len(own.keys() | theirs.keys()),
        equal=len(own.keys() | theirs.keys()) - len(differing),
        complaint=told.stderr.strip() if told.returncode else "",
        differing=tuple(differing[:100]),
    )


def complained(program: str, path: Path) -> str:
    """Return what ``program`` finds wrong in the file by itself; empty: nothing.

    Whether every account is declared is asked of its two lists. Its own check of that looks each
    entry up in the list of all accounts, 15,000 of 84 agencies, and took longer than all else.
    """
    checked = _run(program, "-f", str(path), "check", *CHECKS)
    if checked.returncode:
        return checked.stderr.strip()
    declared, used = (
        set(_run(program, "-f", str(path), "accounts", which).stdout.splitlines())
        for which in ("--declared", "--used")
    )
    unknown = sorted(used - declared)
    return f"{len(unknown):,} accounts undeclared: {', '.join(unknown[:5])}" if unknown else ""


def _run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 (a program found by name, our own file)
        words, capture_output=True, text=True, check=False, env={"LANG": "C.UTF-8"}
    )
