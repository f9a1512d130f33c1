"""A demo plant of the smallest size, loaded at 2024-06-15T10:20:00Z."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.db import transaction

from events import demo
from piwebapi.demo import facts, loader

MOMENT = 17_184_468_000_000_000  # 2024-06-15T10:20:00Z
HOUR = 17_184_456_000_000_000  # 2024-06-15T10:00:00Z


@pytest.fixture
def plant(db: None) -> facts.Layout:
    layout = facts.layout_for(128)
    loader.load(layout, 1, MOMENT, lambda elements: None)
    return layout


@pytest.fixture(scope="module")
def loaded_frames(django_db_setup: None, django_db_blocker: Any) -> Iterator[int]:
    """The plant with its event frames, once for a module: the transaction of each test lies inside the one that holds
    it. All tests of such a module see it, so none may need an empty database."""
    with ExitStack() as stack:
        with django_db_blocker.unblock():
            stack.enter_context(transaction.atomic())
            loader.load(facts.layout_for(128), 1, MOMENT, lambda elements: None)
            number = demo.load(MOMENT)
        yield number
        with django_db_blocker.unblock():
            transaction.set_rollback(True)
            stack.close()


@pytest.fixture
def frames(loaded_frames: int, db: None) -> int:
    return loaded_frames
