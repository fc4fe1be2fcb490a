"""The API of codes: what holds in which years, and loading the county's own."""

from __future__ import annotations

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from zhuji_budget.domain.code_set import CodeSet, CodesInvalid
from zhuji_budget.permissions import LOAD_CODES, READ_LINES
from zhuji_budget.queries.codes import find_code_set, list_code_sets
from zhuji_budget.settings import MODULE
from zhuji_budget.usecases.load_codes import load_codes
from zhuji_budget.usecases.read_codes import CodeSetHead, CodesRead, GivenCode, given_codes
from zhuji_budget.usecases.report_import import problem_report
from zhuji_budget.usecases.withdraw_codes import withdraw_codes
from zhuji_budget.web.structs import ImportProblem
from zhuji_core.values import N_, Value
from zhuji_core.web.answers import json_answer
from zhuji_core.web.context import RequestContext
from zhuji_core.web.controllers import ANSWERS, PERMISSION, ApiController
from zhuji_core.web.problems import PROBLEM_JSON, problem_of

Context = NamedDependency[RequestContext]
PROBLEMS_MAX = 200
# Five thousand codes with their names are some 600 kB of JSON.
BODY_MAX = 2_000_000


class CodesWanted(Value, frozen=True, kw_only=True):
    """A set and its codes; of a scheme each row is a ``segment`` with its ``length``."""

    kind: str
    name: str
    first_year: int
    codes: list[GivenCode]
    last_year: int | None = None
    source: str = ""


class CodeAnswer(Value, frozen=True, kw_only=True):
    """One code; of a scheme ``code`` is the segment and ``length`` its digits."""

    code: str
    name: str
    parent: str
    level: int
    account: str
    length: int
    role: str


class CodeSetAnswer(Value, frozen=True, kw_only=True):
    """A set of codes; ``last_year`` null: still in use; ``shipped``: not the county's own."""

    kind: str
    name: str
    first_year: int
    last_year: int | None
    source: str
    shipped: bool
    codes: tuple[CodeAnswer, ...]


class CodesApi(ApiController):
    """``/codes``."""

    module = MODULE
    path = "/codes"
    cold = True

    @get(
        "/",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.codes.list",
        summary=N_("列出預算代碼表"),
        sync_to_thread=True,
    )
    def list_sets(self, context: Context) -> list[CodeSetAnswer]:
        with context.read() as uow:
            return [_answer(one) for one in list_code_sets(uow)]

    @get(
        "/{code_kind:str}/{set_name:str}",
        opt={PERMISSION: READ_LINES},
        operation_id="budget.codes.read",
        summary=N_("查詢一個預算代碼表"),
        sync_to_thread=True,
    )
    def read(
        self, context: Context, code_kind: FromPath[str], set_name: FromPath[str]
    ) -> CodeSetAnswer:
        with context.read() as uow:
            return _answer(find_code_set(uow, kind=code_kind, name=set_name))

    @post(
        "/",
        opt={PERMISSION: LOAD_CODES, ANSWERS: CodeSetAnswer},
        operation_id="budget.codes.load",
        summary=N_("載入預算代碼表"),
        status_code=200,
        request_max_body_size=BODY_MAX,
        sync_to_thread=True,
    )
    def load(self, context: Context, data: JSONBody[CodesWanted]) -> Response[bytes]:
        """Answer with the set as it is kept; wrong rows are a problem that lists them."""
        head = CodeSetHead(
            kind=data.kind,
            name=data.name,
            first_year=data.first_year,
            last_year=data.last_year,
            source=data.source,
        )
        read = given_codes(head, data.codes)
        if read.problems:
            return _refused(context, read)
        return context.perform(
            lambda uow: load_codes(uow, read), lambda kept: json_answer(_answer(kept))
        )

    @post(
        "/{code_kind:str}/{set_name:str}/withdraw",
        opt={PERMISSION: LOAD_CODES, ANSWERS: CodeSetAnswer},
        operation_id="budget.codes.withdraw",
        summary=N_("撤銷縣市自訂之預算代碼表"),
        status_code=200,
        sync_to_thread=True,
    )
    def withdraw(
        self, context: Context, code_kind: FromPath[str], set_name: FromPath[str]
    ) -> Response[bytes]:
        """Answer with the set as it was; one in use is refused with the rows that use it."""
        return context.perform(
            lambda uow: withdraw_codes(uow, kind=code_kind, name=set_name),
            lambda gone: json_answer(_answer(gone)),
        )


def _refused(context: RequestContext, read: CodesRead) -> Response[bytes]:
    problem = problem_of(CodesInvalid(count=len(read.problems)), gettext=context.gettext)
    errors = tuple(
        problem_report(one, translate=context.gettext) for one in read.problems[:PROBLEMS_MAX]
    )
    told = ImportProblem(**msgspec.structs.asdict(problem), errors=errors)
    return Response(msgspec.json.encode(told), status_code=problem.status, media_type=PROBLEM_JSON)


def _answer(one: CodeSet) -> CodeSetAnswer:
    return CodeSetAnswer(
        kind=one.kind,
        name=one.name,
        first_year=one.first_year,
        last_year=one.last_year,
        source=one.source,
        shipped=one.shipped,
        codes=tuple(CodeAnswer(**msgspec.structs.asdict(code)) for code in one.codes),
    )
