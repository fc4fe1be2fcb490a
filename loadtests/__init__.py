"""Load: a made-up city, its people as Locust's users, scenarios, comparisons."""
