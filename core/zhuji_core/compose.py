"""The composition root: reads the environment, puts everything together, starts nothing itself.

The only place that knows observability, and the only one that reads environment variables on
behalf of the application (``core/docs/operations.md`` lists them).
"""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pluggy

from zhuji_core import hooks, logs, tracing
from zhuji_core.access import Clock, CountyAccess, utc_now
from zhuji_core.app import create_app
from zhuji_core.county import UPKEEP, County, CountyNotFound
from zhuji_core.db import counties
from zhuji_core.db.audit import host_account
from zhuji_core.db.embedded import Cluster
from zhuji_core.db.engines import POOL_SIZE, Engines
from zhuji_core.db.migrations import Migrations
from zhuji_core.db.server import ServerAddress
from zhuji_core.enabling.begin_module_set import begin_module_set
from zhuji_core.enabling.store import mirror_module_set
from zhuji_core.home import Home
from zhuji_core.i18n import load_translations
from zhuji_core.identity.actor import WHOLE_COUNTY, Actor, system_actor
from zhuji_core.identity.passwords import STRONG, TESTING, Passwords
from zhuji_core.identity.permissions import sync_permissions
from zhuji_core.jobs.kernel import KERNEL_JOBS
from zhuji_core.jobs.run import Job
from zhuji_core.jobs.runner import Runner, jobs_by_name
from zhuji_core.licences.book import NO_LICENCE, LicenceBook
from zhuji_core.licences.form import Claims
from zhuji_core.licences.install_licence import install_licence, judge_licence
from zhuji_core.licences.keys import TrustedKeys
from zhuji_core.licences.license_by_own_key import license_by_own_key
from zhuji_core.licences.store import read_books
from zhuji_core.modules import HotPath, ModuleInfo, ModuleUnlicensed, Permission
from zhuji_core.permissions import ALL as KERNEL_PERMISSIONS
from zhuji_core.platform.operators import Operator
from zhuji_core.platform.service import HostService
from zhuji_core.platform.uow import Platform
from zhuji_core.server import settle
from zhuji_core.web.context import Place
from zhuji_core.web.counties import KEEP_S, CountyDirectory
from zhuji_core.web.packages import locale_folders

# "testing" makes signing in cheap for suites that do it thousands of times; never in production.
# What the key is derived for by which this host asks its own route of a known length.
PROBE = "probe of times"
PASSWORD_PROFILES = {"strong": STRONG, "testing": TESTING}


@dataclass(frozen=True, kw_only=True)
class Host:
    """What one process of this machine works with: its databases and its modules."""

    home: Home
    engines: Engines
    manager: pluggy.PluginManager
    clock: Clock = utc_now

    @property
    def modules(self) -> dict[str, ModuleInfo]:
        """The installed modules, those that others require before them."""
        return hooks.module_infos(self.manager)

    @property
    def migrations(self) -> list[Migrations]:
        """The migrations of the installed modules, in the same order."""
        found = {one.schema: one for one in self.manager.hook.register_migrations()}
        return [found[name] for name in self.modules if name in found]

    @property
    def jobs(self) -> dict[str, Job]:
        """The jobs of the kernel and of the installed modules, by name."""
        return jobs_by_name((*KERNEL_JOBS, *hooks.registered(self.manager, "register_jobs")))

    @property
    def permissions(self) -> tuple[Permission, ...]:
        return declared_permissions(self.manager)

    @functools.cached_property
    def licence_keys(self) -> TrustedKeys:
        """The keys whose licences count here; raise LicenceKeyUnusable."""
        return TrustedKeys.from_environment(self.home)

    def access(self, county: County, licences: LicenceBook | None = None) -> CountyAccess:
        """Return the way to the database and the enabled modules of ``county``."""
        if licences is None:
            licences = read_books(self.engines.platform, self.licence_keys).get(
                county.code, NO_LICENCE
            )
        engine = self.engines.county(county)
        return CountyAccess(
            county=county,
            engine=engine,
            statements=engine.execution_options(isolation_level="AUTOCOMMIT"),
            hooks=hooks.Hooks(self.manager, frozenset(county.modules)),
            licences=licences,
            clock=self.clock,
        )

    def accesses(self) -> dict[str, CountyAccess]:
        """Read the registry and return every county of this host by code."""
        registry = counties.read_counties(self.engines)
        books = read_books(self.engines.platform, self.licence_keys)
        return {
            code: self.access(county, books.get(code, NO_LICENCE))
            for code, county in registry.items()
        }

    def county(self, code: str) -> CountyAccess:
        """Return one county; raise CountyNotFound."""
        access = self.accesses().get(code.upper())
        if access is None:
            raise CountyNotFound(county=code)
        return access


