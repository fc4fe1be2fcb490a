"""Every figure of the golden quarter's books and statements leads to what makes it up."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.core.site import Site
from tests.golden.crawler import Crawl
from tests.golden.government import GOLDEN
from tests.golden.lived import live
from tests.golden.town import Town
from zhuji_core.testing.counties import CountyUnderTest

pytestmark = pytest.mark.slow


@pytest.fixture
def town(served_whole: Site, txg: CountyUnderTest, mli: CountyUnderTest) -> Iterator[Town]:
    served_whole.begin_test(txg, mli)
    with Town(served_whole) as opened:
        yield opened


def test_every_figure_is_the_sum_of_what_it_leads_to(town: Town) -> None:
    (replay,) = live(town, GOLDEN)
    crawl = Crawl(reader=replay.agency["accountant"])
    crawl.run("accounting/books")
    told = ", ".join(f"{count:,} to {kind}" for kind, count in sorted(crawl.followed.items()))
    sys.stdout.write(f"{len(crawl.pages):,} pages; figures followed: {told}\n")
    assert not crawl.wrong, "\n".join(crawl.wrong)
    assert crawl.followed["accounting/vouchers"] > 50
    assert crawl.followed["accounting/books/account"] > 50
    assert crawl.followed["accounting/books/budget-row"] > 5
    assert crawl.followed["budget/lines"] > 20
