"""In which account of the next year's chart the balance of each account opens. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from zhuji_accounting.domain.ledger.chart import Chart


def successors(old: Chart, new: Chart, opens: Mapping[str, str]) -> Mapping[str, str]:
    """Return for each account of ``old`` the postable one of ``new`` that takes its balance.

    ``opens``: what the packs say of their own accounts. Asked first is what the new chart says of
    itself (原科目代號), then the packs, then an account of the same code and class; of the code,
    and of the pack's account whose place it took. One of which nobody says anything is left out.
    """
    if old.name == new.name:
        return {account.code: account.code for account in new.accounts if account.postable}
    takes = {account.former: account.code for account in new.accounts if account.former}
    known = new.by_code
    found = {}
    for account in old.accounts:
        for code in _candidates(account.code, account.former, takes, opens):
            one = known.get(code)
            same = code in {account.code, account.former} and code not in takes.values()
            if one is None or not one.postable:
                continue
            if same and one.account_class is not account.account_class:
                continue
            found[account.code] = code
            break
    return found


def _candidates(
    code: str, former: str, takes: Mapping[str, str], opens: Mapping[str, str]
) -> Iterator[str]:
    """Yield the codes to look for in the new chart, the surest first."""
    for one in (code, former):
        if not one:
            continue
        if one in takes:
            yield takes[one]
        if one in opens:
            yield takes.get(opens[one], opens[one])
    yield from (one for one in (code, former) if one)
