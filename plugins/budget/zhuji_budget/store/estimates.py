"""SQL that keeps estimates: the document, its work plans, their items, its versions.

Lock order: the estimate is the document; its lines and items are guarded by its lock.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from zhuji_budget.domain.enactment import writers_of
from zhuji_budget.domain.estimate import Estimate, EstimateItem, EstimateLine, EstimateNotFound
from zhuji_core.uow import UnitOfWork

INSERT = sa.text("""
    INSERT INTO budget.estimate
           (estimate_id, fiscal_year, agency_code, agency_name, department_code, department_name)
    VALUES (:estimate_id, :fiscal_year, :agency_code, :agency_name, :department_code,
            :department_name)
        ON CONFLICT (fiscal_year, agency_code) DO NOTHING
    RETURNING estimate_id
""")
LOCK = sa.text("""
    SELECT e.estimate_id
      FROM budget.estimate AS e
     WHERE e.estimate_id = ANY(:ids)
     ORDER BY e.estimate_id
       FOR NO KEY UPDATE
     LIMIT 2000
""")
# Read after the lock, so that lines are those of its last writer.
FIND = sa.text("""
    SELECT e.estimate_id, e.fiscal_year, e.agency_code, e.agency_name, e.department_code,
           e.department_name, e.state, e.submitted_by, e.reason, e.supervisor_code,
           e.supervisor_name, e.endorsed_by, e.endorsed_by_name, e.endorsed_on, e.writers,
           e.endorsers, c.ceiling_ntd
      FROM budget.estimate AS e
      LEFT JOIN budget.estimate_ceiling AS c USING (fiscal_year, agency_code)
     WHERE e.estimate_id = ANY(:ids)
     ORDER BY e.agency_code
     LIMIT 2000
""")
LINES = sa.text("""
    SELECT l.estimate_id, l.estimate_line_id, l.side, l.code, l.name, l.group_code, l.group_name,
           l.legal_basis, l.reason, l.last_year_ntd, l.revision
      FROM budget.estimate_line AS l
     WHERE l.estimate_id = ANY(:ids)
     ORDER BY l.side, l.code
     LIMIT 100000
""")
ITEMS = sa.text("""
    SELECT i.estimate_line_id, i.item_id, i.item_no, i.sub_plan, i.object_code, i.object_name,
           i.account, i.unit, i.quantity, i.price_ntd, i.amount_ntd, i.explanation, i.fund_source,
           i.cut_ntd, i.comment
      FROM budget.estimate_item AS i
      JOIN budget.estimate_line AS l USING (estimate_line_id)
     WHERE l.estimate_id = ANY(:ids)
     ORDER BY i.estimate_line_id, i.item_no
     LIMIT 500000
""")
KEEP_LINES = sa.text("""
    INSERT INTO budget.estimate_line AS l
           (estimate_line_id, estimate_id, side, code, name, group_code, group_name, legal_basis,
            reason, last_year_ntd)
    SELECT w.estimate_line_id, :estimate_id, w.side, w.code, w.name, w.group_code, w.group_name,
           w.legal_basis, w.reason, w.last_year_ntd
      FROM jsonb_to_recordset(CAST(:lines AS jsonb))
           AS w (estimate_line_id uuid, side text, code text, name text, group_code text,
                 group_name text, legal_basis text, reason text, last_year_ntd bigint)
        ON CONFLICT ON CONSTRAINT estimate_line_once DO UPDATE
       SET name = excluded.name, group_code = excluded.group_code,
           group_name = excluded.group_name, legal_basis = excluded.legal_basis,
           reason = excluded.reason,
           last_year_ntd = COALESCE(excluded.last_year_ntd, l.last_year_ntd),
           revision = l.revision + 1
""")
CLEAR_ITEMS = sa.text("""
    DELETE FROM budget.estimate_item WHERE estimate_line_id = ANY(:line_ids)
""")
DELETE_LINE = sa.text("""
    DELETE FROM budget.estimate_line WHERE estimate_line_id = :line_id
