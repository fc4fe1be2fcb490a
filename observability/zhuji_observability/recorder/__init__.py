"""Where the time of one request goes inside of this process, each nanosecond counted once.

``terms`` names what is told apart · ``record`` collects marks while a request is served ·
``attribution`` makes terms of the marks afterwards · who marks: ``middleware`` (receive, send),
``http_protocol`` with ``tcp_info`` (kernel and loop wait), ``executors`` (threads), ``pools``,
``statements`` (SQL and locks), ``processor`` (CPU wait), ``pauses`` (collector) ·
``server_timing`` tells the browser.

``put_on`` puts everything on at composition, where a setting asks for it.
"""
