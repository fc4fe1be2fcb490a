"""Routes × people × counties × objects, made from the application itself.

The answer that is due is worked out from what routes declare, from the county's own tables of
rights, and from whose the object is: never from a list kept by hand.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlsplit

from tests.boundaries.caller import Caller, Content, Reply
from tests.boundaries.recipe import Book, Kind, Scene, Values
from tests.boundaries.routes import Posts, Route, routes_of
from tests.boundaries.world import DAY, HERE, THERE, Person, World, secret_of
from zhuji_core.identity.sessions import cookie_name
from zhuji_core.modules import Permission
from zhuji_core.testing.counties import BUSINESS_DATE
from zhuji_core.web.retries import owes_key

READ = frozenset({200, 302, 303})
WRITTEN = frozenset({200, 201, 202, 204, 303})
# The object is not in the state for this verb: by then everybody has been let pass.
REFUSED = frozenset({409})
HIDDEN, FORBIDDEN, NOBODY = frozenset({404}), frozenset({403}), frozenset({401})
# A verb on what one may not see: told apart by neither.
KEPT_OUT = HIDDEN | FORBIDDEN
SIGN_IN = "/sign-in"
FAULTS_KEPT = 50
FORM = re.compile(r"(<form\b[^>]*>)(.*?)</form>", re.DOTALL)
ACTION = re.compile(r'\baction="([^"]*)"')
POSTED = re.compile(r'\bmethod="post"', re.IGNORECASE)
# Refusals may be audited too, as what they are.
ACTS = "SELECT count(*) FROM kernel.audit_entry"

OWN, OTHER_AGENCY, MISSING, OTHER_COUNTY, OTHER_PERSON = (
    "own agency's", "another agency's", "nobody's", "another county's", "another person's",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Somebody at the door; ``known`` False: to be treated as nobody, whatever they carry."""

    label: str
    caller: Caller
    person: Person
    known: bool


@dataclass(frozen=True, kw_only=True)
class Due:
    """What must be answered: one of ``statuses``; ``passes``: the handler does its work."""

    statuses: frozenset[int]
    why: str
    passes: bool = False
    to_sign_in: bool = False

    def fits(self, reply: Reply) -> bool:
        if self.to_sign_in:
            return reply.status == 303 and SIGN_IN in reply.location
        return reply.status in self.statuses


@dataclass(kw_only=True)
class Found:
    """Counts of a run, and what was not as declared."""

    cases: int = 0
    routes: set[str] = field(default_factory=set)
    by_due: Counter[str] = field(default_factory=Counter)
    by_target: Counter[str] = field(default_factory=Counter)
    by_visitor: Counter[str] = field(default_factory=Counter)
    by_county: Counter[str] = field(default_factory=Counter)
    searched_bytes: int = 0
    forms: int = 0
    fault_count: int = 0
    faults: list[str] = field(default_factory=list)

    def fault(self, text: str) -> None:
        self.fault_count += 1
        if len(self.faults) < FAULTS_KEPT:
            self.faults.append(text)


