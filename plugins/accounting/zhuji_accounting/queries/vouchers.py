"""Vouchers as they stand: one, or those that record a document."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from zhuji_accounting.domain.ledger.refusals import VoucherNotFound
from zhuji_accounting.domain.ledger.voucher import Voucher
from zhuji_accounting.permissions import READ_VOUCHERS
from zhuji_accounting.store.vouchers import VOUCHER_COLUMNS, voucher_of
from zhuji_core.uow import UnitOfWork

ONE = sa.text(f"""
    SELECT {VOUCHER_COLUMNS}
      FROM accounting.voucher AS v
     WHERE v.voucher_id = :voucher_id
""")
MANY = sa.text(f"""
    SELECT {VOUCHER_COLUMNS}
      FROM accounting.voucher AS v
     WHERE v.voucher_id = ANY(:voucher_ids)
     ORDER BY v.voucher_id
     LIMIT 500
""")
OF_SOURCE = sa.text(f"""
    SELECT {VOUCHER_COLUMNS}
      FROM accounting.voucher AS v
     WHERE v.source_id = ANY(:source_ids)
     ORDER BY v.created_at, v.voucher_id
     LIMIT 1000
""")
REVERSED_BY = sa.text(f"""
    SELECT {VOUCHER_COLUMNS}
      FROM accounting.voucher AS v
     WHERE v.reverses_id = :voucher_id AND v.state <> 'withdrawn'
""")


def find_voucher(uow: UnitOfWork, voucher_id: uuid.UUID) -> Voucher | None:
    """Return the voucher with its entries, or None."""
    row = uow.connection.execute(ONE, {"voucher_id": voucher_id}).mappings().one_or_none()
    return None if row is None else voucher_of(dict(row))


def read_voucher(uow: UnitOfWork, voucher_id: uuid.UUID) -> Voucher:
    """Return the voucher if the actor may read it; raise VoucherNotFound."""
    found = find_voucher(uow, voucher_id)
    if found is None or not uow.actor.may(READ_VOUCHERS, agency_code=found.agency_code):
        raise VoucherNotFound
    return found


def read_vouchers(uow: UnitOfWork, voucher_ids: Sequence[uuid.UUID]) -> list[Voucher]:
    """Return the vouchers in this order, each once; raise VoucherNotFound for one hidden."""
    wanted = list(dict.fromkeys(voucher_ids))
    rows = uow.connection.execute(MANY, {"voucher_ids": wanted}).mappings()
    found = {row["voucher_id"]: voucher_of(dict(row)) for row in rows}
    if any(
        one not in found or not uow.actor.may(READ_VOUCHERS, agency_code=found[one].agency_code)
        for one in wanted
    ):
        raise VoucherNotFound
    return [found[one] for one in wanted]


def vouchers_of(uow: UnitOfWork, source_ids: Sequence[uuid.UUID]) -> list[Voucher]:
    """Return the vouchers that record these documents, oldest first."""
    rows = uow.connection.execute(OF_SOURCE, {"source_ids": list(source_ids)}).mappings()
    return [voucher_of(dict(row)) for row in rows]


def reversal_of(uow: UnitOfWork, voucher_id: uuid.UUID) -> Voucher | None:
    """Return the voucher that reverses this one, or None."""
    row = uow.connection.execute(REVERSED_BY, {"voucher_id": voucher_id}).mappings().one_or_none()
    return None if row is None else voucher_of(dict(row))
