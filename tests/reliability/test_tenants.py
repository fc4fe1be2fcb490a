"""Two counties with the same ids on one host: nothing of one is ever found with the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.boundaries.book import BOOK
from tests.boundaries.swap import SOURCE, TWIN, Swap
from tests.boundaries.twins import MARKS, opened_twins, serving

# A statement that forgets which county it is of would bring such a row.
LEAK = "UPDATE accounting.spending_request SET purpose = purpose || :mark WHERE agency_code = 'A1'"


# A minute of two servers; every route of both in `make prove WHAT=kernel` (part tenants).
@pytest.mark.slow
def test_nothing_of_one_county_is_found_with_the_other_and_a_leak_is(tmp_path: Path) -> None:
    with opened_twins(tmp_path / "twins") as twins:
        swap = Swap(twins, book=BOOK, each=24)
        assert swap.fill() > 100
        with serving(twins):
            swap.use()
            found = swap.searched
            assert not found.faults, "\n".join(found.faults)
            assert found.places["answers"] > 50
            assert found.own_marks["answers"] > 50
            twins.worlds[TWIN].county.execute(LEAK, mark=MARKS[SOURCE])
            swap.ask("accounting.requests.list", TWIN)
        assert any("accounting.requests.list" in fault for fault in found.faults)
        with twins.serve_log.open("a") as log:
            log.write(f"INFO {MARKS[TWIN]}\n")
        swap.search_places()
        assert any("accounting.spending_request" in fault for fault in found.faults)
        assert any(fault.startswith("log/serve.log") for fault in found.faults)
        assert found.amounts["traces"] > 10_000
        assert not [one for one in found.faults if "trace" in one or "platform" in one]
