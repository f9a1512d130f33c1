from __future__ import annotations

import pytest

from .plant import Client, Plant


@pytest.fixture
def plant(db: None) -> Plant:
    return Plant()


@pytest.fixture
def client(db: None) -> Client:
    """The clock stands at NOW."""
    return Client()
