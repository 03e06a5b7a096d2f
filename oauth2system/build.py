"""The pages, built once: again only when what they are made of changes, and never by two processes at once.

Reflex works in `.web/`; what came out well is copied to `build/pages/<stamp>/`, which nothing writes to
afterwards. A server holds on to the folder it began with, so a build never pulls pages from under it.
"""

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from oauth2system import env_file, page_files
from oauth2system.errors import Misconfigured
from oauth2system.i18n import MARK_TEXTS, N_, _
from oauth2system.settings import PREFIX

Progress = Callable[[str], None]

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("oauth2system", "assets", "docs/guides", "rxconfig.py", "requirements.txt", "reflex.lock")
# Stands in the pages where this server's address belongs; a server puts in its own when it loads them.
STAND_IN = "https://id.example.org"
# What a server needs of `.web/`; node_modules and the generated sources are not copied.
SERVED = ("build/client", "backend", "routes.json", "env.json", "reflex.json")
# In the same folder: the files with texts, before these were filled in.
MARKED = "marked"
_MADE = {"__pycache__", "external"}  # by Python, and by Reflex in assets/ while it builds
SHELVES_KEPT = 3
PATIENCE_SECONDS = 30 * 60
REPORT_EVERY_SECONDS = 5

# Written by Reflex, in its workshop, once npm has fetched what the pages are bundled from.
FETCHED = "reflex.install_frontend_packages.cached"


class BuildFailed(Misconfigured):
    """The pages could not be built; the message names the log."""


def ensure_built(progress: Progress, *, root: Path = ROOT) -> Path:
    """Decide whether the pages must be built, build them if so, and return the folder to serve."""
    shelf = root / "build" / "pages"
    if (made := shelf / stamp(root)).is_dir():
        return made
    with _alone(root / "build" / "pages.lock", progress):
        made = shelf / stamp(root)
        if made.is_dir():  # by the process we waited for
            return made
        try:
            _build(root, made, progress)
        except BuildFailed as error:
            return _find_older(shelf, error, progress)
        _tidy(shelf, made)
        return made


def stamp(root: Path = ROOT) -> str:
    """Return the digest of everything that the pages are made of."""
    total = hashlib.sha256()
    for path in _sources(root):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.relative_to(root).as_posix()} {content}\n".encode())
    return total.hexdigest()[:16]


def environment(pages: Path) -> dict[str, str]:
    """Return the variables that make Reflex serve these pages as they are, with neither Node nor a compile.

    The names with two underscores are Reflex's own business; the version is pinned and a test starts a server.
    """
    return {
        "__REFLEX_SKIP_COMPILE": "true",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
        "REFLEX_ENV_MODE": "prod",
        "REFLEX_WEB_WORKDIR": str(pages),
        **_quiet(),
    }


def _quiet() -> dict[str, str]:
    """Switch telemetry off."""
    return {"REFLEX_TELEMETRY_ENABLED": "false", "REFLEX_CHECK_LATEST_VERSION": "false"}


def _sources(root: Path) -> Iterator[Path]:
    for name in SOURCES:
        top = root / name
        found = sorted(top.rglob("*")) if top.is_dir() else [top]
        yield from (path for path in found if path.is_file() and not _MADE & set(path.relative_to(root).parts))


@contextmanager
def _alone(lock: Path, progress: Progress) -> Generator[None]:
    """Hold the builder's lock; the kernel gives it back however this process ends."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(_("Another process is building the pages; waiting for it."))
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _build(root: Path, made: Path, progress: Progress) -> None:
    progress(_("Building the pages: about half a minute the first time, a few seconds later on."))
    began = time.monotonic()
    log = root / "build" / "pages.log"
    locked = _read_lock(root)
    try:
        with tempfile.TemporaryDirectory(prefix="oauth2system-build-") as scratch:
            _export(root, log, _workshop_environment(root, Path(scratch)), progress)
        _publish(root / ".web", made)
    except BaseException:
        _restore(locked)  # Reflex rewrites it on its way, and an export that ends early leaves it half done
        raise
    progress(_("The pages are built, in {seconds} s.").format(seconds=round(time.monotonic() - began)))
    if _read_lock(root) != locked:
        progress(_("The build changed reflex.lock/; commit it, so that everyone gets the same packages."))


def _export(root: Path, log: Path, env: Mapping[str, str], progress: Progress) -> None:
    """Run Reflex's export and report its progress; it leaves no process behind."""
    command = [sys.executable, "-m", "reflex", "export", "--no-zip"]
    with log.open("wb") as output:
        builder = subprocess.Popen(  # noqa: S603  (our own interpreter and a fixed command)
            command,
            cwd=root,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _watch(builder, log, progress)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(builder.pid, signal.SIGKILL)
            builder.wait()
    if builder.returncode != 0:
        raise BuildFailed(N_("The pages could not be built: {why} See {log}.", why=_last_words(log), log=log))


def _watch(builder: subprocess.Popen[bytes], log: Path, progress: Progress) -> None:
    for second in range(1, PATIENCE_SECONDS + 1):
        with suppress(subprocess.TimeoutExpired):
            builder.wait(timeout=1)
            return
        if second % REPORT_EVERY_SECONDS == 0:
            progress(f"  {second:>3} s  {_stage(log)}")


def _stage(log: Path) -> str:
    """Return the stage of the export, by its output and files so far."""
    if "Compiling:" not in log.read_text(encoding="utf-8", errors="replace"):
        return _("compiling the pages")
    if not (log.parent.parent / ".web" / FETCHED).exists():
        return _("fetching packages for the pages")
    return _("bundling the pages")


def _last_words(log: Path) -> str:
    """Return the line of the log that most likely says why."""
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines if "error" in line.lower()] or lines or [""]
    return telling[-1][:200].rstrip(".") + "."


