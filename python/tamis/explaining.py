"""`tamis.explain`: one document's whole path, what is stored of it and what is not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tamis.engine.document import Measured, Stored, measure
from tamis.engine.rundir import Run
from tamis.errors import TamisError
from tamis.messages import _
from tamis.report.explain import signals, told
from tamis.report.find import find, kept_at, read_table
from tamis.report.read import RunFiles


def explain(run: str | Path, key: str, *, inputs: str | Path | None = None) -> dict[str, Any]:
    """What happened to one document and why; what its run did not store is computed now, in memory.

    Args:
        run: a run directory. key: an id (or its first digits), a URL, or a place like `kept/000017:1234`.
        inputs: the folder where the raw inputs are now, when they were moved; they are read only for a document
            whose text was not stored.

    Returns what `tamis.report.explain.explain` tells, and: in an entry of `steps` that the run did not run on this
    document, its signals and `"computed": True`; in one that changed the text, `"edit": {"before", "after"}`;
    `nearest`, for each corpus step that did not see the document or found it alone, `{"step", "id", "url",
    "place", "similarity", "buckets"}` of the most similar kept document that shares a bucket with it, `id` None
    where none does; `spans`, by each corpus step that found parts of the text elsewhere too, their `start`, `end`,
    `text`, `copies` in the corpus and the id of the document that keeps them, `kept_by`; `reread`, whether the input was read; `notes`, what could not be computed and why.

    Examples:
        >>> import json, pathlib, tempfile, tamis
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> lines = [json.dumps({"text": text}) for text in ("One two three four.", "Hi.")]
        >>> _ = (folder / "a.jsonl").write_text(chr(10).join(lines))
        >>> recipe = tamis.parse_recipe('''
        ... name = "short"
        ... [[step]]
        ... op = "gopher_quality"
        ... gate = true
        ... keep = [{ signal = "word_count", min = 3 }]
        ... [[step]]
        ... op = "random"
        ... ''', "short.toml")
        >>> run = tamis.run(recipe, folder / "a.jsonl", folder / "out", workers=1)
        >>> found = tamis.explain(folder / "out", "removed/0:1")
        >>> found["removed_by"], found["removed_value"]
        ('gopher_quality.word_count', '1')
        >>> [(step["step"], step["ran"], step["computed"]) for step in found["steps"]]
        [('gopher_quality', True, False), ('random', False, True)]
    """
    files = RunFiles(run)
    found = find(files, key)
    explained = {**told(files, found), "nearest": [], "spans": {}, "reread": False, "notes": []}
    hit = found["hit"]
    stored = Stored(found["side"], hit.file.shard, read_table(hit), found["original"])
    try:
        measured = measure(Run(run), stored, inputs)
    except (TamisError, KeyError) as error:
        why = error.what if isinstance(error, TamisError) else str(error)
        explained["notes"].append(_("nothing was computed: {why}").format(why=why))
        return explained
    _fill(files, found["row"], explained, measured)
    explained["spans"] = measured.spans
    explained["nearest"] = [_nearest(files, step, alike) for step, alike in measured.nearest.items()]
    return explained


def _fill(files: RunFiles, stored: Mapping[str, Any], explained: dict[str, Any], measured: Measured) -> None:
    """Put what was computed where what was stored left a hole."""
    known = {step.step: step for step in files.steps}
    computed = {
        f"{name}.{key}": value for name, found in measured.values.items() for key, value in found.items()
    }
    for entry in explained["steps"]:
        name = entry["step"]
        if name in measured.values and not entry["ran"]:
            values = {f"{name}.{signal}": value for signal, value in measured.values[name].items()}
            row = {**stored, **computed, **values, "failed_rules": measured.failing}
            rules = [rule for rule in files.rules if rule.step == name]
            entry |= {"computed": True, "signals": signals(known[name], rules, row, True)}
        if name in measured.edits:
            before, after = measured.edits[name]
            entry["edit"] = {"before": before, "after": after}
    if explained["text"] is None:
        explained["text"] = measured.text
    explained["reread"] = measured.reread
    explained["notes"] += measured.notes


def _nearest(files: RunFiles, step: str, alike: list[Any]) -> Mapping[str, Any]:
    kept = kept_at(files, ((one.shard, one.row) for one in alike))
    if kept is None:
        kept = {"id": None, "url": None, "place": None}
        return {"step": step, **kept, "similarity": None, "buckets": 0}
    shard, row = (int(part) for part in kept["place"].split("/")[1].split(":"))
    one = next(one for one in alike if (one.shard, one.row) == (shard, row))
    return {"step": step, **kept, "similarity": one.similarity, "buckets": one.buckets}
