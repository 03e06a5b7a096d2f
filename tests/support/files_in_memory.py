"""The files of tests stay in memory, where there is room: each commit of a database would wait for a disk. A plugin.

Nothing is lost by it: no test cuts the power, and what a killed process has written stays in memory as it would in the
cache of a disk.
"""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 4 * 1024**3


def _has_room() -> bool:
    """Return whether files of this process can be kept there, and programs among them run."""
    if not os.access(MEMORY, os.W_OK) or os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        return False
    return shutil.disk_usage(MEMORY).free >= ROOM


if "TMPDIR" not in os.environ and _has_room():
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = None  # it is looked up again
