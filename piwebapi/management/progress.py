"""How far a long command has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.management.base import OutputWrapper
from tqdm import tqdm


@contextmanager
def progress(
    stderr: OutputWrapper, what: str, total: int, unit: str, verbosity: int
) -> Iterator[Callable[[int], None]]:
    """Gives `tell(more)`. A bar on a terminal; elsewhere, as in a log, about ten lines."""
    if stderr.isatty() and verbosity:
        with tqdm(total=total, unit=f" {unit}", desc=what, leave=False) as bar:
            yield bar.update
        return
    done = 0

    def tell(more: int) -> None:
        nonlocal done
        before, done = done * 10 // total, done + more
        if verbosity and done * 10 // total > before:
            stderr.write(f"{what}: {done:,} of {total:,} {unit}")

    yield tell
