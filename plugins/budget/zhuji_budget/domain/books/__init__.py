"""Official budget books (歲出機關別預算表): read by content, checked, consolidated. Pure."""
