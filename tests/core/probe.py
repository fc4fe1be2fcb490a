"""A throw-away module whose routes let the kernel be seen at work; registered by tests alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.hookspecs import hookimpl
from zhuji_core.ids import new_id
from zhuji_core.modules import ModuleInfo, NavItem, Permission, WorkItem
from zhuji_core.numbering import take_numbers
from zhuji_core.uow import UnitOfWork
from zhuji_core.values import DomainError, Value
from zhuji_core.web.answers import json_answer, see_other
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ApiController, PageController
from zhuji_core.web.paging import LIMIT, Cursor, Limit, Page, open_cursor, page_of
from zhuji_core.web.parameters import Text
from zhuji_core.web.rendering import render

NAME = "probe"
READ = Permission(name="probe.thing.read", title="查詢", scope="agency", roles=("REQ", "REV"))
WRITE = Permission(name="probe.thing.write", title="填寫", scope="agency", roles=("REQ",))
ENACT = Permission(name="probe.year.enact", title="成立", scope="county", roles=("BAS",))


class TooDear(DomainError):
    """A refusal with arithmetic, a detail and a field."""

    code = "E-PROBE"
    message = "{name}可用 {available_ntd:,}，本次 {requested_ntd:,}。"


class Thing(Value, frozen=True, kw_only=True):
    name: str
    amount_ntd: int
    refuse: bool = False


class Made(Value, frozen=True, kw_only=True):
    number: int
    name: str


def make_thing(uow: UnitOfWork, thing: Thing) -> Made:
    """Take a gapless number: what is done twice would show as a number too many."""
    uow.require(WRITE, agency_code=uow.actor.agency_code)
    numbers = take_numbers(
        uow, agency_code=uow.actor.agency_code, fiscal_year=uow.fiscal_year, kind="probe"
    )
    uow.audit(
        WRITE.name,
        DocumentRef(kind="probe.thing", document_id=new_id(), label=thing.name, agency_code=""),
        after=thing,
    )
    if thing.refuse:
        raise TooDear(
            arithmetic={"available_ntd": 81_480, "requested_ntd": 90_000},
            fields={"amount_ntd": "可用餘額"},
            name=thing.name,
            available_ntd=81_480,
            requested_ntd=90_000,
        )
    return Made(number=numbers[0], name=thing.name)


def enact(uow: UnitOfWork) -> str:
    """Do what only somebody with a right over the whole county may do."""
    uow.require(ENACT)
    uow.audit(
        ENACT.name,
        DocumentRef(kind="probe.year", document_id=new_id(), label="105", agency_code=""),
    )
    return "enacted"


class ProbePages(PageController):
    module = NAME
    path = "/things"

    @get("/", operation_id="probe.things.page", opt={"permission": READ}, sync_to_thread=True)
    def page(self, context: NamedDependency[RequestContext]) -> Response[str]:
        with context.read():
            return render(context, "home.html", title="東西", worklist=())

    @post("/", operation_id="probe.thing.form", opt={"permission": WRITE}, sync_to_thread=True)
    def form(self, context: NamedDependency[RequestContext]) -> Response[bytes]:
        thing = Thing(name="表單", amount_ntd=1)
        return context.perform(
            lambda uow: make_thing(uow, thing),
            lambda made: see_other(context.path(f"probe/things?made={made.number}")),
        )

    @post("/dear", operation_id="probe.thing.dear", opt={"permission": WRITE}, sync_to_thread=True)
    def dear(self, context: NamedDependency[RequestContext]) -> Response[bytes]:
        thing = Thing(name="<b>太貴</b>", amount_ntd=1, refuse=True)
        return context.perform(lambda uow: make_thing(uow, thing), lambda _: see_other("/"))

    @get("/fault", operation_id="probe.fault", opt={"permission": READ}, sync_to_thread=True)
    def fault(self) -> str:
        raise RuntimeError("王小明 A123456789")


class ProbeApi(ApiController):
    module = NAME
    path = "/things"

    @get("/", operation_id="probe.things.list", opt={"permission": READ}, sync_to_thread=True)
    def things(self, context: NamedDependency[RequestContext]) -> dict[str, Any]:
        with context.read() as uow:
            return {"account": uow.actor.account, "date": uow.business_date}

    @post(
        "/",
        operation_id="probe.thing.write",
        opt={"permission": WRITE, "answers": Made},
        sync_to_thread=True,
    )
    def write(
        self, context: NamedDependency[RequestContext], data: JSONBody[Thing]
    ) -> Response[bytes]:
        return context.perform(
            lambda uow: make_thing(uow, data),
            lambda made: json_answer(made, status_code=201),
        )

    @get("/fault", operation_id="probe.fault.api", opt={"permission": READ}, sync_to_thread=True)
    def fault(self) -> str:
        raise RuntimeError("王小明 A123456789")

    @post(
        "/enact",
        operation_id="probe.enact",
        opt={"permission": ENACT, "answers": str},
        status_code=200,
        sync_to_thread=True,
    )
    def enact(self, context: NamedDependency[RequestContext]) -> Response[bytes]:
        return context.perform(enact, json_answer)


class ProbeNumbers(ApiController):
    """Two lists of the numbers 1 to 10, in pages."""

    module = NAME
    path = "/numbers"

    @get("/", operation_id="probe.numbers.list", opt={"permission": READ}, sync_to_thread=True)
    def numbers(
        self,
        context: NamedDependency[RequestContext],
        text: Text = "",
        cursor: Cursor = "",
        limit: Limit = LIMIT,
    ) -> Page[int]:
        after = open_cursor(context, cursor, int) or 0
        rows = [number for number in range(1, 11) if number > after][: limit + 1]
        return page_of(context, rows, limit=limit, key=int, item=int)

    @get(
        "/again", operation_id="probe.numbers.again", opt={"permission": READ}, sync_to_thread=True
    )
    def again(self, context: NamedDependency[RequestContext], cursor: Cursor = "") -> Page[int]:
        open_cursor(context, cursor, int)
        return Page(items=(), next=None)


# A module that does nothing, on nowhere until a test switches it on.
IDLE = "idle"


class IdleModule:
    @hookimpl
    def register_module(self) -> ModuleInfo:
        return ModuleInfo(name=IDLE, title="閒置", version="1")


class ProbeModule:
    """The hooks of the probe; ``controllers`` may be replaced to plant a wrong route."""

    def __init__(self, *controllers: type[Controller]) -> None:
        self._controllers = controllers or (ProbePages, ProbeApi, ProbeNumbers)

    @hookimpl
    def register_module(self) -> ModuleInfo:
        return ModuleInfo(name=NAME, title="探針", version="1")

    @hookimpl
    def register_permissions(self) -> Sequence[Permission]:
        return (READ, WRITE, ENACT)

    @hookimpl
    def register_controllers(self) -> Sequence[type[Controller]]:
        return self._controllers

    @hookimpl
    def navigation(self, uow: UnitOfWork) -> Sequence[NavItem]:
        if not uow.actor.may(READ):
            return ()
        return (NavItem(title="東西一覽", path="probe/things", waiting=3),)

    @hookimpl
    def worklist(self, uow: UnitOfWork) -> Sequence[WorkItem]:
        if not uow.actor.may(WRITE):
            return ()
        return (
            WorkItem(title="待填寫", path="probe/things", count=2, oldest_days=9, amount_ntd=1_234),
        )


def thing(**values: Any) -> bytes:
    """Return the JSON of a thing, as a client sends it."""
    return msgspec.json.encode({"name": "筆", "amount_ntd": 10, **values})
