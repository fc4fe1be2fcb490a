"""What a handler is given: who asks, in which county, and the ways to read and to write."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Hashable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import msgspec
import sqlalchemy as sa
from litestar import Request, Response
from litestar.concurrency import sync_to_thread

from zhuji_core.access import CountyAccess
from zhuji_core.county import BUSINESS, County, CountyState
from zhuji_core.i18n import LANGUAGES, Language, Translations
from zhuji_core.idempotency import kept_answer, key_was_taken
from zhuji_core.identity.actor import Actor
from zhuji_core.identity.break_glass import HeldPass
from zhuji_core.identity.sessions import SignedIn
from zhuji_core.platform.service import HostService
from zhuji_core.uow import IdempotencyKey, UnitOfWork
from zhuji_core.values import DomainError, Value
from zhuji_core.web.answers import Answer, to_response
from zhuji_core.web.guards import is_api, operation_of
from zhuji_core.web.host_context import HostContext
from zhuji_core.web.state import RequestState, request_state
from zhuji_core.web.together import Act, Groups, Together

if TYPE_CHECKING:
    from zhuji_core.web.rendering import Renderer

T = TypeVar("T")
W = TypeVar("W", bound=Hashable)

LANGUAGE_COOKIE = "zhuji_language"
LOCAL = "localhost"


class Place(Value, frozen=True, kw_only=True):
    """Where the site is reached: by https, and under which address (``ZHUJI_ORIGIN``)."""

    https: bool = False
    origin: str = ""


# A site that nobody configured: a trial on one machine, a test.
ANYWHERE = Place()


class RequestContext:
    """One request of one signed-in person. Made by the kernel, used in the handler's thread.

    A handler opens one unit of work, and only one at a time: a thread holds one connection.
    """

    def __init__(  # noqa: PLR0913 (made by one factory, all by name)
        self,
        request: Request[Any, Any, Any],
        *,
        words: Language,
        renderer: Renderer,
        place: Place,
        groups: Groups,
        cursor_secret: bytes = b"",
        key: IdempotencyKey | None = None,
    ) -> None:
        self._place = place
        self._groups = groups
        self.request = request
        self.words = words
        self.renderer = renderer
        self.cursor_secret = cursor_secret
        self.key = key
        self._state: RequestState = request_state(request.scope)
        self._open: UnitOfWork | None = None

    @property
    def language(self) -> str:
        return self.words.code

    def gettext(self, message: str) -> str:
        return self.words.gettext(message)

    @property
    def elapsed_ms(self) -> float:
        return self._state.elapsed_ms

    @property
    def access(self) -> CountyAccess:
        assert self._state.access is not None, "this path names no county"
        return self._state.access

    @property
    def county(self) -> County:
        return self.access.county

    @property
    def secure(self) -> bool:
        """Tell whether the browser came by https, so that cookies are sent back by https alone."""
        return self._place.https or self.request.url.scheme == "https"

    @property
    def origin(self) -> str:
        """The site's own address (``https://zhuji.example``) to which security keys are bound.

        As the operator configured it; without that only ``localhost`` is believed, because no
        other machine can call itself so. '': this site can use no security keys.
        """
        if self._place.origin:
            return self._place.origin
        host = urlsplit(f"//{self.request.headers.get('host', '')}")
        return f"{self.request.url.scheme}://{host.netloc}" if host.hostname == LOCAL else ""

    @property
    def has_county(self) -> bool:
        """Tell whether the path names a county that this host has."""
        return self._state.access is not None

    @property
    def signed_in(self) -> SignedIn | None:
        """Who is signed in; None on public pages."""
        return self._state.signed_in

    @property
    def held(self) -> HeldPass | None:
        """The emergency access under which this page is read, if any."""
        return self._state.held

    @property
    def actor(self) -> Actor:
        return self._session.actor

    @property
    def business_date(self) -> dt.date:
        return self._session.business_date

    @property
    def token(self) -> str:
        return self._state.token

    @property
    def csrf_token(self) -> str:
        """What every form of this page sends back; '' where nobody asks for it."""
        return self._state.csrf_token

    @property
    def _session(self) -> SignedIn:
        assert self._state.signed_in is not None, "nobody is signed in on a public page"
        return self._state.signed_in

    @property
    def uow(self) -> UnitOfWork | None:
        """The unit of work that is open at this moment, if any."""
        return self._open

    def link_next(self, address: str) -> None:
        """Let the answer say, in its header ``Link``, where the next page of this list is."""
        self._state.link = f'<{address}>; rel="next"'

    def path(self, path: str) -> str:
        """Return the address of a page of this county: ``path("accounting/requests")``."""
        return f"/{self.county.code.lower()}/{path.lstrip('/')}"

    @contextlib.contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        """Open a read-only unit of work; a page is rendered inside of it."""
        with self._begin(read_only=True) as uow:
            yield uow

    @contextlib.contextmanager
    def write(
        self,
        *,
        key: IdempotencyKey | None = None,
        writes: frozenset[CountyState] = BUSINESS,
    ) -> Iterator[UnitOfWork]:
        """Open a unit of work that commits at its end; most handlers use :meth:`perform`.

        ``writes=SESSION`` for what must work in a read-only county too: signing out.
        """
        with self._begin(read_only=False, writes=writes, key=key) as uow:
            yield uow

    def perform(
        self,
        action: Callable[[UnitOfWork], T],
        encode: Callable[[T], Answer],
        *,
        writes: frozenset[CountyState] = BUSINESS,
    ) -> Response[bytes]:
        """Do ``action`` once for the request's idempotency key and answer with ``encode``.

        The answer is kept by the transaction that does the work. A request that came before is
        refused, has nothing left to do, or is blocked by its own first attempt; then the first
        answer is given again, byte for byte, with ``Idempotent-Replayed: true``.
        """
        try:
            answer, abandoned = self._perform(action, encode, writes=writes)
            kept = self.kept() if abandoned else None
            if kept is None:
                return to_response(answer)
        except DomainError:
            kept = self.kept()
            if kept is None:
                raise
        except sa.exc.IntegrityError as error:
            kept = self.kept() if key_was_taken(error) else None
            if kept is None:
                raise
        return to_response(kept, replayed=True)

    def _perform(
        self,
        action: Callable[[UnitOfWork], T],
        encode: Callable[[T], Answer],
        *,
        writes: frozenset[CountyState],
    ) -> tuple[Answer, bool]:
        """Return the answer, and whether the use case found nothing to keep."""
        with self.write(key=self.key, writes=writes) as uow:
            answer = encode(action(uow))
            uow.answer(msgspec.to_builtins(answer))
        return answer, uow.abandoned

    async def perform_together(
        self, verb: Together[W, T], what: W, encode: Callable[[T], Answer]
    ) -> Response[bytes]:
        """Do ``verb`` as :meth:`perform` would, in one transaction with others that wait.

        The answer is the request's own, whoever shared the transaction; where the county does not
        want it (``verb.wanted``) each is done alone. For handlers that are coroutines.
        """
        if verb.wanted(self._session.settings):
            act = Act(verb, context=self, what=what, encode=encode)
            return await self._groups.join(verb, act)
        return await sync_to_thread(self.perform, lambda uow: verb.one(uow, what), encode)

    @property
    def circumstances(self) -> Hashable:
        """What two acts must have in common to share a transaction."""
        access, session = self.access, self._session
        return (
            access.county,
            access.hooks.enabled,
            tuple(sorted(access.hooks.read_only.items())),
            session.business_date,
            msgspec.json.encode(session.settings, order="sorted"),
        )

    @property
    def source(self) -> str:
        """The operation that is asked for, as the trail of reading names it."""
        return operation_of(self.request.scope)

    def kept(self) -> Answer | None:
        """Return the answer that was kept under the request's key, if it came before."""
        if self.key is None:
            return None
        kept = kept_answer(self.access.statements, actor_id=self.actor.user_id, key=self.key)
        return None if kept is None else msgspec.convert(kept, Answer)

    @contextlib.contextmanager
    def _begin(
        self,
        *,
        read_only: bool,
        writes: frozenset[CountyState] = BUSINESS,
        key: IdempotencyKey | None = None,
    ) -> Iterator[UnitOfWork]:
        assert self._open is None, "a handler holds one unit of work at a time"
        with self.access.begin(
            actor=self.actor,
            settings=self._session.settings,
            read_only=read_only,
            writes=writes,
            key=key,
            source=self.source,
        ) as uow:
            self._open = uow
            try:
                yield uow
            finally:
                self._open = None


