"""The vocabulary of the document: fields, answers, refusals and operations in OpenAPI 3.1's words."""

from collections.abc import Mapping, Sequence
from typing import Any

from oauth2system.i18n import N_

Json = dict[str, Any]
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
HTML = "text/html"


def ref(name: str, kind: str = "schemas") -> Json:
    """Point at a part that is written once."""
    return {"$ref": f"#/components/{kind}/{name}"}


def text(words: str, *examples: str, **more: Any) -> Json:
    """Describe a text."""
    return {"type": "string", "description": words, **({"examples": list(examples)} if examples else {}), **more}


def number(words: str, *examples: int, **more: Any) -> Json:
    """Describe a whole number that is never negative."""
    return {"type": "integer", "minimum": 0, "description": words, "examples": list(examples), **more}


def flag(words: str) -> Json:
    """Describe a boolean."""
    return {"type": "boolean", "description": words}


def texts(words: str, *examples: str, **more: Any) -> Json:
    """Describe a list of texts."""
    return {
        "type": "array", "description": words, "items": {"type": "string", **more},
        **({"examples": [list(examples)]} if examples else {}),
    }  # fmt: skip


def thing(fields: Mapping[str, Json], *required: str, **more: Any) -> Json:
    """Describe a JSON object, or a form."""
    return {"type": "object", "properties": dict(fields), **({"required": list(required)} if required else {}), **more}


def query(fields: Mapping[str, Json], *required: str) -> list[Json]:
    """Return fields as query parameters."""
    return [_parameter(name, "query", schema, required=name in required) for name, schema in fields.items()]


def header(name: str, schema: Json) -> Json:
    """Return a field as a request header."""
    return _parameter(name, "header", schema, required=False)


def _parameter(name: str, place: str, schema: Json, *, required: bool) -> Json:
    words = schema.get("description", "")
    bare = {key: value for key, value in schema.items() if key != "description"}
    return {
        "name": name,
        "in": place,
        "required": required,
        "schema": bare,
        **({"description": words} if words else {}),
    }


def form(schema: Json, *, required: bool = True) -> Json:
    """Return a request body that is a form."""
    return {"required": required, "content": {FORM: {"schema": schema}}}


def body(schema: Json, example: Json | None = None) -> Json:
    """Return a request body that is JSON."""
    return {"required": True, "content": {JSON: {"schema": schema, **({"example": example} if example else {})}}}


def answer(words: str, schema: Json | None = None, *headers: str, kind: str = JSON, example: object = None) -> Json:
    """Describe an answer, with what is in it and the headers that it always has."""
    found: Json = {"description": words}
    if headers:
        found["headers"] = {name: ref(name, "headers") for name in headers}
    if schema is not None:
        found["content"] = {kind: {"schema": schema, **({} if example is None else {"example": example})}}
    return found


def page(words: str, *headers: str) -> Json:
    """Describe an answer that is a page for a person."""
    return answer(words, {"type": "string"}, "Cache-Control", *headers, kind=HTML)


def refusal(words: str, *codes: str, headers: Sequence[str] = ()) -> Json:
    """Describe a refusal by the codes it can name."""
    schema = thing(
        {"error": {**ref("ErrorCode"), "enum": list(codes)}, "error_description": ref("ErrorDescription")}, "error"
    )
    example = {"error": codes[0], "error_description": "A sentence that anybody may read."}
    return answer(words, schema, "Cache-Control", *headers, example=example)


# What every endpoint may answer, whatever was asked of it.
BROKEN: dict[str, Json] = {"500": ref("Broken", "responses")}
FAILING: dict[str, Json] = {"503": ref("Busy", "responses"), **BROKEN}
FAILING_PAGE: dict[str, Json] = {"503": ref("BusyPage", "responses"), "500": ref("BrokenPage", "responses")}
TOO_LARGE: dict[str, Json] = {"413": ref("TooLarge", "responses")}
TOO_LARGE_PAGE: dict[str, Json] = {"413": ref("TooLargePage", "responses")}
TOO_MANY: dict[str, Json] = {"429": ref("TooMany", "responses")}
TOO_MANY_PAGE: dict[str, Json] = {"429": ref("TooManyPage", "responses")}
NOT_AUTHENTICATED: dict[str, Json] = {"401": ref("NotAuthenticated", "responses")}


def operation(  # noqa: PLR0913  (the parts of an operation, by name)
    name: str,
    tag: str,
    summary: str,
    answers: Mapping[str, Json],
    *,
    words: str = "",
    parameters: Sequence[Json] = (),
    asks: Json | None = None,
    security: Sequence[Json] = (),
    **more: Any,
) -> Json:
    """Return one operation; `asks` is its request body."""
    found: Json = {"operationId": name, "tags": [tag], "summary": summary}
    if words:
        found["description"] = words
    if parameters:
        found["parameters"] = list(parameters)
    if asks is not None:
        found["requestBody"] = asks
    return {**found, "responses": dict(answers), "security": list(security), **more}


def preflight(name: str, tag: str) -> Json:
    """Return the operation that browsers ask first, before a script of another site may call."""
    return operation(
        name,
        tag,
        N_("May a page of another site call this?"),
        {"204": answer(N_("What is allowed, in the Access-Control headers.")), **FAILING},
    )


def without_body(shown: Json, name: str) -> Json:
    """Return HEAD for a GET: the same answers, without what is in them."""
    answers = {
        status: {part: value for part, value in found.items() if part != "content"}
        for status, found in shown["responses"].items()
        if "$ref" not in found
    }
    failing = {status: {"description": N_("It failed; GET says more.")} for status in ("500", "503")}
    return {
        **shown, "operationId": name, "summary": N_("The same as GET, without the body."),
        "responses": {**failing, **answers},
    }  # fmt: skip
