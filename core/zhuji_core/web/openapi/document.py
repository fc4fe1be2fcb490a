"""One county's API as an OpenAPI 3.1 document: only what its enabled modules offer.

Everything comes from declarations that the application itself runs on: routes and their
parameters, the structs that msgspec reads and writes, permissions, and the refusals that each
handler can reach. What every operation has in common stands here, once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import pluggy
from litestar import Litestar
from litestar.datastructures import UploadFile

from zhuji_core import hookspecs, idempotency
from zhuji_core.county import County
from zhuji_core.hooks import module_infos
from zhuji_core.identity import sessions
from zhuji_core.identity.actor import Forbidden
from zhuji_core.identity.machine_tokens import PREFIX
from zhuji_core.identity.rates import TooManyRequests
from zhuji_core.uow import begin
from zhuji_core.values import N_
from zhuji_core.web import guards, retries
from zhuji_core.web.answers import REPLAYED
from zhuji_core.web.bearer import TokenRefused
from zhuji_core.web.context import RequestContext
from zhuji_core.web.openapi.operations import KERNEL, Operation, ParameterSpec, operations
from zhuji_core.web.openapi.reach import Implementers, Refusal, reachable
from zhuji_core.web.problems import BUSY, PROBLEM_JSON, TITLES, Problem, framework_code
from zhuji_core.web.retries import KEY_HEADER, LENGTH_MAX, LENGTH_MIN

Gettext = Callable[[str], str]
Document = dict[str, Any]

VERSION = "3.1.0"
SESSION, CSRF, TOKEN = "session", "csrf", "token"
CSRF_HEADER = "X-CSRFToken"
REFERENCE = "#/components/schemas/{name}"
ANY_FILE = "*/*"

# Where every operation passes before and after its handler, and what refuses writes alone.
EVERYWHERE: tuple[object, ...] = (guards.Guard, RequestContext.read)
WRITES: tuple[object, ...] = (
    *(begin, retries.idempotency_key, guards.require_own_origin, guards.require_writable),
    *(RequestContext.perform, idempotency.kept_answer),
)

# What WRITES can reach, too, and what a read may be refused with none the less.
ALWAYS = frozenset({Forbidden, guards.NotSignedIn, TokenRefused, TooManyRequests})

# What the framework refuses by itself; its codes are those of ``problems.FRAMEWORK``.
FRAMEWORK_ALWAYS = (404, 422)
FRAMEWORK_WRITES = (403,)
FRAMEWORK_BODIES = (413, 415)

KERNEL_TITLE = N_("系統管理")
INFO = N_("本文件列出本縣市已啟用模組的作業。回覆除另有說明外為 JSON，金額為整數新臺幣元。")
ANSWERED = N_("已受理")
NO_CONTENT = N_("已完成，無內容")
KEY_TEXT = N_("冪等鍵：同一作業重送時須相同；重送得到與第一次相同的回覆。")
NEXT_TEXT = N_('下一頁的網址（rel="next"）；最後一頁沒有。')
REPLAYED_TEXT = N_("true：此為先前同一冪等鍵之回覆。")
PROBLEM_TEXT = N_("{title}：{codes}")


class ApiDocuments:
    """Makes the document of each county; kept until other modules are enabled."""

    def __init__(self, manager: pluggy.PluginManager) -> None:
        self._manager = manager
        self._kept: dict[tuple[str, str, str, frozenset[str]], bytes] = {}
        self._operations: tuple[Operation, ...] = ()

    def of(self, app: Litestar, county: County, *, enabled: frozenset[str], words: Any) -> bytes:
        """Return the county's document as JSON, in the reader's language."""
        key = (county.code, county.name, words.code, enabled)
        if key not in self._kept:
            if len(self._kept) >= KEPT_MAX:
                self._kept.clear()
            document = self.document(app, county, enabled=enabled, gettext=words.gettext)
            self._kept[key] = msgspec.json.encode(document)
        return self._kept[key]

    def document(
        self, app: Litestar, county: County, *, enabled: frozenset[str], gettext: Gettext
    ) -> Document:
        if not self._operations:
            self._operations = operations(app)
        offered = [one for one in self._operations if one.module in enabled | {KERNEL}]
        return _Writer(
            county=county,
            titles={
                KERNEL: KERNEL_TITLE,
                **{name: info.title for name, info in module_infos(self._manager).items()},
            },
            implementers=_implementers(self._manager, enabled),
            gettext=gettext,
        ).write(offered)


# A few counties in two languages; a county that switches modules all day may not fill the memory.
KEPT_MAX = 64


class _Writer:
    """Writes one document."""

    def __init__(
        self,
        *,
        county: County,
        titles: Mapping[str, str],
        implementers: Implementers,
        gettext: Gettext,
    ) -> None:
        self._county = county
        self._titles = titles
        self._implementers = implementers
        self._tr = gettext
        self._schemas: Mapping[int, Any] = {}

    def write(self, offered: Sequence[Operation]) -> Document:
        types, components = _schemas(offered)
        self._schemas = types
        paths: dict[str, dict[str, Any]] = defaultdict(dict)
        for operation in offered:
            paths[operation.path][operation.method.lower()] = self._operation(operation)
        return {
            "openapi": VERSION,
            "info": {
                "title": f"{self._county.name} {self._tr(N_('主計資訊系統'))} API",
                "version": "1",
                "description": self._tr(INFO),
            },
            "servers": [{"url": f"/{self._county.code.lower()}"}],
            "tags": [
                {"name": name, "description": self._tr(title)}
                for name, title in self._titles.items()
                if any(operation.module == name for operation in offered)
            ],
            "paths": dict(paths),
            "components": {"schemas": components, "securitySchemes": self._security_schemes()},
        }

    def _operation(self, operation: Operation) -> Document:
        unsafe = operation.method in guards.UNSAFE
        written: Document = {
            "operationId": operation.operation_id,
            "tags": [operation.module],
            "summary": self._tr(operation.title),
            **({"description": operation.description} if operation.description else {}),
            "parameters": [
                *(self._parameter(one) for one in operation.parameters),
                *([self._key_header(operation)] if unsafe else ()),
            ],
            "responses": self._answers(operation),
            "security": [] if operation.public else _security(operation),
        }
        if operation.permission:
            written["x-permission"] = operation.permission
        if operation.body is not None:
            written["requestBody"] = {
                "required": True,
                "content": {operation.media_type: {"schema": self._schemas[id(operation.body)]}},
            }
        return written

    def _parameter(self, one: ParameterSpec) -> Document:
        schema = dict(self._schemas[id(one.type)])
        if one.default is not None and one.default != "":
            schema["default"] = one.default
        written = {"name": one.name, "in": one.place, "required": one.required, "schema": schema}
        if one.description:
            written["description"] = self._tr(one.description)
        return written

    def _key_header(self, operation: Operation) -> Document:
        return {
            "name": KEY_HEADER,
            "in": "header",
            "required": operation.needs_key,
            "description": self._tr(KEY_TEXT),
            "schema": {
                "type": "string",
                "minLength": LENGTH_MIN,
                "maxLength": LENGTH_MAX,
                "pattern": retries.KEY_PATTERN,
            },
        }

    def _answers(self, operation: Operation) -> Document:
        written: Document = {str(operation.status): self._answer(operation)}
        refused: dict[int, set[str]] = defaultdict(set)
        for refusal in self._refusals(operation):
            refused[refusal.status_code].add(refusal.code)
        for status in _framework_statuses(operation):
            refused[status].add(framework_code(status))
        refused[BUSY[0]].add(BUSY[1])
        for status, codes in sorted(refused.items()):
            written[str(status)] = self._problem(status, sorted(codes))
        return written

    def _answer(self, operation: Operation) -> Document:
        if operation.answer is None:
            return {"description": self._tr(NO_CONTENT)}
        written: Document = {
            "description": self._tr(ANSWERED),
            "content": {"application/json": {"schema": self._schemas[id(operation.answer)]}},
        }
        if operation.answer is bytes:
            written["content"] = {ANY_FILE: {"schema": {"type": "string", "format": "binary"}}}
        if any(one.name == "cursor" for one in operation.parameters):
            written["headers"] = {"Link": _text_header(self._tr(NEXT_TEXT))}
        elif operation.method in guards.UNSAFE:
            written["headers"] = {REPLAYED: _text_header(self._tr(REPLAYED_TEXT))}
        return written

    def _problem(self, status: int, codes: Sequence[str]) -> Document:
        title = self._tr(TITLES.get(status, TITLES[409]))
        schema = {
            "allOf": [
                {"$ref": REFERENCE.format(name="Problem")},
                {"properties": {"status": {"const": status}, "code": {"enum": codes}}},
            ]
        }
        return {
            "description": self._tr(PROBLEM_TEXT).format(title=title, codes=", ".join(codes)),
            "content": {PROBLEM_JSON: {"schema": schema}},
        }

    def _refusals(self, operation: Operation) -> frozenset[Refusal]:
        writes = operation.method in guards.UNSAFE
        starts = (*EVERYWHERE, *(WRITES if writes else ()), operation.function)
        found = reachable(starts, implementers=self._implementers)
        return found if writes else found - reachable(WRITES, implementers={}) | ALWAYS

    def _security_schemes(self) -> Document:
        return {
            SESSION: {
                "type": "apiKey",
                "in": "cookie",
                "name": sessions.cookie_name(self._county.code),
            },
            CSRF: {"type": "apiKey", "in": "header", "name": CSRF_HEADER},
            TOKEN: {"type": "http", "scheme": "bearer", "bearerFormat": f"{PREFIX}…"},
        }


def _security(operation: Operation) -> list[Document]:
    """A session or a token; what belongs to a person and to no permission takes no token."""
    unsafe = operation.method in guards.UNSAFE
    session: Document = {SESSION: [], CSRF: []} if unsafe else {SESSION: []}
    return [session, {TOKEN: []}] if operation.permission else [session]


def _framework_statuses(operation: Operation) -> Iterable[int]:
    yield from FRAMEWORK_ALWAYS
    if operation.method in guards.UNSAFE:
        yield from FRAMEWORK_WRITES
    if operation.body is not None:
        yield from FRAMEWORK_BODIES


def _text_header(description: str) -> Document:
    return {"description": description, "schema": {"type": "string"}}


def _implementers(
    manager: pluggy.PluginManager, enabled: frozenset[str]
) -> Mapping[str, list[Callable[..., Any]]]:
    found: dict[str, list[Callable[..., Any]]] = defaultdict(list)
    for name in vars(hookspecs.Specs):
        if name.startswith("_"):
            continue
        for implementation in getattr(manager.hook, name).get_hookimpls():
            if implementation.plugin_name in enabled:
                found[name].append(implementation.function)
    return found


def _schemas(offered: Sequence[Operation]) -> tuple[dict[int, Any], dict[str, Any]]:
    """Return the JSON Schema of each type by its identity, and the components that they name."""
    types = [
        kind
        for one in offered
        for kind in (one.body, one.answer, *(parameter.type for parameter in one.parameters))
        if kind is not None
    ]
    made, components = msgspec.json.schema_components(
        [*types, Problem], ref_template=REFERENCE, schema_hook=_foreign
    )
    # RFC 9457 lets a problem say more than every problem says (the errors of a book, for one).
    components["Problem"].pop("additionalProperties", None)
    return {
        id(kind): schema for kind, schema in zip([*types, Problem], made, strict=True)
    }, components


def _foreign(kind: type) -> dict[str, Any]:
    if kind is UploadFile:
        return {"type": "string", "format": "binary"}
    raise NotImplementedError(kind)
