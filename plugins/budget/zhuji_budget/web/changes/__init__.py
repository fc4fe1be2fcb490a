"""Pages and API of changes during the year."""
