"""Build the application from explicit parts: reads no environment, opens no connection."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pluggy
from litestar import Controller, Request, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.middleware import DefineMiddleware
from litestar.static_files import create_static_files_router

from zhuji_core import hooks
from zhuji_core.enabling.cost_keeper import CostKeeper
from zhuji_core.i18n import Translations, load_translations
from zhuji_core.identity.passwords import Passwords
from zhuji_core.modules import Permission
from zhuji_core.platform.service import HostService
from zhuji_core.web.context import ANYWHERE, ContextFactory, Place, RequestContext
from zhuji_core.web.controllers import PUBLIC, STATIC
from zhuji_core.web.counties import CountyDirectory
from zhuji_core.web.csrf import Csrf
from zhuji_core.web.door import Door
from zhuji_core.web.environment import STATIC as STATIC_FILES
from zhuji_core.web.environment import Pages
from zhuji_core.web.errors import ErrorPages
from zhuji_core.web.guards import Guard, check_routes
from zhuji_core.web.hang_ups import IncomingRequest
from zhuji_core.web.headers import STATIC_PATH, Application
from zhuji_core.web.host_context import HostContext
from zhuji_core.web.keeping_costs import lifespan_of
from zhuji_core.web.mounting import module_routers
from zhuji_core.web.openapi.document import ApiDocuments
from zhuji_core.web.packages import locale_folders, template_folders
from zhuji_core.web.pages.abnormal_use import AbnormalUseApi, AbnormalUsePages
from zhuji_core.web.pages.acting import ActingPages
from zhuji_core.web.pages.api import ApiPages
from zhuji_core.web.pages.audit import AuditPages
from zhuji_core.web.pages.audit_api import AuditApi
from zhuji_core.web.pages.break_glass import BreakGlassApi, BreakGlassPages
from zhuji_core.web.pages.delegation_api import DelegationApi
from zhuji_core.web.pages.delegations import DelegationPages
from zhuji_core.web.pages.drafts import DraftPages
from zhuji_core.web.pages.event_api import EventApi
from zhuji_core.web.pages.events import EventPages
from zhuji_core.web.pages.exception_api import ExceptionApi
from zhuji_core.web.pages.exceptions import ExceptionPages
from zhuji_core.web.pages.factor_steps import FactorStepPages
from zhuji_core.web.pages.front import FrontPages
from zhuji_core.web.pages.grant_api import GrantApi
from zhuji_core.web.pages.home import HomePages
from zhuji_core.web.pages.host_counties import HostCountyPages
from zhuji_core.web.pages.host_passes import HostPassPages
from zhuji_core.web.pages.host_records import HostRecordPages
from zhuji_core.web.pages.host_security import HostSecurityPages
from zhuji_core.web.pages.host_sign_in import HostSignInPages
from zhuji_core.web.pages.host_steps import HostStepPages
from zhuji_core.web.pages.job_api import JobApi
from zhuji_core.web.pages.jobs import JobPages
from zhuji_core.web.pages.keys import KeyPages
from zhuji_core.web.pages.module_api import ModuleApi, ModuleCostApi
from zhuji_core.web.pages.modules import ModulePages
from zhuji_core.web.pages.password import PasswordPages
from zhuji_core.web.pages.password_reset import PasswordResetPages
from zhuji_core.web.pages.personal_reads import PersonalReadApi, PersonalReadPages
from zhuji_core.web.pages.proposal_api import ProposalApi
from zhuji_core.web.pages.proposals import ProposalPages
from zhuji_core.web.pages.roles import RolePages
from zhuji_core.web.pages.security import SecurityPages
from zhuji_core.web.pages.sessions import SessionPages
from zhuji_core.web.pages.settings import SettingPages
from zhuji_core.web.pages.settings_api import SettingApi
from zhuji_core.web.pages.sign_in import SignInPages
from zhuji_core.web.pages.sign_in_steps import SignInStepPages
from zhuji_core.web.pages.tokens import TokenPages
from zhuji_core.web.pages.user_api import UserApi
from zhuji_core.web.pages.users import UserPages
from zhuji_core.web.rendering import Renderer
from zhuji_core.web.retries import idempotency_key
from zhuji_core.web.threads import Threads
from zhuji_core.web.together import Groups

# A form of 500 lines is 200 kB; uploads say their own limit on their route (UPLOAD_MAX).
BODY_MAX = 1_000_000

KERNEL_PAGES: tuple[type[Controller], ...] = (
    FrontPages,
    HomePages,
    SignInPages,
    ModulePages,
    ModuleApi,
    ModuleCostApi,
    ProposalPages,
    ProposalApi,
    GrantApi,
    ActingPages,
    DelegationPages,
    DelegationApi,
    UserPages,
    UserApi,
    RolePages,
    ExceptionPages,
    ExceptionApi,
    SignInStepPages,
    PasswordResetPages,
    DraftPages,
    SecurityPages,
    PasswordPages,
    SessionPages,
    ApiPages,
    AuditPages,
    AuditApi,
    KeyPages,
    FactorStepPages,
    TokenPages,
    AbnormalUsePages,
    AbnormalUseApi,
    PersonalReadPages,
    PersonalReadApi,
    BreakGlassPages,
    BreakGlassApi,
    EventPages,
    EventApi,
    JobPages,
    JobApi,
    SettingPages,
    SettingApi,
)
# Of the host, where the composition root gives them what they need.
HOST_PAGES: tuple[type[Controller], ...] = (
    HostSignInPages,
    HostStepPages,
    HostSecurityPages,
    HostCountyPages,
    HostPassPages,
    HostRecordPages,
)


def create_app(  # noqa: PLR0913 (everything the application depends on, all by keyword)
    *,
    manager: pluggy.PluginManager,
    directory: CountyDirectory,
    permissions: Iterable[Permission],
    csrf_secret: str,
    passwords: Passwords,
    workers: int,
    place: Place = ANYWHERE,
    keep_costs: bool = False,
    host: HostService | None = None,
    beside: Sequence[Router] = (),
    watches_times: bool = False,
) -> Application:
    """Return the application; raise RouteUndeclared when a route does not say who may call it.

    ``keep_costs``: write what the modules cost into the counties' databases, once a minute;
    ``beside``: pages that come with another package; ``watches_times``: pages tell how long
    requests took in the browser.
    """
    translations = load_translations(locale_folders())
    groups = Groups()
    contexts = ContextFactory(
        translations=translations,
        renderer=_renderer(manager, translations, watches_times=watches_times),
        place=place,
        groups=groups,
        cursor_secret=_cursor_secret(csrf_secret),
    )
    threads = Threads(workers=workers)
    app = Application(
        route_handlers=[
            *KERNEL_PAGES,
            *(HOST_PAGES if host else ()),
            *beside,
            *module_routers(hooks.registered(manager, "register_controllers")),
            _static_files(),
        ],
        dependencies=_dependencies(
            contexts,
            directory=directory,
            passwords=passwords,
            threads=threads,
            documents=ApiDocuments(manager),
            host=host,
        ),
        request_class=IncomingRequest,
        exception_handlers={Exception: ErrorPages(contexts)},
        middleware=[_door(directory, host=host, csrf=Csrf(csrf_secret, https=place.https))],
        lifespan=[
            threads.lifespan,
            *([lifespan_of(_cost_keeper(directory))] if keep_costs else []),
        ],
        request_max_body_size=BODY_MAX,
        openapi_config=None,
        logging_config=None,
        state=State({"groups": groups}),
    )
    check_routes(app, frozenset(permissions))
    return app


def _renderer(
    manager: pluggy.PluginManager, translations: Translations, *, watches_times: bool
) -> Renderer:
    pages = Pages(
        translations=translations,
        modules=template_folders(manager),
        watches_times=watches_times,
    )
    return Renderer(pages, hooks.module_infos(manager))


def _cost_keeper(directory: CountyDirectory) -> CostKeeper:
    return CostKeeper(lambda: {access.county.code: access for access in directory.all()})


def _door(directory: CountyDirectory, *, host: HostService | None, csrf: Csrf) -> DefineMiddleware:
    guard = Guard(directory, platform=host.platform if host else None)
    return DefineMiddleware(Door, csrf=csrf, guard=guard)


def _cursor_secret(csrf_secret: str) -> bytes:
    """Derive the secret of cursors, so that neither of the two gives the other away."""
    return hmac.digest(csrf_secret.encode(), b"cursors", hashlib.sha256)


def _dependencies(
    contexts: ContextFactory,
    *,
    directory: CountyDirectory,
    passwords: Passwords,
    threads: Threads,
    documents: ApiDocuments,
    host: HostService | None,
) -> Mapping[str, Provide]:
    async def context(request: Request[Any, Any, Any]) -> RequestContext:
        return contexts.make(request, key=await idempotency_key(request))

    def host_context(request: Request[Any, Any, Any]) -> HostContext:
        assert host is not None, "pages of the host are not mounted without it"
        return contexts.make_host(request, host)

    return {
        "context": Provide(context),
        "directory": Provide(lambda: directory, sync_to_thread=False),
        "passwords": Provide(lambda: passwords, sync_to_thread=False),
        "threads": Provide(lambda: threads, sync_to_thread=False),
        "documents": Provide(lambda: documents, sync_to_thread=False),
        "host": Provide(host_context, sync_to_thread=False),
    }


def _static_files() -> Any:
    opt = {PUBLIC: True, STATIC: True}
    return create_static_files_router(STATIC_PATH, directories=[STATIC_FILES], opt=opt)
