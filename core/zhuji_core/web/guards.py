"""Who may call what: every handler says so, or the application does not start.

At run time one guard of the whole application finds the county, the person and the right, and
denies whatever it cannot place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

from litestar import Litestar
from litestar.concurrency import sync_to_thread
from litestar.connection import ASGIConnection
from litestar.enums import RequestEncodingType
from litestar.exceptions import MethodNotAllowedException, NotFoundException
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.params import BodyKwarg

from zhuji_core.access import CountyAccess
from zhuji_core.county import CLOSED, closed_refusal
from zhuji_core.identity import break_glass, sessions
from zhuji_core.identity.county_rates import limit_heavy
from zhuji_core.modules import Permission
from zhuji_core.platform import sessions as host_sessions
from zhuji_core.platform.operators import ALL as HOST_PERMISSIONS
from zhuji_core.platform.operators import HostPermission
from zhuji_core.platform.uow import Platform
from zhuji_core.values import N_, DomainError
from zhuji_core.web.bearer import TokenNotHere, find_holder, token_of
from zhuji_core.web.controllers import (
    API,
    HEAVY,
    HOST,
    HOST_PERMISSION,
    HOST_SIGNED_IN,
    MODULE,
    PASSES,
    PERMISSION,
    PUBLIC,
    SIGNED_IN,
    STATIC,
)
from zhuji_core.web.counties import CountyDirectory
from zhuji_core.web.problems import UnsupportedMediaType
from zhuji_core.web.session_line import SessionLines
from zhuji_core.web.state import RequestState, request_state

Connection = ASGIConnection[Any, Any, Any, Any]

# Paths longer than this are not taken back to after sign-in; no page of ours has one.
NEXT_MAX = 2_000
# The path stands before a blank in what is said of a route.
HOST_PATH = re.compile(r"/host[/ ]")
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class NotSignedIn(DomainError):
    """Nobody is signed in to this county, or the session has ended."""

    code = "E-NOT-SIGNED-IN"
    message = N_("尚未登入或登入已逾時，請重新登入。")
    status_code = 401

    def __init__(self, *, sign_in_path: str) -> None:
        self.sign_in_path = sign_in_path
        super().__init__()


class ForeignOrigin(DomainError):
    """A page of another site sent this form."""

    code = "E-ORIGIN"
    message = N_("此請求來自其他網站，未予受理。")
    status_code = 403


class RouteUndeclared(Exception):
    """A handler does not say who may call it: a programmer's mistake, found at start."""


class Guard:
    """The one guard of the application."""

    def __init__(self, directory: CountyDirectory, *, platform: Platform | None = None) -> None:
        self._directory = directory
        self._platform = platform
        self._sessions = SessionLines()

    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        """Let the request pass to its handler, or raise what says why not."""
        if _answers_options(handler):
            raise MethodNotAllowedException(headers={"allow": ", ".join(_methods(connection))})
        state = request_state(connection.scope)
        if handler.opt.get(HOST):
            await self._admit_operator(connection, handler, state)
            return
        if "county" in connection.path_params:
            await self._enter_county(connection, handler, state)
        require_own_origin(connection)
        if not handler.opt.get(PUBLIC):
            if state.signed_in is None:
                raise NotSignedIn(sign_in_path=sign_in_path(connection))
            _require_right(state, handler)
        if state.held is not None:
            await _admit_pass(connection, handler, state)
        require_writable(state, connection, handler)
        # Last: what is refused anyway leaves no count behind.
        if handler.opt.get(HEAVY) and not handler.opt.get(PUBLIC):
            await sync_to_thread(_count_heavy, state)
        _require_media_type(connection, handler)

    async def _enter_county(
        self, connection: Connection, handler: BaseRouteHandler, state: RequestState
    ) -> None:
        code: str = connection.path_params["county"]
        state.token = connection.cookies.get(sessions.cookie_name(code), "")
        state.access = access = await self._find(code)
        # Of a closed county nothing is asked: its database may be half restored.
        _require_open(access)
        if not handler.opt.get(PUBLIC):
            state.access = access = await self._resolve(state, access, connection)
            _require_open(access)
        module = handler.opt.get(MODULE)
        if module is not None and module not in access.hooks.enabled:
            raise NotFoundException

    async def _find(self, code: str) -> CountyAccess:
        """Return the county; in a thread only when the register is due to be read again."""
        if self._directory.is_fresh:
            access = self._directory.known(code)
        else:
            access = await sync_to_thread(self._directory.find, code)
        if access is None:
            raise NotFoundException
        return access

    async def _admit_operator(
        self, connection: Connection, handler: BaseRouteHandler, state: RequestState
    ) -> None:
        """Nobody who is signed in to a county is anybody here, and the other way round."""
        require_own_origin(connection)
        if handler.opt.get(PUBLIC):
            return
        # Beside a token no cookie counts (``csrf.py``), and here the token counts for nothing.
        if token_of(connection) is None:
            state.token = connection.cookies.get(host_sessions.COOKIE, "")
        if state.token and self._platform is not None:
            state.host = await sync_to_thread(
                host_sessions.resolve, self._platform, token=state.token
            )
        if state.host is None:
            raise NotSignedIn(sign_in_path=sign_in_path(connection, county="host"))
        if handler.opt.get(HOST_SIGNED_IN):
            return
        permission = handler.opt.get(HOST_PERMISSION)
        assert isinstance(permission, HostPermission), "check_routes lets no other handler start"
        state.host.operator.require(permission)

    async def _resolve(
        self, state: RequestState, access: CountyAccess, connection: Connection
    ) -> CountyAccess:
        """Find who acts; return the county as this person's request has it."""
        bearer = token_of(connection)
        if bearer is not None:
            # Whoever brings a token acts by it alone: no cookie beside it counts.
            state.token = ""
            holder = await sync_to_thread(find_holder, access, token=bearer, connection=connection)
            state.signed_in, state.allowance = holder.signed_in, holder.allowance
        elif state.token:
            state.signed_in = await self._sessions.find(access, token=state.token)
        held = connection.cookies.get(break_glass.cookie_name(access.county.code), "")
        if held and bearer is None and state.signed_in is None:
            found = await sync_to_thread(break_glass.resolve_pass, access, token=held)
            if found is not None:
                state.signed_in, state.held = found
        if state.signed_in is None:
            return access
        now = state.signed_in.county
        return access.as_of(state=now.state, epoch=now.epoch, reason=now.reason).entered(
            state.signed_in.modules
        )


