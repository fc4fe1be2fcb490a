"""Each column of each table of the budget, spoiled past every trigger: ``verify`` names it.

And without getting past the triggers: what is final the application's own role cannot change.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tests.plugins.budget.corruption.plans import PLANS_OF_ACTS, Found, Plan
from tests.plugins.budget.corruption.plans_of_former import PLANS_OF_FORMER
from tests.plugins.budget.corruption.plans_of_rows import PLANS_OF_ROWS
from tests.plugins.budget.corruption.whole_year import given_whole_year
from tests.plugins.budget.given import given_allotted
from zhuji_budget.queries.acts import GUARDED
from zhuji_budget.queries.invariants import NAMES, check_invariants
from zhuji_budget.queries.shipped import SHIPPED
from zhuji_budget.queries.verification import verify_budget
from zhuji_core.testing.counties import CountyUnderTest
from zhuji_core.uow import UnitOfWork

PLANS = {**PLANS_OF_ACTS, **PLANS_OF_ROWS, **PLANS_OF_FORMER}
OF_THE_KERNEL = ("alembic_version", "schema_revision")
COLUMNS = """
    SELECT table_name, column_name,
           CASE data_type WHEN 'ARRAY' THEN udt_name ELSE data_type END AS of_type
      FROM information_schema.columns
     WHERE table_schema = 'budget' AND table_name <> ALL (:but)
     ORDER BY table_name, ordinal_position
"""
# What a column of each type becomes where the plan does not say.
SPOILED = {
    "bigint": "COALESCE({0}, 0) + 1",
    "integer": "{0} + 1",
    "text": "COALESCE({0}, '') || '9'",
    "uuid": "gen_random_uuid()",
    "_uuid": "array_append({0}, gen_random_uuid())",
    "_int8": "ARRAY[{0}[1] + 1] || {0}[2:12]",
    "boolean": "NOT {0}",
    "date": "COALESCE({0} + 1, DATE '2016-01-01')",
    "timestamp with time zone": "COALESCE({0}, now()) + interval '1 second'",
    "jsonb": "jsonb_build_array({0})",
}
DELETED = "deleted"
# Money of a later month, moved to another by counters and movements that agree and bear the stamp
# of the year's own allotment.
FORGED_MONTHS = """
    WITH taken AS (
        SELECT m.* FROM budget.budget_movement AS m
         WHERE m.kind = 'allot' AND m.month = 11 AND m.document_kind = 'budget.year'
         ORDER BY m.movement_id LIMIT 1
    ), moved AS (
        UPDATE budget.control_row AS r
           SET allotment_ntd[11] = r.allotment_ntd[11] - 5,
               allotment_ntd[12] = r.allotment_ntd[12] + 5
          FROM taken AS t WHERE r.control_row_id = t.control_row_id
    )
    INSERT INTO budget.budget_movement
           (control_row_id, kind, amount_ntd, month, document_kind, document_id, document_label,
            business_date, recorded_at, actor_id)
    SELECT t.control_row_id, t.kind, x.ntd, x.month, t.document_kind, t.document_id,
           t.document_label, t.business_date, t.recorded_at, t.actor_id
      FROM taken AS t, (VALUES (-5, 11), (5, 12)) AS x (ntd, month)
"""
WATCHED = f"SELECT g.of_table || ' ' || g.name AS name FROM {GUARDED}"  # noqa: S608 (ours)
TRIGGERS = """
    SELECT c.relname || ' ' || t.tgname AS name
      FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE n.nspname = 'budget' AND NOT t.tgisinternal
