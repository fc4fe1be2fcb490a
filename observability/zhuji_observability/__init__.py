"""OpenTelemetry put on from outside; only the composition root imports this package."""

from __future__ import annotations

import os

# Instrumentations read this once, when they are first imported; without it they would use the
# old names of attributes and every dashboard would have to change later.
os.environ.setdefault("OTEL_SEMCONV_STABILITY_OPT_IN", "http,database")
