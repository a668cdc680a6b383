"""The parts of a data card that tell how the data were made, how to make them again, and what to beware of."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from tamis.messages import _, together
from tamis.report.find import not_stored
from tamis.report.markdown import fenced, plain, shell, table
from tamis.report.read import RunFiles
from tamis.report.words import number, share

FILES = 10
"""So many inputs are named in the command; beyond, the command has a placeholder."""
FLAGS = {
    "limit": "--limit", "sample": "--sample", "seed": "--seed", "measure": "--measure", "removed": "--removed",
    "originals": "--originals", "max_document": "--max-document", "shard_bytes": "--shard-bytes", "text": "--text",
}  # fmt: skip
DEFAULTS = {"seed": 0, "measure": "all", "removed": "text", "originals": "keep", "max_document": 20_000_000}


def making(run: RunFiles, data: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """Titled parts: filters, deduplication, personal information, failures, how to make the data again."""
    return [
        (_("Filtering"), _funnel(data)),
        (_("Deduplication"), _duplicates(run, data)),
        (_("Personal information"), _personal(run, data)),
        (_("Failures and repairs"), _failures(data)),
        (_("How to make it again"), _again(run, data)),
    ]


def _funnel(data: Mapping[str, Any]) -> list[str]:
    steps = []
    for step in data["steps"]:
        came = step["in"] + step["made"]
        removed = f"{step['removed']:,}" if step["ran"] else _("did not run")
        steps.append(
            [
                plain(step["step"]),
                f"{came:,}",
                removed,
                share(step["removed"], came) if step["ran"] else "–",
                f"{step['failed']:,}",
                f"{step['left']:,}",
            ]
        )
    lines = table([_("step"), _("in"), _("removed"), _("share removed"), _("failed"), _("left")], steps)
    rules = [
        [
            plain(rule["rule"]),
            plain(rule["keeps"] or "–"),
            f"{rule['in_order']['documents']:,}",
            f"{rule['alone']['documents']:,}",
        ]
        for rule in data["rules"]
    ]
    if rules:
        lines += ["", *table([_("rule"), _("keeps"), _("removed in order"), _("fail it")], rules, left=2)]
    return lines


def _duplicates(run: RunFiles, data: Mapping[str, Any]) -> list[str]:
    found = {part["step"]: part for part in data["duplicates"]}
    lines: list[str] = []
    for entry in run.info.get("steps", []):
        if entry.get("scope") != "corpus":
            continue
        step, parameters = str(entry["step"]), entry.get("parameters") or {}
        listed = ", ".join(f"{key} {value}" for key, value in parameters.items() if value not in ("", None))
        lines += [
            _("{step} ({op}): {parameters}").format(
                step=plain(step), op=plain(entry.get("op")), parameters=plain(listed, 400)
            ),
            "",
        ]
        lines += _threshold(parameters)
        lines += _clusters(found.get(step))
    return lines or [_("No step looks for duplicates.")]


def _threshold(parameters: Mapping[str, Any]) -> list[str]:
    """What counts as a near duplicate: a measured similarity in `checked`, an equal band of hashes in `components`."""
    if parameters.get("threshold") is None:
        return []
    if parameters.get("mode") == "components":
        said = _(
            "Documents that share one of {bands} bands of {rows} hashes count as near duplicates, also through others; "
            "similarity itself is not asked, the threshold {threshold} is where such a match becomes likely."
        )
    else:
        said = _("Documents whose similarity reaches the threshold {threshold} count as near duplicates.")
    named = {key: plain(parameters.get(key, "–")) for key in ("bands", "rows", "threshold")}
    return [said.format(**named), ""]


def _clusters(part: Mapping[str, Any] | None) -> list[str]:
    if part is None or not part["clusters"]:
        return [_("No duplicates were found."), ""]
    said = [
        _("{clusters} clusters hold {documents} documents; {removed} of these were removed.").format(
            clusters=number(part["clusters"]),
            documents=number(part["documents"]),
            removed=number(part["removed"]),
        )
    ]
    similarity = part["similarity"]
    if similarity and similarity["measured"]:
        least = _(
            "True similarity to the kept document was measured for {n} of the removed ones, the least {least}."
        )
        said.append(least.format(n=number(similarity["measured"]), least=number(similarity["min"])))
    return [together(said), ""]


def _personal(run: RunFiles, data: Mapping[str, Any]) -> list[str]:
    lines = []
    for entry in run.info.get("steps", []):
        if entry.get("op") != "mask_pii":
            continue
        parameters = entry.get("parameters") or {}
        what = _("{step} treats personal information (mode {mode}) in the documents that reach it:")
        lines += [what.format(step=plain(entry["step"]), mode=plain(parameters.get("mode", "–"))), ""]
        rows = [
            [
                plain(_(signal["meaning"]) or signal["name"]),
                f"{round(signal['stats']['mean'] * signal['measured']):,}",
                f"{signal['measured']:,}",
            ]
            for signal in data["signals"]
            if signal["step"] == entry["step"] and signal["name"].endswith("_count") and signal["stats"]
        ]
        lines += [*table([_("what"), _("found"), _("documents searched")], rows), ""] if rows else []
    return lines or [
        _("No step masks or removes personal information: expect names, addresses and numbers of people.")
    ]


def _failures(data: Mapping[str, Any]) -> list[str]:
    problems = data["problems"]
    rows = [[plain(one["step"]), plain(one["kind"]), f"{one['documents']:,}"] for one in problems["failed"]]
    lines = (
        table([_("step"), _("failure"), _("documents")], rows, left=2) if rows else [_("No document failed.")]
    )
    notes = [
        (problems["detected"], _("{n} documents without a declared encoding were read with a detected one.")),
        (problems["duplicate_ids"]["documents"], _("{n} documents share their id with another one.")),
        (problems["without_text"], _("{n} documents have no text.")),
    ]
    told = [said.format(n=number(n)) for n, said in notes if n]
    return [*lines, "", *told] if told else lines


def command(run: RunFiles) -> str:
    """The command that makes the run again, as far as the run knows it: inputs by name, where they are few."""
    info = run.info
    recipe, options = info.get("recipe") or {}, info.get("options") or {}
    words = ["tamis", "run", shell(_recipe(run))]
    inputs = [str(one.get("name")) for one in info.get("inputs") or []]
    if info.get("from"):
        words += ["--from", shell(os.path.basename(str(info["from"])))]
    elif len(inputs) <= FILES:
        words += [shell(name if not name.startswith("-") else f"./{name}") for name in inputs]
    else:
        words.append("INPUTS")
    words += [
        word
        for one in info.get("against") or []
        for word in ("--against", shell(os.path.basename(_named(one))))
    ]
    words += [word for step in recipe.get("without") or [] for word in ("--without", shell(str(step)))]
    for name, set_to in (recipe.get("overrides") or {}).items():
        words += ["--set", shell(f"{name}={_listed(set_to)}")]
    for name, flag in FLAGS.items():
        if options.get(name) is not None and options[name] != DEFAULTS.get(name):
            words += [flag, shell(str(options[name]))]
    if options.get("columns") is not None:
        words += ["--columns", shell(",".join(map(str, options["columns"])))]
    for file in options.get("ops") or []:
        words += ["--ops", shell(os.path.basename(_named(file)))]
    return " ".join([*words, "-o", shell(os.path.basename(os.path.abspath(run.path)))])


def _recipe(run: RunFiles) -> str:
    """The recipe as the command names it: one of tamis by its name, another one by its file."""
    recipe = run.info.get("recipe") or {}
    file, name = os.path.basename(str(recipe.get("path") or "")), str(recipe.get("name"))
    own = files("tamis").joinpath("recipes", f"{name}.toml")
    known = file in ("", f"{name}.toml") and re.fullmatch(r"[\w-]+", name) and own.is_file()
    return name if known and own.read_text("utf-8") == recipe.get("text") else file or name


def _named(one: Any) -> str:
    return str((one.get("path") or one.get("name") or "") if isinstance(one, dict) else one)


def _listed(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value)


def _again(run: RunFiles, data: Mapping[str, Any]) -> list[str]:
    facts, inputs = data["run"], data["run"]["inputs"]
    lines = [*fenced(command(run)), ""]
    if inputs["count"] > FILES:
        said = _("INPUTS stands for the {n} inputs that run.json lists with their sizes.")
        lines += [said.format(n=number(inputs["count"])), ""]
    rows = [
        [_("recipe"), plain(facts["recipe"])],
        [_("recipe digest"), plain(facts["digest"])],
        ["tamis", plain(facts["tamis"])],
        [_("seed"), plain(facts["seed"])],
    ]
    rows += [
        [plain(f"{one['step']} ({one.get('op')})"), _("version {n}").format(n=plain(one.get("version", "–")))]
        for one in run.info.get("steps", [])
    ]
    rows += [[_("changed by --set"), plain(f"{key}={value}")] for key, value in facts["overrides"].items()]
    return [*lines, *table([_("what"), _("value")], rows, left=2)]


def limits(run: RunFiles, data: Mapping[str, Any], licences: bool) -> list[str]:
    """What the run itself tells of the limits of its method, a sentence each."""
    facts, ops = data["run"], {str(one.get("op")) for one in run.info.get("steps", [])}
    corpus = any(step.scope == "corpus" for step in run.steps)
    said = [
        (not run.complete, _("The run is not complete: counts are those of its finished shards.")),
        (facts["limit"] or facts["sample"], _("Only a part of the inputs was read (--limit or --sample).")),
        (facts["without"], _("Steps of the recipe that did not run: {steps}.").format(steps=plain(", ".join(facts["without"]), 400))),
        (facts["measure"] == "needed", _("Each document was measured up to its first failing rule only.")),
        (not_stored(run), _("Removed documents were counted and not stored: shares by language, source and date are not known.")),
        ("language" in ops, _("Languages are what a classifier says; short and mixed texts are often told wrong.")),
        (corpus, _("Near duplicates are found by hashing: pairs close to the threshold are missed or merged with some probability.")),
        ("mask_pii" in ops, _("Personal information is found by patterns: what does not fit them stays, and some of what fits is none.")),
        (not licences, _("Documents may be under copyright; nobody checked it for this card.")),
        (data["problems"]["unstable"], _("{n} documents were stopped by a guard on time or memory: another machine may decide them otherwise.").format(n=number(data["problems"]["unstable"] or 0))),
        (True, _("Rules measure form more than truth: this run did not judge facts, bias or harm.")),
    ]  # fmt: skip
    return [f"- {sentence}" for needed, sentence in said if needed]
