"""What all AF objects share: an id, a name, a description, a path and a WebId."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID, uuid4

from django.db import models

from piwebapi.core.webid import encode

from .lookups import FoldedField


class Identified(models.Model):
    """An object that a WebId can name.

    `KIND` is the vendor's name of the object type (a key of `webid.KINDS`). A path needs the
    server and the database: readers of many rows set these relations once (`queries`), so that
    computing 1,000 WebIds asks the database nothing.
    """

    KIND: ClassVar[str]

    class Meta:
        abstract = True

    @property
    def full_path(self) -> str:
        """The path with which clients name the object, in the stored case."""
        raise TypeError(f"{type(self).__name__} has no path")

    @property
    def server_guid(self) -> UUID:
        raise TypeError(f"{type(self).__name__} has no server")

    @property
    def owner_letter(self) -> str:
        return ""

    @property
    def owner_guid(self) -> UUID | None:
        return None

    def web_id(self, form: str = "F") -> str:
        return _web_id(self, self.KIND, form)


class Named(Identified):
    """The common head of AF objects."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(max_length=260)
    name_key = FoldedField(source="name", max_length=260)
    description = models.TextField(blank=True, default="")
    created = models.DateTimeField(auto_now_add=True)
    modified = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class InDatabase(Named):
    """An object that lives in a collection of an asset database."""

    #: the name of the collection in paths: ``\\server\database\COLLECTION[name]``
    COLLECTION: ClassVar[str]

    database = models.ForeignKey("piwebapi.AssetDatabase", models.CASCADE, related_name="%(class)s_set")

    class Meta:
        abstract = True

    @property
    def full_path(self) -> str:
        return f"{self.database.full_path}\\{self.COLLECTION}[{self.name}]"

    @property
    def server_guid(self) -> UUID:
        return self.database.server_id


@dataclass(frozen=True, slots=True)
class Ref:
    """The name of a related object that need not be read: its ids and its path are known."""

    kind: str
    server_guid: UUID
    pk: UUID | int
    full_path: str
    owner_letter: str = ""
    owner_guid: UUID | None = None

    def web_id(self, form: str = "F") -> str:
        return _web_id(self, self.kind, form)


def _web_id(obj: Identified | Ref, kind: str, form: str) -> str:
    return encode(
        kind,
        form=form,
        owner=obj.owner_letter,
        server=obj.server_guid,
        owner_id=obj.owner_guid,
        id=obj.pk,
        path=obj.full_path,
    )
