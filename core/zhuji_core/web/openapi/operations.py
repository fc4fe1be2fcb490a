"""The operations of the API: what each route declares, in plain values."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
from litestar import Litestar, Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import BodyKwarg, PathParameter, QueryParameter
from litestar.types import Empty

from zhuji_core.values import Value
from zhuji_core.web.controllers import ANSWERS, BODY, KEYLESS, MODULE, PERMISSION, PUBLIC
from zhuji_core.web.guards import handlers_of

PREFIX = "/{county:str}/api/v1/"
COUNTY = "/{county:str}"
KERNEL = "kernel"
PARAMETER_TYPE = re.compile(r"\{([^{}:]+):[^{}]+\}")


class ParameterSpec(Value, frozen=True, kw_only=True):
    """One value in the path or the query; ``type`` is what msgspec converts it to."""

    name: str
    place: str
    type: Any
    required: bool
    default: Any = None
    description: str = ""


class Operation(Value, frozen=True, kw_only=True):
    """One verb of the API. ``path`` is below the county (``/api/v1/budget/lines``)."""

    operation_id: str
    method: str
    path: str
    module: str
    title: str
    description: str
    permission: str
    public: bool
    needs_key: bool
    parameters: tuple[ParameterSpec, ...]
    body: Any
    media_type: str
    status: int
    answer: Any
    function: Callable[..., Any]


def operations(app: Litestar) -> tuple[Operation, ...]:
    """Return every operation of the application's API, by path and method."""
    found = [
        _operation(path, str(method), handler)
        for path, handler in handlers_of(app)
        if path.startswith(PREFIX) and isinstance(handler, HTTPRouteHandler)
        for method in sorted(handler.http_methods)
        if method != "HEAD"
    ]
    return tuple(sorted(found, key=lambda one: (one.path, one.method)))


def _operation(path: str, method: str, handler: HTTPRouteHandler) -> Operation:
    permission = handler.opt.get(PERMISSION)
    function = function_of(handler)
    body, media_type = _body(handler)
    return Operation(
        operation_id=str(handler.operation_id),
        method=method,
        path=PARAMETER_TYPE.sub(r"{\1}", path.removeprefix(COUNTY)),
        module=handler.opt.get(MODULE) or KERNEL,
        title=handler.summary or (permission.title if permission else ""),
        description=handler.description or inspect.cleandoc(function.__doc__ or ""),
        permission=permission.name if permission else "",
        public=bool(handler.opt.get(PUBLIC)),
        needs_key=method == "POST" and not handler.opt.get(KEYLESS),
        parameters=tuple(_parameters(handler)),
        body=body,
        media_type=media_type,
        status=handler.status_code,
        answer=_answer(handler),
        function=function,
    )


def function_of(handler: HTTPRouteHandler) -> Callable[..., Any]:
    """Return the handler's own function, without what puts it into a thread."""
    function: Callable[..., Any] = getattr(handler.fn, "func", handler.fn)
    return function


def _parameters(handler: HTTPRouteHandler) -> Iterator[ParameterSpec]:
    types = _model_types(handler)
    for field in handler.parsed_fn_signature.parameters.values():
        definition = field.kwarg_definition
        if not isinstance(definition, PathParameter | QueryParameter):
            continue
        in_path = isinstance(definition, PathParameter)
        required = field.default is Empty and definition.default is Empty
        yield ParameterSpec(
            name=getattr(definition, "query", None) or definition.name or field.name,
            place="path" if in_path else "query",
            type=types[field.name],
            required=in_path or required,
            default=None if required else field.default,
            description=definition.description or "",
        )


def _model_types(handler: HTTPRouteHandler) -> Mapping[str, Any]:
    """Return what Litestar itself converts each parameter to, limits included."""
    return {field.name: field.type for field in msgspec.structs.fields(handler.signature_model)}


def _body(handler: HTTPRouteHandler) -> tuple[Any, str]:
    field = handler.parsed_fn_signature.parameters.get("data")
    if field is None:
        return None, ""
    definition = field.kwarg_definition
    media_type = definition.media_type if isinstance(definition, BodyKwarg) else "application/json"
    return handler.opt.get(BODY, field.annotation), str(getattr(media_type, "value", media_type))


def _answer(handler: HTTPRouteHandler) -> Any:
    """Return the type of the answer: as declared, else as annotated; None for no content."""
    declared = handler.opt.get(ANSWERS)
    if declared is not None:
        return declared
    annotated = handler.parsed_return_field.annotation
    kind = getattr(annotated, "__origin__", annotated)
    if isinstance(kind, type) and issubclass(kind, Response):
        return Any
    return None if annotated in {None, type(None)} else annotated


def undeclared(app: Litestar) -> list[str]:
    """Name the operations that do not say what they answer, or take a body without a shape."""
    return [
        one.operation_id
        for one in operations(app)
        if one.answer is Any or one.body is Any or not one.title
    ]
