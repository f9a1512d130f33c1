"""All benchmarks in turn, and one table of what they found: `make bench`.

    python tests/benchmarks [--full] [NAME ...]

Without --full each program does a part of its work, all together some 20 minutes on two idle cores. --full runs them
at the sizes of the README (a million frames, 200 kills, an hour of 10,000 points), which takes hours. A program that
needs what is not there says so and counts as left out; one that fails does not stop the others. Each gets a folder for
its files that is removed afterwards, and no setting of the shell but OSIPI_BENCH_DATABASE_URL, so that no plant of
yours is touched. `ratio` is the figure by the one beside it, from the same run: it tells more than either of them on
another machine.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from _programs import PROGRAMS, Program

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from tests.own_plant import without_settings  # noqa: E402

#: seconds after which a program of the short kind is ended
PATIENCE = 900.0
LEFT_OUT = re.compile(r"^(?:left out: |There is no Chromium here)")


@dataclass(slots=True)
class Outcome:
    program: Program
    state: str
    seconds: float
    cpu: float
    output: str

    def rows(self) -> Iterator[tuple[str, ...]]:
        for figure in self.program.figures:
            found = figure.found(self.output) if self.state == "done" else None
            if found is not None:
                ratio = f"{found[0] / found[1]:,.3g}" if found[1] else "-"
                yield figure.what, f"{found[0]:,g} {figure.unit}", f"{found[1]:,g} {figure.against}", ratio
            elif self.state == "done":
                yield figure.what, "not told", "", ""


def environment(folder: str) -> dict[str, str]:
    return without_settings(os.environ) | {"TMPDIR": folder, "OSIPI_ENV_FILE": "none", "PYTHONUNBUFFERED": "1"}


def run(program: Program, arguments: str, patience: float | None) -> Outcome:
    """Its lines are printed as they come. Whatever it leaves running in its process group is ended with it."""
    began, cpu, lines = time.monotonic(), spent(), list[str]()
    with tempfile.TemporaryDirectory(prefix="osipi-bench-", ignore_cleanup_errors=True) as folder:
        command = [sys.executable, str(HERE / f"{program.name}.py"), *arguments.split()]
        pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        process = subprocess.Popen(command, env=environment(folder), start_new_session=True, **pipe)
        reader = threading.Thread(target=told, args=(process, lines), daemon=True)
        reader.start()
        try:
            code = process.wait(patience)
            state = "done" if code == 0 else f"FAILED (exit code {code})"
        except subprocess.TimeoutExpired:
            state = f"FAILED (not over after {patience:g} s)"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            reader.join(5)
            if process.stdout and not reader.is_alive():
                process.stdout.close()
    if state == "done" and any(map(LEFT_OUT.match, lines)):
        state = "left out"
    return Outcome(program, state, time.monotonic() - began, spent() - cpu, "".join(lines))


def told(process: subprocess.Popen[str], lines: list[str]) -> None:
    for text in process.stdout or ():
        lines.append(text)
        print("   ", text, end="", flush=True)


def spent() -> float:
    """Seconds of processor of all programs that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def table(outcomes: list[Outcome]) -> None:
    print("\n| benchmark | s | CPU s | figure | | beside | ratio |\n|---|---|---|---|---|---|---|")
    for outcome in outcomes:
        head = (outcome.program.name, f"{outcome.seconds:.0f}", f"{outcome.cpu:.0f}")
        for row in list(outcome.rows()) or [(outcome.state, "", "", "")]:
            print("|", " | ".join((*head, *row)), "|")
            head = ("", "", "")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="at the sizes of the README; takes hours")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(one.name for one in PROGRAMS))
    asked = parser.parse_args()
    if unknown := set(asked.names) - {one.name for one in PROGRAMS}:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    outcomes: list[Outcome] = []
    try:
        for program in PROGRAMS:
            if not asked.names or program.name in asked.names:
                arguments = program.full if asked.full else program.short
                print(f"{program.name}.py {arguments}", flush=True)
                outcomes.append(run(program, arguments, None if asked.full else PATIENCE))
    except KeyboardInterrupt:
        print("\nEnded by Ctrl-C; what was found until then:")
    table(outcomes)
    return 1 if any(one.state.startswith("FAILED") for one in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
