"""Rules that make event frames out of data."""
