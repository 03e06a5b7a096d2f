"""What a worker does when all is loaded."""

import gc
import os
import subprocess
import sys
from pathlib import Path

from oauth2system.cli import supervisor
from tests.support.servers.server import ROOT


def test_what_was_loaded_is_out_of_the_collectors_rounds() -> None:
    before, thresholds = gc.get_freeze_count(), gc.get_threshold()
    try:
        supervisor.settle()
        assert gc.get_freeze_count() > before
        assert gc.get_threshold() == (supervisor.COLLECT_AFTER, *thresholds[1:])
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)


def test_a_server_at_rest_does_not_carry_what_few_requests_need(tmp_path: Path) -> None:
    """What only builds, migrations, mails, passkeys, domain checks and PostgreSQL use is loaded for one of them."""
    show = (
        "import sys, oauth2system.oauth2system; from oauth2system.storage.database.transactions import Database;"
        " Database('sqlite:///not-opened.db'); print(*{name.partition('.')[0] for name in sys.modules})"
    )
    environ = {**os.environ, "OAUTH2SYSTEM_VAR_DIR": str(tmp_path), "__REFLEX_SKIP_COMPILE": "true"}
    asked = [sys.executable, "-c", show]
    done = subprocess.run(asked, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
    assert {"alembic", "dns", "jinja2", "markdown_it", "psycopg", "webauthn"}.isdisjoint(done.stdout.split())
