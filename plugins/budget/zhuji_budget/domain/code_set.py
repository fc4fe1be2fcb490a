"""Sets of codes with the fiscal years in which they hold: objects, functions, sources, segments."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from zhuji_budget.domain.books.codes import CodeScheme, ObjectCode, ObjectPack, Segment
from zhuji_core.contracts.documents import DocumentRef
from zhuji_core.values import N_, DomainError, Value

OPEN_YEAR = 999  # what a set without a last year is stored with
YEAR_MIN = 1
CODES_MAX = 5_000  # the central government's own list of objects, third level included, has 900

KINDS: Mapping[str, str] = {
    "object": N_("用途別科目"),
    "function": N_("政事別"),
    "source": N_("歲入來源別"),
    "scheme": N_("科目編號之碼段"),
}
# One set of a kind holds in a year; of segments several may, since governments' books differ.
ALONE = ("object", "function", "source")
SEGMENTS: Mapping[str, str] = {
    "function": N_("政事別"),
    "department": N_("主管"),
    "agency": N_("機關"),
    "plan": N_("業務計畫"),
    "item": N_("工作計畫"),
}


class ClassCode(Value, frozen=True, kw_only=True):
    """A function (政事別) or a source of revenue (來源別); ``parent`` "" at the top."""

    code: str
    name: str
    parent: str = ""
    role: str = ""


class ClassPack(Value, frozen=True, kw_only=True):
    """The functions or the sources of some fiscal years; ``last_year`` None: still in use."""

    kind: str
    name: str
    first_year: int
    last_year: int | None
    codes: tuple[ClassCode, ...]
    source: str = ""

    def serves(self, fiscal_year: int) -> bool:
        """Tell whether this set was in use in a fiscal year (民國)."""
        return self.first_year <= fiscal_year <= (self.last_year or fiscal_year)


class Code(Value, frozen=True, kw_only=True):
    """One code of any kind. Of a scheme ``code`` is the segment's name, ``length`` its digits.

    ``role``: what the law sees in it (``domain/roles``).
    """

    code: str
    name: str = ""
    parent: str = ""
    level: int = 1
    account: str = ""
    length: int = 0
    role: str = ""


class CodeSet(Value, frozen=True, kw_only=True):
    """One set of one kind. ``shipped``: it came with the module, nobody of the county loaded it."""

    kind: str
    name: str
    first_year: int
    last_year: int | None
    codes: tuple[Code, ...]
    source: str = ""
    shipped: bool = False
    document_id: uuid.UUID = uuid.UUID(int=0)

    @property
    def last(self) -> int:
        return OPEN_YEAR if self.last_year is None else self.last_year

    @property
    def document(self) -> DocumentRef:
        return DocumentRef(
            kind="budget.codes", document_id=self.document_id, label=self.name, agency_code=""
        )

    def serves(self, fiscal_year: int) -> bool:
        return self.first_year <= fiscal_year <= self.last

    def meets(self, other: CodeSet) -> bool:
        """Tell whether the two hold in a common year."""
        return self.first_year <= other.last and other.first_year <= self.last


class Codes(Value, frozen=True, kw_only=True):
    """Everything that a county reads codes by.

    ``own``: kind, first and last year of each set that the county loaded for itself.
    """

    packs: tuple[ObjectPack, ...]
    schemes: tuple[CodeScheme, ...]
    functions: tuple[ClassPack, ...]
    sources: tuple[ClassPack, ...]
    own: frozenset[tuple[str, int, int]] = frozenset()

    def is_own(self, kind: str, fiscal_year: int) -> bool:
        """Tell whether the county itself has said which codes of ``kind`` hold in a year."""
        return any(one == kind and first <= fiscal_year <= last for one, first, last in self.own)

    def functions_of(self, fiscal_year: int) -> Mapping[str, str]:
        """Return code → name of the functions of a year; empty when none are known."""
        return _names(self.functions, fiscal_year)

    def sources_of(self, fiscal_year: int) -> Mapping[str, str]:
        """Return code → name of the sources of revenue of a year."""
        return _names(self.sources, fiscal_year)

    def source_classes_of(self, fiscal_year: int) -> Mapping[str, str]:
        """Return source → the one above it (項 → 款), of those that have one."""
        pack = next((pack for pack in self.sources if pack.serves(fiscal_year)), None)
        return {one.code: one.parent for one in pack.codes if one.parent} if pack else {}


def _names(packs: Iterable[ClassPack], fiscal_year: int) -> Mapping[str, str]:
    pack = next((pack for pack in packs if pack.serves(fiscal_year)), None)
    return {} if pack is None else {one.code: one.name for one in pack.codes}


def codes_from(sets: Sequence[CodeSet]) -> Codes:
    """Return the sets as what reads books: packs, schemes, classes."""
    return Codes(
        packs=tuple(_pack(one) for one in sets if one.kind == "object"),
        schemes=tuple(_scheme(one) for one in sets if one.kind == "scheme"),
        functions=tuple(_classes(one) for one in sets if one.kind == "function"),
        sources=tuple(_classes(one) for one in sets if one.kind == "source"),
        own=frozenset((one.kind, one.first_year, one.last) for one in sets if not one.shipped),
    )


def _pack(one: CodeSet) -> ObjectPack:
    return ObjectPack(
        name=one.name,
        first_year=one.first_year,
        last_year=one.last_year,
        source=one.source,
        objects=tuple(
            ObjectCode(
                code=code.code,
                name=code.name,
                level=code.level,
                parent=code.parent,
                account=code.account,
                role=code.role,
            )
            for code in one.codes
        ),
    )


def _scheme(one: CodeSet) -> CodeScheme:
    return CodeScheme(
        name=one.name,
        first_year=one.first_year,
        last_year=one.last_year,
        source=one.source,
        segments=tuple(Segment(name=code.code, length=code.length) for code in one.codes),
    )


def _classes(one: CodeSet) -> ClassPack:
    return ClassPack(
        kind=one.kind,
        name=one.name,
        first_year=one.first_year,
        last_year=one.last_year,
        source=one.source,
        codes=tuple(
            ClassCode(code=code.code, name=code.name, parent=code.parent, role=code.role)
            for code in one.codes
        ),
    )


def sets_from(codes: Codes) -> tuple[CodeSet, ...]:
    """Return shipped packs, schemes and classes as sets, in the order of kinds."""
    classes = [*codes.functions, *codes.sources]
    return (
        *(_set_of("object", pack, _objects(pack)) for pack in codes.packs),
        *(_set_of(pack.kind, pack, _class_codes(pack)) for pack in classes),
        *(_set_of("scheme", scheme, _segments(scheme)) for scheme in codes.schemes),
    )


def _set_of(
    kind: str, found: ObjectPack | ClassPack | CodeScheme, codes: tuple[Code, ...]
) -> CodeSet:
    return CodeSet(
        kind=kind,
        name=found.name,
        first_year=found.first_year,
        last_year=found.last_year,
        source=found.source,
        shipped=True,
        codes=codes,
    )


def _objects(pack: ObjectPack) -> tuple[Code, ...]:
    return tuple(
        Code(
            code=one.code,
            name=one.name,
            parent=one.parent,
            level=one.level,
            account=one.account,
            role=one.role,
        )
        for one in pack.objects
    )


def _class_codes(pack: ClassPack) -> tuple[Code, ...]:
    return tuple(
        Code(
            code=one.code,
            name=one.name,
            parent=one.parent,
            level=2 if one.parent else 1,
            role=one.role,
        )
        for one in pack.codes
    )


def _segments(scheme: CodeScheme) -> tuple[Code, ...]:
    return tuple(Code(code=one.name, length=one.length) for one in scheme.segments)


class Years(Value, frozen=True, kw_only=True):
    """What a known set keeps of its years when another comes; ``last`` before ``first``: none."""

    kind: str
    name: str
    first: int
    last: int


def make_room(known: Sequence[CodeSet], new: CodeSet) -> list[Years]:
    """Return the sets whose years change because of ``new``, and what they keep.

    What came with the module gives way, and where it reaches beyond on both sides keeps its
    earlier years; a set of the county that is still open is ended where
    an open one follows it. Raises CodesOverlap for every other common year.
    """
    changed = []
    for one in known:
        if one.kind != new.kind or one.name == new.name:
            continue
        kept = _kept(one, new)
        if (kept.first, kept.last) != (one.first_year, one.last):
            changed.append(kept)
    return changed


def years_beside(one: CodeSet, own: Sequence[CodeSet]) -> Years:
    """Return what a shipped set keeps of its years beside the county's ``own`` sets."""
    kept = Years(kind=one.kind, name=one.name, first=one.first_year, last=one.last)
    for new in sorted(own, key=lambda other: other.first_year):
        if new.kind == one.kind and kept.first <= kept.last:
            left = msgspec.structs.replace(one, first_year=kept.first, last_year=kept.last)
            kept = _kept(left, new)
    return kept


