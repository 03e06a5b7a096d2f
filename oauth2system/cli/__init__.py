"""The commands: a thin layer over the services that HTTP and the pages call too.

parser.py lists the commands and the files that run them. serve.py prepares a server and then becomes
supervisor.py, which loads nothing of ours until a worker needs it.
"""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. A failure is one line on stderr, never a traceback."""
    from oauth2system.cli import commands  # noqa: PLC0415  (supervisor.py passes through here and needs none of it)

    return commands.run(sys.argv[1:] if arguments is None else arguments)
