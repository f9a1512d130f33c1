"""Tables of the lake that ingestion fills: local Delta, or Unity Catalog through a warehouse."""
