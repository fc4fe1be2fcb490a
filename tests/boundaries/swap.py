"""Every route of both twins as their users call them, then a search for the other's mark."""

from __future__ import annotations

import io
import re
import subprocess
import tempfile
import uuid
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.boundaries.caller import Content, Reply
from tests.boundaries.recipe import Book, Scene, Values
from tests.boundaries.routes import Route, routes_of
from tests.boundaries.twins import (
    MARKS,
    Twins,
    copy_county,
    everything_in,
    files_of,
)
from tests.boundaries.world import HERE, Person, World
from zhuji_core.export import FORMATS
from zhuji_core.identity.sessions import cookie_name

SOURCE, TWIN = "TXG", "MLI"
FORMAT_PARAMETERS = frozenset({"file_format", "suffix"})
CURSOR = re.compile(rb'"(?:next|cursor|next_\w+)":\s*"([^"]+)"')
FAULTS_KEPT = 40


@dataclass(kw_only=True)
class Searched:
    """What was looked through, and where a mark was that does not belong there."""

    places: Counter[str] = field(default_factory=Counter)
    amounts: Counter[str] = field(default_factory=Counter)
    own_marks: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    occurrences: int = 0
    faults: list[str] = field(default_factory=list)

    def look(self, kind: str, place: str, content: bytes, *, foreign: tuple[str, ...]) -> None:
        """Search ``content`` for the marks that must not be in it."""
        self.places[kind] += 1
        self.amounts[kind] += len(content)
        for mark in MARKS.values():
            found = content.count(mark.encode())
            if mark not in foreign:
                self.own_marks[kind] += found
            elif found:
                self.occurrences += found
                self.say(f"{place}: {mark} {found} times")

    def say(self, text: str) -> None:
        if len(self.faults) < FAULTS_KEPT:
            self.faults.append(text)


