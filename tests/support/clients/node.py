"""The npm packages of our own Node sites: installed once per lock, whichever test process needs them first."""

# pyright: reportPrivateUsage=false

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from oauth2system import build

ROOT = Path(__file__).resolve().parents[3]
SITES = ROOT / "tests" / "clients" / "node"
PATIENCE_SECONDS = 300
_WORDS = 600
_INSTALL = ("npm", "ci", "--ignore-scripts")


def path() -> str:
    """Return the PATH on which our own Node, from its wheel, comes before the machine's."""
    return os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))


def install(folder: Path = SITES, command: Sequence[str] = _INSTALL) -> Path:
    """Install what the folder's lock names, unless exactly that is installed; returns the folder.

    Raises RuntimeError with npm's own words when it cannot be.
    """
    node_modules = folder / "node_modules"
    note = node_modules / ".installed"
    lock = ROOT / "build" / f"{folder.name}-packages.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # the kernel gives it back however this process ends
        wanted = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
        if not (note.is_file() and note.read_text() == wanted):
            _install(folder, command)
            node_modules.mkdir(exist_ok=True)
            note.write_text(wanted)
    return folder


def _install(folder: Path, command: Sequence[str]) -> None:
    program = shutil.which(command[0], path=path())
    if program is None:
        raise RuntimeError(f"{command[0]} is missing; `make setup` installs it.")
    done = subprocess.run(
        [program, *command[1:]],
        cwd=folder,
        env={**os.environ, **build._npm(path(), os.environ), "PATH": path()},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip())[-_WORDS:]
        where = folder.relative_to(ROOT) if folder.is_relative_to(ROOT) else folder
        raise RuntimeError(f"npm could not install the packages of {where}; check the network. It said:\n{said}")
