"""What browsers say of the requests that they made: lengths by their own clock, and no names."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar import post
from litestar.params import JSONBody

from zhuji_core.values import Value
from zhuji_core.web.controllers import API, KEYLESS, SIGNED_IN
from zhuji_observability.joined.browser import Stamps, terms_of
from zhuji_observability.store.keeper import present

# A page makes some requests; who sends more sends them in parts.
REPORTS_MAX = 50
BODY_MAX = 32_768


class Report(Value, frozen=True, kw_only=True):
    """One request: the trace id of its answer's ``Server-Timing``, and its W3C timing."""

    trace: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    stamps: Stamps


class Reports(Value, frozen=True, kw_only=True):
    reports: Annotated[tuple[Report, ...], msgspec.Meta(max_length=REPORTS_MAX)]


@post(
    "/",
    operation_id="kernel.times.report",
    opt={SIGNED_IN: True, API: True, KEYLESS: True},
    status_code=204,
    sync_to_thread=False,
    request_max_body_size=BODY_MAX,
)
def report(data: JSONBody[Reports]) -> None:
    """Take the reports; what cannot be the stamps of one request is no report.

    Called by ``times.js`` of our own pages, at ``/{county}/kernel/times``.
    """
    keeper = present()
    if keeper is None:
        return
    for one in data.reports:
        terms = terms_of(one.stamps)
        if terms is not None:
            keeper.take_report(one.trace, terms)
