"""Network and server time proved with large counts: ``make prove WHAT=observe``.

uv run python -m tests.prove.observe [--only PART …] [--quick] [--again]
"""

from __future__ import annotations

import sys

from tests.prove.observe_parts import blind, canary, cost, disk, matrix, pages, pcap, pcap_volume
from tests.prove.tools.program import Parts, run

PARTS: Parts = {
    "pcap": ("random captures, every figure against Wireshark's", pcap.pcap),
    "pcap-volume": ("a capture of 1 GB: packets per second, memory", pcap_volume.pcap_volume),
    "matrix": ("what is put in against what is attributed", matrix.matrix),
    "blind": ("faults that the diagnosis is not told", blind.blind),
    "disk": ("the store's disk full under load of certifications", disk.disk),
    "canary": ("planted in every field, found nowhere that leaves the county", canary.canary),
    "pages": (
        "every page in Chromium with the data of load runs: axe, console, width",
        pages.pages,
    ),
    "cost": ("what watching costs a certification, over HTTP", cost.cost),
}

if __name__ == "__main__":
    sys.exit(run("observe", PARTS, about="Network and server time proved with large counts"))