class ContextFactory:
    """Makes the context of each request, for handlers and for the pages of errors."""

    def __init__(
        self,
        *,
        translations: Translations,
        renderer: Renderer,
        place: Place,
        groups: Groups,
        cursor_secret: bytes = b"",
    ) -> None:
        self._groups = groups
        self._translations = translations
        self._renderer = renderer
        self._place = place
        self._cursor_secret = cursor_secret

    def make(
        self, request: Request[Any, Any, Any], *, key: IdempotencyKey | None = None
    ) -> RequestContext:
        words = self._translations.of(self._language(request))
        return RequestContext(
            request,
            words=words,
            renderer=self._renderer,
            place=self._place,
            groups=self._groups,
            cursor_secret=self._cursor_secret,
            key=key,
        )

    def make_host(self, request: Request[Any, Any, Any], service: HostService) -> HostContext:
        words = self._translations.of(self._language(request))
        return HostContext(
            request,
            words=words,
            renderer=self._renderer,
            service=service,
            secure=self._place.https or request.url.scheme == "https",
        )

    def _language(self, request: Request[Any, Any, Any]) -> str:
        """Take what this browser chose, else what the session began with, else 正體中文.

        Only a program that calls the API is answered in the language that it accepts: many an
        office's browser says English and its clerk does not read it.
        """
        chosen = request.cookies.get(LANGUAGE_COOKIE)
        if chosen is not None and chosen in LANGUAGES:
            return chosen
        state = request_state(request.scope)
        signed_in = state.signed_in or state.host
        if signed_in is not None and signed_in.language:
            return signed_in.language
        accepted = request.headers.get("accept-language", "") if is_api(request.scope) else ""
        return self._translations.choose(
            part.partition(";")[0].strip() for part in accepted.split(",") if part.strip()
        )
