"""Child processes that live and die with this one.

Each child has a process group of its own, so that Ctrl-C in a terminal reaches the supervisor only, which
then stops the children in order. A child that dies is started again, after a pause that doubles while it
keeps dying. Should the supervisor itself be killed outright, the kernel sends its children SIGTERM (Linux;
see `die_with_parent`).
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60.0
POLL_SECONDS = 0.1
PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    name: str
    command: Sequence[str]
    keep_fds: Sequence[int] = ()
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    started_at: float = field(default=0.0, init=False)
    due_at: float = field(default=0.0, init=False)
    pause: float = field(default=1.0, init=False)


class Supervisor:
    """`say` gets one line for everything that a person should know of. A worker without work needs up to 4 s of
    the grace, since it looks for messages that long."""

    def __init__(self, say: Callable[[str], None], grace: float = 8.0) -> None:
        self.say = say
        self.grace = grace
        self.children: list[Child] = []
        self.stopping = False

    def catch_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.ask_to_stop)

    def ask_to_stop(self, *_: object) -> None:
        self.stopping = True

    def start(self, child: Child) -> None:
        if child not in self.children:
            self.children.append(child)
        child.process = subprocess.Popen(
            child.command,
            stdin=subprocess.DEVNULL,
            pass_fds=tuple(child.keep_fds),
            process_group=0,
            preexec_fn=die_with_parent,
        )
        child.started_at = time.monotonic()

    def watch(self, until: Callable[[], bool] = lambda: False) -> bool:
        """Restarts what dies, until `until()` holds (True) or a stop is asked for (False)."""
        while not self.stopping:
            if until():
                return True
            for child in self.children:
                self.look_after(child)
            time.sleep(POLL_SECONDS)
        return False

    def look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.due_at:
                self.start(child)
            return
        if child.process.poll() is None:
            return
        if now - child.started_at > STEADY_SECONDS:
            child.pause = 1.0
        self.say(f"The {child.name} ended ({ending(child.process)}); it starts again in {child.pause:.0f} s.")
        end_group(child.process, signal.SIGKILL)  # whatever it may have left behind
        child.process = None
        child.due_at = now + child.pause
        child.pause = min(child.pause * 2, LONGEST_PAUSE)

    def stop(self) -> None:
        """SIGTERM to all at once, SIGKILL to what is left after the grace. Says who had to be killed."""
        running = [child for child in self.children if child.process and child.process.poll() is None]
        for child in running:
            end_group(child.process, signal.SIGTERM)
        last = time.monotonic() + self.grace
        for child in running:
            assert child.process is not None
            try:
                child.process.wait(max(0.0, last - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.say(f"The {child.name} did not stop within {self.grace:.0f} s and is killed.")
                end_group(child.process, signal.SIGKILL)
                child.process.wait()


def die_with_parent() -> None:
    """Runs in the new process before its program: asks the kernel for SIGTERM when the parent is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() == 1:  # gone already, between fork and the line above
            os._exit(1)


def end_group(process: subprocess.Popen[bytes] | None, number: int) -> None:
    if process is not None:
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return


def ending(process: subprocess.Popen[bytes]) -> str:
    code = process.returncode
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