def _workshop_environment(root: Path, scratch: Path) -> dict[str, str]:
    """Return what the build may see: our own Node first, and nothing of the operator's settings or data.

    So the same sources give the same pages on every machine, and a build needs no database.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith((PREFIX, "REFLEX_"))}
    path = os.pathsep.join((str(Path(sys.executable).parent), inherited.get("PATH", os.defpath)))
    return {
        **inherited,
        **dict.fromkeys((name for name in env_file.read(root) if name.startswith(PREFIX)), ""),
        f"{PREFIX}VAR_DIR": str(scratch),
        MARK_TEXTS: "yes",
        "PATH": path,
        "REFLEX_USE_NPM": "1",
        "REFLEX_DIR": str(root / "build" / "reflex"),
        **_quiet(),
        **_npm(path, inherited),
    }


def _npm(path: str, inherited: Mapping[str, str]) -> dict[str, str]:
    """Make npm quiet and patient, and keep host names out of the lock file.

    Without a registry given, Reflex would time several public ones and pick; the person's own choice stands instead.
    """
    npm = shutil.which("npm", path=path)
    if npm is None:
        raise BuildFailed(N_("The pages cannot be built without Node; `make setup` installs it."))
    asked = [npm, "config", "get", "registry"]
    env = {**inherited, "PATH": path}
    choice = subprocess.run(asked, env=env, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603  (a command of our own)
    registry = {"NPM_CONFIG_REGISTRY": choice.stdout.strip()} if choice.returncode == 0 else {}
    return {
        **registry,
        "NPM_CONFIG_OMIT_LOCKFILE_REGISTRY_RESOLVED": "true",
        "NPM_CONFIG_FETCH_RETRIES": "3",
        "NPM_CONFIG_FETCH_RETRY_MINTIMEOUT": "1000",
        "NPM_CONFIG_FETCH_RETRY_MAXTIMEOUT": "10000",
        # Who trusts a certificate authority on this machine means Node too.
        "NODE_USE_SYSTEM_CA": "1",
        "NPM_CONFIG_FUND": "false",
        "NPM_CONFIG_AUDIT": "false",
        "NPM_CONFIG_UPDATE_NOTIFIER": "false",
    }


def _read_lock(root: Path) -> dict[Path, bytes]:
    """Return the committed lock of the pages' packages, file by file."""
    return {path: path.read_bytes() for path in sorted((root / "reflex.lock").glob("*.json"))}


def _restore(locked: Mapping[Path, bytes]) -> None:
    for path, content in locked.items():
        path.write_bytes(content)


def _publish(workshop: Path, made: Path) -> None:
    """Publish the finished pages under their stamp, all at once."""
    made.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=made.parent, prefix=".fresh-") as fresh:
        whole = Path(fresh) / "pages"
        for name in SERVED:
            source, target = workshop / name, whole / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
        page_files.finish(whole / "build" / "client", whole / MARKED)
        whole.rename(made)


def _list_finished_builds(shelf: Path) -> list[Path]:
    """Return the finished builds, newest first."""
    finished = [path for path in shelf.glob("*") if path.is_dir() and not path.name.startswith(".")]
    return sorted(finished, key=lambda path: path.stat().st_mtime, reverse=True)


def _find_older(shelf: Path, error: BuildFailed, progress: Progress) -> Path:
    """Return the newest earlier build, if there is one: old pages are better than none."""
    older = _list_finished_builds(shelf)
    if not older:
        raise error
    message = N_("{why} The pages built before are served instead.", why=error.message)
    progress(_(message))
    return older[0]


def _tidy(shelf: Path, made: Path) -> None:
    """Remove builds that no server of today uses; the last few stay for servers still running on them."""
    for old in [path for path in _list_finished_builds(shelf) if path != made][SHELVES_KEPT - 1 :]:
        shutil.rmtree(old, ignore_errors=True)


def main() -> int:
    """Build without serving: for `make build`, and for making an image that needs no Node at run time."""
    try:
        ensure_built(lambda line: print(line, flush=True))  # noqa: T201  (said to the person who asked)
    except Misconfigured as error:
        sys.stderr.write(f"build: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
