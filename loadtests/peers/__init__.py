"""Other accounting systems, posting the same with a budget check on the same PostgreSQL."""
