"""Check that the programs that tests and benchmarks start are installed; on Debian, as root, install missing ones."""

import glob
import os
import shutil
import subprocess
import sys

# Debian package -> its program, once installed.
PROGRAMS = {
    "chromium": "chromium",
    "postgresql": "/usr/lib/postgresql/*/bin/initdb",
    "redis-server": "redis-server",
    "wrk": "wrk",
    "php-cli": "php",
    # Installs `apache2-bin`, the program without the service, so that nothing starts automatically.
    "libapache2-mod-auth-openidc": "/usr/lib/apache2/modules/mod_auth_openidc.so",
}


def main(wanted: "list[str]") -> int:
    """Install what is missing; return 0 if every program is there."""
    missing = [package for package in wanted if not _found(PROGRAMS[package])]
    if not missing:
        return 0
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(
            f"setup: please install {' '.join(missing)}; on Debian: sudo apt install {' '.join(missing)}",
            file=sys.stderr,
        )
        return 1
    print(f"Installing Debian's {', '.join(missing)}", flush=True)
    _apt("update")
    if _apt("install", "-y", "--no-install-recommends", *missing) != 0:
        print("setup: apt-get could not install them; its messages are above.", file=sys.stderr)
        return 1
    return 0


def _found(program: str) -> bool:
    return bool(glob.glob(program)) if "/" in program else shutil.which(program) is not None  # noqa: PTH207  (a pattern)


def _apt(*arguments: str) -> int:
    command = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0", *arguments]
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, env=env, stdin=subprocess.DEVNULL, check=False).returncode  # noqa: S603  (a command of our own)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
