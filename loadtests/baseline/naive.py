"""Fund control as other systems have it, each of its four shapes alone or together.

It answers budget's own hook ``move_funds`` for reservations, and leaves all other moves to the
real module. What it decides and what it writes are the same, so every invariant holds afterwards;
how it gets there is theirs (design: peers.md §0 and §1).
"""

from __future__ import annotations

import enum
import os
import types
import uuid
from collections.abc import Callable, Sequence
from typing import TypeAlias

import msgspec
import pluggy
import sqlalchemy as sa

from zhuji_accounting.domain.certification import NUMBER_KIND
from zhuji_budget import plugin as budget
from zhuji_budget.domain.funds import decide
from zhuji_budget.store import control_rows
from zhuji_core.contracts.funds import FundPosition, FundsAnswer, FundsMove, MoveKind
from zhuji_core.hookspecs import hookimpl
from zhuji_core.uow import UnitOfWork

NAME = "budget"
CHOSEN = "ZHUJI_BASELINE"  # the shapes of a process, with commas between

# Made by whoever compares, in a schema of its own.
TABLES = """
    CREATE SCHEMA IF NOT EXISTS baseline;
    CREATE TABLE IF NOT EXISTS baseline.link (
        link_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, document_id uuid NOT NULL,
        control_row_id uuid NOT NULL, amount_ntd bigint NOT NULL, hash bytea NOT NULL);
    GRANT USAGE ON SCHEMA baseline TO PUBLIC;
    GRANT SELECT, INSERT ON baseline.link TO PUBLIC;
"""
# The number's counter is held from the first statement to the commit, as when a draft is numbered
# at once (Odoo 14 #91873, Tryton's strict sequences). The number itself is taken where it is.
NUMBER_FIRST = sa.text("""
    SELECT n.last_no
      FROM kernel.number_counter AS n
     WHERE n.kind = :kind
       AND (n.agency_code, n.fiscal_year) IN (
           SELECT r.agency_code, r.fiscal_year FROM budget.control_row AS r
            WHERE r.control_row_id = ANY(:ids))
     ORDER BY n.agency_code
       FOR NO KEY UPDATE
""")
# What is left is what was ever moved, added up (ERPNext, OCA budget_control, Odoo): with the lock
# that they do not take, or it would overspend (part "naive" of make prove WHAT=certification).
SUM = sa.text("""
    SELECT COALESCE(sum(CASE WHEN m.kind = 'reserve' THEN m.amount_ntd
                             WHEN m.kind IN ('release', 'expend', 'advance') THEN -m.amount_ntd
                             ELSE 0 END), 0)::bigint
      FROM budget.budget_movement AS m
     WHERE m.control_row_id = :control_row_id
""")
ADD = sa.text("""
    UPDATE budget.control_row SET encumbered_ntd = encumbered_ntd + :amount_ntd
     WHERE control_row_id = :control_row_id
""")
MOVEMENT = sa.text("""
    INSERT INTO budget.budget_movement
           (control_row_id, kind, amount_ntd, document_kind, document_id, document_label,
            business_date, recorded_at, actor_id)
    VALUES (:control_row_id, :kind, :amount_ntd, :document_kind, :document_id, :document_label,
            :business_date, :now, :actor_id)
""")
# One chain for all, linked while everybody waits (Formance's HASH_LOGS=SYNC).
CHAIN_LOCK = sa.text("SELECT pg_advisory_xact_lock(105)")
LINK = sa.text("""
    INSERT INTO baseline.link (document_id, control_row_id, amount_ntd, hash)
    SELECT :document_id, :control_row_id, :amount_ntd,
           sha256(COALESCE((SELECT l.hash FROM baseline.link AS l
                             ORDER BY l.link_no DESC LIMIT 1), ''::bytea)
                  || convert_to(concat_ws('|', CAST(:document_id AS text),
                                          CAST(:control_row_id AS text),
                                          CAST(:amount_ntd AS text)), 'UTF8'))
""")


Moving: TypeAlias = Callable[[UnitOfWork, Sequence[FundsMove]], Sequence[FundsAnswer]]


