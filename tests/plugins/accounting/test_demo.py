"""The demo's figures, its check through HTTP, and the command that proves the certifications."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner, Result

from tests.core.site import PASSWORD
from tests.plugins.accounting.people import People
from zhuji_accounting import demo
from zhuji_budget import demo as budget_demo
from zhuji_core.cli import group
from zhuji_core.commands.opening import open_county, open_operator
from zhuji_core.compose import operator_actor
from zhuji_core.db.embedded import Cluster
from zhuji_core.demo.client import DemoClient
from zhuji_core.events.delivery import deliver
from zhuji_core.home import Home
from zhuji_core.modules import DemoAccount
from zhuji_core.permissions import MODULE
from zhuji_core.settings import keep_setting
from zhuji_core.testing.cluster import QUICK
from zhuji_core.testing.counties import BUSINESS_DATE

Run = Callable[..., Result]
CODE = "ABC"


def test_the_check_passes_and_may_be_repeated(people: People) -> None:
    for account in ("req", "sup", "rev"):
        assert people[account].csrf
    address = urlsplit(people.site.address)
    accounts = [
        DemoAccount(account=account, name=account, roles=(role,), agency_code="A1")
        for account, role in (("req", "REQ"), ("sup", "SUP"), ("rev", "REV"))
    ]
    client = DemoClient(
        host=str(address.hostname),
        port=int(address.port or 0),
        county="txg",
        accounts=accounts,
        passwords=dict.fromkeys(("req", "sup", "rev"), PASSWORD),
    )
    for _ in range(2):
        steps = demo.check(client)
        assert len(steps) >= 8
        assert all(step.passed for step in steps), [step for step in steps if not step.passed]
    client.close()
    assert people.office.encumbered_ntd() == 0


@pytest.fixture(scope="module")
def home(
    tmp_path_factory: pytest.TempPathFactory, quick_home: Callable[[Path], Home]
) -> Iterator[Path]:
    """A home whose PostgreSQL stays up between the commands of this file."""
    folder = tmp_path_factory.mktemp("accounting") / "home"
    with Cluster(quick_home(folder), options=QUICK):
        yield folder


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("ZHUJI_HOME", str(home))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("ZHUJI_DATABASE_URL", raising=False)

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(group, list(arguments), catch_exceptions=False)

    return invoke


def test_verify_fails_on_nothing_and_proves_the_demo(run: Run, tmp_path: Path) -> None:
    modules = ("--modules", "budget,accounting")
    assert run("county", "add", CODE, "--name", "示範縣", *modules).exit_code == 0
    empty = run("accounting", "verify", "--county", CODE, "--json")
    assert empty.exit_code == 1
    told = json.loads(empty.stdout)
    assert set(told.pop("ledger")["checked"].values()) == {0}
    assert told.pop("months") == {"checked": 0, "errors": []}
    assert told == {"checked": 0, "drift_ntd": 0, "errors": []}
    with open_county(CODE) as uow:
        keep_setting(uow, module=MODULE, key="business_date", value=BUSINESS_DATE.isoformat())
    with open_county(CODE) as uow:
        budget_demo.seed(uow)
        accounts = demo.seed(uow)
    assert {role for account in accounts for role in account.roles} == {
        "REQ", "SUP", "REV", "CACC", "HEAD", "PREP", "BOOK", "AUD",
    }  # fmt: skip
    proved = run("accounting", "verify", "--county", CODE, "--json")
    assert proved.exit_code == 0, proved.output
    told = json.loads(proved.stdout)
    assert (told["checked"], told["drift_ntd"], told["errors"]) == (2, 0, [])
    assert (told["ledger"]["drift_ntd"], told["ledger"]["errors"]) == (0, [])
    exported = run("accounting", "export", "--county", CODE, "--year", "105")
    assert exported.stdout.startswith("commodity 1000. TWD")
    assert "已驗證 2 行" in run("accounting", "verify", "--county", CODE).stdout
    close_by_command(run)
    report_by_command(run)
    charts_by_command(run, tmp_path / "chart.csv")


def charts_by_command(run: Run, path: Path) -> None:
    """What vouchers are made by is told to scripts: charts, one chart, one set of rules."""
    county = ("--county", CODE)
    listed = json.loads(run("accounting", "chart", "show", *county, "--json").stdout)
    assert [one["chart"]["name"] for one in listed] == ["cash", "accrual"]
    shown = run("accounting", "chart", "show", *county, "--name", "accrual").stdout
    assert "920401" in shown
    assert "分錄規則第 1 版" in shown
    told = json.loads(run("accounting", "rules", *county, "--name", "accrual", "--json").stdout)
    assert told["rules"]["version"] == 1
    assert {one["event_code"] for one in told["rules"]["rules"]} >= {"expenditure.paid"}
    assert "經費支付" in run("accounting", "rules", *county, "--name", "accrual").stdout
    assert run("accounting", "rules", *county, "--name", "accrual", "--version", "9").exit_code
    rows = [
        f"{one['code']},{one['name']},{one['account_class']},{one['side']},{one['subsidiary']}"
        for one in listed[1]["chart"]["accounts"]
    ]
    head = "code,name,account_class,side,subsidiary"
    told = ("--name", "own", "--title", "本縣科目", "--from-year", "150")
    path.write_text("\n".join([head, *rows[1:]]), "utf-8")
    refused = run("accounting", "chart", "load", *county, str(path), *told)
    assert refused.exit_code
    assert listed[1]["chart"]["accounts"][0]["code"] in refused.stdout, "a rule needs it"
    path.write_text("\n".join([head, *rows]), "utf-8")
    assert run("accounting", "chart", "load", *county, str(path), *told).exit_code == 0
    assert "本縣科目" in run("accounting", "chart", "show", *county).stdout


def report_by_command(run: Run) -> None:
    """Books and statements are files for scripts; what cannot be shown is refused."""
    county = ("--county", CODE, "--year", "105")
    told = json.loads(run("accounting", "report", "trial-balance", *county).stdout)
    assert told["totals"]["debit_ntd"] == told["totals"]["credit_ntd"] > 0
    assert len(told["digest"]) == 64
    spent = json.loads(run("accounting", "report", "expenditure", *county, "--month", "1").stdout)
    last = [row for row in spent["rows"] if row["keys"].count(",") == 3]
    assert sum(row["budget_ntd"] for row in last) == spent["totals"]["budget_ntd"] > 0
    csv = run("accounting", "report", "execution", *county, "--format", "csv").stdout_bytes
    assert csv.decode("utf-8-sig").startswith("編號,名稱,全年預算,")
    refused = run("accounting", "report", "trial-balance", "--county", CODE, "--year", "106")
    assert (refused.exit_code, "E-REPORT-FUTURE" in refused.stderr) == (1, True)
    none = run("accounting", "report", "journal", *county)
    assert (none.exit_code, "E-BOOK-AGENCY" in none.stderr) == (1, True)


def close_by_command(run: Run) -> None:
    """A month that cannot be closed is told agency by agency; told events let it close."""
    month = ("--county", CODE, "--year", "105", "--month", "1")
    first = run("accounting", "close", *month, "--json")
    refused = json.loads(first.stdout)
    assert first.exit_code == 1
    assert {one["code"] for one in refused} == {"E-EVENTS-PENDING"}
    with open_operator() as host:
        access = host.county(CODE)
        while not deliver(access, module="accounting", system=operator_actor(host), relay="t").idle:
            pass
    done = run("accounting", "close", *month)
    assert done.exit_code == 0, done.output
    agencies = [one["agency_code"] for one in json.loads(
        run("accounting", "close", *month, "--json").stdout
    )]  # fmt: skip
    assert f"關帳 {len(agencies):,} 個機關" in done.stdout
    proved = json.loads(run("accounting", "verify", "--county", CODE, "--json").stdout)
    assert proved["months"] == {"checked": len(agencies), "errors": []}
    opened = run("accounting", "reopen", *month, "--agency", agencies[0], "--reason", "補登")
    assert opened.exit_code == 0, opened.output