class Swap:
    """The twins at work."""

    def __init__(self, twins: Twins, *, book: Book, each: int = 1) -> None:
        """``each``: only every so-manieth route, for each commit."""
        self.twins = twins
        self.book = book
        self.searched = Searched()
        self.person: dict[str, Person] = {}
        self._shared: dict[str, tuple[Values, Content]] = {}
        self._cursors: dict[str, list[str]] = {}
        self._keys: dict[str, tuple[str, Content, str]] = {}
        site = twins.worlds[SOURCE].site
        self.routes = [
            route
            for route in routes_of(site.app)
            if route.of_county and not route.operation_id.startswith("probe.")
        ]
        missing = book.unknown(self.routes)
        assert not missing, "\n".join(missing)
        self._every = self.routes
        self.routes = self.routes[::each]

    def fill(self) -> int:
        """Fill one county, with an object for every path, and copy it into the other."""
        world = self.twins.worlds[SOURCE]
        world.fill()
        self.person[SOURCE] = world.given_person("everything", roles=world.roles, held_in=None)
        for route in self._every:
            if not route.is_unsafe:
                scene = Scene(world=world, by=self.person[SOURCE], agency_code=HERE)
                values = self.book.values(route, scene)
                content = self.book.recipe(route).content(scene, values)
                self._shared[str(route)] = values, content
        twin = self.twins.worlds[TWIN]
        twin.become_twin_of(world)
        copied = copy_county(self.twins, SOURCE, TWIN)
        self.person[TWIN] = self.person[SOURCE]
        return copied

    def use(self) -> None:
        """Exercise both through the served application, crosswise too."""
        for code in (SOURCE, TWIN):
            self._exercise(code)
        self._cross()
        self._sessions()

    def ask(self, operation_id: str, code: str) -> None:
        """Send the requests of one reading route in one county, and search the answers."""
        world = self.twins.worlds[code]
        for route in self._every:
            if route.operation_id == operation_id:
                for values, content in self._requests(route, world):
                    self._call(route, world, values, content)

    def _exercise(self, code: str) -> None:
        world = self.twins.worlds[code]
        for route in self.routes:
            for values, content in self._requests(route, world):
                self._call(route, world, values, content)
                if self.book.recipe(route).ends_session:
                    world.renew(self.person[code])

    def _requests(self, route: Route, world: World) -> Iterator[tuple[Values, Content]]:
        if route.is_unsafe:
            scene = Scene(world=world, by=self.person[world.code], agency_code=HERE)
            values = self.book.values(route, scene)
            yield values, self.book.recipe(route).content(scene, values)
            return
        values, content = self._shared[str(route)]
        formats = [name for name in route.parameters if name in FORMAT_PARAMETERS]
        for file_format in FORMATS if formats else [""]:
            yield {**values, **dict.fromkeys(formats, file_format)}, content

    def _call(self, route: Route, world: World, values: Values, content: Content) -> None:
        path = route.path(county=world.code.lower(), values=values)
        key = uuid.uuid4().hex if route.is_unsafe else ""
        reply = world.caller(self.person[world.code]).send(route.method, path, content, key=key)
        if route.is_unsafe and world.code == SOURCE:
            self._keys[str(route)] = path, content, key
        if not route.is_unsafe:
            found = [one.decode() for one in CURSOR.findall(reply.body)]
            self._cursors.setdefault(str(route), []).extend(found if world.code == SOURCE else [])
        self._answer(f"{route} in {world.code}", reply, world)

    def _answer(self, place: str, reply: Reply, world: World, *, kind: str = "answers") -> None:
        self.searched.requests[f"{kind}: {reply.status // 100}xx"] += 1
        if reply.status >= 500:
            self.searched.say(f"{place}: {reply.status}")
        foreign = tuple(mark for code, mark in MARKS.items() if code != world.code)
        head = "\n".join(f"{name}: {value}" for name, value in reply.headers.items()).encode()
        for part in (head, *_readable(reply)):
            self.searched.look(kind, place, part, foreign=foreign)

    def _cross(self) -> None:
        """Use the first county's keys, cursors and files in the second."""
        world = self.twins.worlds[TWIN]
        caller = world.caller(self.person[TWIN])
        for name, (path, content, key) in self._keys.items():
            there = path.replace(f"/{SOURCE.lower()}/", f"/{TWIN.lower()}/", 1)
            method = name.split(" ", 1)[0]
            plain = _remarked(content)
            reply = caller.send(method, there, plain, key=key)
            if reply.headers.get("idempotent-replayed"):
                self.searched.say(f"{name}: an answer kept in {SOURCE} is given in {TWIN}")
            self._answer(f"{name} with a key of {SOURCE}", reply, world, kind="keys of the other")
            if "/sign-out" in path or reply.status == 401 or "/password" in path:
                world.renew(self.person[TWIN])
        for route in self.routes:
            for cursor in self._cursors.get(str(route), [])[:3]:
                values, content = self._shared[str(route)]
                for name in ("cursor", "before", "after"):
                    asked = Content(query={**content.query, name: cursor})
                    path = route.path(county=TWIN.lower(), values=values)
                    self._answer(
                        f"{route} with a cursor of {SOURCE}",
                        caller.send("GET", path, asked), world, kind="cursors of the other",
                    )  # fmt: skip

    def _sessions(self) -> None:
        """A session of one county opens nothing of the other, under either cookie's name."""
        for code, other in ((SOURCE, TWIN), (TWIN, SOURCE)):
            world, there = self.twins.worlds[code], self.twins.worlds[other]
            token = there.caller(self.person[other]).cookies[cookie_name(other)]
            for name in (cookie_name(code), cookie_name(other)):
                caller = world.carrying({name: token})
                for route in self.routes:
                    if route.is_public or route.is_unsafe:
                        continue
                    values, content = self._shared[str(route)]
                    path = route.path(county=code.lower(), values=values)
                    reply = caller.send(route.method, path, content)
                    place = f"{route} in {code} with a session of {other}"
                    if reply.status not in {401, 303} or (
                        reply.status == 303 and "/sign-in" not in reply.location
                    ):
                        self.searched.say(f"{place}: {reply.status}")
                    for mark in MARKS.values():
                        self.searched.look(
                            "sessions of the other", place, reply.body, foreign=(mark,)
                        )

    def search_commands(self) -> None:
        """Look through what verifying commands print."""
        for code in (SOURCE, TWIN):
            foreign = tuple(mark for other, mark in MARKS.items() if other != code)
            for arguments in (
                ("accounting", "verify", "--county", code, "--json"),
                ("budget", "verify", "--county", code, "--json"),
                ("audit", "verify", "--county", code, "--json"),
            ):
                said = self.twins.command(*arguments)
                place = f"zhuji {' '.join(arguments)}"
                self.searched.look("commands", place, said, foreign=foreign)

    def search_places(self) -> None:
        """Look through databases, logs and traces."""
        both = tuple(MARKS.values())
        for code in (SOURCE, TWIN):
            foreign = tuple(mark for other, mark in MARKS.items() if other != code)
            for place, content in everything_in(self.twins, self.twins.address.county_name(code)):
                self.searched.look("tables of the counties", place, content, foreign=foreign)
        for place, content in everything_in(self.twins, self.twins.address.platform_name):
            self.searched.look("tables of the platform", place, content, foreign=both)
        for place, content in files_of(self.twins):
            kind = "traces" if "trace" in place else "logs and other files"
            self.searched.look(kind, place, content, foreign=both)


def _remarked(content: Content) -> Content:
    """Return the same request as the other county's user would type it."""

    def swapped(value: object) -> object:
        if isinstance(value, str):
            return value.replace(MARKS[SOURCE], MARKS[TWIN])
        if isinstance(value, dict):
            return {name: swapped(one) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return [swapped(one) for one in value]
        return value

    form = swapped(content.form)
    return Content(
        json=swapped(content.json),
        form=form if isinstance(form, dict) else None,
        files=() if content.files else content.files,
        query=content.query,
    )


def _readable(reply: Reply) -> Iterator[bytes]:
    """Give the body, and what a packed file holds."""
    yield reply.body
    if reply.body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(reply.body)) as archive:
            for name in archive.namelist():
                yield archive.read(name)
    if reply.body.startswith(b"%PDF"):
        yield _text_of_pdf(reply.body)


def _text_of_pdf(content: bytes) -> bytes:
    """Return the text as a reader copies it (poppler's pdftotext, where there is one)."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        Path(file.name).write_bytes(content)
        try:
            done = subprocess.run(
                ["pdftotext", file.name, "-"], capture_output=True, check=False, timeout=30
            )
        except FileNotFoundError:
            return b""
    return done.stdout
