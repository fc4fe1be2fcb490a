"""Whether codes of the system's own tables mean what the system ships: personnel, reserves, debt.

Rules of law are told by the role of a code, so a role that is changed changes what is allowed.
"""

from __future__ import annotations

from collections.abc import Iterator

from zhuji_budget.domain.code_set import Code, CodeSet, sets_from
from zhuji_budget.facts import shipped_codes
from zhuji_budget.queries.codes import stored_sets
from zhuji_budget.queries.headings import Checked
from zhuji_core.uow import UnitOfWork

SHIPPED = "a code of the system's own tables means another thing"
WORDS = ("parent", "level", "account", "length", "role")


def check_shipped(uow: UnitOfWork) -> Checked:
    """Compare every code of a table that came with the module, apart from names."""
    known = {(one.kind, one.name): one for one in sets_from(shipped_codes())}
    kept = [one for one in stored_sets(uow) if one.shipped and (one.kind, one.name) in known]
    return Checked(
        invariant=SHIPPED,
        of="codes of the system's own tables",
        checked=sum(len(one.codes) for one in kept),
        errors=tuple(
            error for one in kept for error in _differences(one, known[one.kind, one.name])
        ),
    )


def _differences(kept: CodeSet, known: CodeSet) -> Iterator[str]:
    now = {one.code: one for one in kept.codes}
    then = {one.code: one for one in known.codes}
    for code in sorted({*now, *then}):
        if _words(now.get(code)) != _words(then.get(code)):
            was = _words(then.get(code))
            yield f"{kept.kind} {kept.name} {code}: {_words(now.get(code))}, shipped as {was}"


def _words(code: Code | None) -> tuple[object, ...]:
    return () if code is None else tuple(getattr(code, name) for name in WORDS)
