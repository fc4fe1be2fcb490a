"""The kernel proved with large counts: ``make prove WHAT=kernel``.

uv run python -m tests.prove.kernel [--only PART …] [--quick] [--again]
"""

from __future__ import annotations

import sys

from tests.prove.kernel_parts import (
    audit_search,
    counties,
    cuts,
    events,
    fuzz,
    hook_cost,
    matrix,
    previous_code,
    switching,
    tampering,
    tenants,
    throughput,
)
from tests.prove.tools.program import Parts, run

PARTS: Parts = {
    "previous-code": ("the code of part 1 on these tables", previous_code.previous_code),
    "counties": ("22 counties made and upgraded, the upgrade killed 50 times", counties.counties),
    "matrix": ("routes × people × counties × objects", matrix.matrix),
    "tampering": ("every change of the audit trail is found", tampering.tampering),
    "audit-search": (
        "a million audit entries sealed, verified, searched",
        audit_search.audit_search,
    ),
    "switching": ("a module switched 1,000 times under load", switching.switching),
    "events": ("events under kills and poison: none skipped, doubled or early", events.events),
    "hook-cost": ("what a hook call costs for 1 to 16 modules", hook_cost.hook_cost),
    "fuzz": ("every operation of the API with 500 examples from its document", fuzz.fuzz),
    "tenants": ("two counties with the same ids, one searched for the other", tenants.tenants),
    "cuts": ("every writing command, the connection cut at every message", cuts.cuts),
    "throughput": ("certification before and after, in pairs", throughput.throughput),
}

if __name__ == "__main__":
    sys.exit(run("kernel", PARTS, about="The kernel proved with large counts"))