def _require_open(access: CountyAccess) -> None:
    if access.county.state in CLOSED:
        raise closed_refusal(access.county)


async def _admit_pass(
    connection: Connection, handler: BaseRouteHandler, state: RequestState
) -> None:
    """Let nothing through under emergency access but reading, and that only once it is noted."""
    ones_own = handler.opt.get(SIGNED_IN) and not handler.opt.get(PASSES)
    if connection.scope.get("method") in UNSAFE or ones_own:
        raise break_glass.PassReadsOnly
    assert state.access is not None, "a pass is of a county"
    assert state.signed_in is not None, "a pass is somebody's"
    assert state.held is not None, "asked before"
    here = connection.url
    asked = f"{connection.scope.get('method')} {here.path}" + (
        f"?{here.query}" if here.query else ""
    )
    await sync_to_thread(
        break_glass.note_read,
        state.access,
        state.signed_in,
        state.held,
        asked=asked,
        operation_id=str(getattr(handler, "operation_id", "") or ""),
    )


def _require_right(state: RequestState, handler: BaseRouteHandler) -> None:
    if handler.opt.get(SIGNED_IN):
        if not state.token and state.held is None:
            raise TokenNotHere
        return
    permission = handler.opt.get(PERMISSION)
    assert isinstance(permission, Permission), "check_routes lets no other handler start"
    assert state.signed_in is not None, "asked after signing in"
    state.signed_in.actor.require(permission)


def _count_heavy(state: RequestState) -> None:
    assert state.access is not None, "a route of a county"
    assert state.signed_in is not None, "asked after signing in"
    state.allowance = limit_heavy(
        state.access, settings=state.signed_in.settings, user_id=state.signed_in.actor.user_id
    )


def require_writable(
    state: RequestState, connection: Connection, handler: BaseRouteHandler
) -> None:
    """Refuse at the door what a module whose licence has ended would refuse at the commit."""
    module = handler.opt.get(MODULE)
    if module is None or connection.scope.get("method") not in UNSAFE:
        return
    assert state.access is not None, "a module's routes lie below a county"
    state.access.hooks.require_writable(module)


def require_own_origin(connection: Connection) -> None:
    """Second lock beside the CSRF token: browsers name the page that a form came from."""
    if connection.scope.get("method") not in UNSAFE:
        return
    origin = connection.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != connection.headers.get("host"):
        raise ForeignOrigin


def _require_media_type(connection: Connection, handler: BaseRouteHandler) -> None:
    """A program that says it sends something else than it should is told so, not misread.

    A page's file comes from a browser, which says what it sends; what says nothing is no form.
    """
    wanted = _media_type(handler)
    given = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    if handler.opt.get(API):
        if wanted and given != wanted:
            raise UnsupportedMediaType
    elif wanted == RequestEncodingType.MULTI_PART and not given:
        raise UnsupportedMediaType


@lru_cache(maxsize=2048)
def _media_type(handler: BaseRouteHandler) -> str:
    """Return the kind of body that the handler reads, '' where it reads none."""
    field = handler.parsed_fn_signature.parameters.get("data")
    if field is None or not isinstance(field.kwarg_definition, BodyKwarg):
        return ""
    kind = field.kwarg_definition.media_type
    return str(getattr(kind, "value", kind))


