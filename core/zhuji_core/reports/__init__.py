"""Reports (報表) of every module: defined once, read once, shown as page, file and API."""
