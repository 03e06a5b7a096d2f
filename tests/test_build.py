"""The pages are built once: when their sources changed, by one process, and a failure takes nothing away."""

# pyright: reportPrivateUsage=false

import contextlib
import gzip
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import brotli  # pyright: ignore[reportMissingTypeStubs]  (it comes without types)
import httpx
import pytest

from oauth2system import build, page_files
from oauth2system.i18n import N_
from oauth2system.web.http import static_files
from tests.support.servers.processes import free_port, stop, wait_until

REAL = Path(build.__file__).resolve().parents[1]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a small project with the places that a build looks at."""
    for name in (
        "oauth2system/ui/home.py",
        "assets/style.css",
        "rxconfig.py",
        "requirements.txt",
        "reflex.lock/x.json",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("first\n")
    return tmp_path


class Workshop:
    """Stands in for Reflex: makes what an export makes, or fails, and counts how often it was asked."""

    def __init__(self) -> None:
        self.builds = 0
        self.at_once = 0
        self.most_at_once = 0
        self.fails = False
        self.seconds = 0.0

    def export(self, root: Path, log: Path, env: Mapping[str, str], progress: build.Progress) -> None:
        del env, progress
        self.builds += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(self.seconds)
        self.at_once -= 1
        if self.fails:
            (root / "reflex.lock/x.json").write_text("half done\n")
            raise build.BuildFailed(N_("The pages could not be built. See {log}.", log=log))
        for name in build.SERVED:
            target = root / ".web" / name
            (target if target.suffix == "" else target.parent).mkdir(parents=True, exist_ok=True)
            if target.suffix:
                target.write_text("{}")
        (root / ".web/build/client/index.html").write_text(f"build {self.builds}")


@pytest.fixture
def workshop(monkeypatch: pytest.MonkeyPatch) -> Workshop:
    made = Workshop()
    monkeypatch.setattr(build, "_export", made.export)
    monkeypatch.setattr(build, "_npm", no_npm)
    return made


def no_npm(path: str, inherited: Mapping[str, str]) -> dict[str, str]:
    del path, inherited
    return {}


def page(folder: Path) -> str:
    return (folder / "build/client/index.html").read_text()


def test_what_is_built_is_not_built_again(root: Path, workshop: Workshop):
    first = build.ensure_built(lambda _: None, root=root)
    assert build.ensure_built(lambda _: None, root=root) == first
    assert (workshop.builds, page(first)) == (1, "build 1")


@pytest.mark.parametrize("name", ["oauth2system/ui/home.py", "assets/style.css", "rxconfig.py", "reflex.lock/x.json"])
def test_a_changed_source_means_a_new_build_and_the_old_one_stays_for_whoever_serves_it(
    root: Path, workshop: Workshop, name: str
):
    first = build.ensure_built(lambda _: None, root=root)
    (root / name).write_text("second\n")
    second = build.ensure_built(lambda _: None, root=root)
    assert (page(first), page(second)) == ("build 1", "build 2")


def test_going_back_to_earlier_sources_finds_the_earlier_build(root: Path, workshop: Workshop):
    source = root / "rxconfig.py"
    first = build.ensure_built(lambda _: None, root=root)
    source.write_text("second\n")
    build.ensure_built(lambda _: None, root=root)
    source.write_text("first\n")
    assert build.ensure_built(lambda _: None, root=root) == first
    assert workshop.builds == 2


def test_bytecode_and_what_the_build_itself_makes_are_no_sources(root: Path):
    before = build.stamp(root)
    for name in ("oauth2system/__pycache__/home.pyc", "assets/external/widget.js", "var/oauth2system.db"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("made\n")
    assert build.stamp(root) == before


def test_a_renamed_source_is_a_changed_source(root: Path):
    before = build.stamp(root)
    (root / "assets/style.css").rename(root / "assets/other.css")
    assert build.stamp(root) != before


def test_a_failed_build_leaves_the_old_one_serving_and_says_so_in_one_line(root: Path, workshop: Workshop):
    first = build.ensure_built(lambda _: None, root=root)
    (root / "rxconfig.py").write_text("broken\n")
    (root / "reflex.lock/x.json").write_text("committed\n")
    workshop.fails = True
    said: list[str] = []
    assert build.ensure_built(said.append, root=root) == first
    assert page(first) == "build 1"
    assert said[-1].endswith("The pages built before are served instead.")
    assert "\n" not in said[-1]
    assert (root / "reflex.lock/x.json").read_text() == "committed\n"


def test_a_failed_first_build_is_one_line_with_its_log(root: Path, workshop: Workshop):
    workshop.fails = True
    with pytest.raises(build.BuildFailed, match=r"pages\.log"):
        build.ensure_built(lambda _: None, root=root)


def test_a_build_that_changes_the_lock_asks_to_commit_it(
    root: Path, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
):
    def export(root: Path, log: Path, env: Mapping[str, str], progress: build.Progress) -> None:
        workshop.export(root, log, env, progress)
        (root / "reflex.lock/x.json").write_text("another package\n")

    monkeypatch.setattr(build, "_export", export)
    said: list[str] = []
    build.ensure_built(said.append, root=root)
    assert "commit it" in said[-1]


def test_two_at_once_build_only_once(root: Path, workshop: Workshop):
    workshop.seconds = 0.3
    said: list[str] = []
    both = [threading.Thread(target=build.ensure_built, args=(said.append,), kwargs={"root": root}) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert (workshop.builds, workshop.most_at_once) == (1, 1)
    assert any("waiting" in line for line in said)


def test_only_the_last_few_builds_are_kept(root: Path, workshop: Workshop):
    made: list[Path] = []
    for number in range(6):
        (root / "rxconfig.py").write_text(f"{number}\n")
        made.append(build.ensure_built(lambda _: None, root=root))
        os.utime(made[-1], (number, number))
    assert set((root / "build/pages").iterdir()) == set(made[-build.SHELVES_KEPT :])


def test_an_interrupted_publication_leaves_no_half_built_pages(
    root: Path, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(build.shutil, "copy", interrupted)
    with contextlib.suppress(KeyboardInterrupt):
        build.ensure_built(lambda _: None, root=root)
    assert list((root / "build/pages").iterdir()) == []


def test_the_build_sees_neither_the_operators_settings_nor_their_data(
    root: Path, tmp_path: Path, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OAUTH2SYSTEM_DATABASE_URL", "postgresql://hunter2@example.org/live")
    monkeypatch.setenv("REFLEX_REDIS_URL", "redis://hunter2@example.org")
    (root / ".env").write_text("export OAUTH2SYSTEM_SMTP_URL=smtp://hunter2@example.org\n# OAUTH2SYSTEM_NOTE\n")
    seen = build._workshop_environment(root, tmp_path / "scratch")
    assert [name for name, value in seen.items() if "hunter2" in value] == []
    assert seen["OAUTH2SYSTEM_SMTP_URL"] == ""
    assert seen["OAUTH2SYSTEM_VAR_DIR"] == str(tmp_path / "scratch")
    assert seen["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)


def test_a_builder_that_is_interrupted_leaves_no_process_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: Path
):
    started: list[int] = []

    def interrupt(builder: subprocess.Popen[bytes], log: Path, progress: build.Progress) -> None:
        started.append(builder.pid)
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "_watch", interrupt)
    with pytest.raises(KeyboardInterrupt):
        build._export(root, tmp_path / "log", {"PATH": os.defpath}, lambda _: None)
    with pytest.raises(ProcessLookupError):
        os.killpg(started[0], 0)


def test_a_failing_export_says_why(root: Path, tmp_path: Path):
    (root / "rxconfig.py").write_text("raise SystemExit('Error: the sky is falling')\n")
    env = {"PATH": os.defpath, "HOME": str(tmp_path), "REFLEX_DIR": str(tmp_path / "reflex"), **build._quiet()}
    with pytest.raises(build.BuildFailed, match=r"(?s)could not be built: .*pages\.log"):
        build._export(root, tmp_path / "pages.log", env, lambda _: None)


def test_the_real_pages_are_served_without_node(pages: Path, tmp_path: Path, sqlite_url: str):
    port = free_port()
    env = {
        "PATH": str(tmp_path),
        "OAUTH2SYSTEM_VAR_DIR": str(tmp_path),
        "OAUTH2SYSTEM_DATABASE_URL": sqlite_url,
        "OAUTH2SYSTEM_PORT": str(port),
        **build.environment(pages),
    }
    command = [sys.executable, "-m", "tests.support.servers.one_process"]
    log = tmp_path / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*command, str(port), "oauth2system.oauth2system:app"],
            cwd=REAL,
            env=env,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        assert wait_until(lambda: _serves(port), seconds=30, alive=lambda: server.poll() is None), log.read_text()
    finally:
        stop(server)


def _serves(port: int) -> bool:
    try:
        answer = httpx.get(f"http://localhost:{port}/", timeout=2)
    except httpx.HTTPError:
        return False
    return answer.status_code == 200 and "<h1" in answer.text


def test_a_script_guesses_no_address_where_it_was_told_one(tmp_path: Path):
    """Reflex drops the port of an https localhost it guesses, as behind a TLS proxy on somebody's own machine."""
    (tmp_path / "pages" / "assets").mkdir(parents=True)
    script = tmp_path / "pages" / "assets" / "context-AbCdEf12.js"
    script.write_text("var a=[`localhost`,`0.0.0.0`,`::`,`0:0:0:0:0:0:0:0`],b=[`localhost`,c];")
    page_files.finish(tmp_path / "pages", tmp_path / "marked")
    assert script.read_text() == "var a=[],b=[`localhost`,c];"


