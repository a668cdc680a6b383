"""The stub of the compiled module says what the module has: names, arguments, defaults."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import Any

from tamis import _core

STUB = ast.parse((Path(__file__).resolve().parents[2] / "python" / "tamis" / "_core.pyi").read_text())
Function = ast.FunctionDef


def functions(body: list[ast.stmt]) -> dict[str, Function]:
    return {node.name: node for node in body if isinstance(node, Function)}


def classes() -> dict[str, ast.ClassDef]:
    return {node.name: node for node in STUB.body if isinstance(node, ast.ClassDef)}


def public(holder: Any) -> set[str]:
    return {name for name in vars(holder) if not name.startswith("_")}


def stubbed(function: Function) -> list[tuple[str, str, str]]:
    """(name, kind, default) of each argument, as the stub writes it; `self` and `cls` left out."""
    arguments = function.args
    plain = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [*[None] * (len(plain) - len(arguments.defaults)), *arguments.defaults]
    found = [
        (a.arg, "plain", default)
        for a, default in zip(plain, defaults, strict=True)
        if a.arg not in ("self", "cls")
    ]
    found += [(a.arg, "keyword", d) for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    return [(name, kind, ast.unparse(default) if default else "") for name, kind, default in found]


def compiled(function: Any) -> list[tuple[str, str, str]]:
    """The same of a compiled function, from its text signature."""
    found = []
    for name, parameter in inspect.signature(function).parameters.items():
        if name in ("self", "cls"):
            continue
        kind = "keyword" if parameter.kind is parameter.KEYWORD_ONLY else "plain"
        default = "" if parameter.default is parameter.empty else repr(parameter.default)
        found.append((name, kind, default))
    return found


def same(stub: Function, function: Any) -> None:
    wanted, has = stubbed(stub), compiled(function)
    # PyO3 writes a default that it cannot show as `...`.
    has = [
        (n, k, wanted[i][2] if d == "Ellipsis" and i < len(wanted) else d) for i, (n, k, d) in enumerate(has)
    ]
    assert wanted == has, f"{stub.name}: the stub says {wanted}, the module {has}"


def test_the_same_names() -> None:
    names = {*functions(STUB.body), *classes()}
    assert len(names) > 20
    assert names == public(_core)


def test_the_same_arguments() -> None:
    for name, stub in functions(STUB.body).items():
        same(stub, getattr(_core, name))


def test_the_same_classes() -> None:
    for name, node in classes().items():
        compiled_class = getattr(_core, name)
        methods = functions(node.body)
        if "__new__" in methods:
            same(methods["__new__"], compiled_class)
        attributes = {
            item.target.id
            for item in node.body
            if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
        }
        assert {m for m in methods if not m.startswith("_")} | attributes == public(compiled_class), name
        for method in methods:
            assert hasattr(compiled_class, method), f"{name}.{method}"
            is_property = any(
                isinstance(d, ast.Name) and d.id == "property" for d in methods[method].decorator_list
            )
            if not method.startswith("_") and not is_property:
                same(methods[method], getattr(compiled_class, method))


def test_each_argument_of_the_stub_has_a_type() -> None:
    bare = [
        f"{function.name}.{argument.arg}"
        for node in [STUB, *classes().values()]
        for function in functions(node.body).values()
        for argument in [*function.args.args, *function.args.kwonlyargs]
        if argument.annotation is None and argument.arg not in ("self", "cls")
    ]
    assert not bare
