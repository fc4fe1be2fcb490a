"""Who gets what answer: routes × people × counties × objects; and the machinery finds holes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from tests.boundaries.book import BOOK
from tests.boundaries.matrix import Found, Matrix, explore, visitors_of
from tests.boundaries.recipe import Book, Recipe, Unknown
from tests.boundaries.recipes import accounting
from tests.boundaries.routes import routes_of
from tests.boundaries.world import World
from tests.core.probe import NAME, READ, ProbeApi, ProbeModule
from tests.core.site import Site
from zhuji_core import hooks
from zhuji_core.testing.counties import CountyUnderTest
from zhuji_core.web import guards
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ApiController

Worlds = tuple[World, World]
PURPOSE = "SELECT purpose FROM accounting.spending_request WHERE request_id = %(id)s"
PLANTED = {"probe.leak", "probe.careless"}


class LeakyApi(ApiController):
    """Two mistakes: one handler asks every county it can reach, the other asks for no agency."""

    module = NAME
    path = "/leaks"
    site: Site

    @get("/{request_id:uuid}", operation_id="probe.leak", opt={"permission": READ},
         sync_to_thread=True)  # fmt: skip
    def leak(
        self, context: NamedDependency[RequestContext], request_id: FromPath[uuid.UUID]
    ) -> dict[str, str]:
        with context.read() as uow:
            uow.require(READ)
        for access in self.site.counties.values():
            with access.statements.connect() as connection:
                row = connection.exec_driver_sql(PURPOSE, {"id": request_id}).one_or_none()
            if row is not None:
                return {"purpose": row.purpose}
        raise _not_found()

    @get("/{request_id:uuid}/careless", operation_id="probe.careless", opt={"permission": READ},
         sync_to_thread=True)  # fmt: skip
    def careless(
        self, context: NamedDependency[RequestContext], request_id: FromPath[uuid.UUID]
    ) -> dict[str, str]:
        with context.read() as uow:
            row = uow.connection.exec_driver_sql(PURPOSE, {"id": request_id}).one_or_none()
        if row is None:
            raise _not_found()
        return {"purpose": row.purpose}


def _not_found() -> Exception:
    from zhuji_accounting.domain.refusals import RequestNotFound  # noqa: PLC0415

    return RequestNotFound()


LEAKY_BOOK = Book(
    kinds={**BOOK.kinds, "probe.request_id": accounting.KINDS["accounting.request_id"]},
    recipes=BOOK.recipes,
)


@pytest.fixture
def leaky(txg: CountyUnderTest, mli: CountyUnderTest) -> Iterator[Worlds]:
    """The same two counties behind an application with planted mistakes."""
    with ExitStack() as stack:
        site = Site(module=ProbeModule(ProbeApi, LeakyApi), manager=hooks.load())
        LeakyApi.site = stack.enter_context(site.served())
        site.begin_test(txg, mli)
        worlds = World(site=site, code="TXG"), World(site=site, code="MLI")
        for world in worlds:
            world.fill()
            stack.callback(world.close)
        yield worlds


# Each tenth route here, the county with fewer modules by `make slow`; all in `make prove`.
@pytest.mark.parametrize(
    ("code", "each"), [("TXG", 10), pytest.param("MLI", 12, marks=pytest.mark.slow)]
)
def test_every_route_answers_everybody_as_declared(worlds: Worlds, code: str, each: int) -> None:
    world, other = worlds if code == "TXG" else worlds[::-1]
    routes = {route.operation_id for route in routes_of(world.site.app)[::each]}
    found = explore(
        Matrix(world, other, book=BOOK),
        visitors=visitors_of(world, other),
        whole=False,
        operations=routes,
    )
    assert not found.fault_count, "\n".join(found.faults)
    assert found.routes == routes
    assert found.cases > 4 * len(routes)
    assert found.by_due["allowed"] > len(routes) // 4
    assert found.searched_bytes > 50_000


def _explored(worlds: Worlds, operations: set[str], *, book: Book = BOOK) -> Found:
    here, there = worlds
    return explore(
        Matrix(here, there, book=book),
        visitors=visitors_of(here, there),
        whole=True,
        operations=operations,
    )


def test_a_planted_cross_county_id_and_a_forgotten_agency_are_found(leaky: Worlds) -> None:
    found = _explored(leaky, PLANTED, book=LEAKY_BOOK)
    leaks = [fault for fault in found.faults if "(probe.leak)" in fault]
    careless = [fault for fault in found.faults if "(probe.careless)" in fault]
    assert any("another county's object" in fault for fault in leaks)
    assert any("another agency's object" in fault for fault in careless)
    assert any("shows a text of agency" in fault for fault in careless)
    assert not any("another county's object" in fault for fault in careless)


def test_a_guard_that_lets_everybody_pass_is_found(
    worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guards, "_require_right", lambda _state, _handler: None)
    found = _explored(worlds, {"probe.things.list"})
    assert found.fault_count
    assert all("no role with probe.thing.read" in fault for fault in found.faults)


def test_a_route_that_nobody_can_call_is_named(worlds: Worlds) -> None:
    here, _ = worlds
    routes = {route.operation_id: route for route in routes_of(here.site.app)}
    nothing: Book = Book(kinds={}, recipes={"probe.enact": Recipe(role="BAS")})
    with pytest.raises(Unknown, match=r"budget\.line\.page.*'line_id'"):
        nothing.kind(routes["budget.line.page"], "line_id")
    with pytest.raises(Unknown, match=r"accounting\.requests\.approve\): no recipe"):
        nothing.recipe(routes["accounting.requests.approve"])
    assert nothing.unknown([routes["probe.enact"]]) == []
