"""Service levels as a table, and what the operator of a line reads first."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from zhuji_core.values import N_
from zhuji_core.web.components import Badge, Cell, Column, Kind, Row, Table, Tone
from zhuji_observability.store.lines import Line
from zhuji_observability.store.promises import Promise
from zhuji_observability.store.slo import ALL_HOURS, DAY, HOUR, Burn
from zhuji_observability.store.verdict import SIDES, Side, Verdict
from zhuji_observability.web.load_view import TROUBLE_WORDS
from zhuji_observability.web.verdict_view import OPERATIONS_MAX
from zhuji_observability.web.view import ms, percent

Words = Callable[[str], str]
Key = tuple[str, str]

FORMS = {"perfetto": "Perfetto", "speedscope": "speedscope", "otlp": "OTLP JSON"}
# Where packets were joined to the request.
HEADS = {"pcap": "pcap"}


def burn_sentence(tr: Words, burns: Mapping[Key, Burn]) -> str:
    """Say how many operations have used up their budget, or are about to."""
    if not burns:
        return tr(N_("這段時間沒有請求。"))
    broken = sum(one.broken for one in burns.values())
    urgent = sum(one.urgent for one in burns.values())
    if not broken and not urgent:
        return tr(N_("全部 {count} 項作業均在額度內。")).format(count=len(burns))
    return tr(
        N_("{count} 項作業中，{broken} 項已用完額度，{urgent} 項在最近一小時急速消耗。")
    ).format(count=len(burns), broken=broken, urgent=urgent)


def burn_table(
    tr: Words, burns: Mapping[Key, Burn], exemplars: Mapping[Key, str], *, here: str
) -> Table:
    """Return the operations, those that burn fastest first."""
    ordered = sorted(
        burns.items(), key=lambda one: (-one[1].burn[HOUR], -one[1].burn[DAY], one[1].left)
    )
    return Table(
        id="burns",
        caption=tr(N_("各作業的錯誤額度")),
        narrow=True,
        columns=(
            Column(title=tr(N_("縣市")), kind=Kind.CODE),
            Column(title=tr(N_("作業")), kind=Kind.CODE),
            Column(title=tr(N_("判讀")), kind=Kind.BADGE),
            Column(title=tr(N_("承諾")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("實際")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("請求數")), kind=Kind.NUMBER),
            Column(title=tr(N_("慢或失敗")), kind=Kind.NUMBER),
            Column(title=tr(N_("一小時的消耗速率")), kind=Kind.NUMBER),
            Column(title=tr(N_("一天的消耗速率")), kind=Kind.NUMBER),
            Column(title=tr(N_("兩週的消耗速率")), kind=Kind.NUMBER),
            Column(title=tr(N_("剩餘額度")), kind=Kind.NUMBER),
            Column(title=tr(N_("最慢的一次")), kind=Kind.CODE),
        ),
        rows=tuple(
            _burn(tr, key, one, exemplars.get(key, ""), here=here)
            for key, one in ordered[:OPERATIONS_MAX]
        ),
        empty=tr(N_("這段時間沒有請求。")),
    )


def _burn(tr: Words, key: Key, one: Burn, trace: str, *, here: str) -> Row:
    if one.urgent:
        badge = Badge(text=tr(N_("急速消耗")), tone=Tone.BAD)
    elif one.broken:
        badge = Badge(text=tr(N_("已用完")), tone=Tone.STOPPED)
    else:
        badge = Badge(text=tr(N_("額度內")), tone=Tone.GOOD)
    county, operation = key
    return Row(
        cells=(
            Cell(value=county or tr(N_("主機"))),
            Cell(value=operation),
            Cell(value=badge),
            Cell(value=_promise(one.promise)),
            Cell(value=ms(one.reached_us)),
            Cell(value=one.requests),
            Cell(value=one.bad),
            *(Cell(value=f"{one.burn[hours]:,.1f}") for hours in (HOUR, DAY, ALL_HOURS)),
            Cell(value=percent(one.left)),
            Cell(value=trace[:8], url=f"{here}/exchanges/{trace}" if trace else ""),
        ),
        emphasis=one.urgent,
    )


def _promise(one: Promise) -> str:
    return f"{percent(one.share)} ≤ {one.limit_us / 1000:,.0f}"


def pack_readme(tr: Words, *, county: str, hours: int, line: Line, verdict: Verdict) -> str:
    """Return the text of a pack: what is wrong with the line, and what the files are."""
    network = sum(one.share for one in verdict.blame if SIDES[one.term] is Side.NETWORK)
    troubles = tr(N_("、")).join(tr(TROUBLE_WORDS[one]) for one in line.troubles)
    paragraphs = (
        tr(N_("線路事件資料：{county}，最近 {hours} 小時，{requests} 次請求")).format(
            county=county or tr(N_("主機")), hours=hours, requests=f"{line.requests:,}"
        ),
        tr(N_("線路的異狀：{troubles}")).format(troubles=troubles or tr(N_("無"))),
        tr(N_("最慢的二十分之一請求，時間有 {share} 花在網路（其餘在伺服器）。")).format(
            share=percent(network)
        ),
        tr(N_(
            "往返 p50 {p50} 毫秒、p95 {p95} 毫秒；"
            "有重送的請求 {hurt}，重送的封包 {again} 個。"
        )).format(
            p50=ms(line.rtt_p50_us), p95=ms(line.rtt_p95_us), hurt=f"{line.hurt_share * 100:.2f}%",
            again=f"{line.sent_again:,}",
        ),
        tr(N_(
            "line.csv 為線路的數字；exchanges.csv 為留存的最慢請求，逐項時間（微秒）；"
            "packets.csv 為其中有擷取者的各個封包（at_us 自請求的第一個位元組起算），"
            "heads 為其標頭，可以 Wireshark 開啟。不含任何內容與作業名稱；"
            "位址除非主機另有設定（ZHUJI_WIRE_ADDRESSES）均已改為文件用位址。"
        )),
    )  # fmt: skip
    return "\n\n".join(paragraphs) + "\n"
