"""Keep a consolidated budget as the bill of its year (匯入預算書)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from zhuji_budget.domain.books.codes import ObjectPack, scheme_of
from zhuji_budget.domain.books.control import controlled_lines
from zhuji_budget.domain.books.model import Budget
from zhuji_budget.domain.year import require_state
from zhuji_budget.permissions import IMPORT_BOOK
from zhuji_budget.queries.codes import codes_of
from zhuji_budget.store import books as store
from zhuji_budget.store import codes, years
from zhuji_budget.store.books import KeptBook
from zhuji_budget.store.roles import mark_reserves
from zhuji_budget.usecases._council import require_bill_open
from zhuji_budget.usecases._known_lines import known_codes
from zhuji_core.identity.agencies import Agency, ensure_agencies
from zhuji_core.ids import new_id
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import N_, DomainError, Value


class NothingToImport(DomainError):
    """The files hold no budget line."""

    code = "E-IMPORT-EMPTY"
    message = N_("檔案中沒有可匯入的預算科目。")
    status_code = 422


class Imported(Value, frozen=True, kw_only=True):
    """What an import kept: ``lines_known`` stood in the year before, with the same figures."""

    fiscal_year: int
    lines: int
    lines_known: int
    agencies: int
    total_ntd: int


def import_budget(
    uow: UnitOfWork,
    *,
    budget: Budget,
    pack: ObjectPack,
    books: Sequence[KeptBook] = (),
    sources: Mapping[str, str] | None = None,
) -> Imported:
    """Keep the lines of ``budget`` that the year does not have yet.

    A county without codes of its own is given those of the module. ``sources`` names, by line
    code, the SHA-256 of the book that each line was read from. Importing the same books again
    changes nothing, also after enactment. Raises Forbidden,
    NothingToImport, LineDiffers, YearState (new lines after enactment) or
    BillAtCouncil (new lines after the council spoke); then nothing is kept.
    """
    uow.require(IMPORT_BOOK)
    if not budget.lines:
        raise NothingToImport
    years.open_year(uow, fiscal_year=budget.fiscal_year)
    year = years.lock(uow, fiscal_year=budget.fiscal_year)
    known = known_codes(uow, budget)
    scheme = scheme_of(budget, codes_of(uow).schemes)
    lines = controlled_lines(budget, pack=pack, new_id=new_id, scheme=scheme)
    fresh = [line for line in lines if line.code not in known]
    imported = Imported(
        fiscal_year=budget.fiscal_year,
        lines=len(fresh),
        lines_known=len(known),
        agencies=len(budget.agencies),
        total_ntd=sum(line.bill_ntd for line in fresh),
    )
    if not fresh:
        uow.abandon("every line stands in the year with the same figures")
        return imported
    bill = require_state(year, fiscal_year=budget.fiscal_year, needed="bill")
    require_bill_open(uow, fiscal_year=budget.fiscal_year)
    codes.ensure_shipped(uow)
    ensure_agencies(
        uow, [Agency(agency_code=agency.code, name=agency.name) for agency in budget.agencies]
    )
    store.keep_books(uow, books, fiscal_year=budget.fiscal_year)
    store.keep_lines(uow, fresh, fiscal_year=budget.fiscal_year, sources=sources or {})
    mark_reserves(uow, fiscal_year=budget.fiscal_year)
    years.note_writers(uow, fiscal_year=budget.fiscal_year)
    uow.audit(
        IMPORT_BOOK.name,
        bill.document,
        after={
            **msgspec.structs.asdict(imported),
            "books": [{"file": book.file_name, "sha256": book.digest} for book in books],
        },
    )
    return imported
