"""What an export is refused for."""

from __future__ import annotations

from zhuji_core.values import N_, DomainError


class PacketsNotKept(DomainError):
    """No capture was joined to the request, or an older release joined it without heads."""

    code = "E-PACKETS"
    message = N_(
        "請求 {trace} 沒有併入封包；請以 zhuji observe capture --keep 擷取，"
        "或以 zhuji observe pcap FILE --keep 併入既有的擷取檔。"
    )
    status_code = 404


class ParquetAbsent(DomainError):
    """What writes Parquet is not installed on this host (decision 69)."""

    code = "E-PARQUET"
    message = N_("本主機未安裝匯出 Parquet 的套件，請安裝 zhuji[parquet]，或改匯出 CSV。")
    status_code = 404
