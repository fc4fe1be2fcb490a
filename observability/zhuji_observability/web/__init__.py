"""Pages for performance engineers: what was slow and whose fault it was, and one request whole."""