class Matrix:
    """All cases of one county; ``other`` is the county whose ids and sessions are tried here."""

    def __init__(self, world: World, other: World, *, book: Book) -> None:
        self.world = world
        self.other = other
        self.book = book
        self.found = Found()
        self._posts = Posts(routes_of(world.site.app))
        self._enabled = frozenset(world.site.counties[world.code].hooks.enabled)
        self._holders = world.holders()
        self._stranger = world.colleague
        self._denied: dict[tuple[str, str], tuple[Values, Content]] = {}

    def run(self, route: Route, target: str, visitors: Sequence[Visitor]) -> None:
        """Try a route for every visitor with an object of this kind."""
        for visitor in visitors:
            self._try(route, target, visitor)

    def targets(self, route: Route) -> list[str]:
        """Return the kinds of objects that the route can be asked for."""
        kinds = self._kinds(route)
        found = [OWN]
        if self._is_bound(route):
            found.append(OTHER_AGENCY)
        if any(kind.missing for kind in kinds):
            found.append(MISSING)
        if any(kind.of_agency for kind in kinds):
            found.append(OTHER_COUNTY)
        if any(kind.of_person and kind.missing for kind in kinds):
            found.append(OTHER_PERSON)
        return found

    def _kinds(self, route: Route) -> list[Kind]:
        return [self.book.kind(route, name) for name in route.parameters]

    def _try(self, route: Route, target: str, visitor: Visitor) -> None:
        due = self.due(route, target, visitor)
        case = f"{route} for {visitor.label} on {target} object in {self.world.code}"
        values, content = self._objects(route, target, visitor, passes=due.passes)
        # Everybody comes from one address, more often within a minute than an office does.
        self.world.forget_rates()
        path = route.path(county=self.world.code.lower(), values=values)
        kept_out = route.is_unsafe and not due.passes
        before = self._acts(route) if kept_out else 0
        reply = visitor.caller.send(route.method, path, content)
        if kept_out and self._acts(route) != before:
            self.found.fault(f"{case}: {reply.status}, yet something was done")
        self._count(route, target, visitor, due)
        sent_away = SIGN_IN in reply.location and not self.book.recipe(route).ends_session
        sent_away = sent_away and due.passes and not route.is_public
        if not due.fits(reply) or sent_away:
            self.found.fault(
                f"{case}: {reply.status} {reply.text[:300]!r}, due {sorted(due.statuses)}"
                f" ({due.why})"
            )
        self._look_for_secrets(case, route, visitor, reply)
        if not route.is_unsafe and reply.status == 200:
            self._look_for_keys(case, reply)
        if due.passes and self.book.recipe(route).ends_session:
            self.world.renew(visitor.person)

    def _acts(self, route: Route) -> int:
        """Count what was done with rights of the route's module, as the audit has it."""
        assert not route.is_public, "nobody is kept out"
        return int(self.world.county.rows(ACTS)[0][0])

    def due(self, route: Route, target: str, visitor: Visitor) -> Due:
        """Work out the answer from declarations, tables of rights, and whose the object is."""
        kept_out = self._stopped_at_the_door(route, visitor)
        if kept_out is not None:
            return kept_out
        reaches = self._reaches(route, visitor.person, THERE if target == OTHER_AGENCY else HERE)
        if target in {MISSING, OTHER_COUNTY} or (
            target == OTHER_PERSON and not self._reaches_others(route, visitor.person)
        ):
            if self.book.recipe(route).names_agency and not reaches:
                return Due(statuses=KEPT_OUT, why="the request names another agency")
            return Due(statuses=HIDDEN, why="there is no such object for this person")
        if not reaches:
            return self._kept_out(route)
        for permission in self.book.recipe(route).needs:
            kept_out = self._without_right(permission, visitor)
            if kept_out is not None:
                return kept_out
        statuses = REFUSED | (WRITTEN if route.is_unsafe else READ)
        statuses |= self.book.recipe(route).also
        if self.book.recipe(route).is_broken:
            statuses = frozenset({500})
        return Due(statuses=statuses, why="declared to be allowed", passes=True)

    def _stopped_at_the_door(self, route: Route, visitor: Visitor) -> Due | None:
        """Return what is due before any object is looked at, or None."""
        if route.module and route.of_county and route.module not in self._enabled:
            return Due(statuses=HIDDEN, why="the module is not enabled")
        if route.is_public:
            return None
        if not visitor.known:
            return Due(statuses=NOBODY, to_sign_in=not route.is_api, why="nobody is signed in")
        if route.permission is None:
            return None
        return self._without_right(route.permission, visitor)

    def _without_right(self, permission: Permission, visitor: Visitor) -> Due | None:
        if self._held(permission, visitor.person) == ():
            return Due(statuses=FORBIDDEN, why=f"no role with {permission.name}")
        return None

    def _kept_out(self, route: Route) -> Due:
        recipe = self.book.recipe(route)
        if recipe.per_item:
            # The batch is answered item by item; none of it may be done.
            return Due(statuses=KEPT_OUT | REFUSED | {200, 422}, why="an item of another agency")
        if recipe.names_agency:
            return Due(statuses=KEPT_OUT, why="the request names another agency")
        if not route.is_unsafe:
            return Due(statuses=HIDDEN, why="another agency's object is not to be told of")
        return Due(statuses=KEPT_OUT, why="another agency's object")

    def _reaches(self, route: Route, person: Person, agency_code: str) -> bool:
        """Tell whether the right reaches an object of ``agency_code``, where that matters."""
        if route.permission is None or not self._is_bound(route):
            return True
        held = self._held(route.permission, person)
        return held is None or agency_code in held

    def _reaches_others(self, route: Route, person: Person) -> bool:
        """Tell whether ``person`` holds the right to what belongs to other people."""
        rights = [kind.others for kind in self._kinds(route) if kind.of_person and kind.missing]
        return all(right is not None and self._held(right, person) != () for right in rights)

    def _is_bound(self, route: Route) -> bool:
        """Tell whether the route is about an object of one agency."""
        return self.book.recipe(route).names_agency or any(
            kind.of_agency for kind in self._kinds(route)
        )

    def _held(self, permission: Permission, person: Person) -> tuple[str, ...] | None:
        """Return the agencies in which ``person`` holds ``permission``; None: the county."""
        scopes = self._holders.get(permission.name, {})
        if not person.in_force:
            return ()
        held = [scopes[role] for role in person.roles if role in scopes]
        if person.held_in is None:
            return None if held else ()
        return (person.held_in,) if "agency" in held else ()

    def _objects(
        self, route: Route, target: str, visitor: Visitor, *, passes: bool
    ) -> tuple[Values, Content]:
        """Make objects anew for who passes; who is kept out leaves them as they are."""
        if passes:
            return self._made(route, target, by=visitor.person)
        key = (str(route), target)
        if target == OWN and visitor.known and visitor.person.held_in == THERE:
            return self._made(route, target, by=visitor.person)
        if key not in self._denied:
            self._denied[key] = self._made(route, target, by=self._stranger)
        return self._denied[key]

    def _made(self, route: Route, target: str, *, by: Person) -> tuple[Values, Content]:
        recipe = self.book.recipe(route)
        by = self._stranger if by.disabled or not by.account else by
        agency_code = THERE if target == OTHER_AGENCY else HERE
        if not self._is_bound(route):
            agency_code = by.agency_code
        if target == OTHER_PERSON:
            by = self._stranger
        scene = Scene(world=self.world, by=by, agency_code=agency_code)
        values = self.book.values(route, scene)
        content = recipe.content(scene, values)
        for name in route.parameters:
            kind = self.book.kind(route, name)
            if target == MISSING and kind.missing:
                values = {**values, name: kind.missing}
                break
            if target == OTHER_COUNTY and kind.of_agency:
                there = Scene(world=self.other, by=by, agency_code=HERE)
                values = {**values, name: self.book.values(route, there)[name]}
                break
        return values, content

    def _look_for_secrets(self, case: str, route: Route, visitor: Visitor, reply: Reply) -> None:
        """No answer to a question holds a text of an agency in which the visitor has no right."""
        self.found.searched_bytes += len(reply.body)
        if route.is_unsafe:
            return  # a form shows what was just typed into it
        person = visitor.person
        for agency_code in (HERE, THERE):
            sees = visitor.known and person.in_force and person.held_in in {None, agency_code}
            if not sees and secret_of(agency_code) in reply.text:
                self.found.fault(f"{case}: the answer shows a text of agency {agency_code}")

    def _look_for_keys(self, case: str, reply: Reply) -> None:
        """Every form of a page that owes a key carries one: a person cannot add it."""
        for tag, inside in FORM.findall(reply.text):
            action = ACTION.search(tag)
            if action is None or not POSTED.search(tag):
                continue
            self.found.forms += 1
            route = self._posts.at(urlsplit(action[1]).path)
            if route is None:
                self.found.fault(f"{case}: a form posts to {action[1]}, where nothing listens")
            elif owes_key(route.handler.opt, path=route.template) and 'name="_key"' not in inside:
                self.found.fault(f"{case}: the form to {route} has no key")

    def _count(self, route: Route, target: str, visitor: Visitor, due: Due) -> None:
        found = self.found
        found.cases += 1
        found.routes.add(route.operation_id)
        found.by_target[target] += 1
        found.by_visitor[visitor.label] += 1
        found.by_county[self.world.code] += 1
        found.by_due["allowed" if due.passes else due.why.split(" with ")[0]] += 1


