"""Accounting proved with large counts: ``make prove WHAT=accounting``.

uv run python -m tests.prove.accounting [--only PART …] [--quick] [--again]
"""

from __future__ import annotations

import sys

from tests.prove.accounting_parts import life, oracle, pages, quarter, scale, search
from tests.prove.tools.program import Parts, run

PARTS: Parts = {
    "quarter": ("the golden quarter by the API: every cell of G1–G10", quarter.quarter),
    "interleaved": (
        "the same quarter of 16 agencies at once by 16 clients: same reports, numbers gapless",
        quarter.interleaved,
    ),
    "january": (
        "January of the golden quarter keyed through the pages in Chromium, key presses counted",
        pages.january,
    ),
    "drilled": (
        "every figure of the golden quarter's books and statements followed to what makes it up",
        pages.drilled,
    ),
    "life": (
        "whole lives of agencies' years against a model; planted faults found",
        life.life,
    ),
    "oracle": ("100,000 vouchers in hledger and beancount; planted errors found", oracle.oracle),
    "search": (
        "the search over everything at the size of a city, under 300 ms",
        search.search,
    ),
    "tenth": ("a tenth of a Taichung year: closed, verified, opened, ended", scale.tenth),
    "scale": ("one Taichung year: the same, and how each grew from a tenth", scale.scale),
}

if __name__ == "__main__":
    sys.exit(run("accounting", PARTS, about="Accounting proved with large counts"))
