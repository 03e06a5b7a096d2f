"""Debian's Apache with mod_auth_openidc, as a child of the test: sites of a few lines of configuration each."""

import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.support.patience import PATIENCE_S
from tests.support.servers.processes import free_port, stop, wait_until

PROGRAM = "/usr/sbin/apache2"
MODULES = "/usr/lib/apache2/modules"
_LOADED = ("mpm_event", "authn_core", "authz_core", "authz_user", "dir", "include", "auth_openidc")
# What every page shows: the variables that the module hands to an application.
_PAGE = "<!doctype html><title>A site</title><h1>A site</h1><pre><!--#printenv --></pre>"


class Apache:
    """One Apache on the loopback, with a port for each of its sites."""

    def __init__(self) -> None:
        # Not pytest's folder: Apache leaves root's rights behind, and then could not read there.
        self.folder = Path(tempfile.mkdtemp(prefix="oauth2system-apache-"))
        self.folder.chmod(0o755)
        self._sites: dict[str, str] = {}
        self._ports: dict[str, int] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, name: str) -> str:
        """Return the address of a site, which need not run yet: apps are registered before."""
        return f"http://localhost:{self._ports.setdefault(name, free_port())}"

    def site(self, name: str, configuration: str) -> None:
        """Add a site; its cookies get its name, for localhost shares them between ports."""
        cookies = f"OIDCCookie {name}\nOIDCStateCookiePrefix {name}_state_"
        self._sites[name] = f"{cookies}\n{configuration}{_OPEN}"

    @property
    def log(self) -> str:
        """Everything Apache and the module have complained of."""
        path = self.folder / "error.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process is not None:
            stop(self._process)
        shutil.rmtree(self.folder)

    def start(self) -> None:
        """Serve every site."""
        pages = self.folder / "pages"
        pages.mkdir()
        for name in ("index.html", "fresh.html", "bye.html"):
            (pages / name).write_text(_PAGE, encoding="utf-8")
        file = self.folder / "apache.conf"
        file.write_text(self._configuration(), encoding="utf-8")
        words = [PROGRAM, "-f", str(file), "-D", "FOREGROUND"]
        with (self.folder / "said.log").open("wb") as said:
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
            )
        process = self._process
        if not wait_until(self._answers, seconds=PATIENCE_S, alive=lambda: process.poll() is None):
            raise RuntimeError(f"Apache did not start:\n{(self.folder / 'said.log').read_text()}\n{self.log[-3000:]}")

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url(next(iter(self._sites)))}/bye.html", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def _configuration(self) -> str:
        loaded = [f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in _LOADED]
        listens = [f"Listen 127.0.0.1:{self._ports[name]}" for name in self._sites]
        hosts = [
            f"<VirtualHost 127.0.0.1:{self._ports[name]}>\nServerName {self.url(name)}\n{text}\n</VirtualHost>"
            for name, text in self._sites.items()
        ]
        return "\n".join([*loaded, *listens, _COMMON.format(folder=self.folder), *hosts, ""])


_COMMON = """
ServerRoot {folder}
DefaultRuntimeDir {folder}
PidFile {folder}/apache.pid
Mutex default:{folder}
ErrorLog {folder}/error.log
LogLevel warn
ServerName localhost
User www-data
Group www-data
StartServers 1
ServerLimit 1
ThreadsPerChild 16
MaxRequestWorkers 16
MinSpareThreads 1
MaxSpareThreads 16
DocumentRoot {folder}/pages
DirectoryIndex index.html
<Directory {folder}/pages>
  Options +Includes
  SetOutputFilter INCLUDES
  ForceType text/html
</Directory>
""".strip()

# After the site's own words, which protect everything.
_OPEN = """
<Location /bye.html>
  AuthType none
  Require all granted
</Location>
"""
