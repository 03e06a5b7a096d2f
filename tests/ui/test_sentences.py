"""No sentence is put together from translated pieces: other languages order their words differently."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

CODE = Path(__file__).resolve().parents[2] / "oauth2system"
PAGES = ("ui", "web", "markup")
TEXTS = {"_", "N_"}


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TEXTS


def glued(tree: ast.AST) -> Iterator[str]:
    """Yield every text that needs another one to be a sentence."""
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and (is_text(node.left) or is_text(node.right)):
            yield ast.unparse(node)
        if isinstance(node, ast.JoinedStr):
            values = [one.value for one in node.values if isinstance(one, ast.FormattedValue)]
            yield from (ast.unparse(node) for one in values if is_text(one))
        if isinstance(node, ast.Call) and is_text(node) and node.args and isinstance(node.args[0], ast.Constant):
            text = str(node.args[0].value)
            if text != text.strip() or text[:1] in {",", ".", ";", "?"}:
                yield text


def test_every_text_is_a_whole_sentence() -> None:
    files = [path for room in PAGES for path in sorted((CODE / room).rglob("*.py"))]
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in files}
    found = {f"{path.name}: {one}" for path, tree in trees.items() for one in glued(tree)}
    assert found == set(), "give the sentence a placeholder for its element: html.sentence, or sentence of components"


def test_what_is_too_old_is_called_expired() -> None:
    other = re.compile(r"\b(?:run|runs|ran) out\b")
    found = [path.name for path in sorted(CODE.rglob("*.py")) for text in texts(path) if other.search(text)]
    assert found == []


def texts(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and is_text(node) and node.args and isinstance(node.args[0], ast.Constant):
            yield str(node.args[0].value)
