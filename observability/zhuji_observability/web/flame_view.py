"""A flame as a drawing of links, and as tables that tell the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import urlencode

from zhuji_core.values import N_, Value
from zhuji_core.web.components import Cell, Column, Kind, Row, Table
from zhuji_observability.recorder.statements import term_of
from zhuji_observability.recorder.terms import Term
from zhuji_observability.store.flame import Frame, Sum, hottest
from zhuji_observability.web.view import ms, percent

Words = Callable[[str], str]

WIDTH, LANE, BAR = 1_000, 22, 20
# What is narrower can be neither read nor hit; the table has it, and it is drawn once one goes in.
NARROWEST = 3.0
ROWS_MAX, HOTTEST_MAX = 200, 30
_LETTER, _LETTERS_MAX = 7.0, 160
_BLUE, _GREEN, _ORANGE, _GREY = "#0b5d7a", "#4a6b1f", "#b3541e", "#5c6670"


class Box(Value, frozen=True, kw_only=True):
    """A frame as drawn: a link that makes it the widest; ``told``: what it is, in words."""

    x: float
    y: float
    width: float
    fill: str
    label: str
    told: str
    url: str


class Flame(Value, frozen=True, kw_only=True):
    """Ready to be drawn, from above; ``left_out``: frames too narrow for it."""

    height: float
    boxes: tuple[Box, ...]
    left_out: int


class Asked(Value, frozen=True, kw_only=True):
    """Where the page stands, with its filter: what the links of its frames keep."""

    path: str
    query: Mapping[str, str]

    def at(self, frame: Frame) -> str:
        query = {**self.query, "at": frame.key} if frame.key else self.query
        return f"{self.path}?{urlencode(query)}" if query else self.path


def drawn(tr: Words, way: Sequence[Frame], asked: Asked) -> Flame | None:
    """Lay out the last frame of ``way`` over the whole width, below those in which it stands."""
    frame = way[-1]
    if not frame.total_us:
        return None
    drawing = _Drawing(tr, asked, whole=way[0])
    above = [drawing.box(one, x=0.0, width=WIDTH, lane=lane) for lane, one in enumerate(way)]
    below = list(drawing.below(frame, x=0.0, lane=len(way), scale=WIDTH / frame.total_us))
    boxes = [*above, *(box for box in below if box is not None)]
    return Flame(
        height=max(box.y for box in boxes) + LANE,
        boxes=tuple(boxes),
        left_out=sum(box is None for box in below),
    )


class _Drawing:
    """Of one flame, ``whole`` of which is what shares are of."""

    def __init__(self, tr: Words, asked: Asked, *, whole: Frame) -> None:
        self._tr = tr
        self._asked = asked
        self._whole = whole

    def below(self, frame: Frame, *, x: float, lane: int, scale: float) -> Iterator[Box | None]:
        """Give what stands in a frame, None for what is too narrow (with all that is in it)."""
        for one in frame.inside:
            width = one.total_us * scale
            if width < NARROWEST:
                yield None
            else:
                yield self.box(one, x=x, width=width, lane=lane)
                yield from self.below(one, x=x, lane=lane + 1, scale=scale)
            x += width

    def box(self, frame: Frame, *, x: float, width: float, lane: int) -> Box:
        name = name_of(self._tr, frame)
        told = self._tr(N_("{name}：{ms} 毫秒，占 {share}，{times} 次")).format(
            name=name,
            ms=ms(frame.total_us),
            share=percent(frame.total_us / self._whole.total_us),
            times=f"{frame.times:,}",
        )
        return Box(
            x=round(x, 1),
            y=lane * LANE,
            width=max(1.0, round(width - 1, 1)),
            fill=_fill(frame),
            label=_cut(name, width),
            told=told,
            url=self._asked.at(frame),
        )


def name_of(tr: Words, frame: Frame | Sum) -> str:
    """Return the text of a statement, else the name of a step; the first frame is all requests."""
    name = " ".join(frame.statement.split()) or frame.name or tr(N_("全部請求"))
    return name if len(name) <= _LETTERS_MAX else f"{name[: _LETTERS_MAX - 1]}…"


def _fill(frame: Frame) -> str:
    if frame.statement:
        return _ORANGE if term_of(frame.statement) is Term.LOCK else _GREEN
    return _BLUE if frame.depth > 1 else _GREY


def _cut(name: str, width: float) -> str:
    """Return whole words of a name that fit: the first of a statement, the last of a dotted name.

    What is seen must be part of what the link is called, or who says its name cannot choose it.
    """
    room = (width - 8) / _LETTER
    words, parts = name.split(" "), name.split(".")
    shorter = (
        (" ".join(words[:count]) for count in range(len(words), 0, -1))
        if len(words) > 1
        else (".".join(parts[first:]) for first in range(len(parts)))
    )
    return next((one for one in shorter if _letters(one) <= room), "")


def _letters(text: str) -> float:
    """Return its length in letters; a Chinese one is as wide as nearly two."""
    return sum(1 if letter.isascii() else 1.8 for letter in text)


def flame_sentence(tr: Words, frame: Frame, requests: int) -> str:
    """Say of how many requests it is, and which step of them took most by itself."""
    if not frame.total_us:
        return tr(N_("這段時間沒有留存的請求。"))
    most = hottest(frame)[0]
    return tr(
        N_("留存的 {count} 次請求，伺服器時間共 {ms} 毫秒；本身耗時最多的是 {name}（{share}）。")
    ).format(
        count=f"{requests:,}", ms=ms(frame.total_us), name=name_of(tr, most),
        share=percent(most.own_us / frame.total_us),
    )  # fmt: skip


def frame_table(tr: Words, way: Sequence[Frame], asked: Asked) -> Table:
    """Return the frames that stand in the last one of ``way``, indented, and itself."""
    frame, whole = way[-1], max(1, way[0].total_us)
    found = [one for one in frame.all if one.times]
    return Table(
        id="frames",
        caption=tr(N_("步驟之內的步驟")),
        columns=(
            Column(title=tr(N_("步驟")), kind=Kind.CODE, wide=True),
            Column(title=tr(N_("模組")), kind=Kind.CODE),
            Column(title=tr(N_("執行次數")), kind=Kind.NUMBER),
            Column(title=tr(N_("合計")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("占全部")), kind=Kind.NUMBER, unit="%"),
            Column(title=tr(N_("本身")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("平均每次")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(
                        value=f"{'　' * (one.depth - frame.depth)}{name_of(tr, one)}",
                        url=asked.at(one),
                    ),
                    Cell(value=one.module),
                    Cell(value=one.times),
                    Cell(value=ms(one.total_us)),
                    Cell(value=f"{one.total_us / whole * 100:.1f}"),
                    Cell(value=ms(one.own_us)),
                    Cell(value=ms(one.total_us / one.times)),
                ),
            )
            for one in found[:ROWS_MAX]
        ),
        empty=tr(N_("這段時間沒有留存的請求。")),
    )


def hottest_table(tr: Words, frame: Frame) -> Table:
    whole = max(1, frame.total_us)
    return Table(
        id="hottest",
        caption=tr(N_("本身耗時最多的步驟，不論在何處")),
        columns=(
            Column(title=tr(N_("步驟")), kind=Kind.CODE, wide=True),
            Column(title=tr(N_("模組")), kind=Kind.CODE),
            Column(title=tr(N_("執行次數")), kind=Kind.NUMBER),
            Column(title=tr(N_("本身")), kind=Kind.NUMBER, unit=tr(N_("毫秒"))),
            Column(title=tr(N_("占全部")), kind=Kind.NUMBER, unit="%"),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(value=name_of(tr, one)),
                    Cell(value=one.module),
                    Cell(value=one.times),
                    Cell(value=ms(one.own_us)),
                    Cell(value=f"{one.own_us / whole * 100:.1f}"),
                )
            )
            for one in hottest(frame)[:HOTTEST_MAX]
            if one.own_us
        ),
        empty=tr(N_("這段時間沒有留存的請求。")),
    )
