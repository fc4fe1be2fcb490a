"""Routes × people × counties × objects, all of them: every answer as it is declared."""

from __future__ import annotations

from collections import Counter

from tests.boundaries.book import BOOK
from tests.boundaries.matrix import Found, Matrix, explore, visitors_of
from tests.boundaries.routes import routes_of
from tests.boundaries.worlds import opened_worlds
from tests.prove.tools.lanes import Lane, dealt
from tests.prove.tools.results import PartResult, Table, counted, must


def matrix(*, quick: bool) -> PartResult:
    """Try everything from both counties; ``quick`` tries some people for each route.

    The routes are dealt to as many processes as there are processors, each with counties of its
    own.
    """
    found = [one for own in dealt(_lane, quick=quick) for one in own]
    routes = {route for one in found for route in one.routes}
    failures = [fault for one in found for fault in one.faults]
    allowed = sum(one.by_due["allowed"] for one in found)
    must(failures, holds=allowed > 0, say="nobody was let pass anywhere")
    must(failures, holds=all(one.searched_bytes for one in found), say="no answer was searched")
    return PartResult(
        part="matrix",
        title="routes × people × counties × objects, made from the application",
        checked=sum(one.cases for one in found),
        failures=tuple(failures),
        tables=(
            counted(
                "counts",
                [
                    ("routes", len(routes)),
                    ("cases", sum(one.cases for one in found)),
                    ("not as declared", sum(one.fault_count for one in found)),
                    ("bytes of answers searched for other agencies' texts",
                     sum(one.searched_bytes for one in found)),
                ],
            ),
            _by("what was due", [one.by_due for one in found]),
            _by("whose object", [one.by_target for one in found]),
            _by("who", [one.by_visitor for one in found]),
        ),
        notes=(
            "What is due: by the routes' declarations, role_permission and the object's agency.",
            "Whoever is kept out has done nothing: the audit trail is counted before and after.",
        ),
    )  # fmt: skip


def _lane(lane: Lane, *, quick: bool) -> list[Found]:
    """Run the matrix of both counties over the lane's share of the routes."""
    found: list[Found] = []
    with opened_worlds(f"matrix-{lane.number}") as (here, there):
        operations = {route.operation_id for route in lane.share(routes_of(here.site.app))}
        for world, other in ((here, there), (there, here)):
            visitors = visitors_of(world, other)
            one = Matrix(world, other, book=BOOK)
            found.append(explore(one, visitors=visitors, whole=not quick, operations=operations))
            print(
                f"  matrix: lane {lane.number}, {world.code}: {found[-1].cases:,} cases of "
                f"{len(visitors)} people"
            )
    return found


def _by(head: str, counts: list[Counter[str]]) -> Table:
    total: Counter[str] = sum(counts, Counter())
    return counted(head, [(name, total[name]) for name in sorted(total)])