""")
KEEP_ITEMS = sa.text("""
    INSERT INTO budget.estimate_item
           (item_id, estimate_line_id, item_no, sub_plan, object_code, object_name, account, unit,
            quantity, price_ntd, amount_ntd, explanation, fund_source, cut_ntd, comment)
    SELECT w.item_id, w.estimate_line_id, w.item_no, w.sub_plan, w.object_code, w.object_name,
           w.account, w.unit, w.quantity, w.price_ntd, w.amount_ntd, w.explanation,
           w.fund_source, w.cut_ntd, w.comment
      FROM jsonb_to_recordset(CAST(:items AS jsonb))
           AS w (item_id uuid, estimate_line_id uuid, item_no integer, sub_plan text,
                 object_code text, object_name text, account text, unit text, quantity text,
                 price_ntd bigint, amount_ntd bigint, explanation text, fund_source text,
                 cut_ntd bigint, comment text)
""")
SET_STATE = sa.text("""
    UPDATE budget.estimate
       SET state = :state, submitted_by = :submitted_by, reason = :reason,
           supervisor_code = :supervisor_code, supervisor_name = :supervisor_name,
           endorsed_by = CAST(:endorsed_by AS uuid), endorsed_by_name = :endorsed_by_name,
           endorsed_on = CAST(:endorsed_on AS date), writers = CAST(:writers AS uuid[]),
           endorsers = CAST(:endorsers AS uuid[])
     WHERE estimate_id = :estimate_id
""")
NOTE_WRITERS = sa.text("""
    UPDATE budget.estimate
       SET writers = ARRAY(SELECT DISTINCT w.id
                             FROM unnest(writers || CAST(:persons AS uuid[])) AS w (id)
                            ORDER BY w.id)
     WHERE estimate_id = :estimate_id
""")
CUT = sa.text("""
    UPDATE budget.estimate_item AS i
       SET cut_ntd = COALESCE(w.cut_ntd, 0), comment = COALESCE(w.comment, '')
      FROM budget.estimate_item AS o
      JOIN budget.estimate_line AS l USING (estimate_line_id)
      LEFT JOIN jsonb_to_recordset(CAST(:cuts AS jsonb))
                AS w (item_id uuid, cut_ntd bigint, comment text) ON w.item_id = o.item_id
     WHERE l.estimate_id = :estimate_id AND i.item_id = o.item_id
       AND (i.cut_ntd, i.comment)
           IS DISTINCT FROM (COALESCE(w.cut_ntd, 0), COALESCE(w.comment, ''))
""")
KEEP_VERSION = sa.text("""
    INSERT INTO budget.estimate_version
           (estimate_id, version_no, stage, reason, actor_id, actor_name, recorded_at, items)
    SELECT :estimate_id,
           (SELECT COALESCE(max(v.version_no), 0) + 1
              FROM budget.estimate_version AS v
             WHERE v.estimate_id = :estimate_id),
           :stage, :reason, :actor_id, :actor_name, :now, CAST(:items AS jsonb)
