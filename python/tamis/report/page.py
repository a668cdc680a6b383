"""The report as one self-contained HTML page: it opens from disk and loads nothing.

Data stands in a JSON block with `<`, `>`, `&` and line separators escaped; a content security policy by hash
lets only this page's own script and style run; the script puts every string of the run in as text, never as
HTML.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pyarrow as pa

from tamis.messages import _, language, told
from tamis.report.alerts import sentence
from tamis.report.data import load_data, write_data
from tamis.report.packed_counts import packed
from tamis.report.read import RunFiles
from tamis.report.wording import scales, wording
from tamis.report.writing import write
from tamis.stores.files import read_bytes

SCRIPTS = (
    "text.js", "charts.js", "frame.js", "state.js", "bounds.js", "signals.js", "lists.js", "documents.js",
    "slices.js", "duplicates.js", "expected.js", "page.js", "whole_page.js",
)  # fmt: skip
STYLES = ("page.css",)
BUDGET = 2_800_000
"""Bytes of the page; past it the stored texts are cut shorter, until it fits."""
NEEDED = (
    "id", "url", "date", "input", "language", "removed_value", "failed_rules", "title", "chars", "start",
    "text", "before_chars", "before_start", "before", "removed_by",
)  # fmt: skip
MARKED = ("spans", "numerator", "denominator", "elsewhere")


def report(path: str | os.PathLike[str]) -> Path:
    """Make `RUN/report/`: `data.json`, `examples.parquet`, `index.html`. Returns the page's path."""
    write_data(path)
    return write_page(path)


def write_page(path: str | os.PathLike[str]) -> Path:
    """Draw `RUN/report/index.html` from the stored data (made anew where it is missing)."""
    parts, examples = load_data(path)
    run = RunFiles(path)
    folder = run.path / "report"
    write(folder / "index.html", page(run, parts, examples).encode())
    return folder / "index.html"


def page(run: RunFiles, parts: dict[str, Any], examples: pa.Table) -> str:
    """The whole page as a string, at most about 3 MB."""
    name = os.path.basename(os.path.abspath(run.path))
    columns = [*NEEDED, *(name for name in MARKED if name in examples.column_names)]
    rows = examples.select(columns).to_pylist()
    payload = {
        "name": name,
        "printed": [printed(run, name)],
        "words": wording(),
        "scales": scales(),
        "facts": facts_of(run, parts),
        "alerts": [said(alert) for alert in parts["alerts"]],
        "data": _drawn(parts),
        "examples": rows,
        "counts": packed(parts["signals"]),
    }
    text = escaped(payload)
    for chars in (1_000, 500, 200, 0):
        if len(text) <= BUDGET:
            break
        payload["examples"] = [_shorter(row, chars) for row in rows]
        text = escaped(payload)
    return filled(_("{run}: tamis report").format(run=name), text)


def language_tag() -> str:
    """The language in use, as a page's `<html lang>` names it: `en` or `zh-CN`."""
    return "zh-CN" if language() == "zh" else "en"


def in_another_language(file: Path) -> bool:
    """Whether a page that was written before speaks another language than the one in use."""
    return f'lang="{language_tag()}"'.encode() not in read_bytes(file)[:1_000]


def escaped(payload: Any) -> str:
    """JSON that is safe inside a script element: no `<`, `>`, `&`, no line separators, ASCII otherwise free.

    Examples:
        >>> escaped(["</script>&"])
        '["\\\\u003c/script\\\\u003e\\\\u0026"]'
    """
    text = json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return re.sub("[<>&\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", text)


