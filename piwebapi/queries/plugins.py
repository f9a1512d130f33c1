"""The plug-ins of an asset server, as objects that WebIds can name."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from piwebapi.core import plugins
from piwebapi.core.plugins import PlugIn
from piwebapi.models import AssetServer
from piwebapi.models.base import Ref

#: the collections of paths
COLLECTIONS = {
    "AnalysisRulePlugIn": "PlugInsAnalysisRule",
    "TimeRulePlugIn": "PlugInsTimeRule",
    "NotificationPlugIn": "PlugInsDeliveryChannel",
}


@dataclass(frozen=True)
class Installed:
    """A plug-in of a server. It is no row, and has what a WebId needs of one."""

    plug_in: PlugIn
    server: AssetServer

    @property
    def KIND(self) -> str:  # noqa: N802 (as the models have it)
        return self.plug_in.kind

    @property
    def pk(self) -> UUID:
        return self.plug_in.id

    @property
    def name(self) -> str:
        return self.plug_in.name

    @property
    def description(self) -> str:
        return self.plug_in.description

    @property
    def server_guid(self) -> UUID:
        return self.server.pk

    @property
    def full_path(self) -> str:
        return f"{self.server.full_path}\\{COLLECTIONS[self.KIND]}[{self.name}]"

    def web_id(self, form: str = "F") -> str:
        return Ref(self.KIND, self.server_guid, self.pk, self.full_path).web_id(form)


def installed(kind: str, server: AssetServer) -> list[Installed]:
    return [Installed(plug_in, server) for plug_in in plugins.of(kind)]


def named(kind: str, name: str, server: AssetServer) -> Installed | None:
    plug_in = plugins.named(kind, name)
    return Installed(plug_in, server) if plug_in else None
