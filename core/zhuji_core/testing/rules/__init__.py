"""The rules that the source keeps: what ``tests/architecture`` and every module inherit."""
