"""The tables of a unit book as they are printed, one file a form; heads and order as official."""
