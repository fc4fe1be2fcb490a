"""Follows every figure of the books and statements to what makes it up, page by page.

A figure that leads to a level of its statement is that level's sum in the same column; one that
leads to a book is a sum of the book, or what its debits and credits leave; one that leads to a
voucher or a budget line stands there.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from html import unescape

from tests.golden.town import Caller

ROOTS = ("accounting/books", "accounting/reports/")
BODY = re.compile(r'<section class="listing" id="report".*?</section>', re.DOTALL)
PART = {name: re.compile(rf"<{name}>(.*?)</{name}>", re.DOTALL) for name in ("tbody", "tfoot")}
ROW = re.compile(r"<tr[^>]*>(.*?)</tr>", re.DOTALL)
CELL = re.compile(r"(<t[hd][^>]*>.*?)</t[hd]>", re.DOTALL)
FIGURE = re.compile(r'^<t[hd][^>]* class="num')
LINK = re.compile(r'<a href="([^"]+)"')
TAG = re.compile(r"<[^>]+>")
AMOUNT = re.compile(r"^−?[\d,]+$")


@dataclass
class Crawl:
    """What was followed, and every figure that is not the sum of what it leads to."""

    reader: Caller
    pages: dict[str, str] = field(default_factory=dict)
    followed: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def run(self, start: str) -> None:
        waiting = deque([start])
        seen = {start}
        while waiting:
            path = waiting.popleft()
            for target in self._follow(path):
                page = target.partition("#")[0]
                if page not in seen and page.startswith(ROOTS):
                    seen.add(page)
                    waiting.append(page)

    def _follow(self, path: str) -> list[str]:
        """Check the figures of a page; return where its links lead."""
        text = self._page(path)
        body = BODY.search(text)
        if body is None:
            return [self._below(link) for link in LINK.findall(text) if self._is_book(link)]
        leads = []
        for row in _rows(body[0], "tbody"):
            for column, cell in enumerate(row):
                link = LINK.search(cell)
                if not link:
                    continue
                target = self._below(link[1])
                leads.append(target)
                shown = _text(cell)
                if FIGURE.match(cell) and AMOUNT.match(shown):
                    self._compare(path, target, column, shown)
        return leads

    def _compare(self, path: str, target: str, column: int, shown: str) -> None:
        kind = target.partition("?")[0]
        page = self._page(target.partition("#")[0])
        body = BODY.search(page)
        if kind.startswith("accounting/reports/") and body:
            held = {_rows(body[0], "tfoot")[0][column]}
            good = shown in {_text(cell) for cell in held}
        elif kind.startswith("accounting/books/") and body:
            good = abs(_amount(shown)) in _sums(body[0])
        else:
            good = shown.removeprefix("−") in page
        sort = re.sub(r"/[0-9a-f-]{36}.*", "", kind)
        self.followed[sort] = self.followed.get(sort, 0) + 1
        if not good:
            self.wrong.append(f"{path}: {shown} is not what {target} adds up to")

    def _page(self, path: str) -> str:
        if path not in self.pages:
            self.pages[path] = self.reader.file(path).decode()
        return self.pages[path]

    def _is_book(self, link: str) -> bool:
        return self._below(link).startswith(ROOTS)

    def _below(self, link: str) -> str:
        """Return the path below the county."""
        return unescape(link).removeprefix(f"/{self.reader.town.code.lower()}/")


def _rows(body: str, part: str) -> list[list[str]]:
    found = PART[part].search(body)
    return [CELL.findall(row) for row in ROW.findall(found[1])] if found else []


def _text(cell: str) -> str:
    return unescape(TAG.sub("", cell)).strip()


def _amount(text: str) -> int:
    return int(text.replace(",", "").replace("−", "-"))


def _sums(body: str) -> set[int]:
    """Return the sums of a book, and what any two of them leave."""
    cells = [_text(cell) for row in _rows(body, "tfoot") for cell in row]
    sums = [abs(_amount(cell)) for cell in cells if AMOUNT.match(cell)]
    return {*sums, *(abs(one - other) for one in sums for other in sums)}
