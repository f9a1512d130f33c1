"""The archive of written values."""

from .base import Archive, Outcome
from .tables import TableArchive

archive: Archive = TableArchive()

__all__ = ["Archive", "Outcome", "TableArchive", "archive"]