def visitors_of(world: World, other: World) -> list[Visitor]:
    """Everybody: each role in each reach, and those who must be treated as nobody or as idle."""
    every = world.roles
    people: list[tuple[str, Person]] = []
    for role in every:
        for where, agency_code, held_in in (
            ("in its agency", HERE, HERE),
            ("in another agency", THERE, THERE),
            ("in the whole county", HERE, None),
        ):
            account = f"{role.lower()}-{held_in.lower() if held_in else 'all'}"
            person = world.given_person(
                account, roles=[role], agency_code=agency_code, held_in=held_in
            )
            people.append((f"{role} {where}", person))
    past, future = (dt.date(2016, 1, 1), BUSINESS_DATE - DAY), (BUSINESS_DATE + DAY, None)
    given = partial(world.given_person, roles=every, held_in=None)
    people += [
        ("a person without a role", world.given_person("idle")),
        ("every role until yesterday", given("past", valid=past)),
        ("every role from tomorrow", given("future", valid=future)),
        ("a disabled person with every role", given("gone", disabled=True)),
    ]
    found = [
        Visitor(label=label, person=one, caller=world.caller(one), known=not one.disabled)
        for label, one in people
    ]
    return [*found, *_strangers(world, other)]


def _strangers(world: World, other: World) -> Iterator[Visitor]:
    nobody = Person(account="", user_id=uuid.UUID(int=101), agency_code=HERE, held_in="")
    yield Visitor(label="nobody", person=nobody, caller=world.caller(None), known=False)
    everything = other.given_person("abroad", roles=other.roles, held_in=None)
    cookies: Mapping[str, str] = other.caller(everything).cookies
    token = cookies[cookie_name(other.code)]
    for label, name in (
        ("a session of another county", cookie_name(other.code)),
        ("another county's session as this one's", cookie_name(world.code)),
    ):
        caller = world.carrying({name: token})
        yield Visitor(label=label, person=nobody, caller=caller, known=False)


