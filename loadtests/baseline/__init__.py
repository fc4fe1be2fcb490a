"""The path that other systems take, in the place of ours: to measure against, never shipped."""
