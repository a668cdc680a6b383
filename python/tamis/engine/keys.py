"""Keys: what a result depends on, as one short digest. Equal keys, equal bytes."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from tamis import __version__
from tamis.engine import store
from tamis.recipe import Recipe, Rule, Step

ENGINE_VERSION = 2
"""Rises when the engine, not an operator, gives other output: 2, since `where` holds for corpus steps too."""

_files: dict[tuple[str, int, int], str] = {}
_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def key(*parts: Any) -> str:
    """32 hex digits of the canonical JSON of the parts; floats by their bits.

    Examples:
        >>> key({"b": 1, "a": 0.5}) == key({"a": 0.5, "b": 1})
        True
    """
    return plain_key(*_plain(parts))


def plain_key(*parts: Any) -> str:
    """The same for parts without a float, and without a name that is no text: what is asked of each shard."""
    try:
        text = orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        # Lone surrogates in names, integers beyond 64 bits.
        text = _JSON.encode(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return value.hex()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    return value


def versions() -> dict[str, str]:
    """The versions that shape bytes."""
    return {"engine": str(ENGINE_VERSION), "tamis": __version__, "pyarrow": pa.__version__}


def step_key(step: Step, ops_digests: Mapping[str, str]) -> str:
    """A step without its rules: operator, version, parameters, the files they name, its source where it is a user's."""
    parameters = step.shown
    sides = {name: file_digest(value) for name, value in parameters.items() if isinstance(value, str)}
    where = [rule_facts(rule) for rule in step.where]
    own = ops_digests.get(step.op.source_file, "")
    state = getattr(step.op.load, "identity", None)
    made = [step.keep_source] if step.op.expands else []
    return key(
        step.name,
        step.op.name,
        step.op.version,
        parameters,
        sides,
        where,
        own,
        state(parameters) if state else "",
        *made,
    )


def steps_key(steps: Sequence[Step], ops_digests: Mapping[str, str]) -> str:
    """Several steps together."""
    return key([step_key(step, ops_digests) for step in steps])


def rule_facts(rule: Rule) -> list[Any]:
    """What a rule decides by."""
    facts = [rule.id, rule.column, rule.bounds, rule.null, rule_facts(rule.when) if rule.when else None]
    return [*facts, rule.by, rule.rows] if rule.by else facts


def rules_key(steps: Sequence[Step]) -> str:
    """The rules and gates of steps."""
    return key([[step.name, step.gate, [rule_facts(rule) for rule in step.rules]] for step in steps])


def reading_key(read: Mapping[str, Any], options: Mapping[str, Any], columns: str) -> str:
    """How a run reads its inputs: once for all shards."""
    shaping = {name: value for name, value in read.items() if name not in ("batch_bytes", "batch_rows")}
    chosen = {name: options.get(name) for name in ("sample", "measure")}
    chosen["seed"] = options.get("seed") if options.get("sample") is not None else None
    return key(versions(), shaping, chosen, columns)


def source_key(pieces: Sequence[Any], reading: str) -> str:
    """The rows of a shard: names, identities and ranges of its input, and the `reading_key`. No path is in it."""
    facts = [
        [one["input"]["name"], one["input"]["identity"], one["input"]["format"], one["range"][:2]]
        for one in pieces
    ]
    names = [[part["name"], part["identity"]] for one in pieces for part in one["input"].get("files", ())]
    return plain_key(reading, facts, names)


def file_digest(path: str) -> str:
    """The content of a side file, or of all files of a folder; "" where the text names none."""
    try:
        place = Path(path).expanduser()
        stamp = store.stamp(place) if path else None
        if stamp is None:
            return ""
        names = store.names_below(place)
        if names is not None:
            return key([[name, file_digest(str(place / name))] for name in names])
    except (OSError, ValueError):
        return ""
    known = (os.path.realpath(place), *stamp)
    if known not in _files:
        _files[known] = store.digest(place)
    return _files[known]


def recipe_digest(recipe: Recipe) -> str:
    """The recipe as it decides: steps, parameters, rules."""
    steps = [
        [step.name, step.op.name, step.op.version, step.shown, rules_key([step])]
        + ([step.keep_source] if step.op.expands else [])
        for step in recipe.steps
    ]
    return key(steps, [list(recipe.source.content_types), recipe.source.charset])
