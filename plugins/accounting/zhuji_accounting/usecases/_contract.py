"""Tell the books what becomes of contracts: their 契約責任 is entered and cleared by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zhuji_accounting.domain.commitments.award import CLEARED, contract_fact
from zhuji_accounting.domain.request import SpendingRequest
from zhuji_accounting.usecases._record_fact import post_automatic
from zhuji_core.uow import UnitOfWork


def clear_contracts(
    uow: UnitOfWork, taken: Sequence[tuple[SpendingRequest, Mapping[int, int]]]
) -> None:
    """Clear what was taken of each contract (line number → NT dollars); others change nothing.

    What was carried over is cleared too, with or without a contract.
    Called last by whatever spends, advances or releases held money: voucher numbers are taken here.
    Raises what ``post_automatic`` raises.
    """
    facts = [
        contract_fact(request, CLEARED, amounts_ntd, on_date=uow.business_date)
        for request, amounts_ntd in taken
        if request.is_booked
    ]
    told = [fact for fact in facts if fact.lines]
    if told:
        post_automatic(uow, told)
