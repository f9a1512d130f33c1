"""Style sheets, scripts and pictures as a browser may keep them for ever: each under a name that holds the hash of its
content, with the references inside rewritten, and packed once.

`manage.py up` collects them into the data directory when the sources have changed. A process uses what was collected
only if it was made of the sources as they are now. Without it (a test, `runserver`, a directory that cannot be written)
files are served under their own names from where they lie, to be kept for a minute.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.storage import CompressedManifestStaticFilesStorage

#: name -> the finder's storage that holds it, and the path in there
Sources = dict[str, tuple[Any, str]]

#: what no page of ours names: builds of a package for other programs, applications without pages here
UNUSED = ("vendor/*.d.ts", "vendor/*.cjs.js", "vendor/*.esm.js", "vendor/*.iife.js", "rest_framework/*", "gis/*")
#: holds the digest of the sources; written last, so that nothing half collected is ever used
MARK = "sources.txt"
ADDRESS_OF_MODULE = (
    r"""(?P<matched>new URL\(["'](?P<url>[^"':]+)["'],\s*import\.meta\.url\))""",
    """new URL("%(url)s", import.meta.url)""",
)


class Storage(CompressedManifestStaticFilesStorage):
    """Knows the hashed names of what was collected; everything else keeps its name."""

    support_js_module_import_aggregation = True
    keep_only_hashed_files = True
    patterns = (*CompressedManifestStaticFilesStorage.patterns, ("*.js", (ADDRESS_OF_MODULE,)))

    def load_manifest(self) -> tuple[dict[str, str], str]:
        if not is_current(Path(self.location), digest(sources())):
            return {}, ""
        return super().load_manifest()

    def stored_name(self, name: str) -> str:
        try:
            return super().stored_name(name)
        except ValueError:
            return name


class StaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise, for which a root that is not there is no reason to warn."""

    def add_files(self, root: str, prefix: str | None = None) -> None:
        if Path(root).is_dir():
            super().add_files(root, prefix)


def collect(say: Callable[[str], None]) -> None:
    """Brings what is collected up to date; says why, if it cannot. A look costs some 10 ms."""
    root, found = Path(settings.STATIC_ROOT), sources()
    mark = digest(found)
    if settings.DEBUG or is_current(root, mark):
        return
    try:
        _write(root, found, mark)
    except (OSError, ValueError, RuntimeError) as fault:
        reason = (fault.strerror if isinstance(fault, OSError) else None) or str(fault).strip().partition("\n")[0]
        shutil.rmtree(_draft(root), ignore_errors=True)
        say(f"Browsers will ask again for style sheets and scripts: they cannot be collected into {root} ({reason}).")


def _write(root: Path, found: Sources, mark: str) -> None:
    """Beside the root first: whoever is killed in here leaves the root as it was."""
    draft = _draft(root)
    shutil.rmtree(draft, ignore_errors=True)
    storage = Storage(location=draft, base_url=settings.STATIC_URL)
    for name, (source, path) in found.items():
        (draft / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source.path(path), draft / name)
    for _, _, outcome in storage.post_process(found):
        if isinstance(outcome, Exception):
            raise outcome
    (draft / MARK).write_text(mark, encoding="ascii")
    if root.is_dir():
        shutil.rmtree(root)
    draft.rename(root)


def _draft(root: Path) -> Path:
    return root.with_name(f"{root.name}.draft")


def sources() -> Sources:
    """Every file that a page may name; of two with one name the first finder's, as everywhere in Django."""
    found: Sources = {}
    for finder in finders.get_finders():
        for path, storage in finder.list(None):
            prefix = getattr(storage, "prefix", None)
            name = f"{prefix}/{path}" if prefix else path
            if not any(fnmatchcase(name, pattern) for pattern in UNUSED):
                found.setdefault(name, (storage, path))
    return found


def digest(found: Sources) -> str:
    """Of names, sizes and times of change, this file's among them: it decides what is made of the others."""
    places = {name: storage.path(path) for name, (storage, path) in found.items()} | {"": __file__}
    looked = ((name, Path(place).stat()) for name, place in sorted(places.items()))
    told = "\n".join(f"{name} {seen.st_size} {seen.st_mtime_ns}" for name, seen in looked)
    return hashlib.sha256(told.encode()).hexdigest()


def is_current(root: Path, mark: str) -> bool:
    try:
        return (root / MARK).read_text(encoding="ascii") == mark
    except (OSError, UnicodeDecodeError):
        return False
