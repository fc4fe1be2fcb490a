"""The people of a county as Locust's users: they sign in, open pages, key forms, press buttons.

Importing this package loads Locust, which replaces the blocking parts of the standard library.
"""
