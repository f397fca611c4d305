"""As much of JSON Schema as our pages need, and more strict: no member is unknown."""

import re
from collections.abc import Iterator
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}
KNOWN = {
    *("$schema", "$defs", "$ref", "title", "description", "oneOf", "const", "enum", "type"),
    *("pattern", "properties", "required", "additionalProperties", "items"),
}


def complaints(value: Any, schema: dict[str, Any], *, root: dict[str, Any]) -> Iterator[str]:  # noqa: ANN401
    """Yield what is wrong with a value."""
    assert set(schema) <= KNOWN, schema
    if "$ref" in schema:
        yield from complaints(value, root["$defs"][schema["$ref"].split("/")[-1]], root=root)
        return
    if "oneOf" in schema:
        fitting = [one for one in schema["oneOf"] if not [*complaints(value, one, root=root)]]
        if len(fitting) != 1:
            yield f"fits {len(fitting)} forms: {value}"
    if value != schema.get("const", value) or value not in schema.get("enum", [value]):
        yield f"not allowed: {value}"
    if "type" in schema and not any(_is(value, kind) for kind in _listed(schema["type"])):
        yield f"no {schema['type']}: {value!r}"
    elif isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"no {schema['pattern']}: {value!r}"
    elif isinstance(value, list):
        for one in value:
            yield from complaints(one, schema["items"], root=root)
    elif isinstance(value, dict) and "type" in schema:
        yield from _of_object(value, schema, root)


def _of_object(
    value: dict[str, Any], schema: dict[str, Any], root: dict[str, Any]
) -> Iterator[str]:
    yield from (f"{name} is missing" for name in schema.get("required", []) if name not in value)
    for name, one in value.items():
        of = schema.get("properties", {}).get(name) or schema.get("additionalProperties")
        if of is None:
            yield f"{name} is unknown"
        else:
            yield from (f"{name}: {wrong}" for wrong in complaints(one, of, root=root))


def _is(value: object, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _listed(kinds: str | list[str]) -> list[str]:
    return [kinds] if isinstance(kinds, str) else kinds