def test_no_script_guesses_where_the_page_came_from(pages: Path):
    guesses = b"0:0:0:0:0:0:0:0"
    exported = [gzip.decompress(path.read_bytes()) for path in (pages / "build/client/assets").glob("*.js.gz")]
    served = static_files.Built(pages / "build/client", "https://localhost:8443").assets.values()
    assert sum(guesses in script for script in exported) == 1, "Reflex guesses no more: remove what takes it out"
    assert not any(guesses in file.body for file in served)


def test_the_compressed_copy_of_a_file_is_what_browsers_get(pages: Path):
    files = static_files.Built(pages / "build/client", "https://id.example.org").assets
    copies = {path: file.brotli for path, file in files.items() if file.brotli is not None}
    assert len(copies) > 50
    untyped: Any = brotli
    assert all(untyped.decompress(copy) == files[path].body for path, copy in copies.items())


def test_the_pages_carry_no_component_library(pages: Path):
    client = pages / "build/client"
    assert [path.name for path in client.rglob("*") if path.is_file() and b"radix" in path.read_bytes().lower()] == []


def test_every_page_together_stays_small(pages: Path):
    scripts = sum(path.stat().st_size for path in (pages / "build/client").rglob("*.js.gz"))
    assert scripts < 500_000, "all pages' scripts, zipped: look at what a page has pulled in"
