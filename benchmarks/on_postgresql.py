"""`python -m benchmarks.on_postgresql MODULE [ARGUMENT…]`: run a benchmark on a durable PostgreSQL of its own.

For instance `python -m benchmarks.on_postgresql benchmarks.oauth --seconds 4`.
"""

import os
import subprocess
import sys

from benchmarks import servers
from oauth2system import settings
from tests.support.servers.postgres import cluster


def main() -> None:
    """Start PostgreSQL, run the benchmark, and end with its exit code."""
    if len(sys.argv) == 1:
        raise SystemExit(__doc__)
    with cluster(durable=True) as postgres:
        env = {**os.environ, f"{settings.PREFIX}DATABASE_URL": postgres.create()}
        done = subprocess.run([sys.executable, "-m", *sys.argv[1:]], cwd=servers.ROOT, env=env, check=False)
    raise SystemExit(done.returncode)


if __name__ == "__main__":
    main()
