"""The admin of event frames and of their synchronisation with the lake."""

from . import frames, parts, synchronisation

__all__ = ["frames", "parts", "synchronisation"]
