"""Below the doors nothing is translated: messages are raised, and each door says them to its own reader."""

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

from oauth2system import i18n

PACKAGE = Path(i18n.__file__).parent
BELOW = ("services", "runtime", "policy", "protocol", "storage")
# What turns a message into words, or decides in whose language.
DOORS_ONLY = {"_", "ngettext", "translate", "speak", "choose"}
# A mail has no door of its own: its renderer speaks to whoever it is sent to.
RENDERER = "services/delivery/smtp.py"
# These texts are templates: a refusal brings their values when it is raised (decision 0018), a mail when it is written.
_MAILS = ("services/delivery/message_texts.py", "services/delivery/deletion_texts.py")
TEMPLATES = ("protocol/reasons/", "policy/page_messages.py", "services/insight/health_check.py", *_MAILS)


def modules(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    for folder in folders:
        for path in sorted((PACKAGE / folder).rglob("*.py")):
            yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def translations(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield everything that translates: by its own name, by another, or through its module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "oauth2system.i18n":
            if DOORS_ONLY & {alias.name for alias in node.names}:
                yield node
        elif isinstance(node, ast.ImportFrom) and node.module == "oauth2system":
            if "i18n" in {alias.name for alias in node.names}:
                yield node
        elif isinstance(node, ast.Import):
            if any(alias.name in {"gettext", "oauth2system.i18n"} for alias in node.names):
                yield node
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"_", "ngettext"}:
            yield node


def test_below_the_doors_nothing_is_translated() -> None:
    found = {
        f"{name}:{getattr(node, 'lineno', 0)}"
        for name, tree in modules(*BELOW)
        if name != RENDERER
        for node in translations(tree)
    }
    assert not found, "raise or return N_(…), with the values of its placeholders: the door translates it"


def test_the_renderer_of_mails_is_where_they_are_translated() -> None:
    [tree] = [tree for name, tree in modules(*BELOW) if name == RENDERER]
    assert list(translations(tree)), f"{RENDERER} translates no more: take it out of this test"


def messages() -> Iterator[tuple[str, ast.Call, str]]:
    """Yield every message that is made of a literal text, with where it is made."""
    for name, tree in modules("."):
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or not node.args:
                continue
            text = node.args[0]
            if node.func.id in {"N_", "Message"} and isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield f"{name}:{node.lineno}", node, text.value


def test_every_message_has_values_for_its_placeholders_and_no_others() -> None:
    wrong: dict[str, set[str]] = {}
    for place, node, text in messages():
        given = {keyword.arg for keyword in node.keywords if keyword.arg is not None}
        found = {name for _text, name, _format, _conversion in Formatter().parse(text) if name is not None}
        named = found if given else {name for name in found if name.isidentifier()}  # nothing is filled: { } may stand
        filled_later = place.startswith(TEMPLATES) and not given
        if named != given and not filled_later:
            wrong[place] = named ^ given
    assert wrong == {}


def test_no_message_hides_its_values_in_a_dictionary() -> None:
    assert [place for place, node, _text in messages() if any(one.arg is None for one in node.keywords)] == []
