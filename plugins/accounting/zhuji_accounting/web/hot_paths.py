"""The routes whose speed an accounting office feels, with the server time that load tests allow."""

from __future__ import annotations

from zhuji_core.modules import HotPath

# Certification is the promise of the product (domain.md §2.2: 150 ms); what is asked while
# somebody types must not be felt at all; a page is one request.
HOT_PATHS = tuple(
    HotPath(name=name, operation_id=f"accounting.{operation}", p95_ms_max=p95_ms_max)
    for name, operation, p95_ms_max in (
        ("request.write", "requests.write", 100),
        ("request.submit", "requests.submit", 100),
        ("request.approve", "requests.approve", 100),
        ("request.certify", "requests.certify", 150),
        ("request.read", "requests.read", 50),
        ("requests.list", "requests.list", 100),
        ("certifications.grant", "certifications.grant", 1_000),
        ("request.new-form", "requests.new-form", 100),
        ("request.new-send", "requests.new-send", 150),
        ("request.page", "requests.page", 100),
        ("request.approve-form", "requests.approve-form", 100),
        ("request.certify-form", "requests.certify-form", 150),
        ("requests.list-page", "requests.list-page", 150),
        ("waiting.approval", "waiting.approval", 150),
        ("waiting.approve", "waiting.approve", 100),
        ("waiting.certification", "waiting.certification", 150),
        ("certifications.batch", "certifications.batch", 1_000),
        ("register.page", "register.page", 200),
        ("control-rows.pick", "control-rows.pick", 50),
        ("availability.read", "availability.read", 50),
    )
)
