"""Decisions on rows of the lake: every combination of what the two sides did."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from events.lakehouse.plan import Act, Agreed, Here, decide, decide_gone, told, too_many_gone
from events.lakehouse.rows import FrameRow, StoredRow, digest, partition_date

from .samples import INGESTED, row

BASE, OURS, THEIRS = row(), row(description="ours"), row(description="theirs")
AGREED = Agreed(digest(BASE), digest(BASE))
BEFORE, AFTER = INGESTED - timedelta(minutes=1), INGESTED + timedelta(minutes=1)


def stored(one: FrameRow, ingested: datetime | None = INGESTED) -> StoredRow:
    return StoredRow(one, ingested, partition_date(one.start))


@pytest.mark.parametrize("policy", ["server", "lake", "newest"])
@pytest.mark.parametrize(
    ("there", "agreed", "here", "act"),
    [
        (BASE, AGREED, BASE, Act.ECHO),
        (BASE, AGREED, OURS, Act.ECHO),  # ours goes with the export
        (THEIRS, AGREED, BASE, Act.UPDATE),
        (THEIRS, AGREED, THEIRS, Act.AGREE),
        (BASE, None, BASE, Act.AGREE),
    ],
)
def test_without_a_conflict_the_policy_does_not_count(
    policy: str, there: FrameRow, agreed: Agreed | None, here: FrameRow, act: Act
) -> None:
    decision = decide(stored(there), agreed, Here(here, INGESTED), policy)
    assert (decision.act, decision.conflict) == (act, "")


@pytest.mark.parametrize("agreed", [AGREED, None, Agreed("", "")])
@pytest.mark.parametrize(
    ("policy", "changed", "act", "winner"),
    [
        ("server", BEFORE, Act.KEEP, "server"),
        ("lake", AFTER, Act.UPDATE, "lake"),
        ("newest", BEFORE, Act.UPDATE, "lake"),
        ("newest", AFTER, Act.KEEP, "server"),
        ("newest", INGESTED, Act.KEEP, "server"),
    ],
)
def test_where_both_have_changed_the_policy_decides(
    agreed: Agreed | None, policy: str, changed: datetime, act: Act, winner: str
) -> None:
    decision = decide(stored(THEIRS), agreed, Here(OURS, changed), policy)
    assert (decision.act, decision.conflict, decision.winner) == (act, "changed on both sides", winner)


def test_a_row_without_a_stamp_is_older_than_anything() -> None:
    assert decide(stored(THEIRS, None), AGREED, Here(OURS, BEFORE), "newest").act is Act.KEEP


def test_a_row_of_no_frame_is_a_new_one() -> None:
    assert decide(stored(BASE), None, Here(), "server").act is Act.CREATE
    assert decide(stored(BASE), Agreed("", ""), Here(), "server").act is Act.CREATE


def test_a_row_kept_not_to_the_letter_is_still_agreed_on() -> None:
    lossy = Agreed(digest(THEIRS), digest(OURS))
    assert decide(stored(THEIRS), lossy, Here(OURS), "server").act is Act.ECHO
    assert decide(stored(BASE), lossy, Here(OURS), "server").act is Act.UPDATE


@pytest.mark.parametrize(
    ("agreed", "deleted", "policy", "act", "conflict"),
    [
        (AGREED, BEFORE, "server", Act.KEEP, True),
        (AGREED, BEFORE, "lake", Act.CREATE, True),
        (AGREED, BEFORE, "newest", Act.CREATE, True),
        (AGREED, AFTER, "newest", Act.KEEP, True),
        (None, AFTER, "lake", Act.KEEP, False),  # the row was there before the deletion
        (None, BEFORE, "lake", Act.CREATE, True),
        (None, BEFORE, "server", Act.KEEP, True),
    ],
)
def test_a_row_of_a_frame_deleted_here(
    agreed: Agreed | None, deleted: datetime, policy: str, act: Act, conflict: bool
) -> None:
    decision = decide(stored(THEIRS), agreed, Here(deleted=deleted), policy)
    assert (decision.act, bool(decision.conflict)) == (act, conflict)


@pytest.mark.parametrize(
    ("here", "policy", "act", "conflict"),
    [
        (BASE, "server", Act.UPDATE, False),
        (OURS, "server", Act.KEEP, True),
        (OURS, "newest", Act.KEEP, True),
        (OURS, "lake", Act.UPDATE, True),
        (None, "server", Act.AGREE, False),
    ],
)
def test_a_row_that_has_gone(here: FrameRow | None, policy: str, act: Act, conflict: bool) -> None:
    decision = decide_gone(AGREED, Here(here), policy)
    assert (decision.act, bool(decision.conflict)) == (act, conflict)


@pytest.mark.parametrize(
    ("gone", "known", "many"), [(20, 20, False), (21, 21, True), (21, 105, False), (21, 104, True), (0, 0, False)]
)
def test_many_means_over_a_fifth_and_more_than_a_few(gone: int, known: int, many: bool) -> None:
    assert too_many_gone(gone, known) is many


def test_a_version_is_told_with_all_that_it_holds() -> None:
    version = told(replace(BASE, end=None))
    assert version is not None
    assert (version["name"], version["end_time"], version["category_names"]) == ("Batch_1", None, ["BatchRun"])
    assert told(None) is None
