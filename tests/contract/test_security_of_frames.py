"""Security of event frames: their own entries, those of parent frames over three levels, those of the database."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from piwebapi.callers import of_user
from tests.contract.client import READER, ask, get, post

HIDDEN = {"SecurityIdentityName": "World", "AllowRights": [], "DenyRights": []}
SHOWN = {"SecurityIdentityName": "World", "AllowRights": ["Read", "ReadData"], "DenyRights": []}


@pytest.fixture
def frames(root: str) -> dict[str, str]:
    """F0 > F1 > F2 > F3 > F4, and Other beside; addresses by name."""
    found = {}
    home = f"{root}/eventframes"
    for at in range(5):
        found[f"F{at}"] = post(home, {"Name": f"F{at}", "StartTime": "*-1h"}).location
        home = f"{found[f'F{at}']}/eventframes"
    found["Other"] = post(f"{root}/eventframes", {"Name": "Other", "StartTime": "*-1h"}).location
    post(f"{found['F1']}/attributes", {"Name": "Crew"})
    return found


def decide(where: str, entry: dict[str, Any], below: bool = True, **query: str) -> None:
    made = post(f"{where}/securityentries", entry, applyToChildren=below, **query)
    assert made.status == 201, made.body


def listed(root: str) -> list[str]:
    return sorted(ask("GET", f"{root}/eventframes", None, READER, searchFullHierarchy=True).names)


def readable(frames: dict[str, str]) -> list[str]:
    """Asked one by one."""
    return sorted(name for name, where in frames.items() if ask("GET", where, None, READER).status == 200)


def test_what_is_decided_for_a_frame_holds_for_three_generations_below(root: str, frames: dict[str, str]) -> None:
    decide(frames["F0"], HIDDEN)
    assert listed(root) == readable(frames) == ["F4", "Other"]


def test_a_nearer_frame_counts_more(root: str, frames: dict[str, str]) -> None:
    decide(frames["F0"], HIDDEN)
    decide(frames["F2"], SHOWN)
    assert listed(root) == readable(frames) == ["F2", "F3", "F4", "Other"]


def test_without_apply_to_children_only_the_frame_itself_is_meant(root: str, frames: dict[str, str]) -> None:
    decide(frames["F1"], HIDDEN, below=False)
    assert listed(root) == readable(frames) == ["F0", "F2", "F3", "F4", "Other"]


def test_the_item_of_the_database_speaks_for_all_frames(root: str, frames: dict[str, str]) -> None:
    decide(root, HIDDEN, securityItem="EventFrame")
    assert listed(root) == readable(frames) == []
    decide(frames["Other"], SHOWN)
    assert listed(root) == readable(frames) == ["Other"]
    assert ask("GET", root, None, READER).status == 200


def test_attributes_are_as_their_frame_and_the_frame_tells_the_rights_of_who_asks(
    root: str, frames: dict[str, str]
) -> None:
    found = f"{root}/eventframeattributes"
    asked = {"searchFullHierarchy": True, "attributeNameFilter": "Crew"}
    assert ask("GET", found, None, READER, **asked).names == ["Crew"]
    decide(frames["F1"], HIDDEN)
    assert ask("GET", found, None, READER, **asked).names == []
    assert get(found, **asked).names == ["Crew"]
    told = ask("GET", frames["Other"], None, READER).body["Security"]
    assert (told["CanRead"], told["CanAnnotate"], told["Rights"]) == (True, False, ["Read", "ReadData", "Subscribe"])


def test_annotating_takes_a_right_of_its_own(frames: dict[str, str]) -> None:
    ann = of_user(User.objects.create_user("ann"))
    note = {"Name": "Seen", "Value": "yes"}
    assert ask("POST", f"{frames['Other']}/annotations", note, ann).status == 403
    decide(frames["Other"], {**SHOWN, "AllowRights": ["Read", "Annotate"]})
    assert ask("POST", f"{frames['Other']}/annotations", note, ann).status == 201
    assert ask("PATCH", frames["Other"], {"Description": "x"}, ann).status == 403
