"""The parameters of an operator as a JSON schema, made from their Python types and limits."""

from __future__ import annotations

import types
import typing
from typing import Any

from tamis.op import Operator, Parameter

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def parameters_schema(operator: Operator) -> dict[str, Any]:
    """A JSON schema (draft 2020-12) of the operator's parameters in a recipe's step."""
    return {
        "$schema": DRAFT,
        "title": operator.name,
        "type": "object",
        "properties": {p.name: _property(p) for p in operator.parameters},
        "required": [p.name for p in operator.parameters if p.required],
        "additionalProperties": False,
    }


def _property(parameter: Parameter) -> dict[str, Any]:
    found = of_type(parameter.annotation)
    if parameter.low is not None:
        found["minimum"] = parameter.low
    if parameter.high is not None:
        found["maximum"] = parameter.high
    if not parameter.required:
        default = parameter.default
        found["default"] = list(default) if isinstance(default, tuple) else default
    return found


def of_type(annotation: Any) -> dict[str, Any]:
    """The schema of a Python type; an empty one (anything) for a type without a counterpart in JSON.

    Examples:
        >>> of_type(list[int])
        {'type': 'array', 'items': {'type': 'integer'}}
    """
    if annotation in _TYPES:
        return {"type": _TYPES[annotation]}
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return of_type(arguments[0])
    if origin is typing.Literal:
        return {"enum": list(arguments)}
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [of_type(argument) for argument in arguments]}
    if _is_sequence(origin, annotation):
        items = [argument for argument in arguments if argument is not Ellipsis]
        return {"type": "array", "items": of_type(items[0])} if items else {"type": "array"}
    if _is_mapping(origin, annotation):
        return {"type": "object"}
    return {}


def _is_sequence(origin: Any, annotation: Any) -> bool:
    found = origin or annotation
    return getattr(found, "__name__", "") in ("list", "tuple", "Sequence", "set", "frozenset")


def _is_mapping(origin: Any, annotation: Any) -> bool:
    return getattr(origin or annotation, "__name__", "") in ("dict", "Mapping")


def type_name(annotation: Any) -> str:
    """A type as the reference pages write it: `int`, `text`, `list of text`, `one of a, b`.

    Examples:
        >>> type_name(list[str]), type_name(int | None)
        ('list of text', 'int, or none')
    """
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return type_name(arguments[0])
    if origin is typing.Literal:
        return "one of " + ", ".join(str(argument) for argument in arguments)
    if origin in (typing.Union, types.UnionType):
        named = [type_name(argument) for argument in arguments if argument is not type(None)]
        return " or ".join(named) + (", or none" if type(None) in arguments else "")
    if _is_sequence(origin, annotation):
        items = [argument for argument in arguments if argument is not Ellipsis]
        return f"list of {type_name(items[0])}" if items else "list"
    if _is_mapping(origin, annotation):
        return "table"
    if annotation is str:
        return "text"
    return getattr(annotation, "__name__", str(annotation))