def lost_years(before: CodeSet, new: CodeSet) -> list[tuple[int, int]]:
    """Return the years that a set would not have any more when ``new`` takes its place."""
    parts = (
        (before.first_year, min(before.last, new.first_year - 1)),
        (max(before.first_year, new.last + 1), before.last),
    )
    return [(first, last) for first, last in parts if first <= last]


def _kept(one: CodeSet, new: CodeSet) -> Years:
    first, last = one.first_year, one.last
    if new.kind not in ALONE:
        # Of segments several may hold; but the shipped ones are only for who has none.
        last = first - 1 if one.shipped else last
    elif one.meets(new):
        follows = new.last == OPEN_YEAR == one.last and first < new.first_year
        if not (one.shipped or follows):
            raise CodesOverlap(
                kind=KINDS[new.kind],
                name=new.name,
                other=one.name,
                first=max(first, new.first_year),
                last=min(last, new.last),
            )
        if first < new.first_year:
            last = new.first_year - 1
        else:
            first = new.last + 1
    return Years(kind=one.kind, name=one.name, first=first, last=last)


class CodesInvalid(DomainError):
    """Cells of the table of codes are wrong, so none of it is kept."""

    code = "E-CODES-INVALID"
    message = N_("代碼表有 {count} 處錯誤，未載入任何代碼。請依所列儲存格更正後再載入。")
    status_code = 422


