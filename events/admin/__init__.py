"""The admin of event frames and of their synchronisation with the lake."""

from . import frames, ingested, ingestion, parts, rules, synchronisation

__all__ = ["frames", "ingested", "ingestion", "parts", "rules", "synchronisation"]
