"""Offline analysis of a packet capture: one row for each HTTP exchange, streamed.

``files`` reads pcap and pcapng · ``link_layers`` finds the IP packet in a frame · ``segments``
reads IP and TCP · ``half_streams`` puts one direction of a connection in order ·
``http_messages`` frames its HTTP messages without keeping a body · ``exchanges`` pairs requests
with answers · ``conversations`` follows both directions of a connection, ``streams`` all that are
open · ``terms`` says what an exchange's time went to, ``paths`` what of its target may be shown ·
``analysis`` runs all of it over a file with bounded memory. Nothing here asks the product: a
capture is enough.
"""
