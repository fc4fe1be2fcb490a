"""What a module's pages and API derive from; the kernel decides where they are mounted.

``path`` of a controller is below ``/{county}/<module>`` or ``/{county}/api/v1/<module>``. Every
handler declares who may call it, or the application does not start:

- ``opt={"permission": PERMISSION}``: signed in and holding it somewhere;
- ``opt={"signed_in": True}``: whoever is signed in;
- ``opt={"public": True}``: everybody.

An API handler whose annotation is ``Response[bytes]`` also says what it answers, with
``opt={"answers": SomeStruct}`` (``bytes`` for a file) and the decorator's ``status_code``; one
that takes a form names the form's struct with ``opt={"body": SomeStruct}``. The API's document
is made of these.
"""

from __future__ import annotations

from typing import Any, ClassVar

from litestar import Controller

# Keys of a handler's ``opt``.
PERMISSION = "permission"
SIGNED_IN = "signed_in"
PUBLIC = "public"
API = "api"
MODULE = "module"
STATIC = "static"
# Of the host's pages: none of the rights above counts there, and none of these in a county.
HOST = "host"
HOST_PERMISSION = "host_permission"
HOST_SIGNED_IN = "host_signed_in"
# Of a page for whoever is signed in: also for an operator with emergency access, who has no
# account in the county and therefore no pages of one's own.
PASSES = "passes"
ANSWERS = "answers"
BODY = "body"
# A form for whoever is signed in that must not be done twice: its key is asked for.
KEYED = "keyed"
# A POST that makes nothing, or is harmless twice: no idempotency key is asked for.
KEYLESS = "keyless"
# ``opt={HEAVY: True}``: an export or a wide search, counted for each person (``rate_export_…``).
HEAVY = "heavy"

# For ``request_max_body_size`` of a route that takes a file: kernel.blob's 10 MB and its form.
UPLOAD_MAX = 10_485_760 + 65_536


class PageController(Controller):
    """Pages of a module: HTML, refusals as pages, not signed in goes to the sign-in page."""

    module: ClassVar[str]


class HostController(Controller):
    """Pages of the host, below ``/host``: an operator, never a county."""

    opt: dict[str, Any] | None = {HOST: True}  # noqa: RUF012 (Litestar's own declaration)


class ApiController(Controller):
    """API of a module: JSON, refusals as problem+json, not signed in is 401."""

    module: ClassVar[str]
    opt: dict[str, Any] | None = {API: True}  # noqa: RUF012 (Litestar's own declaration)
