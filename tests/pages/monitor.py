"""The stream monitor as the tests of it use it."""

from __future__ import annotations

import re
from typing import Any

CHANNEL = re.compile(r"/piwebapi/streams/channel")


def watch(page: Any, name: str) -> None:
    page.get_by_label("Search points").fill(name)
    page.locator(".pick", has_text=name).first.click()
    page.locator("table.streams th", has_text=name).wait_for()


def row(page: Any, name: str) -> Any:
    return page.locator("table.streams tr", has_text=name)


def state(page: Any, name: str, timeout: float = 60_000) -> None:
    page.locator(f'#state[data-state="{name}"]').wait_for(timeout=timeout)