"""


def columns_of(county: CountyUnderTest) -> dict[tuple[str, str], str]:
    rows = county.rows(COLUMNS, but=list(OF_THE_KERNEL))
    return {(row.table_name, row.column_name): row.of_type for row in rows}


def test_every_column_has_a_plan(mli: CountyUnderTest) -> None:
    known = set(columns_of(mli))
    planned = {(table, name) for table, plan in PLANS.items() for name in plan.columns}
    assert known - planned == set(), "say what finds it when it is spoiled, or why it is harmless"
    assert planned - known == set()


def statements(types: dict[tuple[str, str], str]) -> Iterator[tuple[str, str, Plan, str]]:
    """Yield table, column, plan and what spoils the row that the plan names."""
    for table, planned in PLANS.items():
        one = (
            f"SELECT ctid FROM budget.{table}"  # noqa: S608 (ours)
            f" WHERE {planned.row} ORDER BY ctid LIMIT 1"
        )
        for name, plan in planned.columns.items():
            becomes = plan.becomes if isinstance(plan, Found) else ""
            value = becomes or SPOILED[types[table, name]].format(name)
            yield (
                table,
                name,
                plan,
                f"UPDATE budget.{table} SET {name} = {value} WHERE ctid = ({one})",  # noqa: S608
            )
        delete = f"DELETE FROM budget.{table} WHERE ctid = ({one})"  # noqa: S608 (ours)
        yield table, DELETED, planned.deleted, delete


def told(uow: UnitOfWork, says: str) -> str:
    """Ask the one invariant that is to name it; all of them where it has no name of its own."""
    own = [name for name in NAMES if name.startswith(says)]
    if own:
        return " ".join(check_invariants(uow, only=own).errors)
    return " ".join(verify_budget(uow).errors)


def test_every_guard_is_watched(mli: CountyUnderTest) -> None:
    """A trigger that is added stands among those that ``verify`` asks for."""
    watched = mli.rows(WATCHED)
    assert {row.name for row in mli.rows(TRIGGERS)} == {row.name for row in watched}


def test_a_role_that_was_changed_and_a_guard_that_is_off_are_named(mli: CountyUnderTest) -> None:
    given_allotted(mli)
    spoiled = {
        "UPDATE budget.object_code SET role = '' WHERE role = 'personnel'": SHIPPED,
        "UPDATE budget.class_code SET role = 'second_reserve' WHERE code = '32'": SHIPPED,
        "DELETE FROM budget.object_code WHERE code = '0271'": SHIPPED,
        FORGED_MONTHS: "a year is not allotted as it was",
        "ALTER TABLE budget.change_line DISABLE TRIGGER posted_is_final": "is off or gone",
        "DROP TRIGGER enacted_stays ON budget.control_row": "is off or gone",
    }
    as_administrator = dataclasses.replace(mli, engine=mli.admin)
    with as_administrator.uow() as uow:
        assert verify_budget(uow).passed
        for statement, says in spoiled.items():
            tried = uow.connection.begin_nested()
            uow.connection.execute(sa.text(statement))
            assert says in " ".join(verify_budget(uow).errors), statement
            tried.rollback()
        uow.abandon("nothing of it is kept")


@pytest.mark.slow
def test_every_spoiled_column_is_named(mli: CountyUnderTest) -> None:
    given_whole_year(mli)
    with mli.uow(read_only=True) as uow:
        before = verify_budget(uow)
    assert before.passed, before.errors
    assert all(one.checked for one in before.asked), [o for o in before.asked if not o.checked]
    missed = []
    as_administrator = dataclasses.replace(mli, engine=mli.admin)
    with as_administrator.uow() as uow:
        for table, name, plan, statement in statements(columns_of(mli)):
            if not isinstance(plan, Found) or name == "movement_id":
                continue
            spoiled = uow.connection.begin_nested()
            uow.connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
            rows = uow.connection.execute(sa.text(statement)).rowcount
            if rows != 1 or plan.says not in told(uow, plan.says):
                missed.append(f"{table}.{name}: {plan.says} ({rows} rows)")
            spoiled.rollback()
        uow.abandon("nothing of it is kept")
    assert missed == []


def test_what_is_final_the_application_cannot_change(mli: CountyUnderTest) -> None:
    given_whole_year(mli)
    wrong = []
    with mli.uow() as uow:
        for table, name, _, statement in statements(columns_of(mli)):
            free = PLANS[table].free
            if free is None or name == "movement_id":
                continue
            tried = uow.connection.begin_nested()
            try:
                uow.connection.execute(sa.text(statement))
                refused = False
            except sa.exc.DBAPIError as error:
                refused = not isinstance(error, sa.exc.IntegrityError)
            tried.rollback()
            if refused is (name in free):
                wrong.append(f"{table}.{name}: {'refused' if refused else 'changed'}")
        uow.abandon("nothing of it is kept")
    assert wrong == []
