"""What becomes of commitments when their year is over: carried over, due, or released."""
