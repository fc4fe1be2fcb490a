"""What a handler of the host is given: an operator, the platform's database, and its own frame.

No county, no unit of work of one: a handler below ``/host`` cannot come by either.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from litestar import MediaType, Request, Response

from zhuji_core import tracing
from zhuji_core.i18n import Language
from zhuji_core.platform.operators import (
    MANAGE_OPERATORS,
    READ_AUDIT,
    READ_COUNTIES,
    READ_TIMES,
    REQUEST_PASS,
    ROLE_TITLES,
    HostPermission,
    Operator,
)
from zhuji_core.platform.service import HostService
from zhuji_core.platform.sessions import HostSignedIn
from zhuji_core.platform.uow import PlatformUnitOfWork
from zhuji_core.values import N_, Value
from zhuji_core.web.shell import Flash
from zhuji_core.web.state import request_state

if TYPE_CHECKING:
    from zhuji_core.web.rendering import Renderer

HOME = "/host/"

NAVIGATION: tuple[tuple[str, str, HostPermission], ...] = (
    (N_("縣市"), HOME, READ_COUNTIES),
    (N_("緊急調閱"), "/host/passes", REQUEST_PASS),
    (N_("維運稽核"), "/host/audit", READ_AUDIT),
    (N_("維運帳號"), "/host/operators", MANAGE_OPERATORS),
    # The pages come with the package that watches; a host without it has none.
    *([(N_("時間與瓶頸"), "/host/times", READ_TIMES)] if tracing.has_observability() else ()),
)


class HostNav(Value, frozen=True, kw_only=True):
    """One page of the host in the menu."""

    title: str
    url: str
    current: bool


class HostShell(Value, frozen=True, kw_only=True):
    """The frame around an operator's page."""

    language: str
    path: str
    csrf_token: str
    trace_id: str
    user_name: str
    role_names: tuple[str, ...]
    nav: tuple[HostNav, ...]
    flash: tuple[Flash, ...]


class HostContext:
    """One request of one operator. Made by the kernel, used in the handler's thread."""

    def __init__(
        self,
        request: Request[Any, Any, Any],
        *,
        words: Language,
        renderer: Renderer,
        service: HostService,
        secure: bool,
    ) -> None:
        self.request = request
        self.words = words
        self.service = service
        self.secure = secure
        self._renderer = renderer
        self._state = request_state(request.scope)

    @property
    def language(self) -> str:
        return self.words.code

    def gettext(self, message: str) -> str:
        return self.words.gettext(message)

    @property
    def token(self) -> str:
        return self._state.token

    @property
    def operator(self) -> Operator:
        return self._session.operator

    @property
    def _session(self) -> HostSignedIn:
        assert self._state.host is not None, "nobody is signed in on a public page"
        return self._state.host

    def set_cookie(
        self, response: Response[Any], *, name: str, token: str, max_age: int | None = None
    ) -> None:
        """Give the browser a secret that no script reads and no other site's page sends."""
        response.set_cookie(
            key=name,
            value=token,
            path=HOME.rstrip("/"),
            max_age=max_age,
            httponly=True,
            samesite="strict",
            secure=self.secure,
        )

    @contextlib.contextmanager
    def read(self) -> Iterator[PlatformUnitOfWork]:
        with self.service.platform.begin(self.operator, read_only=True) as uow:
            yield uow

    @contextlib.contextmanager
    def write(self) -> Iterator[PlatformUnitOfWork]:
        with self.service.platform.begin(self.operator) as uow:
            yield uow

    def render(
        self,
        template: str,
        *,
        title: str,
        flash: Sequence[Flash] = (),
        status_code: int = 200,
        **values: Any,
    ) -> Response[str]:
        """Render ``template`` in the frame of the host."""
        text = self._renderer.pages.render(
            template,
            language=self.language,
            title=title,
            shell=self._shell(tuple(flash)),
            **values,
        )
        return Response(text, status_code=status_code, media_type=MediaType.HTML)

    def _shell(self, flash: tuple[Flash, ...]) -> HostShell:
        here = self.request.url.path.rstrip("/")
        return HostShell(
            language=self.language,
            path=self.request.url.path,
            csrf_token=self._state.csrf_token,
            trace_id=tracing.current_trace_id(),
            user_name=self.operator.name,
            role_names=tuple(self.gettext(ROLE_TITLES[role]) for role in self.operator.roles),
            nav=tuple(
                HostNav(
                    title=self.gettext(title), url=url, current=here.rstrip("/") == url.rstrip("/")
                )
                for title, url, permission in NAVIGATION
                if self.operator.may(permission)
            ),
            flash=flash,
        )
