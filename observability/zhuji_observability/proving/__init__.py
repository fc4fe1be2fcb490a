"""The proof of the figures: known delay, loss and waits are put in, and what is attributed is read.

``line`` is a network line as arithmetic · ``tunnel`` plays it between two network namespaces
that ``places`` makes · ``site`` and ``client`` are the two ends, ``trial`` runs cells of the
``matrix`` and joins what client, capture and process saw · ``accuracy`` compares it with what
was put in. Needs root and /dev/net/tun, as ``zhuji observe prove`` says when they are absent.
"""
