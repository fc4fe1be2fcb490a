"""Every page of times in Chromium with the data of load runs, as host and as county engineer.

Each page on an office's screen, in English, and on a window of 640 pixels: axe finds nothing, the
browser complains of nothing (scripts, content policy, missing files), nothing but a table is wider
than the window, no Chinese is left on an English page; every file can be read by what reads it.
Pictures lie in ``prove-work/pages``, for eyes.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from arro3.io import read_parquet
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, ViewportSize, sync_playwright

from loadtests.site import HOST, Site
from tests.conftest import ARGUMENTS, CHROMIUM
from tests.e2e.desk import AXE, RUN_AXE
from tests.prove.observe_parts import pages_scene as scene
from tests.prove.tools.results import WORK, PartResult, Table, counted, must
from zhuji_observability.store.exchange import BROWSER, PROCESS, Exchange
from zhuji_observability.store.reading import Store, Wanted, last_hours
from zhuji_observability.web.desk import Page as PageOfTimes
from zhuji_observability.web.pages import PAGES, PAGES_OF_HOST

PICTURES = WORK / "pages"
CERTIFY = "accounting.requests.certify-form"
# name: width, height, language
SCREENS = {
    "office": (1366, 768, "zh_Hant_TW"),
    "english": (1280, 800, "en"),
    "narrow": (640, 900, "zh_Hant_TW"),
}
CHINESE = re.compile(r"[㐀-鿿]+")
# What lies wider than the window, but for what scrolls in a box of its own.
WIDER = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("main *")]
    .filter((e) => e.getBoundingClientRect().right > width + 1 && !e.closest(".scroll, .table"))
    .slice(0, 3).map((e) => e.outerHTML.slice(0, 100));
}"""
HTML_MAX_KB = 400


@dataclass(frozen=True)
class Address:
    """Where a page lies, below where the pages lie; ``name``: of its pictures."""

    name: str
    path: str


@dataclass
class Seen:
    """What was found on the screens of one page."""

    address: str
    screens: int = 0
    kilobytes: int = 0
    milliseconds: float = 0.0
    faults: list[str] = field(default_factory=list)


