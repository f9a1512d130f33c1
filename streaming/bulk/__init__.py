"""Values out of files."""
