"""What a route needs to be called as its users call it: who, with which objects, with what body.

A route that only reads needs nothing here when :data:`KINDS` knows its path parameters. One that
writes needs a recipe of its happy path; a route without one is named, not left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from tests.boundaries.caller import Content
from tests.boundaries.routes import Route
from tests.boundaries.world import Person, World
from zhuji_core.modules import Permission
from zhuji_core.uow import UnitOfWork

Values = dict[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """For whom objects are made: ``by`` calls the route, ``agency_code`` owns what it names."""

    world: World
    by: Person
    agency_code: str

    def uow(self, who: Person | int | None = None) -> AbstractContextManager[UnitOfWork]:
        """Work in the scene's agency as ``by``, or as ``who``: a colleague known by a number."""
        actor = self.world.actor(self.by if who is None else who, self.agency_code)
        return self.world.uow(actor)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of object in a path: how to make one, and a name that none has.

    ``of_agency``: it belongs to an agency, so a right in another one does not reach it;
    ``of_person``: it belongs to whoever calls; ``others``: the right that reaches other people's,
    by the product's constant. ``missing`` "" where every name is one.
    """

    make: Callable[[Scene], str]
    missing: str = "0198c5a0-0000-7000-8000-00000000dead"
    of_agency: bool = False
    of_person: bool = False
    others: Permission | None = None


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The happy path of one route.

    ``role``: who takes it in an office. ``prepare`` makes the objects anew, in the state that the
    route expects, and returns the values of its path; ``content`` may use them. ``names_agency``:
    the body or query names the agency. ``answers``: what the first request is answered with.
    ``per_item``: what is refused is told item by item. ``keyless``: it is harmless twice by its
    nature, so it takes no key (signing in, a draft kept under its name).
    """

    role: str
    prepare: Callable[[Scene], Values] | None = None
    content: Callable[[Scene, Values], Content] = field(default=lambda _scene, _values: Content())
    # Rights that the object asks for besides the route's, by the same constants as the product.
    needs: tuple[Permission, ...] = ()
    names_agency: bool = False
    per_item: bool = False
    keyless: bool = False
    # It changes nothing in the county: a summary before the second key.
    changes_nothing: bool = False
    # The person's session ends with it, or begins.
    ends_session: bool = False
    # Other answers to who is let pass, where the happy path lies outside of one request.
    also: frozenset[int] = frozenset()
    # A fault by design, of the tests' own module.
    is_broken: bool = False


class Unknown(Exception):
    """A route that the proofs cannot call: what is missing is named."""


@dataclass(frozen=True)
class Book:
    """All kinds and recipes."""

    kinds: Mapping[str, Kind]
    recipes: Mapping[str, Recipe]

    def kind(self, route: Route, parameter: str) -> Kind:
        """Return the kind of a path parameter, by ``module.name`` before ``name``."""
        for name in (f"{route.operation_id}:{parameter}", f"{route.module}.{parameter}", parameter):
            if name in self.kinds:
                return self.kinds[name]
        raise Unknown(
            f"{route}: no factory of objects for the path parameter {parameter!r}: add a Kind to"
            " KINDS in tests/boundaries/recipes/"
        )

    def recipe(self, route: Route) -> Recipe:
        """Return the recipe; a route that only reads has a plain one by itself."""
        found = self.recipes.get(route.operation_id)
        if found is not None:
            return found
        if not route.is_unsafe:
            return Recipe(role="")
        raise Unknown(
            f"{route}: no recipe of its happy path: add one to RECIPES in tests/boundaries/recipes/"
        )

    def values(self, route: Route, scene: Scene) -> Values:
        """Make the objects that the path names, as the recipe or the kinds say."""
        prepare = self.recipe(route).prepare
        made = prepare(scene) if prepare else {}
        for parameter in route.parameters:
            if parameter not in made:
                made[parameter] = self.kind(route, parameter).make(scene)
        return made

    def unknown(self, routes: list[Route]) -> list[str]:
        """Return everything that is missing for ``routes``, for one message."""
        found = []
        for route in routes:
            try:
                self.recipe(route)
                for parameter in route.parameters:
                    self.kind(route, parameter)
            except Unknown as missing:
                found.append(str(missing))
        return found
