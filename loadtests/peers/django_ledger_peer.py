"""django-ledger 0.8: ``commit_txs``, its documented way, verified and posted.

No budget: the check adds up. The first entry of a year makes the row that numbers are counted in;
two processes at once make two, after which every posting fails. The set-up posts that first one.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from loadtests.peers import django_settings
from loadtests.peers.peer import Wanted

DAY = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
NAME = "T"
CASH, PAYABLE = "asset_ca_cash", "lia_cl_acc_payable"


def _loaded() -> Any:
    django_settings.begin(["django_ledger"])
    from django_ledger import models  # noqa: PLC0415 (after Django is set up)

    return models


def setup(_wanted: Wanted) -> None:
    """Make the tables, an entity with its chart of accounts, and a ledger."""
    models = _loaded()
    from django.contrib.auth import get_user_model  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    admin = get_user_model().objects.create(username="peer")
    entity = models.EntityModel.create_entity(
        name=NAME, admin=admin, use_accrual_method=True, fy_start_month=1
    )
    entity.create_chart_of_accounts(assign_as_default=True, commit=True)
    entity.populate_default_coa(activate_accounts=True)
    ledger = entity.create_ledger(name="L", posted=True)
    accounts = entity.get_default_coa_accounts()
    cash, payable = (accounts.filter(role=role).first() for role in (CASH, PAYABLE))
    _post(ledger, [cash], payable, amount_ntd=1)


def _post(ledger: Any, debited: list[Any], credited: Any, *, amount_ntd: int) -> None:
    def leg(account: Any, kind: str, ntd: int) -> dict[str, object]:
        return {"account": account, "amount": Decimal(ntd), "tx_type": kind, "description": "leg"}

    legs = [leg(one, "debit", amount_ntd) for one in debited]
    legs.append(leg(credited, "credit", amount_ntd * len(debited)))
    ledger.commit_txs(je_timestamp=DAY, je_txs=legs, je_posted=True, je_desc="posting")


def _expenses(models: Any, wanted: Wanted) -> list[Any]:
    entity = models.EntityModel.objects.get(name=NAME)
    found = entity.get_default_coa_accounts().filter(role__startswith="ex_").order_by("code")
    assert len(found) >= wanted.lines, "its chart has fewer expense accounts"
    return list(found[: wanted.lines])


def _spent_ntd(models: Any, account: Any) -> int:
    from django.db.models import Sum  # noqa: PLC0415 (after Django is set up)

    posted = models.TransactionModel.objects.filter(
        account=account, tx_type="debit", journal_entry__posted=True
    )
    return int(posted.aggregate(spent=Sum("amount"))["spent"] or 0)


def overspent_ntd(wanted: Wanted) -> int:
    models = _loaded()
    spent = (_spent_ntd(models, one) for one in _expenses(models, wanted))
    return sum(max(0, ntd - wanted.allotted_ntd) for ntd in spent)


class _Poster:
    def __init__(self, wanted: Wanted) -> None:
        self._models = _loaded()
        self._lines = _expenses(self._models, wanted)
        entity = self._models.EntityModel.objects.get(name=NAME)
        accounts = entity.get_default_coa_accounts()
        self._payable = accounts.filter(role=PAYABLE).first()
        self._ledger = self._models.LedgerModel.objects.get(name="L")
        self._allotted_ntd = wanted.allotted_ntd

    def post(self, lines: list[int], amount_ntd: int) -> bool:
        from django.db import transaction  # noqa: PLC0415 (after Django is set up)

        with transaction.atomic():
            for line in lines:
                spent_ntd = _spent_ntd(self._models, self._lines[line])
                if spent_ntd + amount_ntd > self._allotted_ntd:
                    return False
            debited = [self._lines[line] for line in lines]
            _post(self._ledger, debited, self._payable, amount_ntd=amount_ntd)
        return True


def poster(wanted: Wanted) -> _Poster:
    return _Poster(wanted)
