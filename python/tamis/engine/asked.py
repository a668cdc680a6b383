"""What a run directory was asked before, beside what it is asked now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tamis.messages import _

SHAPING = (
    "limit", "sample", "seed", "max_document", "measure", "removed", "originals", "corpus", "text", "columns",
    "shard_bytes",
)  # fmt: skip
"""Options that shape what a run directory holds."""
SHAPELESS = ("python", "batch_bytes", "batch_rows")
"""Facts of versions and reading that shape no byte."""
NAMED = 5

Info = Mapping[str, Any]


def input_changes(old: Info, inputs: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Which inputs came, went or changed since `old`, a sentence each."""
    before = {one["name"]: one["identity"] for one in old["inputs"]}
    now = {one["name"]: one["identity"] for one in inputs}
    for sentence, names in (
        (_("added since this run began: {names}"), sorted(now.keys() - before.keys())),
        (_("missing since this run began: {names}"), sorted(before.keys() - now.keys())),
        (
            _("changed since this run began: {names}"),
            sorted(name for name in now.keys() & before.keys() if now[name] != before[name]),
        ),
    ):
        if names:
            yield sentence.format(names=", ".join(names[:NAMED]) + (" ..." if len(names) > NAMED else ""))


def option_changes(old: Info, options: Mapping[str, Any]) -> Iterator[str]:
    """Which options are others than in `old`: one sentence, or none."""
    before = old["options"]
    changed = [name for name in SHAPING if name in before and before[name] != options[name]]
    if changed:
        said = ", ".join(
            f"{_option(name)} {_shown(before[name])} -> {_shown(options[name])}" for name in changed
        )
        yield _("other options than this run's before: {changes}").format(changes=said)


def differences(old: Info, new: Info) -> list[str]:
    """What two calls of one run must have in common and do not: recipe, inputs, options, versions, plan."""
    found = [*_recipe_changes(old, new), *input_changes(old, new["inputs"])]
    found += option_changes(old, new["options"])
    for name, what in (("versions", _("versions")), ("read", _("reading"))):
        before, now = ({k: v for k, v in one[name].items() if k not in SHAPELESS} for one in (old, new))
        changed = [one for one in {**before, **now} if before.get(one) != now.get(one)]
        if changed:
            changes = ", ".join(
                f"{one} {_shown(before.get(one))} -> {_shown(now.get(one))}" for one in changed
            )
            found.append(_("other {what}: {changes}").format(what=what, changes=changes))
    for name in ("against", "from"):
        if _last_names(old[name]) != _last_names(new[name]):
            changes = f"{_shown(old[name] or None)} -> {_shown(new[name] or None)}"
            found.append(_("other {what}: {changes}").format(what=f"--{name}", changes=changes))
    return found or list(_plan_changes(old, new))


def _plan_changes(old: Info, new: Info) -> Iterator[str]:
    """What follows from inputs and options, where one call knows it already."""
    if "shards" in new and _plan(old["shards"]) != _plan(new["shards"]):
        counts = f"{len(old['shards'])} -> {len(new['shards'])}"
        yield _("another shard plan: {changes} shards").format(changes=counts)
    if "document_columns" in new and old["document_columns"] != new["document_columns"]:
        yield _("columns of other names or types")


def _recipe_changes(old: Info, new: Info) -> Iterator[str]:
    """The steps that measure or decide otherwise, by name."""
    if old["recipe"]["name"] != new["recipe"]["name"]:
        changes = f"{old['recipe']['name']} -> {new['recipe']['name']}"
        yield _("other {what}: {changes}").format(what=_("recipe"), changes=changes)
        return
    if old["recipe"]["digest"] == new["recipe"]["digest"] and old["step_keys"] == new["step_keys"]:
        return
    before, now = (_steps(one) for one in (old, new))
    names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    said = ", ".join(names) or _("its order of steps")
    yield _("other {what}: {changes}").format(what=_("recipe"), changes=said)


def _steps(info: Info) -> dict[str, Any]:
    """By step all that it measures with (its key) and decides by."""
    rules: dict[str, list[Any]] = {}
    for rule in info["rules"]:
        rules.setdefault(rule["step"], []).append(rule)
    found: dict[str, Any] = dict(rules)
    for key, step in zip(info["step_keys"], info["steps"], strict=True):
        found[step["step"]] = (rules.get(step["step"]), key, step)
    return found


def _plan(shards: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The shards without the folders that their inputs lie in: nodes may have them mounted elsewhere."""
    return [
        [
            [
                piece["input"]["name"],
                piece["input"]["identity"],
                [file["name"] for file in piece["input"].get("files", ())],
                piece["range"],
            ]
            for piece in shard["pieces"]
        ]
        for shard in shards
    ]


def _last_names(value: Any) -> list[str]:
    return [str(one).rstrip("/").rsplit("/", 1)[-1] for one in ([value] if isinstance(value, str) else value)]


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _shown(value: Any) -> str:
    """An option's value as it is typed; nothing given is `none`."""
    if isinstance(value, list | tuple):
        return ",".join(map(str, value)) or _("none")
    return _("none") if value is None else str(value)


def plain(info: Info) -> dict[str, Any]:
    """As it comes back from a file."""
    found: dict[str, Any] = json.loads(json.dumps(info))
    return found
