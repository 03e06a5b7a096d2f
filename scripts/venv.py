"""Create .venv and install the pinned packages; if they are installed already, do nothing.

This needs only the standard library, because it runs before anything is installed. Debian's Python may lack
`ensurepip` (package python3-venv); then the script tries several ways to get pip.
"""

import argparse
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
RUN, DEV = "requirements.txt", "requirements-dev.txt"

# pip's own installer, as released with 26.1.1; used only if there is neither ensurepip nor pip nor apt.
GET_PIP = "https://raw.githubusercontent.com/pypa/get-pip/08b6e1d282849f540c47aa28148e347e7bb3fb21/public/get-pip.py"
GET_PIP_SHA256 = "66904bccb878e363db6236ea900e6935e507dcb887e9f178f6212edfe7f46a76"


class CannotSetUp(Exception):
    """The environment cannot be created; the message is one line that says how to fix it."""


def main() -> int:
    """Install what is missing and show progress; on failure print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="also install what tests and checks need")
    dev = parser.parse_args().dev
    if sys.version_info < OLDEST:
        return _with_newer_python()
    try:
        set_up([RUN, DEV] if dev else [RUN])
    except CannotSetUp as problem:
        print(f"setup: {problem}", file=sys.stderr)
        return 1
    return 0


def set_up(wanted: "list[str]") -> None:
    """Install those lists of packages that are missing or have changed."""
    with (ROOT / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = [name for name in wanted if _read(VENV / f"{name}.installed") != _fingerprint(name)]
        if PYTHON.exists() and not missing:
            return
        if not _works(PYTHON):
            _make_venv()
        _install(missing or wanted)


def _with_newer_python() -> int:
    for minor in range(20, OLDEST[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer:
            os.execv(newer, [newer, *sys.argv])  # noqa: S606  (the same script, with a newer interpreter)
    print("setup: Python 3.11 or newer is needed; on Debian 12: sudo apt install python3", file=sys.stderr)
    return 1


def _works(python: Path) -> bool:
    """Return whether the environment's Python starts and has pip; a system upgrade may have broken it."""
    return python.exists() and _run([str(python), "-m", "pip", "--version"]) == 0


def _fingerprint(name: str) -> str:
    """Return a digest of all that the installation depends on: the pins and the interpreter."""
    return hashlib.sha256((ROOT / name).read_bytes() + sys.version.encode()).hexdigest()


def _read(path: Path) -> str:
    return path.read_text(encoding="ascii") if path.exists() else ""


def _run(command: "list[str]") -> int:
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode  # noqa: S603  (a command of our own)
    except OSError:
        return 127


def _make_venv() -> None:
    print("Creating the virtual environment .venv", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    if _run([sys.executable, "-m", "venv", str(VENV)]) == 0:
        return
    if _run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)]) != 0:
        raise CannotSetUp("this Python cannot create virtual environments. On Debian: sudo apt install python3-venv")
    if not any(way() and _works(PYTHON) for way in (_pip_of_the_system, _apt, _get_pip)):
        shutil.rmtree(VENV, ignore_errors=True)
        raise CannotSetUp("this Python has no pip. On Debian: sudo apt install python3-venv, then run this again.")


def _pip_of_the_system() -> bool:
    """Install pip into the environment with the system's pip."""
    return _run([sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet", "pip"]) == 0


def _apt() -> bool:
    """Install Debian's missing package, if we are root."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    print("Installing Debian's python3-venv", flush=True)
    apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    _run([*apt, "update"])
    return _run([*apt, "install", "-y", "python3-venv"]) == 0 and _run([sys.executable, "-m", "venv", str(VENV)]) == 0


def _get_pip() -> bool:
    """Run pip's own installer, if its digest is the known one."""
    print("Downloading pip's installer", flush=True)
    try:
        with urllib.request.urlopen(GET_PIP, timeout=60) as answer:
            script = answer.read()
    except (OSError, urllib.error.URLError):
        return False
    if hashlib.sha256(script).hexdigest() != GET_PIP_SHA256:
        return False
    with tempfile.NamedTemporaryFile(suffix=".py") as file:
        file.write(script)
        file.flush()
        return _run([str(PYTHON), file.name, "--quiet", "--no-setuptools", "--no-wheel", "pip"]) == 0


def _install(missing: "list[str]") -> None:
    """Install the lists and record their digests, so that the next run need not check each package."""
    began = time.monotonic()
    total = sum("==" in line for name in missing for line in (ROOT / name).read_text(encoding="utf-8").splitlines())
    print(f"Installing {total} packages; the first time this takes about a minute", flush=True)
    command = [
        str(PYTHON),
        "-m",
        "pip",
        "install",
        "--no-input",
        "--disable-pip-version-check",
        "--progress-bar",
        "off",
    ]
    for name in missing:
        command += ["-r", str(ROOT / name)]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        pip = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True)  # noqa: S603  (a command of our own)
        _show(pip, total)
        if pip.wait() != 0:
            errors.seek(0)
            sys.stderr.write(errors.read())
            raise CannotSetUp(
                "pip could not install the packages; its messages are above. Check the network, then run this again."
            )
    for name in missing:
        (VENV / f"{name}.installed").write_text(_fingerprint(name), encoding="ascii")
    print(f"Installed in {time.monotonic() - began:.0f} s", flush=True)


def _show(pip: "subprocess.Popen[str]", total: int) -> None:
    """Show how many packages pip has processed: in place on a terminal, every tenth in a log."""
    done, in_place = 0, sys.stdout.isatty()
    for line in pip.stdout or ():
        if line.startswith("Installing collected"):
            print("\r\033[K  unpacking" if in_place else "  unpacking", flush=True)
        elif line.startswith(("Collecting", "Requirement already satisfied")):
            done += 1
            if in_place:
                print(f"\r\033[K  {min(done, total)} of {total}", end="", flush=True)
            elif done % 10 == 0 and done <= total:
                print(f"  {done} of {total}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
