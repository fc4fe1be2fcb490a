"""One unit book as it is to be printed: whose, of which stage, its items and what was entered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zhuji_budget.domain.books.codes import CodeScheme, ObjectPack
from zhuji_budget.domain.code_set import Codes
from zhuji_budget.domain.unit_book.entered import Entered, Heading, PlanWords
from zhuji_budget.domain.unit_book.model import UnitBook
from zhuji_budget.domain.unit_book.tables.agency import Prior
from zhuji_budget.domain.unit_book.tables.economic import EconomicPack
from zhuji_core.values import Value

_PROGRAM = "plan"


class Edition(Value, frozen=True, kw_only=True):
    """What every table is made of; ``names`` are of the codes above the work plans.

    ``before`` is last year's money by (work plan, first-level object), where it is known.
    ``unsplit_ntd`` has no second-level object: the tables note how much it is.
    """

    book: UnitBook
    objects: ObjectPack
    economic: EconomicPack
    entered: Entered
    agency_name: str
    mark: str
    names: Mapping[str, str]
    before: Mapping[tuple[str, str], int]
    unsplit_ntd: int = 0

    @property
    def period(self) -> str:
        return f"中華民國{self.book.fiscal_year}年度"

    def name_of(self, code: str) -> str:
        return self.names.get(code, "")

    def words_of(self, code: str) -> PlanWords:
        """Return what was entered of a plan or source, empty where nothing was."""
        return next((one for one in self.entered.words if one.code == code), PlanWords(code=code))

    @property
    def headings(self) -> Mapping[str, Heading]:
        return {one.code: one for one in self.entered.headings}


def parents_of(scheme: CodeScheme, code: str, *, revenue: bool) -> tuple[str, ...]:
    """Return the codes above a line, from 款 down: department (or source), agency, program.

    Of expenditure the function (政事別) is no row of its own: its digits are zero above the
    program (00·02·000·00·00). Of revenue they are the source: 06·00·000·00·00.
    """
    known = [segment.name for segment in scheme.segments]
    first = next((one.length for one in scheme.segments if one.name == "function"), 0)
    above = []
    for name in ("function" if revenue else "department", "agency", _PROGRAM):
        if name in known:
            found = scheme.up_to(code, name)
            bare = name != _PROGRAM and not revenue and known[0] == "function"
            above.append("0" * first + found[first:] if bare else found)
    return tuple(one for one in dict.fromkeys(above) if one != code)


def with_every_line(
    priors: Sequence[Prior], codes: Sequence[str], scheme: CodeScheme, *, revenue: bool
) -> tuple[Prior, ...]:
    """Return a prior for every line, of nothing where nothing was entered, in order of code."""
    known = {prior.code: prior for prior in priors}
    made = {
        code: Prior(
            code=code, parents=parents_of(scheme, code, revenue=revenue), last_ntd=0, final_ntd=0
        )
        for code in codes
        if code not in known
    }
    order = sorted((known | made).values(), key=lambda one: (*one.parents[2:], one.code))
    return tuple(order)


def changes_text(edition: Edition, code: str) -> str:
    """Return 三、 of a work plan: as entered, or made of last year's money by object."""
    entered = edition.words_of(code).changes
    own = {key[1]: amount for key, amount in edition.before.items() if key[0] == code}
    if entered or not own:
        return entered
    plan = next(one for one in edition.book.plans if one.code == code)
    parents = {one.code: one.parent or one.code for one in edition.objects.objects}
    now: dict[str, int] = {}
    for item in plan.items:
        first = parents[item.object_code]
        now[first] = now.get(first, 0) + item.amount_ntd
    changes = {
        one.name: (now.get(one.code, 0) - own.get(one.code, 0)) // 1_000
        for one in edition.objects.objects
        if one.level == 1
    }
    parts = [
        f"{'增列' if change > 0 else '減列'} {name}{abs(change):,}千元"
        for name, change in changes.items()
        if change
    ]
    whole = sum(changes.values())
    if whole:
        parts.insert(0, f"{'增加' if whole > 0 else '減少'} {abs(whole):,}千元")
    if not parts:
        return ""
    return "\n　　".join(("三、本年度預算數與上年度比較：", *parts))


def edition_of(  # noqa: PLR0913 (what an edition is made of, all by keyword)
    book: UnitBook,
    *,
    objects: ObjectPack,
    economic: EconomicPack,
    entered: Entered,
    codes: Codes,
    own: Mapping[str, str] | None = None,
    before: Mapping[tuple[str, str], int] | None = None,
) -> Edition:
    """Put an edition together; ``own`` names the agency and what stands above its work plans.

    A book that was read names them itself; functions and sources are of the county's codes.
    """
    agency_code = _agency_code(book)
    printed = {one.code: one.name for one in entered.headings}
    names = _class_names(book, codes) | (dict(own) if own else {})
    return Edition(
        book=book,
        objects=objects,
        economic=economic,
        entered=entered,
        agency_name=printed.get(agency_code) or names.get(agency_code, ""),
        mark=_mark(book),
        names=names,
        before=before or {},
        unsplit_ntd=_unsplit_ntd(book, objects),
    )


def _agency_code(book: UnitBook) -> str:
    """Return the agency's own row of the book: 00·02·007·00·00."""
    if not book.plans:
        return ""
    above = parents_of(book.scheme, book.plans[0].code, revenue=False)
    return above[-2] if len(above) > 1 else ""


def _mark(book: UnitBook) -> str:
    """Return what stands before a page's number: department and agency, 02007."""
    if not book.plans:
        return ""
    parts = book.scheme.cut(book.plans[0].code)
    return parts.get("department", "") + parts.get("agency", "")


def _class_names(book: UnitBook, codes: Codes) -> dict[str, str]:
    """Name the rows of functions (32·02·007·00·00) and of sources (06·00·000·00·00)."""
    found = {}
    for sets, lines, up_to in (
        (codes.functions, book.plans, "agency"),
        (codes.sources, book.revenues, "function"),
    ):
        pack = next((one for one in sets if one.serves(book.fiscal_year)), None)
        names = {one.code: one.name for one in pack.codes} if pack else {}
        for line in lines:
            own = book.scheme.cut(line.code).get("function", "")
            if own in names:
                found[book.scheme.up_to(line.code, up_to)] = names[own]
    return found


def _unsplit_ntd(book: UnitBook, objects: ObjectPack) -> int:
    """Return the money that has no second-level object, where its first level has some."""
    first = {one.code for one in objects.objects if one.level == 1}
    split = {one.parent for one in objects.objects}
    return book.total_ntd(lambda item: item.object_code in first & split)


def economic_like(
    objects: ObjectPack, packs: Sequence[ObjectPack], economic: Sequence[EconomicPack]
) -> EconomicPack:
    """Return the classes of the generation of codes that these objects are most like."""
    own = {one.code for one in objects.objects}
    like = max(packs, key=lambda pack: len(own & {one.code for one in pack.objects}))
    return next(one for one in economic if one.name == like.name)
