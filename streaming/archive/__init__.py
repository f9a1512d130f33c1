"""The archive of written values."""

from .base import Archive, Change, Outcome
from .rows import RowArchive

archive: Archive = RowArchive()

__all__ = ["Archive", "Change", "Outcome", "RowArchive", "archive"]
