"""Tryton 8.2: moves of ``account``, posted; ``account_budget`` reports and does not refuse.

The check is the report's own figure, ``actual_amount`` of the budget line, read before posting: as
a user of it would, and without a lock, as it has none. A posting that meets the lock of the strict
number sequence is tried again with that lock, as Tryton's own dispatcher does.
"""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

from loadtests.peers.peer import Busy, Wanted

CONFIG = "[database]\nuri = postgresql:///\nlanguage = en\n"
PREFIX = "Budget line "


def _configured() -> str:
    """Tell Tryton where the database is; return its name."""
    path = Path(os.environ["ZHUJI_PEER_FOLDER"]) / "trytond.conf"
    path.write_text(CONFIG)
    os.environ["TRYTOND_CONFIG"] = str(path)
    os.environ["TRYTOND_DATABASE_URI"] = "postgresql:///"
    from trytond.config import config  # noqa: PLC0415 (of the dependency group "peers" alone)

    config.update_etc(str(path))
    return os.environ["PGDATABASE"]


def setup(wanted: Wanted) -> None:
    """Make the database, a company, its chart and year, and a budget line for each account."""
    name = _configured()
    from proteus import Model, Wizard, config  # noqa: PLC0415
    from trytond.modules.account.tests.tools import (  # noqa: PLC0415
        create_chart,
        create_fiscalyear,
        get_accounts,
    )
    from trytond.modules.company.tests.tools import create_company, get_company  # noqa: PLC0415
    from trytond.tests.test_tryton import create_db  # noqa: PLC0415

    create_db(name, "en")
    proteus = config.set_trytond(database=f"postgresql:///{name}")
    (module,) = Model.get("ir.module").find([("name", "=", "account_budget")])
    module.click("activate")
    Wizard("ir.module.activate_upgrade").execute("upgrade")
    create_company()
    company = get_company()
    proteus._context["company"] = company.id  # noqa: SLF001 (as its own scenarios do)
    create_chart(company)
    year = create_fiscalyear(company)
    year.click("create_period")
    accounts = get_accounts(company)
    for line in range(wanted.lines):
        account = Model.get("account.account")(name=f"{PREFIX}{line:04}", code=f"5{line:03}")
        account.type = accounts["expense"].type
        account.save()
    budget = Model.get("account.budget")(name="B", fiscalyear=year)
    budget.click("update_lines")
    for line in Model.get("account.budget.line").find([("account", "!=", None)]):
        line.amount = Decimal(-wanted.allotted_ntd)
        line.save()
    Model.get("party.party")(name="Seller").save()


class _Poster:
    def __init__(self, wanted: Wanted) -> None:
        name = _configured()
        from trytond.pool import Pool  # noqa: PLC0415
        from trytond.transaction import Transaction  # noqa: PLC0415

        Pool.start()
        self._name, self._pool, self._transaction = name, Pool(name), Transaction
        self._allotted_ntd = wanted.allotted_ntd
        with Transaction().start(name, 0, readonly=True):
            self._pool.init()
        with Transaction().start(name, 0, readonly=True):
            get = self._pool.get
            self._company = get("company.company").search([], limit=1)[0].id
        with self._started(readonly=True):
            accounts = get("account.account")
            found = accounts.search([("name", "like", f"{PREFIX}%")], order=[("code", "ASC")])
            self._lines = [one.id for one in found]
            payable = [("type.payable", "=", True), ("party_required", "=", True)]
            self._payable = accounts.search(payable, limit=1)[0].id
            self._seller = get("party.party").search([("name", "=", "Seller")])[0].id
            self._journal = get("account.journal").search([("code", "=", "EXP")])[0].id
            period = get("account.period").search([], limit=1)[0]
            self._period, self._day = period.id, period.start_date
            budget = get("account.budget.line").search([("account", "in", self._lines)])
            self._budget = {one.account.id: one.id for one in budget}

    def _started(self, **how: Any) -> Any:
        context = {"company": self._company}
        return self._transaction().start(self._name, 0, context=context, **how)

    def post(self, lines: list[int], amount_ntd: int) -> bool:
        from trytond import backend  # noqa: PLC0415 (of the dependency group "peers" alone)
        from trytond.transaction import TransactionError  # noqa: PLC0415

        extras: dict[str, Any] = {}
        while True:
            try:
                with self._started(**extras) as begun:
                    try:
                        accepted = self._post(lines, amount_ntd)
                        begun.commit()
                    except TransactionError as error:
                        begun.rollback()
                        error.fix(extras)
                    else:
                        return accepted
            except backend.DatabaseOperationalError as error:
                # It has tried six times itself, and tells its user.
                raise Busy from error

    def _post(self, lines: list[int], amount_ntd: int) -> bool:
        chosen = [self._lines[line] for line in lines]
        budgets = self._pool.get("account.budget.line")
        for account in chosen:
            spent = abs(budgets(self._budget[account]).actual_amount or 0)
            if spent + amount_ntd > self._allotted_ntd:
                return False
        moves = self._pool.get("account.move")
        debits = [
            {"account": account, "debit": Decimal(amount_ntd), "credit": Decimal(0)}
            for account in chosen
        ]
        credit = {
            "account": self._payable, "debit": Decimal(0), "party": self._seller,
            "credit": Decimal(amount_ntd * len(lines)),
        }  # fmt: skip
        made = moves.create([{
            "period": self._period, "journal": self._journal, "date": self._day,
            "company": self._company, "lines": [("create", [*debits, credit])],
        }])  # fmt: skip
        moves.post(made)
        return True


def overspent_ntd(wanted: Wanted) -> int:
    one = _Poster(wanted)
    with one._started(readonly=True):  # noqa: SLF001 (of this module)
        budgets = one._pool.get("account.budget.line").search([])  # noqa: SLF001
        spent = (abs(int(line.actual_amount or 0)) for line in budgets if line.account)
        return sum(max(0, ntd - wanted.allotted_ntd) for ntd in spent)


def poster(wanted: Wanted) -> _Poster:
    return _Poster(wanted)
