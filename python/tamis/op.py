"""Operators: named functions from columns to columns, with their facts declared.

Examples:
    >>> from tamis.op import Signal, operator
    >>> @operator(kind="signal", reads=["text"], each=True,
    ...           writes=[Signal("exclamation_count", "int64", "exclamation marks", low=0)])
    ... def shouting(text: str, *, mark: str = "!") -> dict[str, object]:
    ...     \"\"\"Exclamation marks of a text.\"\"\"
    ...     return {"exclamation_count": text.count(mark)}
    >>> shouting("Stop! Now!")
    {'exclamation_count': 2}
    >>> shouting.operator.writes[0].name
    'exclamation_count'
    >>> from tamis.op import Field
    >>> @operator(kind="transform", reads=["text"], each=True, expands=True,
    ...           writes=[Field("text", "string", "one paragraph")])
    ... def paragraphs(text: str) -> list[dict[str, object]]:
    ...     \"\"\"A document for each paragraph.\"\"\"
    ...     return [{"text": part} for part in text.split("\\n\\n") if part.strip()]
    >>> paragraphs("One.\\n\\nTwo.")
    [{'text': 'One.'}, {'text': 'Two.'}]
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar, cast

Kind = Literal["signal", "transform"]
Scope = Literal["row", "corpus"]
Cost = Literal["cheap", "medium", "heavy", "model"]
SignalType = Literal["bool", "int64", "float64", "label", "spans"]
FieldType = Literal["string", "int64", "float64", "bool", "timestamp"]

MISSING = inspect.Parameter.empty


@dataclass(frozen=True)
class Signal:
    """One measured value: stored as `step.name`. `low` and `high` are the declared range, inclusive.

    `needs` names the parameter without which it is not measured at all. `nullable` holds the reason why the value may be absent; empty means never null where the step ran.
    `reference` is the name that the reference implementation uses.
    """

    name: str
    type: SignalType
    meaning: str
    low: float | None = None
    high: float | None = None
    nullable: str = ""
    reference: str = ""
    needs: str = ""


@dataclass(frozen=True)
class Field:
    """A column of the document itself that a transform writes (`title`, `date`): stored under its own name."""

    name: str
    type: FieldType
    meaning: str


@dataclass(frozen=True)
class Parameter:
    """A keyword-only argument of an operator. `choices` from a Literal; `low`/`high` from `Annotated[.., Limits]`,
    `secret` from `Annotated[.., Secret]`.
    """

    name: str
    annotation: Any
    default: Any
    choices: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    secret: bool = False

    @property
    def required(self) -> bool:
        return self.default is MISSING


@dataclass(frozen=True)
class Limits:
    """`n: Annotated[int, Limits(1, 20)] = 5`: a parameter's inclusive limits."""

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Secret:
    """`salt: Annotated[str, Secret()] = ""`: a parameter that no recipe and no run may hold, given by the caller."""


class Columns(Protocol):
    """The columns that stand before a step, for its operator's `check`."""

    def type_of(self, parameter: str, name: str) -> str:
        """The declared type of a column that a parameter names; "" where only the input can tell.

        Raises RecipeError where there is none of that name.
        """
        ...


Check = Callable[[Mapping[str, Any], Columns], None]
Loader = Callable[[Mapping[str, Any]], Any]
Task = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Sketch:
    """The sketch file of one shard: Arrow IPC with `row` and the columns that `sketch` made.

    `against` is 0 for this run, 1.. for older runs, in the order in which they were given. `verdict` and its digest are
    of the file with what an older run's step answered for the shard (`row` and the step's signals).
    """

    shard: int
    path: str
    rows: int
    digest: str
    against: int = 0
    verdict: str = ""
    verdict_digest: str = ""


@dataclass(frozen=True)
class Foretold:
    """What a corpus step stores and proposes, foretold from its parameters for `tamis plan`.

    `document_bytes`: sketch, packed keys and index of a document; `set_bytes`: what of it is the set of shingles.
    `curve`: (similarity, share of such pairs that are proposed); `half`: the similarity of which half are.
    `stages`: for each of the operator's tasks how many there are and the bytes of memory by which one grows with the
    corpus, from counts: `documents`, `shards` and the sums of what its tasks' summaries count.
    """

    document_bytes: float
    set_bytes: float = 0.0
    curve: tuple[tuple[float, float], ...] = ()
    half: float | None = None
    stages: Callable[[Mapping[str, float]], dict[str, tuple[int, float]]] | None = None


