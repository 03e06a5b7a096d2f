"""What a module below the doors holds never changes: two servers in one process share nothing they could notice."""

import ast
import enum
import functools
import importlib
import inspect
import ipaddress
import pkgutil
import re
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import is_dataclass
from datetime import date, timedelta
from pathlib import Path, PurePath
from typing import Any, cast

import pytest

import oauth2system

ROOT = Path(oauth2system.__file__).parent
LAYERS = ("protocol", "policy", "storage", "runtime", "services")

# A cache of a pure function may stay where no key and no answer is a secret, nor says which server asked.
_PURE_CACHES = {
    "protocol.authorization.response._quote": "an address, escaped",
    "protocol.clients.client.is_local": "whether an address leads to the very machine that asks",
    "protocol.jose.keys._header": "the header of our JWTs: names only",
    "protocol.jose.keys.parse_jwks": "public keys, parsed",
    "storage.lookups.client_options.read": "the options of an app, none of them secret",
    "protocol.scopes.parse": "names of scopes",
    "protocol.scopes.read": "names of scopes",
    "protocol.scopes.parse_simple": "names of scopes",
    "protocol.scopes._write": "names of scopes",
    "policy.passwords._common": "the list of common passwords, which comes with the program",
    "storage.tables.clients._build_client": "a whole row is the key: equal rows are equal clients for every reader",
    "services.clients.capabilities._build_offer": "what a server publishes of itself",
    "services.server.documents._build_metadata": "a document that a server publishes",
    "services.server.documents._build_openapi": "a document that a server publishes",
    "services.delivery.smtp._templates": "the templates that come with the program",
    "services.sessions.password_hashing._hash_nobody": "the hash of a fixed word: argon2 takes too long to repeat it",
}
# An object that Python could change, and nobody does.
_CONSTANTS = {
    "protocol.jose.keys": "parameters of signature algorithms",
    "storage.database.columns": "types of columns",
    "storage.tables": "the schema, and expressions made of it",
    "services.sessions.password_hashing._hasher": "the parameters of argon2id",
}

_UNCHANGING = (
    *(str, bytes, int, float, type(None), range, timedelta, date, PurePath, re.Pattern, enum.Enum),
    *(ipaddress.IPv4Network, ipaddress.IPv6Network, types.UnionType, types.GenericAlias, typing.TypeVar),
    *(typing.ParamSpec, type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType, types.MethodType),
)
_CHANGES = {"append", "extend", "insert", "add", "update", "setdefault", "pop", "popitem", "clear", "remove", "discard"}


def modules() -> Iterator[types.ModuleType]:
    for layer in LAYERS:
        for found in pkgutil.walk_packages([str(ROOT / layer)], f"oauth2system.{layer}."):
            yield importlib.import_module(found.name)


def held() -> Iterator[tuple[str, Any]]:
    """Give every object that a statement at the top of a module names."""
    for module in modules():
        for node in ast.parse(inspect.getsource(module)).body:
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            names = [name.id for one in targets if one for name in ast.walk(one) if isinstance(name, ast.Name)]
            names += [node.name] if isinstance(node, ast.FunctionDef) else []
            yield from (
                (f"{module.__name__.removeprefix('oauth2system.')}.{name}", vars(module)[name]) for name in names
            )


def is_unchanging(value: Any) -> bool:
    if isinstance(value, tuple | frozenset):
        return all(is_unchanging(one) or isinstance(one, dict | list) for one in cast("Iterable[Any]", value))
    if is_dataclass(value):
        params: Any = vars(type(value))["__dataclass_params__"]
        return params.frozen
    return isinstance(value, _UNCHANGING) or type(value).__module__ in {"typing", "collections.abc"}


def is_table(value: Any) -> bool:
    """Tell a table of constants from an empty container, which only waits to be filled."""
    return isinstance(value, dict | list | set | Mapping) and bool(cast("Any", value))


def changed() -> Iterator[str]:
    """Give the last name of everything that some function of the package changes in place."""
    for module in modules():
        for function in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from (name for node in ast.walk(function) for name in _changes(node))


def _changes(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Global(names):
            yield from names
        case ast.Subscript(value, ctx=ast.Store() | ast.Del()):
            yield _last(value)
        case ast.Call(ast.Attribute(value, method)) if method in _CHANGES:
            yield _last(value)
        case _:
            pass


def _last(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def is_reasoned(name: str) -> bool:
    return any(name.startswith(known) for known in _CONSTANTS)


def test_a_module_holds_nothing_that_changes() -> None:
    moving = set(changed())
    changing = {
        name
        for name, value in held()
        if not isinstance(value, functools._lru_cache_wrapper)  # pyright: ignore[reportPrivateUsage]  (a test may look inside)
        if not is_unchanging(value) and not is_reasoned(name)
        if not is_table(value) or name.rpartition(".")[2] in moving
    }
    assert not changing, "what a server remembers belongs to its Runner: see runtime/server_state.py"


def test_a_module_caches_nothing_secret_and_nothing_of_one_server() -> None:
    caches = {name for name, value in held() if isinstance(value, functools._lru_cache_wrapper)}  # pyright: ignore[reportPrivateUsage]  (a test may look inside)
    assert caches == _PURE_CACHES.keys()


def test_every_exception_is_still_needed() -> None:
    names = [name for name, value in held() if not is_unchanging(value)]
    assert not [known for known in _CONSTANTS if not any(name.startswith(known) for name in names)]


@pytest.mark.parametrize(
    "line",
    ["X = {}", "X = []", "X = set()", "X = asyncio.Lock()", "X = ThreadPoolExecutor(1)", "X = WeakKeyDictionary()"],
)
def test_what_waits_to_be_filled_is_found(line: str) -> None:
    space: dict[str, Any] = {}
    exec(f"import asyncio\nfrom concurrent.futures import *\nfrom weakref import *\n{line}", space)
    assert not is_unchanging(space["X"])
    assert not is_table(space["X"])
