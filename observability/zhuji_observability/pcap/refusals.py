"""What is refused before a row is printed: not readable, not a capture, not a link we know."""

from __future__ import annotations

from zhuji_core.values import N_, DomainError


class CaptureUnreadable(DomainError):
    """The file is absent, a folder, or not ours to read."""

    code = "E-PCAP-FILE"
    message = N_("無法讀取擷取檔 {path}：{reason}")
    status_code = 422


class NotACapture(DomainError):
    """The first bytes are those of no capture file that is read here."""

    code = "E-PCAP-FORMAT"
    message = N_("{path} 不是 pcap 或 pcapng 擷取檔：{found}。")
    status_code = 422


class LinkTypeUnknown(DomainError):
    """Every packet was taken on a kind of link whose frames are not read here."""

    code = "E-PCAP-LINK"
    message = N_("{path} 的鏈結層類型為 {link_type}，無法分析；可分析者為：{known}。")
    status_code = 422
