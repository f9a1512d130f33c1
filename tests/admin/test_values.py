"""Written values in the admin read as a client reads them."""

from __future__ import annotations

import re

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from piwebapi.models import Counter, DataServer, Point
from streaming.archive import archive
from streaming.core.series import BAD, Series

from .plant import Plant

AT = 17_000_000_000_000_000


@pytest.mark.parametrize(
    ("value", "flags", "shown"),
    [
        (12.5, 0, "12.5"),
        (246.0, BAD, "I/O Timeout"),
        ("@home", 0, "@home"),
        (AT + 1, 0, "2023-11-14T22:13:20.0000001Z"),
    ],
)
@pytest.mark.parametrize("model", ["archivedevent", "valuechange"])
def test_a_value_is_shown_as_it_was_written(
    plant: Plant, browser: Client, model: str, value: object, flags: int, shown: str
) -> None:
    point = Point.objects.create(server=DataServer.objects.first(), name="written")
    Counter.objects.update_or_create(name="values", defaults={"value": 100})  # the plant has an entry of its own
    column = np.empty(1, np.float64 if isinstance(value, float) else np.object_)
    column[:] = [value]
    archive.write({point.pk: Series(np.array([AT]), column, np.array([flags], np.uint8))}, "Insert")
    text = browser.get(reverse(f"admin:streaming_{model}_changelist")).content.decode()
    cells = [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", text, re.DOTALL)]
    assert shown in cells
