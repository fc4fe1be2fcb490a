"""Why the end of a commitment may not be written or decided."""

from __future__ import annotations

from typing import Any

from zhuji_core.values import N_, DomainError


class CarryNotFound(DomainError):
    """No such carry-over request in this county, or none that the actor may see."""

    code = "E-CARRY-NOT-FOUND"
    message = N_("查無此保留案，或您無權查閱。")
    status_code = 404


class CarryWrongState(DomainError):
    """The verb is not possible in this state."""

    code = "E-CARRY-STATE"
    message = N_("保留案 {label} 目前為「{state}」，不能{action}；須為：{needed}。")


class CarryTwice(DomainError):
    """What a request holds is divided once: one carry-over request of it at a time."""

    code = "E-CARRY-TWICE"
    message = N_("動支申請 {request_label} 已有保留案 {other}，請修改或撤回該案。")


class CarryStale(DomainError):
    """Somebody changed it meanwhile, or what the request holds is another amount by now."""

    code = "E-CARRY-STALE"
    message = N_("保留案 {label} 已由他人更新，請重新開啟後再試。")


class CarryEarly(DomainError):
    """A year's commitments are divided at its end: from December, until its books are closed."""

    code = "E-CARRY-DATE"
    message = N_(
        "{fiscal_year} 年度之保留須於 {first_on} 至 {last_on} 間申請（預算法 72）；今日為 {today}。"
    )


class CarryBatch(DomainError):
    """So many at once are not decided, nor those of two years together."""

    code = "E-CARRY-BATCH"
    message = N_("一次可核定同一年度之保留案 1 至 {batch_max} 件（您選了 {count} 件）。")
    status_code = 422


class CarryIncomplete(DomainError):
    """Why it is carried, by which evidence, and to whom what is due is owed: each is told."""

    code = "E-CARRY-MISSING"
    message = N_("保留案尚缺：{missing}。")
    status_code = 422


class CarryLines(DomainError):
    """Every line that holds something is divided, each once, in whole dollars of zero or more."""

    code = "E-CARRY-LINES"
    message = N_("請就動支申請每一尚有餘額之行填列保留、應付及釋放金額，各不得為負，且不得重複。")
    status_code = 422


class CarrySplit(DomainError):
    """A line is divided into more or less than it holds (預算法 72)."""

    code = "E-CARRY-SPLIT"
    message = N_(
        "第 {line_no} 行：保留 {carry_ntd:,} ＋ 應付 {payable_ntd:,} ＋ 釋放 {release_ntd:,}"
        " = {sum_ntd:,}，與未結清餘額 {open_ntd:,} 相差 {difference_ntd:,}。"
    )
    status_code = 422

    def __init__(self, *, line_no: int, open_ntd: int, split: tuple[int, int, int]) -> None:
        carry_ntd, payable_ntd, release_ntd = split
        figures = {
            "carry_ntd": carry_ntd,
            "payable_ntd": payable_ntd,
            "release_ntd": release_ntd,
            "sum_ntd": sum(split),
            "open_ntd": open_ntd,
            "difference_ntd": abs(sum(split) - open_ntd),
        }
        fields = {f"lines-{line_no - 1}-release": N_("三項合計須等於未結清餘額。")}
        words: dict[str, Any] = {"line_no": line_no, **figures}
        super().__init__(arithmetic=figures, fields=fields, **words)


class CarryMoved(DomainError):
    """What the request holds changed since it was divided: it is divided anew."""

    code = "E-CARRY-MOVED"
    message = N_(
        "保留案 {label} 第 {line_no} 行申請時未結清 {open_ntd:,}，目前為 {held_ntd:,}。"
        "請退回申請人重新填列。"
    )


class CarryOverGranted(DomainError):
    """More is granted than was asked for: only less, with the reason why."""

    code = "E-CARRY-GRANT"
    message = N_(
        "第 {line_no} 行核定保留 {carry_ntd:,}、應付 {payable_ntd:,}，"
        "不得超過申請保留 {asked_carry_ntd:,}、應付 {asked_payable_ntd:,}。"
    )
    status_code = 422


class NotCarryWriter(DomainError):
    """Only who wrote it may change, submit or withdraw it."""

    code = "E-CARRY-WRITER"
    message = N_("保留案 {label} 由 {writer} 填寫，只有填寫人可以{action}。")
    status_code = 403


class BroughtOnly(DomainError):
    """Money of former years is for what it was certified for, and for nothing new (預算法 72)."""

    code = "E-BROUGHT-FORWARD"
    message = N_(
        "{label} 為 {origin_year} 年度轉入之{what}，不能{action}；只供原案報支，不需者辦理註銷。"
    )
