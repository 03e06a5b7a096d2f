"""The reference for people, made from /openapi.json: what each endpoint takes, answers and refuses."""

from dataclasses import dataclass
from typing import Any

import orjson

from oauth2system import __version__
from oauth2system.protocol.capabilities import Offer
from oauth2system.protocol.openapi import credentials, document

Json = dict[str, Any]
_ASKED_BY_MACHINES = {"head", "options", "parameters"}
# Described once for all endpoints.
_ANYWHERE = {"413", "429", "500", "503"}
_LONGEST_EXAMPLE = 12
# An endpoint that shares at least so many fields with an earlier one refers to it.
_MANY = 5


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter or member: its words, whether it is needed, and the only values it may have."""

    name: str
    words: str
    is_needed: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together, such as those of one grant; `rest` is the endpoint that lists the others."""

    title: str
    words: str
    fields: tuple[Field, ...]
    rest: "Place | None" = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an endpoint is described on the page."""

    anchor: str
    name: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One answer: its status, what it means, the codes it may name, and what is in it."""

    status: str
    words: str
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation, ready to be shown."""

    anchor: str
    method: str
    path: str
    title: str
    words: str
    proofs: tuple[str, ...]
    asked: tuple[Group, ...]
    outcomes: tuple[Outcome, ...]
    answered: Group | None
    example: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """The endpoints of one topic."""

    anchor: str
    title: str
    words: str
    endpoints: tuple[Endpoint, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """The whole reference."""

    chapters: tuple[Chapter, ...]
    proofs: tuple[Field, ...]
    sent_back: tuple[Field, ...]
    codes: tuple[Field, ...]


class OpenApiReader:
    """Reads one document."""

    def __init__(self, written: Json) -> None:
        self._written = written
        self._components: Json = written["components"]
        self._shown: list[tuple[Place, set[tuple[str, str]]]] = []

    def read(self) -> Reference:
        """Return the reference of a document."""
        codes = self._components["schemas"]["ErrorCode"]["oneOf"]
        chapters = tuple(self._chapter(tag) for tag in self._written["tags"])
        agreed, refused = (self._fields(one) for one in self._components["schemas"]["AuthorizationAnswer"]["oneOf"])
        return Reference(
            chapters=chapters,
            proofs=tuple(_read_field(name, schema) for name, schema in credentials.FIELDS.items()),
            sent_back=tuple(dict.fromkeys((*agreed, *refused))),
            codes=tuple(Field(code["const"], code["description"]) for code in codes),
        )

    def _chapter(self, tag: Json) -> Chapter:
        found = tuple(
            self._endpoint(path, method, operation)
            for path, methods in self._written["paths"].items()
            for method, operation in methods.items()
            if method not in _ASKED_BY_MACHINES and tag["name"] in operation["tags"]
        )
        return Chapter(tag["name"], tag["x-displayName"], tag["description"], found)

    def _endpoint(self, path: str, method: str, operation: Json) -> Endpoint:
        good = next(
            (self._of(answer) for status, answer in operation["responses"].items() if status in {"200", "201"}), {}
        )
        content: Json = good.get("content", {}).get("application/json", {})
        members = self._fields(self._of(content.get("schema", {})))
        place = Place(operation["operationId"], f"{method.upper()} {path}")
        return Endpoint(
            anchor=operation["operationId"],
            method=method.upper(),
            path=path,
            title=operation["summary"],
            words=operation.get("description", ""),
            proofs=tuple(operation.get("x-client-authentication", ())),
            asked=tuple(self._once(place, group) for group in self._list_parameters(path, operation)),
            outcomes=tuple(
                self._outcome(status, self._of(answer))
                for status, answer in operation["responses"].items()
                if status not in _ANYWHERE or "$ref" not in answer
            ),
            answered=self._once(place, Group("", "", members)) if members else None,
            example=_write_example(content["example"]) if "example" in content else "",
        )

    def _once(self, place: Place, group: Group) -> Group:
        """Leave out the fields that an earlier endpoint has shown already, and refer to it."""
        for earlier, known in self._shown:
            fresh = tuple(one for one in group.fields if (one.name, one.words) not in known)
            if len(group.fields) - len(fresh) >= _MANY:
                return Group(group.title, group.words, fresh, earlier)
        self._shown.append((place, {(one.name, one.words) for one in group.fields}))
        return group

    def _list_parameters(self, path: str, operation: Json) -> tuple[Group, ...]:
        """Return the parameters, without those that authenticate an app, which have a chapter of their own."""
        whole = [*self._written["paths"][path].get("parameters", ()), *operation.get("parameters", ())]
        fields = tuple(
            Field(one["name"], one["description"], one["required"], _describe_values(one["schema"])) for one in whole
        )
        groups = [Group("", "", fields)] if fields else []
        for body in operation.get("requestBody", {"content": {}})["content"].values():
            schema = self._of(body["schema"])
            for variant in schema.get("oneOf", [schema]):
                described = self._of(variant)
                title = described.get("properties", {}).get("grant_type", {}).get("const", "")
                groups.append(Group(title, described.get("description", ""), self._fields(described, title)))
        return tuple(groups)

    def _fields(self, schema: Json, grant: str = "") -> tuple[Field, ...]:
        hidden = {"grant_type"} if grant else set[str]()
        needed = schema.get("required", ())
        return tuple(
            _read_field(name, self._of(part), is_needed=name in needed)
            for name, part in schema.get("properties", {}).items()
            if name not in hidden and part is not credentials.FIELDS.get(name)
        )

    def _outcome(self, status: str, answer: Json) -> Outcome:
        schema: Json = next(iter(answer.get("content", {}).values()), {}).get("schema", {})
        return Outcome(
            status, answer["description"], tuple(schema.get("properties", {}).get("error", {}).get("enum", ()))
        )

    def _of(self, part: Json) -> Json:
        if "$ref" not in part:
            return part
        _start, _components, kind, name = part["$ref"].split("/")
        return self._components[kind][name]


def _read_field(name: str, schema: Json, *, is_needed: bool = False) -> Field:
    return Field(name, schema.get("description", ""), is_needed, _describe_values(schema))


def _describe_values(schema: Json) -> tuple[str, ...]:
    found = schema.get("enum") or schema.get("items", {}).get("enum") or ()
    return tuple(str(value) for value in found)


def _write_example(example: object) -> str:
    text = orjson.dumps(example, option=orjson.OPT_INDENT_2).decode()
    return text if text.count("\n") <= _LONGEST_EXAMPLE else "\n".join([*text.splitlines()[:_LONGEST_EXAMPLE], "  …"])


def build_reference(origin: str) -> Reference:
    """Return the reference of a server that offers everything."""
    return OpenApiReader(document.build(Offer(origin, registration=True), __version__)).read()