def filled(title: str, data: str, scripts: Sequence[str] = SCRIPTS, styles: Sequence[str] = STYLES) -> str:
    """`page.html` with `data` (as `escaped` makes it), a script and a style, and a policy that allows only these."""
    css = "".join(_read(part) for part in styles)
    script = "(() => {\n'use strict';\n" + "".join(_read(part) for part in scripts) + "})();\n"
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(css)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    values = {
        "lang": language_tag(),
        "csp": policy,
        "title": html.escape(_printable(title)),
        "skip": html.escape(_("Skip to the summary")),
        "noscript": html.escape(
            _("This page draws itself with a script of its own; data.json holds its numbers.")
        ),
        "css": css,
        "js": script,
        "data": data,
    }
    return re.sub("@([a-z]+)@", lambda found: values.get(found[1], found[0]), _read("page.html"))


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _read(name: str) -> str:
    return files("tamis.report").joinpath(name).read_text("utf-8").replace("\r\n", "\n")


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def _drawn(parts: dict[str, Any]) -> dict[str, Any]:
    """What the page draws: the data without what only other tools need."""
    signals = [
        {key: value for key, value in signal.items() if key != "values"} | {"meaning": _(signal["meaning"])}
        for signal in parts["signals"]
    ]
    kept = ("run", "summary", "steps", "rules", "examples", "problems", "slices", "duplicates")
    problems = {**parts["problems"], "failed": [_retold(row) for row in parts["problems"]["failed"]]}
    return {key: parts[key] for key in kept} | {"signals": signals, "problems": problems}


def _retold(failed: dict[str, Any]) -> dict[str, Any]:
    return {**failed, "message": told(failed["message"] or "")}


def _shorter(row: dict[str, Any], chars: int) -> dict[str, Any]:
    return {**row, **{key: row[key] and row[key][:chars] for key in ("text", "before")}}


def printed(run: RunFiles, name: str) -> str:
    """What the foot of each printed page says: the run, and when it ended."""
    ended = _time((run.info.get("times") or {}).get("ended"))
    return name if ended is None else _("{run}, finished {time}").format(run=name, time=ended)


def said(alert: dict[str, Any]) -> dict[str, str]:
    words = sentence(alert)
    return {"head": words.head, "body": words.body, "level": alert["level"], "part": alert["part"]}


def facts_of(run: RunFiles, parts: dict[str, Any]) -> list[list[str]]:
    """Pairs of label and value, and the value's class: from `run.json`, where times may stand."""
    facts, inputs, info = parts["run"], parts["run"]["inputs"], run.info
    options = info.get("options") or {}
    counted = _("{n} file, {size}") if inputs["count"] == 1 else _("{n} files, {size}")
    files_said = counted.format(n=f"{inputs['count']:,}", size=_size(inputs["bytes"]))
    rows = [
        [_("Recipe"), facts["recipe"], "mono"],
        [_("Input"), files_said if inputs["count"] else None, ""],
        [_("Finished"), _time((info.get("times") or {}).get("ended")), ""],
        [_("Took"), _took(info), ""],
        [_("Measured"), _measured(facts["measure"]), ""],
        [_("Changed"), ", ".join(f"{k}={v}" for k, v in facts["overrides"].items()), "mono"],
        [_("Sample"), facts["sample"], ""],
        [_("Seed"), facts["seed"] if facts["seed"] is not None else options.get("seed"), ""],
        [_("Made by"), f"tamis {facts['tamis']}" if facts["tamis"] else None, ""],
    ]
    return [[label, str(value), kind] for label, value, kind in rows if value not in (None, "")]


def _measured(measure: str | None) -> str:
    if measure == "needed":
        return _("each document up to its first failing rule")
    return _("every document, up to the gate that removed it")


def _took(info: dict[str, Any]) -> str | None:
    times = info.get("times") or {}
    if times.get("started") is None or times.get("ended") is None:
        return None
    seconds = max(0.0, times["ended"] - times["started"])
    if seconds < 120:
        took = _("{n} s").format(n=f"{seconds:.0f}" if seconds >= 10 else f"{seconds:.1f}")
    elif seconds < 7200:
        took = _("{n} min").format(n=round(seconds / 60))
    else:
        took = _("{h} h {m} min").format(h=int(seconds // 3600), m=int(seconds % 3600 // 60))
    workers = (info.get("options") or {}).get("workers")
    if workers == 1:
        return _("{took}, 1 worker").format(took=took)
    return took if not workers else _("{took}, {n} workers").format(took=took, n=workers)


def _time(seconds: float | None) -> str | None:
    """Seconds since 1970 as `2026-11-21 08:14 UTC`."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _size(size: int) -> str:
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} B"