def sign_in_path(connection: Connection, *, county: str = "") -> str:
    """Return the path of the sign-in page that leads back to where the person was."""
    county = county or connection.path_params.get("county", "")
    here = connection.url
    if connection.scope.get("method") in UNSAFE:
        here_text = referring_path(connection)
    else:
        here_text = here.path + (f"?{here.query}" if here.query else "")
    return f"/{county}/sign-in" + (f"?next={quote(here_text, safe='/')}" if here_text else "")


def referring_path(connection: Connection) -> str:
    """Return the page of this site that the request came from, or ''."""
    referer = urlsplit(connection.headers.get("referer", ""))
    if referer.netloc != connection.headers.get("host"):
        return ""
    return referer.path + (f"?{referer.query}" if referer.query else "")


def safe_next(path: str, *, county: str) -> str:
    """Return ``path`` when it is a page of this county on this site, else the county's home."""
    home = f"/{county}/"
    parts = urlsplit(path)
    foreign = parts.scheme or parts.netloc or "\\" in path or len(path) > NEXT_MAX
    if foreign or not path.startswith(home) or any(ord(letter) < ord(" ") for letter in path):
        return home
    return path


def handlers_of(app: Litestar) -> Iterable[tuple[str, BaseRouteHandler]]:
    """Give every handler of the application with its path, those of OPTIONS left out."""
    for route in app.routes:
        handlers = getattr(route, "route_handlers", None) or [route.route_handler]  # type: ignore[union-attr]
        for handler in handlers:
            if not _answers_options(handler):
                yield route.path, handler


def check_routes(app: Litestar, declared: frozenset[Permission]) -> None:
    """Raise RouteUndeclared for a handler that does not say who may call it, or says it wrongly."""
    names: dict[str, str] = {}
    for path, handler in handlers_of(app):
        where = f"{path} ({handler})"
        _check_declaration(where, handler.opt, declared)
        if not isinstance(handler, HTTPRouteHandler) or handler.opt.get(STATIC):
            continue
        if not handler.operation_id or not isinstance(handler.operation_id, str):
            raise RouteUndeclared(f"{where}: no operation_id")
        if names.setdefault(handler.operation_id, path) != path:
            raise RouteUndeclared(f"{where}: operation_id {handler.operation_id} is taken")


def _check_declaration(where: str, opt: dict[str, Any], declared: frozenset[Permission]) -> None:
    if bool(HOST_PATH.match(where)) != bool(opt.get(HOST)):
        raise RouteUndeclared(f"{where}: what lies below /host is the host's, and nothing else is")
    if opt.get(HOST):
        _check_host_declaration(where, opt)
        return
    if opt.get(HOST_PERMISSION) or opt.get(HOST_SIGNED_IN):
        raise RouteUndeclared(f"{where}: a right of the host counts in no county")
    given = [key for key in (PERMISSION, SIGNED_IN, PUBLIC) if opt.get(key)]
    if len(given) != 1:
        raise RouteUndeclared(f"{where}: declares {given or 'nothing'}, one of three is needed")
    permission = opt.get(PERMISSION)
    if permission is None:
        return
    if permission not in declared:
        raise RouteUndeclared(f"{where}: {permission} is not declared by an installed module")
    module = opt.get(MODULE)
    if module is not None and not permission.name.startswith((f"{module}.", "kernel.")):
        raise RouteUndeclared(f"{where}: {permission.name} belongs to another module")


def operation_of(scope: Any) -> str:
    """Return the name of the handler that answers, for logs; '' where none was found."""
    operation = getattr(scope.get("route_handler"), "operation_id", "")
    return operation if isinstance(operation, str) else ""


def _check_host_declaration(where: str, opt: dict[str, Any]) -> None:
    if any(opt.get(key) for key in (PERMISSION, SIGNED_IN, MODULE)):
        raise RouteUndeclared(f"{where}: a right in a county counts not on the host")
    given = [key for key in (HOST_PERMISSION, HOST_SIGNED_IN, PUBLIC) if opt.get(key)]
    if len(given) != 1:
        raise RouteUndeclared(f"{where}: declares {given or 'nothing'}, one of three is needed")
    permission = opt.get(HOST_PERMISSION)
    if permission is not None and permission not in HOST_PERMISSIONS:
        raise RouteUndeclared(f"{where}: {permission} is no right of the host")


def is_api(scope: Any) -> bool:
    """Tell whether whoever asks wants JSON: a handler of the API, or a path below /api/."""
    handler = scope.get("route_handler")
    if handler is not None and API in handler.opt:
        return bool(handler.opt[API])
    return "/api/" in scope.get("path", "")


def _methods(connection: Connection) -> list[str]:
    """Return the methods of the path that was asked."""
    template = connection.scope.get("path_template")
    return sorted(
        {
            str(method)
            for route in connection.app.routes
            if template in {route.path_format, route.path}
            for method in getattr(route, "methods", ())
        }
    )


def _answers_options(handler: BaseRouteHandler) -> bool:
    """Tell whether Litestar made this handler itself, to list a route's methods."""
    return isinstance(handler, HTTPRouteHandler) and handler.http_methods == {"OPTIONS"}
