"""A run as text and as a page: rates, limits, terms, what is stored, what the machine spent."""

from __future__ import annotations

import html
import platform
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from loadtests.machine import Course
from loadtests.outcome import Outcome
from zhuji_observability.store.exchange import TERMS
from zhuji_observability.store.reading import Store, Wanted

Rows = Sequence[Sequence[str]]
PAGE = "report.html"
STYLE = """
    body { font: 15px/1.5 sans-serif; margin: 2rem auto; max-width: 75rem }
    table { border-collapse: collapse; margin: .5rem 0 1.5rem }
    td, th { border-bottom: 1px solid #ccc; padding: .2rem .7rem; text-align: right }
    td:first-child, th:first-child { text-align: left }
    .fault { color: #a00 }
"""
# Counts stand in periods of five minutes: the one in which a run began belongs to it.
PERIOD_S = 300


def breakdown(folder: Path, *, since_s: float, county: str) -> dict[str, dict[str, float]]:
    """Return each operation's mean milliseconds by term, as the store of times counted them."""
    store = Store(folder=folder, on=False)
    wanted = Wanted(
        since_ms=int(since_s // PERIOD_S * PERIOD_S * 1000), until_ms=int(time.time() * 1000),
        county=county,
    )  # fmt: skip
    found: dict[str, dict[str, float]] = {}
    for (_, operation), sketch in sorted(store.by_operation(wanted).items()):
        sums = sketch.slowest_us(0.0)
        found[operation] = {
            name: sums[name] / sketch.requests / 1000 for name in TERMS if sums[name] > 0
        }
    return found


def write(outcome: Outcome, run: Path) -> Path:
    """Write the run's page and its figures (JSON); return the page."""
    (run / "outcome.json").write_bytes(msgspec.json.encode(outcome))
    parts = "".join(_html(title, heads, rows) for title, heads, rows in tables(outcome))
    faults = "".join(f'<li class="fault">{html.escape(one)}</li>' for one in outcome.faults)
    page = run / PAGE
    page.write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{_title(outcome)}</title>'
        f"<style>{STYLE}</style><h1>{html.escape(_title(outcome))}</h1>"
        f"<p>{html.escape(circumstances(outcome))}</p><ul>{faults}</ul>{parts}"
        '<p><a href="locust.html">What Locust drew</a></p></html>',
        encoding="utf-8",
    )
    return page


def text(outcome: Outcome) -> str:
    """Return the same for a terminal, the terms of the page left out."""
    lines = [_title(outcome), circumstances(outcome)]
    for title, heads, rows in tables(outcome):
        if title != TERMS_TITLE:
            lines += ["", title, *_aligned([heads, *rows])]
    lines += ["", *(f"FAULT {one}" for one in outcome.faults)]
    return "\n".join([*lines, "PASSED" if outcome.passed else "FAILED"])


TERMS_TITLE = "where an operation's time went, mean milliseconds of all its requests"


def _title(outcome: Outcome) -> str:
    one = outcome.scenario
    verdict = "passed" if outcome.passed else "failed"
    return f"scenario {one.name}, {one.title}: scale {outcome.scale:g}, {verdict}"


def circumstances(outcome: Outcome) -> str:
    """Return how a run was made, in a sentence."""
    return (
        f"{outcome.plan.sessions:,} sessions, {outcome.plan.minutes:g} minutes, think times "
        f"{outcome.plan.think:g} of the design's, {outcome.processes} processes of Locust; "
        f"{platform.node()}, load average before {outcome.load_before:.1f}; events were followed "
        f"{outcome.followed_s:.0f} s after the end"
    )


def tables(outcome: Outcome) -> Iterator[tuple[str, Sequence[str], Rows]]:
    yield (
        "rates", ("what", "reached", "required"),
        [
            (one.name, f"{one.reached:,.2f}", f"{one.required:,.2f}" if one.required else "")
            for one in outcome.rates
        ],
    )  # fmt: skip
    heads = ("operation", "answers", "refused", "failed", "server p50", "p95", "p99",
             "network p50", "p95", "")  # fmt: skip
    yield (
        "limits (slo.toml), milliseconds of the server and of the network apart", heads,
        [
            (
                one.operation, f"{one.answers:,}", f"{one.refusals:,}", f"{one.failures:,}",
                *(f"{length:,.1f}" for length in (
                    one.server_p50_ms, one.server_p95_ms, one.server_p99_ms, one.network_p50_ms,
                    one.network_p95_ms,
                )),
                "; ".join(one.broken) or ("kept" if one.judged else "few"),
            )
            for one in outcome.kept
        ],
    )  # fmt: skip
    yield (
        "acknowledged = stored", ("what", "acknowledged", "stored"),
        [(one.what, f"{one.acknowledged:,}", f"{one.stored:,}") for one in outcome.compared],
    )  # fmt: skip
    yield (
        "invariants", ("command", "checked", "faults"),
        [(one.command, f"{one.checked:,}", f"{len(one.errors):,}") for one in outcome.verified],
    )  # fmt: skip
    yield (
        "the machine", ("process", "CPU s", "CPU share", "memory MiB at first", "at the end",
                        "at most", "own MiB at first", "at the end", "grows MiB an hour"),
        [
            (
                one.name, f"{one.cpu_s:,.1f}", f"{one.cpu_s / outcome.took_s:.0%}",
                *_went(one.memory_mib), f"{one.own_mib.first:,.0f}", f"{one.own_mib.last:,.0f}",
                "" if one.own_mib.per_hour is None else f"{one.own_mib.per_hour:+,.1f}",
            )
            for one in outcome.used
        ],
    )  # fmt: skip
    yield (
        "what is open", ("process", "files at first", "at the end", "at most",
                         "sockets at first", "at the end", "at most",
                         "processes at first", "at the end", "at most"),
        [
            (one.name, *_went(one.files), *_went(one.sockets), *_went(one.processes))
            for one in outcome.used
        ],
    )  # fmt: skip
    yield (
        "the slowest answers", ("operation", "status", "server ms", "network ms", "at second"),
        [
            (
                one.operation, str(one.status), f"{one.server_ms:,.0f}", f"{one.network_ms:,.0f}",
                f"{one.at_s - outcome.since_s:,.0f}",
            )
            for one in outcome.slowest
        ],
    )  # fmt: skip
    yield (TERMS_TITLE, *_terms(outcome.breakdown))


def _went(one: Course) -> tuple[str, str, str]:
    return f"{one.first:,.0f}", f"{one.last:,.0f}", f"{one.most:,.0f}"


def _terms(breakdown: Mapping[str, Mapping[str, float]]) -> tuple[Sequence[str], Rows]:
    names = [name for name in TERMS if any(name in terms for terms in breakdown.values())]
    rows = [
        (
            operation,
            f"{sum(terms.values()):,.2f}",
            *(f"{terms.get(name, 0):,.2f}" for name in names),
        )
        for operation, terms in breakdown.items()
    ]
    return ("operation", "whole", *names), rows


def _html(title: str, heads: Sequence[str], rows: Rows) -> str:
    def row(cells: Iterable[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    body = "".join(row(cells, "td") for cells in rows)
    return f"<h2>{html.escape(title)}</h2><table>{row(heads, 'th')}{body}</table>"


def _aligned(rows: Rows) -> list[str]:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
