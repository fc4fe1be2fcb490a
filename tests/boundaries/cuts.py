"""Every writing route with the wire cut at each message, then sent once more with the same key.

What was done is read from the database, table by table, and compared with what one undisturbed
request does: exactly that is once; more is double, less is torn, nothing after a yes is lost.
"""

from __future__ import annotations

import http.client
import random
import re
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace

from tests.boundaries.caller import Caller, Content, Reply
from tests.boundaries.effects import Effects, Touched
from tests.boundaries.proxy import ANSWERED, Cut, HttpWire, PostgresWire
from tests.boundaries.recipe import Book, Recipe, Scene
from tests.boundaries.routes import Route, routes_of
from tests.boundaries.world import Person, World

DONE = frozenset({200, 201, 202, 204, 303})
FAULTS_KEPT = 40
SEED = 23
WANTING, NEVER = "refused at once for want of a key", "the cut was never reached"
AT_DATABASE, AT_CLIENT = "application and PostgreSQL", "client and application"
TRIES = 3  # to cut at a message that a prepared connection no longer says


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Where one cut is made: at a message to PostgreSQL, or after so many bytes of HTTP."""

    where: str
    at: int
    cut: Cut = Cut.BEFORE
    of_reply: bool = False

    def __str__(self) -> str:
        if self.where == AT_DATABASE:
            return f"message {self.at} cut {self.cut}"
        return f"{'reply' if self.of_reply else 'request'} cut after {self.at} bytes"


@dataclass(frozen=True, kw_only=True)
class Clean:
    """One undisturbed request: what it does, its messages to PostgreSQL, its bytes of HTTP."""

    effect: Touched
    messages: tuple[bytes, ...]
    request_bytes: int
    reply_bytes: int


@dataclass(kw_only=True)
class Tally:
    """Counts over all commands."""

    commands: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    doubled: Counter[str] = field(default_factory=Counter)
    messages: int = 0
    double: int = 0
    lost: int = 0
    torn: int = 0
    unanswered: int = 0
    said: list[str] = field(default_factory=list)
    unreached: list[str] = field(default_factory=list)

    def __add__(self, other: Tally) -> Tally:
        names = [one.name for one in fields(self)]
        return Tally(**{name: getattr(self, name) + getattr(other, name) for name in names})

    @property
    def count(self) -> int:
        return sum(self.faults.values())

    def say(self, text: str) -> None:
        if len(self.said) < FAULTS_KEPT:
            self.said.append(text)


class Cutter:
    """One county behind two wires, and one person who may do everything there."""

    def __init__(self, world: World, *, book: Book, database: PostgresWire, http: HttpWire) -> None:
        self.world = world
        self.book = book
        self.tally = Tally()
        self._database = database
        self._http = http
        self._effects = Effects(world)
        self._person = world.given_person("everything", roles=world.roles, held_in=None)
        self._caller = Caller(http.address, {})
        self._signed_out = False
        self._seen = 0

    def close(self) -> None:
        self._caller.close()
        self._effects.close()

    def commands(self) -> list[Route]:
        """Return the routes that change something; raise AssertionError naming what is unknown."""
        routes = [route for route in routes_of(self.world.site.app) if route.is_unsafe]
        missing = self.book.unknown(routes)
        assert not missing, "\n".join(missing)
        return [
            route
            for route in routes
            if not self.book.recipe(route).changes_nothing
            and not route.operation_id.startswith("probe.")
        ]

    def clean(self, route: Route) -> Clean:
        """Send the request undisturbed and see what it does."""
        path, content = self._made(route)
        mark = self._effects.mark()
        with self._http.limited(), self._database.watched() as plan:
            reply = self._send(route, path, content, key=uuid.uuid4().hex)
            bytes_of = self._http.request_bytes, self._http.reply_bytes
        assert _is_done(reply, self.book.recipe(route)), (
            f"{route}: the happy path of its recipe is refused:"
            f" {reply.status if reply else 'no answer'}"
            f" {re.findall('E-[A-Z0-9-]+[^<]*', reply.text) if reply else ''}"
        )
        effect = self._effects.since(mark)
        assert effect, f"{route}: its happy path changes nothing in the database"
        return Clean(
            effect=effect,
            messages=tuple(plan.seen),
            request_bytes=bytes_of[0],
            reply_bytes=bytes_of[1],
        )

    def disturb(
        self, route: Route, clean: Clean, fault: Fault, *, keyed: bool, tries: int = TRIES
    ) -> None:
        """Cut once, send once more, and judge by the database.

        A connection that has prepared its statements before says fewer messages than the
        undisturbed one did, and an answer may be a byte shorter; then the last of it is cut
        instead, in a request of its own.
        """
        path, content = self._made(route)
        key = uuid.uuid4().hex if keyed else ""
        mark = self._effects.mark()
        first, fired = self._first(route, path, content, fault, key=key)
        if not fired:
            wanting = not keyed and first is not None and first.status == 400
            self.tally.outcomes[WANTING if wanting else NEVER] += 1
            nearer = self._nearer(fault)
            if tries > 1 and nearer is not None and not wanting:
                self.disturb(route, clean, nearer, keyed=keyed, tries=tries - 1)
                return
            if not wanting:
                self.tally.unreached.append(self._unreached(route, fault, clean, first))
        self.tally.faults[f"{fault.where}, {'with' if keyed else 'without'} key"] += fired
        recipe = self.book.recipe(route)
        answers = [first]
        if not _is_done(first, recipe):
            answers.append(self._send(route, path, content, key=key))
        effect = self._effects.since(mark)
        self._judge(route, fault, clean, effect, answers, keyed=keyed)

    def _unreached(self, route: Route, fault: Fault, clean: Clean, answer: Reply | None) -> str:
        told = f"{answer.status}: {answer.text[:200]}" if answer else "no answer"
        seen = f"{self._seen} of {len(clean.messages)} messages seen"
        return f"{route}: {fault}, {seen}, answered {told}"

    def _nearer(self, fault: Fault) -> Fault | None:
        """Return the last cut that could have been made where this one was never reached.

        The same again when not one message was seen: the request never came that far.
        """
        if fault.where == AT_DATABASE:
            return replace(fault, at=self._seen or fault.at)
        last = (self._http.reply_bytes if fault.of_reply else self._http.request_bytes) - 1
        return replace(fault, at=last) if 0 <= last < fault.at else None

    def _judge(
        self,
        route: Route,
        fault: Fault,
        clean: Clean,
        effect: Touched,
        answers: Sequence[Reply | None],
        *,
        keyed: bool,
    ) -> None:
        recipe, tally = self.book.recipe(route), self.tally
        done = _is_done(answers[-1], recipe)
        told = [answer.status if answer else "no answer" for answer in answers]
        case = f"{route}: {fault}{'' if keyed else ', no key'}: answered {told}"
        outcome = _compare(clean.effect, effect)
        tally.outcomes[f"{outcome}, {'acknowledged' if done else 'refused'}"] += 1
        if outcome == "double" and recipe.keyless:
            tally.doubled[route.operation_id] += 1
        elif outcome == "double":
            tally.double += 1
            tally.say(f"DOUBLE {case}: {_difference(clean.effect, effect)}")
        if outcome == "torn":
            tally.torn += 1
            tally.say(f"TORN {case}: {_difference(clean.effect, effect)}")
        if outcome == "nothing" and done:
            tally.lost += 1
            tally.say(f"LOST {case}")
        # A code that is good once is refused the second time, key or no key.
        if keyed and not done and not recipe.keyless:
            tally.unanswered += 1
            tally.say(f"UNANSWERED {case}: {answers[-1].text[:300] if answers[-1] else ''}")

    def _first(
        self, route: Route, path: str, content: Content, fault: Fault, *, key: str
    ) -> tuple[Reply | None, bool]:
        if fault.where == AT_DATABASE:
            with self._database.watched(at=fault.at, cut=fault.cut) as plan:
                reply = self._send(route, path, content, key=key)
            self._seen = len(plan.seen)
            return reply, plan.fired
        limits = {"reply" if fault.of_reply else "request": fault.at}
        with self._http.limited(**limits):
            reply = self._send(route, path, content, key=key)
            return reply, self._http.fired

    def _send(self, route: Route, path: str, content: Content, *, key: str) -> Reply | None:
        """Send over a connection of its own; None when it broke before the whole answer."""
        self._caller.close()
        try:
            return self._caller.send(route.method, path, content, key=key)
        except (OSError, http.client.HTTPException):
            return None

    def _made(self, route: Route) -> tuple[str, Content]:
        """Make the objects anew, and the session when the last command ended it."""
        person: Person = self._person
        recipe = self.book.recipe(route)
        self.world.forget_rates()
        if self._signed_out:
            self.world.renew(person)
        self._signed_out = recipe.ends_session
        self._caller.cookies = self.world.caller(person).cookies
        scene = Scene(world=self.world, by=person, agency_code=person.agency_code)
        values = self.book.values(route, scene)
        content = recipe.content(scene, values)
        return route.path(county=self.world.code.lower(), values=values), content


def faults_of(clean: Clean) -> Iterator[Fault]:
    """Give every cut at every message: three ways at those that are answered, else two."""
    for at, kind in enumerate(clean.messages, 1):
        for cut in Cut:
            if cut is not Cut.REPLY_LOST or kind in ANSWERED:
                yield Fault(where=AT_DATABASE, at=at, cut=cut)
    for at in sorted({0, clean.request_bytes // 2, clean.request_bytes - 1}):
        yield Fault(where=AT_CLIENT, at=at)
    for at in sorted({0, clean.reply_bytes // 2, clean.reply_bytes - 1}):
        yield Fault(where=AT_CLIENT, at=at, of_reply=True)


def few_faults(clean: Clean, *, turn: int) -> list[Fault]:
    """Return some: the reply of the last message (the commit) lost, and two that change."""
    every = list(faults_of(clean))
    lost = [
        fault for fault in every if fault.cut is Cut.REPLY_LOST and fault.at == len(clean.messages)
    ]
    reply = [fault for fault in every if fault.of_reply and not fault.at]
    drawn = random.Random(SEED + turn).sample(every, 1)  # noqa: S311 (repeatable, no secret)
    return [*lost, *(reply if turn % 4 == 0 else drawn)]


def cut_all(cutter: Cutter, commands: Sequence[Route], *, whole: bool) -> Tally:
    """Disturb each command, with a key and without."""
    for turn, route in enumerate(commands):
        cutter.clean(route)  # the first of a kind makes counters and codes that later ones find
        clean = cutter.clean(route)
        if whole:
            again = cutter.clean(route)
            assert again.effect == clean.effect, (
                f"{route}: two undisturbed requests do different things:"
                f" {_difference(clean.effect, again.effect)}"
            )
        cutter.tally.commands += 1
        cutter.tally.messages += len(clean.messages)
        faults = list(faults_of(clean)) if whole else few_faults(clean, turn=turn)
        for fault in faults:
            cutter.disturb(route, clean, fault, keyed=True)
        # Without a key it matters when the work was done and the answer did not come.
        unkeyed = [fault for fault in faults if fault.cut is Cut.REPLY_LOST or fault.of_reply]
        for fault in unkeyed if whole else unkeyed[:1]:
            cutter.disturb(route, clean, fault, keyed=False)
    return cutter.tally


def _is_done(reply: Reply | None, recipe: Recipe) -> bool:
    if reply is None or reply.status not in DONE:
        return False
    return recipe.ends_session or recipe.keyless or "/sign-in" not in reply.location


def _compare(clean: Touched, found: Touched) -> str:
    if not found:
        return "nothing"
    if found == clean:
        return "once"
    more = any(
        rows > clean.get(table, (0, 0))[0] or abs(added) > abs(clean.get(table, (0, 0))[1])
        for table, (rows, added) in found.items()
    )
    return "double" if more else "torn"


def _difference(clean: Touched, found: Touched) -> str:
    tables = sorted({*clean, *found})
    return ", ".join(
        f"{table} {clean.get(table, (0, 0))} → {found.get(table, (0, 0))}"
        for table in tables
        if clean.get(table) != found.get(table)
    )
