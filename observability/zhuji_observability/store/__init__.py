"""What became of every request, kept on this host beside all business data.

``exchange`` is one request with its terms · ``collector`` takes it from the recorder and gives it
to the ``keeper``, whose thread writes once a second: exact counts of all (``counts``), and whole
exchanges of those that ``sampling`` chooses · ``files`` are SQLite, one for each day · ``reading``
finds what pages and commands ask for.

Nothing here may cost a request: what cannot be written is counted as lost, and said once a minute.
"""
