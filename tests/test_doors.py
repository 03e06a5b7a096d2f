"""A door is thin: whatever answers a request, an event or a command makes at most one service call (decision 0005)."""

import ast
import importlib
import inspect
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest

import oauth2system

PACKAGE = Path(oauth2system.__file__).parent
DOORS = ("web", "ui", "cli")
# What runs a service by itself -> the name of what it is a method of.
RUNS = {"now": "runner", "read": "runner", "write": "runner", "transact": "runner"}
IN_A_LOOP = 2
# Function -> why it makes more than one call.
_PAGES = "a list of any length, page by page"
_START = "a server that starts prepares its keys, and then the set-up link"
EXCEPTIONS = {
    **dict.fromkeys(("cli.apps.list_all", "cli.apps._all", "cli.users.list_all", "cli.users._all"), _PAGES),
    **dict.fromkeys(("cli.serve.serve", "cli.serve._prepare"), _START),
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Module:
    """One module of a door: its source, and what its names stand for."""

    def __init__(self, path: Path) -> None:
        self.name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")
        self.loaded: ModuleType = importlib.import_module(f"oauth2system.{self.name}")
        self.functions: dict[str, Function] = {}
        self.classes: dict[str, ast.ClassDef] = {}
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, Function):
                self.functions[node.name] = node
            elif isinstance(node, ast.ClassDef):
                self.classes[node.name] = node
                self.functions |= {f"{node.name}.{one.name}": one for one in node.body if isinstance(one, Function)}


@cache
def modules() -> dict[str, Module]:
    paths = [path for door in DOORS for path in sorted((PACKAGE / door).rglob("*.py"))]
    found = [Module(path) for path in paths]
    return {module.name: module for module in found}


@cache
def classes() -> dict[str, tuple[Module, ast.ClassDef]]:
    return {name: (module, node) for module in modules().values() for name, node in module.classes.items()}


def calls_of(module: Module, name: str, seen: frozenset[str] = frozenset()) -> int:
    """Count the service calls on the longest way through a function, with all that it calls within the doors."""
    key = f"{module.name}.{name}"
    if key in seen or name not in module.functions:
        return 0
    return _Counter(module, name, seen | {key}).of_statements(module.functions[name].body)


class _Counter:
    """Counts along the ways through one function."""

    def __init__(self, module: Module, name: str, seen: frozenset[str]) -> None:
        self.module, self.seen = module, seen
        self.owner = name.partition(".")[0] if "." in name else ""

    def of_statements(self, body: list[ast.stmt]) -> int:
        for index, statement in enumerate(body):
            if isinstance(statement, ast.If):
                rest = body[index + 1 :]
                ways = [self.of_statements([*way, *rest]) for way in (statement.body, statement.orelse)]
                return sum(map(self.of_statement, body[:index])) + self.of_expression(statement.test) + max(ways)
            if isinstance(statement, ast.Return | ast.Raise | ast.Continue | ast.Break):
                return sum(map(self.of_statement, body[: index + 1]))
        return sum(map(self.of_statement, body))

    def of_statement(self, statement: ast.stmt) -> int:
        match statement:
            case ast.Try():
                ways = [handler.body for handler in statement.handlers] or [[]]
                failed = max(self.of_statements(way) for way in ways)
                return max(self.of_statements([*statement.body, *statement.orelse]), failed) + self.of_statements(
                    statement.finalbody
                )
            case ast.While() | ast.For() | ast.AsyncFor():
                head = statement.test if isinstance(statement, ast.While) else statement.iter
                again = self.of_statements(statement.body) + (
                    isinstance(statement, ast.While) and self.of_expression(head)
                )
                return IN_A_LOOP * again if again else self.of_expression(head)
            case ast.With() | ast.AsyncWith():
                heads = sum(self.of_expression(item.context_expr) for item in statement.items)
                return heads + self.of_statements(statement.body)
            case ast.Match():
                return self.of_expression(statement.subject) + max(
                    self.of_statements(one.body) for one in statement.cases
                )
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return 0
            case _:
                return self.of_expression(statement)

    def of_expression(self, node: ast.AST) -> int:
        return sum(self._is_service(one) or self._within(one) for one in ast.walk(node) if isinstance(one, ast.Call))

    def _is_service(self, node: ast.Call) -> int:
        """Return 1 for `call(service, …)`, `self.call(service, …)`, `runner.now(…)` and `procedure(call, …)`."""
        function = node.func
        named = ast.unparse(function)
        if named == "call" or (named.endswith(".call") and named.startswith("self")):
            return 1
        if isinstance(function, ast.Call) and ast.unparse(function.func).endswith(".call"):
            return 1
        if (
            isinstance(function, ast.Attribute)
            and function.attr in RUNS
            and RUNS[function.attr] in ast.unparse(function.value)
        ):
            return 1
        return int(_is_procedure(self._object(function)))

    def _within(self, node: ast.Call) -> int:
        """Count the calls of a function of the doors that is called here."""
        function = node.func
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "self":
            return self._method(self.owner, function.attr)
        found = self._object(function)
        where = getattr(found, "__module__", "").removeprefix("oauth2system.")
        if isinstance(found, FunctionType) and where in modules():
            return calls_of(modules()[where], found.__qualname__, self.seen)
        return 0

    def _method(self, owner: str, name: str) -> int:
        if owner not in classes():
            return 0
        module, node = classes()[owner]
        if f"{owner}.{name}" in module.functions:
            return calls_of(module, f"{owner}.{name}", self.seen)
        return max((self._method(ast.unparse(base), name) for base in node.bases), default=0)

    def _object(self, node: ast.expr) -> Any:
        """Return what a name or `module.name` stands for, or None."""
        match node:
            case ast.Name():
                return inspect.unwrap(found) if callable(found := vars(self.module.loaded).get(node.id)) else None
            case ast.Attribute(value=ast.Name() as place):
                holder = vars(self.module.loaded).get(place.id)
                found = getattr(holder, node.attr, None) if isinstance(holder, ModuleType) else None
                return inspect.unwrap(found) if callable(found) else None
            case _:
                return None


def _is_procedure(found: Any) -> bool:
    """Return whether this is a function of a service that runs transactions by itself: it takes the Call or Runner."""
    if not isinstance(found, FunctionType) or not found.__module__.startswith("oauth2system.services."):
        return False
    first = next(iter(inspect.signature(found).parameters), "")
    return first in {"call", "runner"}


@pytest.mark.parametrize("door", DOORS)
def test_whatever_a_door_runs_makes_at_most_one_service_call(door: str) -> None:
    found = {
        f"{module.name}.{name}": count
        for module in modules().values()
        if module.name.split(".")[0] == door
        for name in module.functions
        if (count := calls_of(module, name)) > 1
    }
    assert found.keys() == {name for name in EXCEPTIONS if name.startswith(f"{door}.")}


def test_the_counter_sees_the_calls_that_are_there() -> None:
    known = modules()
    assert calls_of(known["web.accounts.accounts"], "register") == 1
    assert calls_of(known["ui.pages.apps.app_state"], "AppState.rename") == 1
    assert calls_of(known["cli.users"], "create") == 1
