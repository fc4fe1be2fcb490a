"""``zhuji budget …``: ``main`` has the group, every other file the commands of one subject."""