def declared_permissions(manager: pluggy.PluginManager) -> tuple[Permission, ...]:
    """Every right that the kernel and the installed modules declare."""
    return (*KERNEL_PERMISSIONS, *hooks.registered(manager, "register_permissions"))


def operator_actor(host: Host, *, reason: str = "") -> Actor:
    """Return who acts for a command: the system, with every declared right in the whole county.

    Whoever may start ``zhuji`` on the host holds its secrets and can do anything anyway; the
    audit shows ``system``, so that no person is charged with it, and the
    ``reason`` where one was said.
    """
    rights = {permission.name: (WHOLE_COUNTY,) for permission in host.permissions}
    return system_actor(rights, reason=reason)


def job_runner(host: Host) -> Runner:
    """Return what runs the jobs of this host's modules."""
    return Runner(
        jobs=host.jobs,
        system=operator_actor(host),
        translations=load_translations(locale_folders()),
    )


def add_county(
    host: Host,
    *,
    code: str,
    name: str,
    modules: Sequence[str] | None = None,
    licence: bytes | None = None,
) -> County:
    """Make a county with its database, licence and rights.

    ``modules`` None: every installed one, or those of ``licence``. Without ``licence`` the host
    licenses by its own key, and where it does not trust that (operations.md), the county begins
    without modules. Raises ModuleUnlicensed when more is wanted than is licensed, and whatever
    making a county and installing a licence raise; then there is no county.
    """
    installed = host.modules
    licensed = _licensed(host, code=code, licence=licence)
    wanted = [name for name in installed if name in licensed] if modules is None else modules
    for module in wanted:
        if module in installed and module not in licensed:
            raise ModuleUnlicensed(title=installed[module].title)
    county = counties.add_county(
        host.engines,
        code=code,
        name=name,
        modules=wanted,
        installed=installed,
        migrations=host.migrations,
    )
    if licence is None:
        license_county(host, code)
    else:
        install(host, code, licence)
    with host.access(county).begin(actor=operator_actor(host), writes=UPKEEP) as uow:
        sync_permissions(uow, host.permissions)
    with host.access(county).begin(actor=operator_actor(host)) as uow:
        begin_module_set(uow, modules=county.modules)
    mirror_modules(host, county.code)
    return county


def _licensed(host: Host, *, code: str, licence: bytes | None) -> frozenset[str]:
    """Return what a new county will be licensed for; raise what says why ``licence`` is none."""
    if licence is None:
        return frozenset(host.modules) if host.licence_keys.own else frozenset()
    claims = judge_licence(
        licence, code=code, keys=host.licence_keys, installed=host.modules, now=host.clock()
    )
    return frozenset(claims.modules)


def install(host: Host, code: str, licence: bytes) -> Claims:
    """Install a licence in a county of this host; raises what ``install_licence`` raises."""
    return install_licence(
        host.engines,
        code=code,
        file=licence,
        keys=host.licence_keys,
        installed=host.modules,
        now=host.clock(),
    )


def license_county(host: Host, code: str) -> tuple[str, ...]:
    """License by the host's own key the modules that no licence of the county names yet."""
    return license_by_own_key(
        host.engines,
        code=code,
        keys=host.licence_keys,
        installed=host.modules,
        now=host.clock(),
    )


def mirror_modules(host: Host, code: str) -> None:
    """Bring the register to the modules that the county has switched on."""
    mirror_module_set(host.engines.county(code), host.engines.platform, code=code)


@contextlib.contextmanager
def open_host(home: Home | None = None) -> Iterator[Host]:
    """Reach the server of ``ZHUJI_DATABASE_URL``, or start the embedded one of the home.

    What was started is stopped at the end, unless another zhuji of the same home still uses it.
    """
    place = home or Home.from_environment()
    with contextlib.ExitStack() as stack:
        server = ServerAddress.from_environment()
        if server is None:
            server = stack.enter_context(Cluster(place))
        engines = Engines(server, place)
        stack.callback(engines.dispose)
        counties.ensure_platform(engines)
        yield Host(home=place, engines=engines, manager=hooks.load())


