"""The lakehouse table of event frames, behind one `Gateway`: Unity Catalog or a local Delta table."""
