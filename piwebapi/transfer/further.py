"""The parts of a file beside the assets, in their order; apps add theirs."""

from __future__ import annotations

from .notifications import Notifications
from .scope import Part
from .security import Security

parts: list[Part] = [Notifications(), Security()]