class CodesOverlap(DomainError):
    """Two sets of one kind would hold in the same fiscal year."""

    code = "E-CODES-OVERLAP"
    message = N_("{kind}「{name}」與「{other}」的適用年度重疊（{first} 至 {last} 年度）。")


class CodesInUse(DomainError):
    """Lines of a year use a code that its set would no longer have."""

    code = "E-CODES-IN-USE"
    message = N_(
        "{fiscal_year} 年度已有預算使用代碼 {number}，新的代碼表卻沒有此代碼（共 {count} 個代碼）。"
    )


class CodesYearsUsed(DomainError):
    """Rows of a year use the set, and the one in its place would not reach that year."""

    code = "E-CODES-YEARS-USED"
    message = N_(
        "代碼表「{name}」在 {fiscal_year} 年度已有 {rows:,} 筆預算或概算使用，"
        "新的適用年度須包含該年度。"
    )


class CodesUsed(DomainError):
    """Rows of budgets or estimates have codes of the set, so it cannot be withdrawn."""

    code = "E-CODES-USED"
    message = N_(
        "代碼表「{name}」已有 {rows:,} 筆預算或概算使用（最早為 {fiscal_year} 年度），不能撤銷。"
    )


class CodesShipped(DomainError):
    """What came with the module is not the county's to withdraw; loading its own replaces it."""

    code = "E-CODES-SHIPPED"
    message = N_("代碼表「{name}」為系統附帶，不能撤銷；請載入縣市自訂之代碼表取代。")


class ObjectsMissing(DomainError):
    """The county's objects of expenditure do not reach this fiscal year."""

    code = "E-CODES-YEAR"
    message = N_("{fiscal_year} 年度沒有用途別科目代碼，請先載入適用該年度的代碼表。")


class CodeSetWrong(DomainError):
    """Kind, name or years of the set itself."""

    code = "E-CODES-SET"
    message = N_("代碼表的種類、名稱或適用年度有誤：{why}")
    status_code = 422


class CodeSetNotFound(DomainError):
    """No set of this kind and name."""

    code = "E-CODES-NOT-FOUND"
    message = N_("查無此代碼表。")
    status_code = 404