def few(
    visitors: Sequence[Visitor], *, turn: int, holders: frozenset[str], target: str
) -> list[Visitor]:
    """Return some visitors for one route, other ones for the next: for each commit.

    Of the ``holders`` of the route's right one in each reach, one of the others, and two of those
    who are to be kept out. Whose object it is matters to those only who hold the right, and to
    each of their reaches only when it is another agency's.
    """
    able = [one for one in visitors if one.known and len(one.person.roles) == 1]
    mine = [one for one in able if one.person.roles[0] in holders]
    rest = [one for one in able if one not in mine]
    special = [one for one in visitors if one not in able]
    roles = sorted({one.person.roles[0] for one in mine})
    role = roles[turn % len(roles)] if roles else ""
    reaches = [one for one in mine if one.person.roles[0] == role]
    if reaches and target != OWN:
        return reaches if target == OTHER_AGENCY else [reaches[turn % len(reaches)]]
    return [
        *reaches,
        *([rest[turn % len(rest)]] if rest else []),
        special[turn % len(special)],
        special[(turn + 3) % len(special)],
    ]


def explore(
    matrix: Matrix,
    *,
    visitors: Sequence[Visitor],
    whole: bool,
    operations: Container[str] | None = None,
) -> Found:
    """Run the matrix over every route (of ``operations``), with all visitors or with some."""
    routes = [
        route
        for route in routes_of(matrix.world.site.app)
        if operations is None or route.operation_id in operations
    ]
    missing = matrix.book.unknown(routes)
    assert not missing, "\n".join(missing)
    holders = matrix.world.holders()
    for turn, route in enumerate(routes):
        able = frozenset(holders.get(route.permission.name, {}) if route.permission else ())
        for target in matrix.targets(route):
            some = few(visitors, turn=turn, holders=able, target=target)
            matrix.run(route, target, visitors if whole else some)
    return matrix.found
