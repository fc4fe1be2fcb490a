"""Terms, sides and reasons as people read them."""

from __future__ import annotations

from collections.abc import Mapping

from zhuji_core.values import N_
from zhuji_observability.store.verdict import Side

# In the order of time.
TERM_WORDS: Mapping[str, str] = {
    "redirect": N_("轉址前的請求"),
    "queue": N_("瀏覽器排隊"),
    "dns": N_("網域查詢"),
    "connect": N_("建立連線"),
    "tls": N_("加密交握"),
    "upload": N_("上傳"),
    "network": N_("網路往返"),
    "pause": N_("記憶體回收"),
    "kernel": N_("等待系統核心"),
    "lock": N_("等待資料列鎖"),
    "sql": N_("資料庫執行"),
    "group": N_("等待同批作業"),
    "pool": N_("等待資料庫連線"),
    "signature": N_("簽章與密碼查驗"),
    "template": N_("產生頁面"),
    "serialise": N_("產生回應"),
    "thread": N_("等待執行緒"),
    "loop": N_("等待事件迴圈"),
    "send": N_("送出"),
    "own": N_("程式本身"),
    "cpu": N_("等待處理器"),
    "download": N_("下載"),
    "unattributed": N_("無法歸屬"),
}
SIDE_WORDS: Mapping[Side, str] = {
    Side.NETWORK: N_("網路"),
    Side.BEFORE: N_("轉址前的請求"),
    Side.HOST: N_("主機排隊"),
    Side.OTHERS: N_("他人持有的鎖"),
    Side.GROUP: N_("同批作業的排隊"),
    Side.DATABASE: N_("資料庫"),
    Side.CODE: N_("程式"),
    Side.UNKNOWN: N_("無法歸屬"),
}
KEPT_WORDS: Mapping[str, str] = {
    "error": N_("失敗"),
    "slow": N_("緩慢"),
    "retransmits": N_("封包重送"),
    "lock": N_("等鎖或持鎖"),
    "first": N_("同類首次"),
    "sample": N_("抽樣"),
}
# Of a meeting: which side this request was on.
MET_WORDS: Mapping[str, str] = {
    "waited": N_("等待對方持有的鎖"),
    "held": N_("持有對方所等的鎖"),
    "led": N_("由對方的交易一併完成"),
}
# Of a session, as PostgreSQL calls them.
STATE_WORDS: Mapping[str, str] = {
    "active": N_("執行敘述"),
    "idle in transaction": N_("交易中閒置"),
    "idle in transaction (aborted)": N_("失敗的交易中閒置"),
}
