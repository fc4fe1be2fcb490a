"""The stand-in decides and writes what the real module does, whatever its habits."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator, Sequence

import pluggy
import pytest

from loadtests.baseline import naive
from loadtests.baseline.naive import Naive, Shape, chosen
from loadtests.compare import VARIANTS
from loadtests.data.copying import Size, agency_of, fill
from tests.plugins.budget.given_equal import given_equal
from zhuji_budget import plugin as budget
from zhuji_budget.queries.verification import verify_budget
from zhuji_budget.usecases.enact_year import enact_year
from zhuji_core import hooks
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.contracts.funds import ControlRowQuery, FundsAnswer, FundsMove, MoveKind
from zhuji_core.testing.counties import CountyUnderTest

SMALL = Size(fiscal_year=105, agencies=2, requests=0)
LINKS = "SELECT count(*) AS links, count(DISTINCT hash) AS hashes FROM baseline.link"


def given_city(county: CountyUnderTest) -> list[uuid.UUID]:
    """Fill, enact and allot two agencies; return rows with money, the richest first."""
    fill(county.uow, SMALL, with_requests=False, told=lambda _done, _of: None)
    own = agency_of(0, SMALL)
    with county.uow() as uow:
        enact_year(uow, fiscal_year=105, act_no="示範")
        given_equal(uow, fiscal_year=105)
        query = ControlRowQuery(agency_code=own.code, fiscal_year=105, limit=10)
        found = uow.hooks.find_control_rows(uow, query)
    return [one.control_row_id for one in sorted(found, key=lambda one: -one.available_ntd)]


def moves_on(rows: Sequence[uuid.UUID]) -> list[FundsMove]:
    """Two documents with money and one without, on two rows each."""
    wanted = [(rows[0], 700), (rows[1], 800), (rows[1], 10**12), (rows[2], 5), (rows[2], 900)]
    documents = [uuid.UUID(int=number) for number in (1, 1, 2, 2, 3)]
    return [
        FundsMove(
            control_row_id=row, kind=MoveKind.RESERVE, amount_ntd=amount_ntd,
            document=DocumentRef(
                kind="accounting.request", document_id=document, label="105", agency_code="",
            ),
        )
        for (row, amount_ntd), document in zip(wanted, documents, strict=True)
    ]  # fmt: skip


def told(answers: Sequence[FundsAnswer]) -> list[tuple[bool, int]]:
    return [(one.granted, one.before.encumbered_ntd) for one in answers]


@pytest.fixture
def chained(txg: CountyUnderTest) -> Iterator[CountyUnderTest]:
    """A county with the baseline's own table, which no other test finds."""
    txg.execute(naive.TABLES)
    yield txg
    txg.execute("DROP SCHEMA baseline CASCADE")


def test_each_variant_answers_and_writes_as_the_real_module(chained: CountyUnderTest) -> None:
    txg = chained
    moves = moves_on(given_city(txg))
    with txg.uow() as uow:
        real = told(budget.move_funds(uow, moves))
        uow.abandon("only asked")
    assert [granted for granted, _ in real] == [True, True, False, False, True]
    for variant in VARIANTS:
        with txg.uow() as uow:
            found = told(Naive(variant.shapes).move_funds(uow, moves))
            # What is followed by events stays behind here: nobody certified anything.
            # Two ways of writing, each proved once.
            if variant in {VARIANTS[0], VARIANTS[-1]}:
                faults = [one for one in verify_budget(uow).errors if "by month" not in one]
                assert faults == []
            assert found == real, variant.name
            uow.abandon("the next one begins there too")
    with txg.uow() as uow:
        Naive(frozenset({Shape.CHAIN})).move_funds(uow, moves)
        kept = uow.connection.exec_driver_sql(LINKS).one()
        assert (kept.links, kept.hashes) == (3, 3)
        uow.abandon("nobody certified anything")


def test_every_step_takes_one_habit_away_and_the_last_is_todays_path() -> None:
    habits = [len(one.shapes) for one in VARIANTS]
    assert habits == [4, 3, 2, 1, 0, 0]
    assert all(after.shapes <= one.shapes for one, after in itertools.pairwise(VARIANTS))
    assert [one.together for one in VARIANTS] == [False] * 5 + [True]


def test_an_unknown_habit_is_refused() -> None:
    assert chosen("sum,rows") == {Shape.SUM, Shape.ROWS}
    assert chosen("") == frozenset()
    with pytest.raises(ValueError, match="slow"):
        chosen("slow")


def test_only_the_one_hook_of_budget_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    manager = hooks.load()
    before = {hook.name for hook in manager.get_hookcallers(budget) or []}
    naive.install(manager, frozenset(Shape))
    stand_in = manager.get_plugin("budget")
    assert isinstance(manager, pluggy.PluginManager)
    assert stand_in is not None
    assert {hook.name for hook in manager.get_hookcallers(stand_in) or []} == before
    assert getattr(stand_in, "move_funds") is not budget.move_funds  # noqa: B009
    assert stand_in.fund_positions is budget.fund_positions
