"""The promise of /openapi.json, held against real answers: status, headers, kind and content."""

import json
import re
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx
from jsonschema import Draft202012Validator

from oauth2system.services.server import documents
from oauth2system.settings import Settings

Json = dict[str, Any]


class Contract:
    """One document, ready to judge answers by."""

    def __init__(self, written: Json) -> None:
        self._components: Json = written["components"]
        self._paths = {re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))): path for path in written["paths"]}
        self._operations: Json = written["paths"]
        self._validators: dict[int, Any] = {}

    def broken_by(self, method: str, url: str, answer: httpx.Response) -> list[str]:
        """Return what an answer has that the document does not say, or lacks that it does."""
        path = next((path for pattern, path in self._paths.items() if pattern.fullmatch(urlsplit(url).path)), None)
        asked: Json | None = self._operations[path].get(method.lower()) if path else None
        if asked is None:
            return []
        told: Json | None = asked["responses"].get(str(answer.status_code))
        if told is None:
            return [f"status {answer.status_code} is not documented"]
        told = self.resolved(told)
        found = self._headers(told.get("headers", {}), answer)
        return found + ([] if method == "HEAD" else self._content(told.get("content", {}), answer))

    def resolved(self, part: Json) -> Json:
        """Return a part itself, or what it points at."""
        if "$ref" not in part:
            return part
        _, _, kind, name = part["$ref"].split("/")
        return self._components[kind][name]

    def _headers(self, told: Json, answer: httpx.Response) -> list[str]:
        found: list[str] = []
        for name, header in told.items():
            value, schema = answer.headers.get(name), self.resolved(header)["schema"]
            if value is None:
                found.append(f"the header {name} is missing")
            elif schema.get("type") != "integer":
                found += [f"{name}: {error.message}" for error in self._validator(schema).iter_errors(value)]
        return found

    def _content(self, told: Json, answer: httpx.Response) -> list[str]:
        kind = answer.headers.get("content-type", "").partition(";")[0]
        if not told:
            return [f"a body of {len(answer.content)} bytes is not documented"] if answer.content else []
        if kind not in told:
            return [f"{kind or 'no type'} is not documented"]
        value = answer.json() if kind.endswith("json") else answer.text
        return [f"{error.json_path}: {error.message}" for error in self.errors(told[kind]["schema"], value)]

    def errors(self, schema: Json, value: Any) -> list[Any]:
        """Return what is wrong with a value by a schema of the document."""
        return list(self._validator(schema).iter_errors(value))

    def _validator(self, schema: Json) -> Any:
        found = self._validators.get(id(schema))
        if found is None:
            found = Draft202012Validator({**schema, "components": self._components})
            self._validators[id(schema)] = found
        return found


def contract_of(settings: Settings) -> Contract:
    """Return what a server with these settings promises."""
    return _read(documents.get_openapi(settings))


@cache
def _read(written: bytes) -> Contract:
    return Contract(json.loads(written))
