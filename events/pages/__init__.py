"""Pages over event frames and their synchronisation."""