def chosen_passwords() -> Passwords:
    """Return how passwords are hashed here: strongly, unless a test suite says otherwise."""
    return Passwords(PASSWORD_PROFILES[os.environ.get("ZHUJI_PASSWORD_PROFILE", "strong")])


def chosen_place(*, https: bool) -> Place:
    """Return where this site is reached, by ``ZHUJI_ORIGIN`` (``https://zhuji.example``)."""
    origin = os.environ.get("ZHUJI_ORIGIN", "").rstrip("/")
    return Place(https=https or origin.startswith("https://"), origin=origin)


def build_app(host: Host, *, https: bool = False, keep_counties_s: float = KEEP_S) -> Any:
    """Return the ASGI application for ``host``, with the routes of every installed module."""
    return create_app(
        manager=host.manager,
        directory=CountyDirectory(
            host.accesses, keep_s=keep_counties_s, mirror=functools.partial(mirror_modules, host)
        ),
        permissions=host.permissions,
        csrf_secret=host.home.derive("csrf"),
        passwords=chosen_passwords(),
        workers=POOL_SIZE,
        keep_costs=True,
        place=chosen_place(https=https),
        host=host_service(host),
        beside=pages_of_times(
            host.home.times,
            on=tracing.watches_waits(),
            probe_key=host.home.derive(PROBE),
            hot_paths=hooks.registered(host.manager, "register_hot_paths"),
        ),
        watches_times=tracing.watches_waits(),
    )


def pages_of_times(
    folder: Path, *, on: bool, probe_key: str = "", hot_paths: Sequence[HotPath] = ()
) -> Sequence[Any]:
    """Return the pages of what takes how long, where the package that watches is installed.

    ``probe_key``: who knows it may ask the route of a known length; '' is nobody. ``hot_paths``:
    what is promised of single routes.
    """
    if not tracing.has_observability():
        return ()
    from zhuji_observability.web.pages import routers  # noqa: PLC0415 (absent on some hosts)

    return routers(folder, on=on, probe_key=probe_key, hot_paths=hot_paths)


def unserved_app() -> Any:
    """Return the application of the installed modules, to read its routes: nobody is served."""
    manager = hooks.load()
    return create_app(
        manager=manager,
        directory=CountyDirectory(dict),
        permissions=declared_permissions(manager),
        csrf_secret="of nobody",  # noqa: S106 (nobody is served)
        passwords=Passwords(TESTING),
        workers=1,
        beside=pages_of_times(Path(), on=False),
    )


def route_templates() -> list[str]:
    """Return the path of every route, with its parameters and their types."""
    return sorted({route.path for route in unserved_app().routes})


def host_service(host: Host) -> HostService:
    """Return what the pages of the host work with."""
    return HostService(
        platform=host_platform(host), migrations=lambda: host.migrations, county=host.county
    )


def host_platform(host: Host) -> Platform:
    return Platform(engines=host.engines, clock=host.clock)


def machine_operator() -> Operator:
    """Return who acts on the platform for a command: whoever may run it on this machine."""
    return Operator(operator_id=None, account=host_account(), name="", roles=())


@contextlib.contextmanager
def watched() -> Iterator[Callable[[Host, Any], Any]]:
    """Write the log; put observability on, where it is installed, before any connection is made.

    Gives the function that puts it around an application once there is one.
    """
    with logs.written():
        if tracing.has_observability():
            with _observed() as around:
                yield around
        else:
            yield lambda _host, app: app


@contextlib.contextmanager
def _observed() -> Iterator[Callable[[Host, Any], Any]]:
    from zhuji_observability.install import install  # noqa: PLC0415 (absent on some hosts)

    observability = install()
    if tracing.watches_waits():
        observability.watch_waits(Home.from_environment().times)

    def around(host: Host, app: Any) -> Any:
        observability.watch_use_cases([f"zhuji_{name}" for name in host.modules])
        if tracing.watches_waits():
            observability.promise(hooks.registered(host.manager, "register_hot_paths"))
            observability.probe(Home.from_environment().derive(PROBE))
        return observability.watch_app(app)

    try:
        yield around
    finally:
        observability.shutdown()


def create() -> Any:
    """Return the application of one worker process (the factory that ``serve --workers`` names).

    The process ends with its application, so nothing is left to close here.
    """
    stack = contextlib.ExitStack()
    around = stack.enter_context(watched())
    host = stack.enter_context(open_host())
    app = around(host, build_app(host, https=os.environ.get("ZHUJI_HTTPS") == "1"))
    settle()
    return app
