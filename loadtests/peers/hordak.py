"""django-hordak 2.0: accounts and balanced legs. It has no budget; the check is a balance read."""

from __future__ import annotations

from typing import Any

from loadtests.peers import django_settings
from loadtests.peers.peer import Wanted


def _loaded() -> tuple[Any, Any]:
    django_settings.begin(["mptt", "hordak"])
    from hordak import models  # noqa: PLC0415 (after Django is set up)
    from moneyed import Money  # noqa: PLC0415

    return models, Money


def setup(wanted: Wanted) -> None:
    """Make the tables and accounts; it keeps no budget, so that is the poster's own."""
    models, _ = _loaded()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    kinds = models.Account.TYPES
    for line in range(wanted.lines):
        models.Account.objects.create(
            name=f"E{line:04}", code=str(line), type=kinds.expense, currencies=["TWD"]
        )
    models.Account.objects.create(name="P", code="9999", type=kinds.liability, currencies=["TWD"])


def overspent_ntd(wanted: Wanted) -> int:
    models, _ = _loaded()
    found = models.Account.objects.filter(name__startswith="E")
    spent = (abs(int(one.get_balance()["TWD"].amount)) for one in found)
    return sum(max(0, ntd - wanted.allotted_ntd) for ntd in spent)


class _Poster:
    def __init__(self, wanted: Wanted) -> None:
        self._models, self._money = _loaded()
        accounts = self._models.Account.objects
        self._lines = list(accounts.filter(name__startswith="E").order_by("name"))
        self._payable = accounts.get(name="P")
        self._allotted_ntd = wanted.allotted_ntd

    def post(self, lines: list[int], amount_ntd: int) -> bool:
        from django.db import transaction  # noqa: PLC0415 (after Django is set up)

        with transaction.atomic():
            for line in lines:
                balance = self._lines[line].get_balance()
                spent_ntd = abs(int(balance["TWD"].amount))
                if spent_ntd + amount_ntd > self._allotted_ntd:
                    return False
            made = self._models.Transaction.objects.create(description="posting")
            legs = self._models.Leg.objects
            for line in lines:
                legs.create(
                    transaction=made, account=self._lines[line],
                    debit=self._money(amount_ntd, "TWD"),
                )  # fmt: skip
            whole = self._money(amount_ntd * len(lines), "TWD")
            legs.create(transaction=made, account=self._payable, credit=whole)
        return True


def poster(wanted: Wanted) -> _Poster:
    return _Poster(wanted)
