"""A made-up city of the size of Taichung, written into a county by COPY."""