class MergeContext(Protocol):
    """What the engine gives to a corpus operator's `merge`."""

    step: str
    parameters: Mapping[str, Any]
    sketches: Sequence[Sketch]
    memory: int
    workers: int
    seed: int
    summary: dict[str, int]
    """What `merge` counted, for the manifest and the report (`capped`: documents that reached a bound of comparisons)."""

    def run(self, task: str, specs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Run `operator.tasks[task]` on each spec in the pool; results in the order of the specs.

        A spec is JSON: names of input files with their digests, and parameters. The task gets it with `folder`
        added, an empty directory for its output files, and returns `{"files": {role: file name}, "summary": {}}`.
        The engine names the files by their digests, commits them, and returns the same dict with full paths and
        `"digests": {role: digest}`; a task whose spec was committed before is not run again.
        """
        ...


@dataclass(frozen=True)
class Operator:
    """What is declared about one operator; see `operator` for the fields' meaning."""

    name: str
    kind: Kind
    scope: Scope
    reads: tuple[str, ...]
    writes: tuple[Signal | Field, ...]
    cost: Cost
    version: int
    cite: str
    function: Callable[..., Any]
    parameters: tuple[Parameter, ...]
    each: bool = False
    expands: bool = False
    load: Loader | None = None
    mark: Callable[..., Any] | None = None
    hides: str = ""
    named: tuple[str, ...] = ()
    evidence: str = ""
    sketch: Callable[..., Any] | None = None
    merge: Callable[..., Any] | None = None
    absent: Callable[..., Any] | None = None
    foretell: Callable[[Mapping[str, Any], float], Foretold] | None = None
    check: Check | None = None
    tasks: Mapping[str, Task] = field(default_factory=dict)
    source_file: str = ""

    @property
    def signals(self) -> tuple[Signal, ...]:
        return tuple(column for column in self.writes if isinstance(column, Signal))

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(column for column in self.writes if isinstance(column, Field))

    @property
    def makes_text(self) -> bool:
        """Whether it makes a document's text of its bytes, as `extract` does."""
        return "content" in self.reads and any(field.name == "text" for field in self.fields)

    @property
    def title(self) -> str:
        return (inspect.getdoc(self.function) or "").split("\n", 1)[0]

    def signal(self, name: str) -> Signal | None:
        return next((signal for signal in self.signals if signal.name == name), None)

    def defaults(self) -> dict[str, Any]:
        return {p.name: p.default for p in self.parameters if not p.required}


_REGISTRY: dict[str, Operator] = {}


class OperatorFunction(Protocol):
    """The decorated function, callable as written, with its declaration beside it."""

    operator: Operator

    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...


F = TypeVar("F", bound=Callable[..., Any])


def operator(
    *,
    kind: Kind,
    reads: Sequence[str],
    writes: Sequence[Signal | Field],
    scope: Scope = "row",
    cost: Cost = "cheap",
    version: int = 1,
    cite: str = "",
    each: bool = False,
    expands: bool = False,
    load: Loader | None = None,
    mark: Callable[..., Any] | None = None,
    hides: str = "",
    named: Sequence[str] = (),
    evidence: str = "",
    sketch: Callable[..., Any] | None = None,
    merge: Callable[..., Any] | None = None,
    absent: Callable[..., Any] | None = None,
    foretell: Callable[[Mapping[str, Any], float], Foretold] | None = None,
    check: Check | None = None,
    tasks: Mapping[str, Task] | None = None,
) -> Callable[[F], F]:
    """Declare a function as an operator and register it under its own name.

    The function's positional arguments are the columns in `reads` order; its keyword-only arguments are the
    recipe's parameters (plus `state` where `load` is given). A batch body takes Arrow arrays and returns
    `{name: array}` for all of `writes`, each as long as the input; `each=True` means that the body takes one
    row's Python values and returns `{name: value}`. A body raises `DocumentFailed` for a document that cannot
    be processed. `cite` is a key of `recipes/references.bib`.

    A transform with `expands=True` makes 0 to n documents of each: with `each=True` the body returns a list of dicts,
    one a document in order; a batch body returns the arrays of all documents made and `"parent"`, int64, which row of
    the input each was made of, ascending. It writes the Field `text`; what else it writes is of the new documents,
    which take over their parent's other columns, with `parent_id`. It runs on documents that are still kept (the
    children of a removed one would bring it back), at most 2^20 - 1 are made of one, and the recipe's step says
    `keep_source = true | false`.

    A corpus operator has `sketch(batch, **parameters) -> {name: array}` (rows to rows, in the row pass, over all
    columns of the documents that are still kept), `merge(context) -> {shard: verdict file}` (each verdict is an
    Arrow IPC file of `row` and the operator's signals; rows that it leaves out get what `absent(batch)` returns),
    `tasks`, the functions that `merge` runs in the pool, and `foretell(parameters, words)`, what it stores of a
    document of that many words. Its own body is never called.

    `check(parameters, columns)` refuses with a RecipeError whose `where` is the parameter's name what types and limits
    do not: parameters that do not go together, a column that is not there. It is asked when the recipe is read, and
    again before a run's work, when the columns of the input are known.

    `load` may be an object with more than its call: `files(parameters)`, the paths that it reads, for their sizes;
    `check(parameters)`, which refuses what the call would refuse without reading them; `identity(parameters)`, a
    text that tells one state of them from another.

    `hides` names the signal whose marks the operator takes out of sight (`spans` of `mask_pii`): where the report shows
    a kept document's text before edits, these stand covered.

    `named`: parameters that each name a column, which the body gets behind those of `reads`. `evidence` names the
    spans (a signal, or a parameter of `named`) that show in a text why the operator's signals are what they are, where
    the text alone cannot tell: they are its marks.
    """

    def decorate(function: F) -> F:
        declared = Operator(
            name=function.__name__,
            kind=kind,
            scope=scope,
            reads=tuple(reads),
            writes=tuple(writes),
            cost=cost,
            version=version,
            cite=cite,
            function=function,
            parameters=_parameters(function),
            each=each,
            expands=expands,
            load=load,
            mark=mark,
            hides=hides,
            named=tuple(named),
            evidence=evidence,
            sketch=sketch,
            merge=merge,
            absent=absent,
            foretell=foretell,
            check=check,
            tasks=dict(tasks or {}),
            source_file=inspect.getsourcefile(function) or "",
        )
        _check_expands(declared)
        cast(OperatorFunction, function).operator = declared
        register(declared)
        return function

    return decorate


def _check_expands(operator: Operator) -> None:
    if not operator.expands:
        return
    if operator.kind != "transform" or operator.scope != "row" or "content" in operator.reads:
        raise TypeError(f"{operator.name}: what makes documents is a transform of scope row, of texts")
    if "text" not in (column.name for column in operator.fields):
        raise TypeError(f"{operator.name}: what makes documents writes the Field text")
    taken = {"split", "parent", "id", "parent_id"} & {column.name for column in operator.writes}
    if taken:
        raise TypeError(f"{operator.name}: the name {taken.pop()} is taken where documents are made")


def register(declared: Operator) -> None:
    """From now on its name means this operator."""
    _REGISTRY[declared.name] = declared


def registered(name: str) -> Operator | None:
    return _REGISTRY.get(name)


def registered_names() -> list[str]:
    return sorted(_REGISTRY)


def _parameters(function: Callable[..., Any]) -> tuple[Parameter, ...]:
    hints = typing.get_type_hints(function, include_extras=True)
    found = []
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY or name == "state":
            continue
        found.append(_parameter(name, hints.get(name, Any), parameter.default))
    return tuple(found)


def _parameter(name: str, annotation: Any, default: Any) -> Parameter:
    low = high = None
    secret = False
    if typing.get_origin(annotation) is typing.Annotated:
        annotation, *extras = typing.get_args(annotation)
        for limits in extras:
            if isinstance(limits, Limits):
                low, high = limits.low, limits.high
            secret = secret or isinstance(limits, Secret)
    choices = typing.get_args(annotation) if typing.get_origin(annotation) is Literal else ()
    return Parameter(name, annotation, default, choices, low, high, secret)


def find(name: str) -> Operator | None:
    """The operator of that name: a registered one, else the one in `tamis.ops.NAME`; None where there is none."""
    if name not in _REGISTRY and name.isidentifier():
        module = f"tamis.ops.{name}"
        if importlib.util.find_spec(module) is not None:
            importlib.import_module(module)
    return _REGISTRY.get(name)
