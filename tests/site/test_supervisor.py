"""Child processes: started, watched, started again, stopped."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from osipi_site import supervisor
from osipi_site.supervisor import Child, Supervisor

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-S", "-c", code)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def group(said: list[str]) -> Iterator[Supervisor]:
    group = Supervisor(said.append, grace=0.5)
    yield group
    group.grace = 0.0
    group.stop()


def within(seconds: float, happened: Callable[[], bool]) -> Callable[[], bool]:
    last = time.monotonic() + seconds

    def until() -> bool:
        assert time.monotonic() < last, "it did not happen in time"
        return happened()

    return until


def test_a_child_that_ends_is_started_again_and_it_is_said_how_it_ended(
    group: Supervisor, said: list[str], tmp_path: Path
) -> None:
    log = tmp_path / "log"
    code = f"open({str(log)!r}, 'a').write('x'); raise SystemExit(3)"
    group.start(Child("worker", python(code)))
    group.watch(until=within(20, lambda: log.exists() and len(log.read_text()) == 2))
    assert said[0] == "The worker ended (exit code 3); it starts again in 1 s."


def test_a_child_that_was_killed_is_told_by_its_signal(group: Supervisor, said: list[str]) -> None:
    child = Child("server", python("import time; time.sleep(60)"))
    group.start(child)
    assert child.process is not None
    child.process.kill()
    group.watch(until=within(20, lambda: bool(said)))
    assert said == ["The server ended (killed by SIGKILL); it starts again in 1 s."]


def test_the_pause_doubles_while_a_child_keeps_ending(
    group: Supervisor, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr(supervisor.time, "monotonic", lambda: clock[0])
    child = Child("beat", python("pass"))
    group.start(child)
    for _ in range(7):
        assert child.process is not None
        child.process.wait()
        group.look_after(child)  # sees that it has ended
        clock[0] = child.due_at
        group.look_after(child)  # starts it again
    pauses = [line.rpartition(" in ")[2] for line in said]
    assert pauses == ["1 s.", "2 s.", "4 s.", "8 s.", "16 s.", "30 s.", "30 s."]


def test_stopping_waits_for_a_child_that_takes_its_time(group: Supervisor, said: list[str], tmp_path: Path) -> None:
    done = tmp_path / "done"
    code = f"""
import signal, time
def end(*_):
    time.sleep(0.2)
    open({str(done)!r}, 'w').write('saved')
    raise SystemExit
signal.signal(signal.SIGTERM, end)
open({str(tmp_path / "up")!r}, 'w')
time.sleep(60)
"""
    group.grace = 10.0
    group.start(Child("worker", python(code)))
    group.watch(until=within(20, (tmp_path / "up").exists))
    group.stop()
    assert done.read_text() == "saved"
    assert said == []


def test_a_child_that_does_not_stop_is_killed_and_named(group: Supervisor, said: list[str], tmp_path: Path) -> None:
    up = tmp_path / "up"
    child = Child("worker", python(STUBBORN.replace("print('up', flush=True)", f"open({str(up)!r}, 'w')")))
    group.start(child)
    group.watch(until=within(20, up.exists))
    group.stop()
    assert said == ["The worker did not stop within 0 s and is killed."]
    assert child.process is not None
    assert child.process.returncode == -signal.SIGKILL


def test_a_signal_ends_the_watch(group: Supervisor) -> None:
    group.ask_to_stop(signal.SIGTERM, None)
    assert group.watch() is False
