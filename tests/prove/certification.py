"""Certification proved with large counts: ``make prove WHAT=certification``.

    uv run python -m tests.prove.certification [--only PART …] [--quick] [--again]

Minutes to an hour. Each part keeps its result under prove-work/, so a run that was broken off is
taken up where it was: parts that have passed on the same commit are not run again (``--again``).
``--quick`` runs every part with small counts and writes its report under prove-work/ too.
"""

from __future__ import annotations

import sys

from tests.prove.certification_parts import (
    batch,
    crash,
    imports,
    pgbench,
    races,
    sizes,
    times,
    together,
)
from tests.prove.tools.program import Parts, run

PARTS: Parts = {
    "import": ("all 27 books of Taichung, fiscal year 105", imports.import_books),
    "race-one-row": ("many clients on one control row", races.one_row),
    "race-five-of-twenty": ("requests that name 5 of 20 rows", races.five_of_twenty),
    "naive": ("the checks catch read-check-write", races.naive),
    "crash": ("kill -9 of the application under load", crash.crash),
    "pgbench": ("beside the same statements and TPC-B", pgbench.pgbench),
    "together": ("certifications that share a transaction", together.together),
    "batch": ("three hundred at once, and flushes", batch.batch),
    "sizes": ("a tenth of a city, a whole one, three years of it", sizes.sizes),
    "times": ("cold installation, demo, tests, CI", times.times),
}

if __name__ == "__main__":
    sys.exit(run("certification", PARTS, about="Certification proved with large counts"))
