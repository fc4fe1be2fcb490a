"""The budget proved with large counts: ``make prove WHAT=budget``.

uv run python -m tests.prove.budget [--only PART …] [--quick] [--again]
"""

from __future__ import annotations

import sys

from tests.prove.budget_parts import bad_input, books, compilation, documents, scale
from tests.prove.tools.program import Parts, run

PARTS: Parts = {
    "books": ("27 books imported: totals by agency and department equal to the books", books.books),
    "compilation": (
        "ROC 102: 22 governments by function and source, against the official totals",
        compilation.compilation,
    ),
    "bad-input": ("faults planted in real books: each is named by its cell", bad_input.bad_input),
    "documents": ("random changes of the year: every invariant holds", documents.documents),
    "scale": ("480 agencies, 21,600 control rows × 12 months", scale.scale),
}

if __name__ == "__main__":
    sys.exit(run("budget", PARTS, about="The budget proved with large counts"))
