"""Spans: noted while somebody waits, made into OpenTelemetry's own when nobody does.

``noted`` is all that a request pays for: a name, two moments and its parent · ``provider`` is the
face of OpenTelemetry's API to libraries that make spans themselves · ``exports`` makes spans of
the SDK of what was noted, in a thread of its own and only where an exporter wants them.
"""
