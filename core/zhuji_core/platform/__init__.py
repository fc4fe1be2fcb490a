"""Who operates the host: people, sessions and audit of the platform's own database.

Nothing here opens a unit of work of a county, and no use case of a county takes one of these.
"""