""")


def insert(uow: UnitOfWork, estimate: Estimate) -> bool:
    """Make the document; tell whether it is new (the agency has one for a year)."""
    fields = msgspec.structs.asdict(estimate)
    return uow.connection.execute(INSERT, fields).one_or_none() is not None


def lock(uow: UnitOfWork, ids: Sequence[uuid.UUID]) -> list[Estimate]:
    """Lock estimates in order of id and return them in order of agency."""
    uow.connection.execute(LOCK, {"ids": list(ids)})
    return read(uow, ids)


def lock_one(uow: UnitOfWork, estimate_id: uuid.UUID) -> Estimate:
    """Lock one estimate; raise EstimateNotFound."""
    found = lock(uow, [estimate_id])
    if not found:
        raise EstimateNotFound
    return found[0]


def read(uow: UnitOfWork, ids: Sequence[uuid.UUID]) -> list[Estimate]:
    """Return estimates with lines and items, in order of agency."""
    asked = {"ids": list(ids)}
    heads = uow.connection.execute(FIND, asked).mappings().all()
    lines = uow.connection.execute(LINES, asked).mappings().all()
    items: dict[uuid.UUID, list[EstimateItem]] = {}
    for row in uow.connection.execute(ITEMS, asked).mappings():
        fields = dict(row)
        items.setdefault(fields.pop("estimate_line_id"), []).append(EstimateItem(**fields))
    of: dict[uuid.UUID, list[EstimateLine]] = {}
    for row in lines:
        fields = dict(row)
        own = tuple(items.get(fields["estimate_line_id"], ()))
        of.setdefault(fields.pop("estimate_id"), []).append(EstimateLine(**fields, items=own))
    return [
        Estimate(
            **{
                **row,
                "writers": tuple(row["writers"]),
                "endorsers": tuple(row["endorsers"]),
                "lines": tuple(of.get(row["estimate_id"], ())),
            }
        )
        for row in heads
    ]


def keep_lines(uow: UnitOfWork, estimate: Estimate, lines: Sequence[EstimateLine]) -> None:
    """Write lines (new, or changed under their side and code) and put their items anew."""
    known = {(line.side, line.code): line.estimate_line_id for line in estimate.lines}
    ids = {
        (line.side, line.code): known.get((line.side, line.code), line.estimate_line_id)
        for line in lines
    }
    uow.connection.execute(
        KEEP_LINES,
        {"estimate_id": estimate.estimate_id, "lines": msgspec.json.encode(lines).decode()},
    )
    uow.connection.execute(CLEAR_ITEMS, {"line_ids": list(ids.values())})
    items = [
        {**msgspec.structs.asdict(item), "estimate_line_id": ids[line.side, line.code]}
        for line in lines
        for item in line.items
    ]
    if items:
        uow.connection.execute(KEEP_ITEMS, {"items": msgspec.json.encode(items).decode()})


def delete_line(uow: UnitOfWork, line: EstimateLine) -> None:
    """Take a work plan away with its items; what it was stands in audit and versions."""
    uow.connection.execute(CLEAR_ITEMS, {"line_ids": [line.estimate_line_id]})
    uow.connection.execute(DELETE_LINE, {"line_id": line.estimate_line_id})


def set_state(uow: UnitOfWork, estimate: Estimate) -> None:
    """Save state, supervisor, reason and persons of the locked estimate."""
    fields = (
        "estimate_id",
        "state",
        "submitted_by",
        "reason",
        "supervisor_code",
        "supervisor_name",
        "endorsed_by",
        "endorsed_by_name",
        "endorsed_on",
    )
    uow.connection.execute(
        SET_STATE,
        {
            **{name: getattr(estimate, name) for name in fields},
            "writers": list(estimate.writers),
            "endorsers": list(estimate.endorsers),
        },
    )


def note_writers(uow: UnitOfWork, estimate: Estimate) -> None:
    """Note that the actor wrote in the locked estimate, in person or for somebody."""
    persons = sorted(writers_of(uow.actor))
    if persons:
        uow.connection.execute(
            NOTE_WRITERS, {"estimate_id": estimate.estimate_id, "persons": persons}
        )


def cut(uow: UnitOfWork, estimate: Estimate, cuts: Sequence[object]) -> None:
    """Write the review's cuts and comments; an item that is not named has none."""
    uow.connection.execute(
        CUT,
        {"estimate_id": estimate.estimate_id, "cuts": msgspec.json.encode(cuts).decode()},
    )


def keep_version(uow: UnitOfWork, estimate: Estimate, *, stage: str, reason: str = "") -> None:
    """Keep the estimate as it is now, for good (the caller has locked it)."""
    lines = read(uow, [estimate.estimate_id])[0].lines
    uow.connection.execute(
        KEEP_VERSION,
        {
            "estimate_id": estimate.estimate_id,
            "stage": stage,
            "reason": reason,
            "actor_id": uow.actor.user_id,
            "actor_name": uow.actor.signature,
            "now": uow.now,
            "items": msgspec.json.encode(lines).decode(),
        },
    )