def pages(*, quick: bool) -> PartResult:
    """Open each page; ``quick``: with the data of half a minute of load, on one screen."""
    failures: list[str] = []
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir(parents=True)
    screens = dict(list(SCREENS.items())[: 1 if quick else None])
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        with scene.served(chromium, minutes=0.5 if quick else None) as (opened, application):
            data = _data(opened)
            found: list[Seen] = []
            files: list[tuple[str, str, int]] = []
            for place, known in (("host", PAGES_OF_HOST), (scene.ORDINARY.lower(), PAGES)):
                walk = _Walk(chromium, f"http://{HOST}:{application.port}/{place}", screens)
                below = "times" if place == "host" else "kernel/times"
                found += [walk.look(one, below) for one in addresses(known, data)]
                files += list(walk.files(known, data, below))
                walk.close()
        chromium.close()
    for one in found:
        must(failures, holds=not one.faults, say=f"{one.address}: {one.faults[:5]}")
    missing = _not_opened(found)
    must(failures, holds=not missing, say=f"not opened: {missing}")
    for path, told, _ in files:
        must(failures, holds=not told.startswith("E "), say=f"{path}: {told}")
    return PartResult(
        part="pages",
        title="every page of times in Chromium with the data of two load runs",
        checked=sum(one.screens for one in found) + len(files),
        failures=tuple(failures),
        tables=(_table(found), _files(files), _counts(data, found)),
        notes=(
            "Screens: " + ", ".join(f"{name} {width} × {height}" for name, (width, height, _) in
                                    screens.items()) + "; Chinese, but for english.",
            "Faults: of axe, console, scripts, content policy, width, language, answers.",
        ),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Data:
    """What the load runs left: requests that have something to show."""

    counts: dict[str, int]
    slowest: Exchange
    with_packets: Exchange
    met: Exchange
    kept: int


def _data(opened: Site) -> Data:
    store = Store(folder=opened.home.times, on=False)
    counts = {}
    for vantage in (PROCESS, BROWSER):
        for county in scene.DAYS:
            sketches = store.by_operation(_day(county=county, vantage=vantage)).values()
            counts[f"{county}, {vantage}"] = sum(one.requests for one in sketches)
    slowest = store.slowest(_day(county=scene.ORDINARY), limit=5_000)
    whole = [one for each in slowest if (one := store.find(each.trace)) is not None]
    certified = [one for one in whole if one.operation == CERTIFY] or whole
    seen = [one for one in whole if store.wire(one.trace)] or whole
    return Data(
        counts=counts,
        slowest=certified[0],
        with_packets=seen[0],
        met=next((one for one in whole if one.met), whole[0]),
        kept=len(whole),
    )


def _day(*, county: str = "", vantage: str = PROCESS) -> Wanted:
    return last_hours(24, now_ms=scene.now_ms(), county=county, vantage=vantage)


def addresses(known: Sequence[PageOfTimes], data: Data) -> Iterator[Address]:
    """Give each page that is no file, as it is asked for by its own links and forms."""
    certify = {"county": scene.ORDINARY, "operation": data.slowest.operation}
    asked: dict[str, dict[str, dict[str, str]]] = {
        "page": {
            "": {}, "-hour": {"hours": "1", "county": scene.ORDINARY}, "-live": {"live": "1"},
            "-browser": {"seen": BROWSER}, "-nothing": {"operation": "no.such"},
        },
        "operation": {"": certify, "-browser": {**certify, "seen": BROWSER},
                      "-host": {"county": "-", "operation": "host.times.page"}},
        "flame": {"": {}, "-certify": certify, "-usual": {"among": "usual"},
                  "-one": {"trace": data.slowest.trace}},
        "counties": {"": {}, "-certify": {"operation": data.slowest.operation}},
        "lines": {"": {}, "-live": {"live": "1"}},
        "queues": {"": {}, "-live": {"live": "1"}},
        "slo": {"": {}, "-county": {"county": scene.ORDINARY}},
    }  # fmt: skip
    for page in known:
        if page.heavy:
            continue
        if "{trace" in page.path:
            for kind in ("slowest", "with_packets", "met"):
                trace = getattr(data, kind).trace
                yield Address(f"exchange-{kind}", page.path.replace("{trace:str}", trace))
            continue
        for kind, query in asked.get(page.name, {"": {}}).items():
            path = page.path.rstrip("/") + (f"?{urlencode(query)}" if query else "")
            yield Address(f"{page.name}{kind}", path)


class _Walk:
    """An engineer's browsers, one a screen, each signed in."""

    def __init__(
        self, chromium: Chromium, base: str, screens: dict[str, tuple[int, int, str]]
    ) -> None:
        self.base = base
        self._axe = AXE.read_text("utf-8")
        self._complaints: list[str] = []
        self._contexts = {
            name: self._signed_in(chromium, ViewportSize(width=width, height=height), language)
            for name, (width, height, language) in screens.items()
        }

    def _signed_in(
        self, chromium: Chromium, viewport: ViewportSize, language: str
    ) -> BrowserContext:
        context = chromium.new_context(viewport=viewport, reduced_motion="reduce")
        context.add_cookies([{"name": "zhuji_language", "value": language, "url": self.base}])
        scene.sign_in(context, self.base, scene.ENGINEER, scene.PASSWORD)
        page = context.pages[0]
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._complaints.append(f"script: {error}"))
        page.on("requestfailed", lambda one: self._complaints.append(f"failed: {one.url}"))
        return context

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._complaints.append(f"console: {message.text[:200]}")

    def look(self, address: Address, below: str) -> Seen:
        url = f"{self.base}/{below}{address.path}"
        place = self.base.rpartition("/")[2]
        seen = Seen(address=f"/{place}/{below}{address.path}")
        for name, context in self._contexts.items():
            self._complaints.clear()
            page = context.pages[0]
            answer = page.goto(url, wait_until="load")
            assert answer is not None
            page.wait_for_timeout(300)  # charts are drawn after it
            found = [*self._complaints, *self._found(page)]
            if answer.status != 200:
                found.append(f"answer: {answer.status}")
            if name == "english":
                found += [f"Chinese: {one}" for one in _chinese(page)]
            seen.screens += 1
            seen.kilobytes = max(seen.kilobytes, len(answer.body()) // 1024)
            seen.milliseconds = max(
                seen.milliseconds, _served_ms(answer.header_value("server-timing"))
            )
            seen.faults += [f"{name}: {one}" for one in found]
            page.screenshot(path=PICTURES / f"{place}-{address.name}-{name}.png", full_page=True)
        if seen.kilobytes > HTML_MAX_KB:
            seen.faults.append(f"{seen.kilobytes} kB of HTML")
        print(f"  pages: {seen.address}: {len(seen.faults)}", flush=True)
        return seen

    def _found(self, page: Page) -> Iterator[str]:
        page.evaluate(self._axe)
        for violation in page.evaluate(RUN_AXE)["violations"]:
            for node in violation["nodes"]:
                yield f"axe: {violation['id']} {node['target']}"
        for one in page.evaluate(WIDER):
            yield f"wider than the window: {one}"

    def files(
        self, known: Sequence[PageOfTimes], data: Data, below: str
    ) -> Iterator[tuple[str, str, int]]:
        """Take each file, as the pages' links do, and read it; 'E …' where it cannot be read."""
        context = next(iter(self._contexts.values()))
        place = self.base.rpartition("/")[2]
        trace = data.with_packets.trace
        asked: dict[str, list[dict[str, str]]] = {
            "file": [{"form": one} for one in ("perfetto", "speedscope", "otlp", "pcap")],
            "csv": [{}], "parquet": [{}], "flame-file": [{}, {"trace": trace}],
            "pack": [{"county": one} for one in scene.DAYS if place == "host"] or [{}],
        }  # fmt: skip
        for page in (one for one in known if one.heavy):
            for query in asked[page.name]:
                path = page.path.replace("{trace:str}", trace) + f"?{urlencode(query)}"
                answer = context.request.get(f"{self.base}/{below}{path}")
                content = answer.body()
                told = _read(content) if answer.status == 200 else f"E {answer.status}"
                yield f"/{place}/{below}{path}", told, len(content)

    def close(self) -> None:
        for context in self._contexts.values():
            context.close()


def _chinese(page: Page) -> list[str]:
    """Return what is Chinese on an English page, but for the language that it may be changed to."""
    text = page.inner_text("main") + page.title()
    return sorted(set(CHINESE.findall(text)))[:10]


def _served_ms(header: str | None) -> float:
    found = re.search(r"app;dur=([\d.]+)", header or "")
    return float(found[1]) if found else 0.0


def _read(content: bytes) -> str:
    """Read a file by what reads it; tell what is in it."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            bad = archive.testzip()
            return f"E {bad}" if bad else f"zip of {len(archive.namelist())} files"
    if content.startswith(b"PAR1"):
        return f"Parquet of {read_parquet(io.BytesIO(content)).read_all().num_rows:,} rows"
    if content[:4] in {b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"}:
        return "pcap"
    if content.startswith(b"{"):
        return f"JSON: {', '.join(list(json.loads(content))[:4])}"
    lines = content.decode("utf-8-sig").splitlines()
    return f"CSV of {len(lines) - 1:,} rows" if len(lines) > 1 else "E empty"


def _not_opened(found: Sequence[Seen]) -> list[str]:
    """Return the pages of the host that no address led to: a new one has its line here."""
    opened = {one.address.partition("?")[0].removeprefix("/host/times") for one in found}
    return [
        one.path for one in PAGES_OF_HOST
        if not one.heavy and "{" not in one.path and one.path.rstrip("/") not in opened
    ]  # fmt: skip


def _table(found: Sequence[Seen]) -> Table:
    return Table(
        heads=("page", "screens", "faults", "kB of HTML", "served in ms at most"),
        rows=tuple(
            (f"`{one.address}`", str(one.screens), str(len(one.faults)), f"{one.kilobytes:,}",
             f"{one.milliseconds:,.0f}")
            for one in found
        ),
    )  # fmt: skip


def _files(files: Sequence[tuple[str, str, int]]) -> Table:
    return Table(
        heads=("file", "read as", "kB"),
        rows=tuple((f"`{path}`", told, f"{size / 1024:,.1f}") for path, told, size in files),
    )


def _counts(data: Data, found: Sequence[Seen]) -> Table:
    kinds = Counter(
        fault.partition(": ")[2].partition(":")[0] for one in found for fault in one.faults
    )
    return counted(
        "data of the load runs, and what was found",
        [
            *((f"requests of {name}", count) for name, count in data.counts.items()),
            ("requests kept whole (TXG)", data.kept),
            ("what axe complains of", kinds["axe"]),
            ("complaints of the browser", kinds["console"] + kinds["script"] + kinds["failed"]),
            ("pages wider than their window", kinds["wider than the window"]),
        ],
    )