class Shape(enum.StrEnum):
    """One habit of other systems."""

    SUM = "sum"  # the balance is the sum of all movements, under a lock
    ROWS = "rows"  # row by row, a round trip each
    CHAIN = "chain"  # every movement is hashed into one chain before the commit
    NUMBER = "number"  # the number's counter is locked first


def chosen(text: str | None = None) -> frozenset[Shape]:
    """Return the shapes that a text (or the environment) names; raise ValueError."""
    named = os.environ.get(CHOSEN, "") if text is None else text
    return frozenset(Shape(one) for one in named.split(",") if one)


class Naive:
    """Budget's ``move_funds`` with some shapes of others."""

    def __init__(self, shapes: frozenset[Shape]) -> None:
        self._shapes = shapes

    def move_funds(self, uow: UnitOfWork, moves: Sequence[FundsMove]) -> Sequence[FundsAnswer]:
        """Answer as the real module does; only reservations take the other way."""
        if not self._shapes or any(move.kind is not MoveKind.RESERVE for move in moves):
            return budget.move_funds(uow, moves)
        # In key order, as ours: what is measured is their shape, not their deadlocks.
        ids = sorted({move.control_row_id for move in moves})
        if Shape.NUMBER in self._shapes:
            uow.connection.execute(NUMBER_FIRST, {"ids": ids, "kind": NUMBER_KIND})
        answers = decide(self._positions(uow, ids), moves, details={})
        granted = [answer.move for answer in answers if answer.granted]
        self._write(uow, granted)
        if Shape.CHAIN in self._shapes and granted:
            uow.connection.execute(CHAIN_LOCK)
            for move in granted:
                uow.connection.execute(LINK, _named(move))
        return answers

    def _positions(self, uow: UnitOfWork, ids: Sequence[uuid.UUID]) -> list[FundPosition]:
        if Shape.ROWS in self._shapes:
            found = [row for one in ids for row in control_rows.lock(uow, [one])]
        else:
            found = control_rows.lock(uow, ids)
        if Shape.SUM not in self._shapes:
            return found
        return [_summed(uow, row) for row in found]

    def _write(self, uow: UnitOfWork, granted: Sequence[FundsMove]) -> None:
        if Shape.ROWS not in self._shapes:
            control_rows.apply(uow, granted)
            return
        for move in granted:
            uow.connection.execute(ADD, _named(move))
            write_movement(uow, move)


def install(manager: pluggy.PluginManager, shapes: frozenset[Shape]) -> None:
    """Let reservations take the way that ``shapes`` say."""
    naive = Naive(shapes)

    @hookimpl
    def move_funds(uow: UnitOfWork, moves: Sequence[FundsMove]) -> Sequence[FundsAnswer]:
        return naive.move_funds(uow, moves)

    stand_in_for_budget(manager, move_funds)


def stand_in_for_budget(manager: pluggy.PluginManager, move_funds: Moving) -> None:
    """Put in budget's place a module that has all its hooks, ``move_funds`` instead of its own."""
    stand_in = types.ModuleType("budget_but_for_move_funds")
    stand_in.__dict__.update(
        {name: value for name, value in vars(budget).items() if hasattr(value, "zhuji_impl")}
    )
    stand_in.__dict__["move_funds"] = move_funds
    manager.unregister(name=NAME)
    manager.register(stand_in, name=NAME)


def write_movement(uow: UnitOfWork, move: FundsMove) -> None:
    """Write one movement of a row by itself."""
    given = {
        **_named(move), "kind": str(move.kind), "document_kind": move.document.kind,
        "document_label": move.document.label, "business_date": uow.business_date,
        "now": uow.now, "actor_id": move.by or uow.actor.user_id,
    }  # fmt: skip
    uow.connection.execute(MOVEMENT, given)


def _named(move: FundsMove) -> dict[str, object]:
    return {
        "control_row_id": move.control_row_id, "amount_ntd": move.amount_ntd,
        "document_id": move.document.document_id,
    }  # fmt: skip


def _summed(uow: UnitOfWork, row: FundPosition) -> FundPosition:
    held_ntd = uow.connection.execute(SUM, {"control_row_id": row.control_row_id}).scalar_one()
    return msgspec.structs.replace(row, encumbered_ntd=held_ntd)
