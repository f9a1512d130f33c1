"""A demo plant of the smallest size, loaded at 2024-06-15T10:20:00Z."""

import pytest

from events import demo
from piwebapi.demo import facts, loader

MOMENT = 17_184_468_000_000_000  # 2024-06-15T10:20:00Z
HOUR = 17_184_456_000_000_000  # 2024-06-15T10:00:00Z


@pytest.fixture
def plant(db: None) -> facts.Layout:
    layout = facts.layout_for(128)
    loader.load(layout, 1, MOMENT, lambda elements: None)
    return layout


@pytest.fixture
def frames(plant: facts.Layout) -> int:
    return demo.load(MOMENT)
