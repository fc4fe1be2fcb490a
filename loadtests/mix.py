"""Who sits before the pages, and what they do how often: the design's figures of a county's day.

``TASKS`` are parts of a hundred tasks of the whole county; ``CLASSES`` say who does them, and add
up to the same. Plain data: nothing here knows Locust.
"""

from __future__ import annotations

from collections.abc import Mapping

# Seconds between two tasks of one person.
THINK_S = (10.0, 30.0)
# Payment orders, treasury and e-invoices have no module yet: their people do the nearest thing
# that there is, so that the number of tasks and of sessions is the design's.
STANDS_FOR: Mapping[str, str] = {
    "order": "advances are looked through: payment orders come with the treasury",
    "attest": "requests and claims are approved: attesting orders comes with the treasury",
    "treasury": "claims and the register are looked through: orders come with the treasury",
    "invoice": "a document is searched by its number: matching e-invoices comes with them",
}
TASKS: Mapping[str, int] = {
    "lookup": 22,
    "search": 18,
    "draft": 12,
    "certify": 10,
    "return": 2,
    "claim": 8,
    "voucher": 7,
    "order": 5,
    "attest": 6,
    "treasury": 3,
    "report": 3,
    "ledger": 3,
    "invoice": 1,
}
CLASSES: Mapping[str, Mapping[str, int]] = {
    "requester": {"lookup": 19, "search": 16, "draft": 12, "claim": 8},
    "accounting": {
        "certify": 10, "return": 2, "voucher": 7, "ledger": 3, "search": 1, "lookup": 1,
        "invoice": 1,
    },
    "approver": {"attest": 6, "report": 2, "search": 1, "lookup": 1},
    "cashier": {"order": 4},
    "treasury": {"treasury": 3, "order": 1},
    "executive": {"report": 1, "lookup": 1},
}  # fmt: skip
# Of each class's people: the roles of every second one, and whether they see the whole county.
ROLES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "requester": (("REQ",),),
    "accounting": (("REV", "PREP"), ("CACC", "BOOK")),
    "approver": (("SUP",), ("HEAD",)),
    "cashier": (("CASH",),),
    "treasury": (("AUD",),),
    "executive": (("BAS",),),
}
# Those who come for one thing (``scenarios``) and do it for any agency.
CROWD_ROLES: Mapping[str, tuple[str, ...]] = {
    "payroll": ("REV",),
    "rusher": ("REV",),
    "arriver": ("REQ",),
    "carrier": ("REQ",),
}
COUNTY_WIDE = frozenset({"treasury", "executive", *CROWD_ROLES})


def share_of(person_class: str) -> int:
    """Return the class's part of a hundred sessions."""
    return sum(CLASSES[person_class].values())


def weights(person_class: str, factors: Mapping[str, float]) -> tuple[Mapping[str, float], float]:
    """Return the weights of a class's tasks in a scenario, and how much faster its people work.

    What a scenario wants more often comes on top: the other tasks stay as frequent as they were,
    so whose tasks grow thinks shorter.
    """
    usual = CLASSES[person_class]
    found = {name: weight * factors.get(name, 1.0) for name, weight in usual.items()}
    return found, sum(found.values()) / sum(usual.values())
