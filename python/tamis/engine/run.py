"""`tamis.run`: a recipe over inputs into a run directory, from the beginning or from where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tamis import option_values
from tamis.engine import keys, memory, store
from tamis.engine.calling import state_of
from tamis.engine.job import Job
from tamis.engine.part_job import PartJob
from tamis.engine.ray_cluster import address
from tamis.engine.rundir import Run
from tamis.engine.spec import source_schema
from tamis.engine.tasks import load_ops_files
from tamis.engine.telling import OnProgress
from tamis.errors import InputError, RunError
from tamis.messages import _, did_you_mean
from tamis.recipe import Recipe, read_recipe
from tamis.recipe_columns import check_columns
from tamis.sources import Input, ReadOptions, check, expand

DEFAULTS: dict[str, Any] = {
    "workers": None,
    "memory": None,
    "on": None,
    "limit": None,
    "sample": None,
    "seed": 0,
    "max_failed": None,
    "max_document": 20_000_000,
    "measure": "all",
    "removed": "text",
    "originals": "keep",
    "corpus": "keep",
    "shard_bytes": None,
    "document_seconds": 30.0,
    "document_memory": 2 << 30,
    "fsync": True,
    "verify": False,
    "keep_work": False,
    "hash_inputs": False,
    "retry_failed": False,
    "text": None,
    "columns": None,
}


def run(
    recipe: str | Path | Recipe,
    inputs: str | Path | Sequence[str | Path] = (),
    out: str | Path = "out",
    *,
    overrides: Mapping[str, Any] | None = None,
    without: str | Sequence[str] = (),
    ops: str | Path | Sequence[str | Path] = (),
    from_run: str | Path | None = None,
    reuse: str | Path | None = None,
    against: str | Path | Sequence[str | Path] = (),
    part: str | None = None,
    stop_after_corpus: bool = False,
    on_progress: OnProgress | None = None,
    on_note: Callable[[str], None] | None = None,
    on_done: Callable[[Path], object] | None = None,
    **options: Any,
) -> Run:
    """Refine inputs by a recipe into the run directory `out`; the same call goes on after a stop.

    Args:
        recipe: a published recipe's name, a TOML file, or a Recipe.
        inputs: files, folders, patterns or URLs; empty with `from_run`.
        overrides: `{"STEP.SIGNAL.BOUND": value}` or `{"STEP.PARAMETER": value}`.
        without: steps to leave out.
        ops: Python files with operators of your own.
        from_run: take the kept documents of that run as input. reuse: take over what that run measured.
        against: older runs; their documents count as earlier for corpus steps.
        part: `"3/64"`: only the third of 64 shares of the earliest row phase that is not done, beside other calls;
            `"slurm/64"`, `"kubernetes/64"`: the number comes from the scheduler. The answer's `left` says what is
            missing then. A call without it does all that is left.
        stop_after_corpus: leave the row phases behind a corpus step to calls with `part`.
        on_progress, on_note: called with how far it is, and with sentences for the user. on_done: called with the
            directory before it counts as complete (the report is written there).
        options: see DEFAULTS, in the words of `tamis run --help`.

    Raises:
        RecipeError, InputError, RunError: mendable by the caller. RunFailed: the run itself failed.
        Interrupted: stopped by a signal; the same call goes on.
    """
    part, stop_after_corpus = _parted(part, stop_after_corpus, options)
    settings = settle(options)
    notes = [settings["note"]] if settings["note"] else []
    store.set_fsync(settings["fsync"])
    load_ops_files(ops)
    settings["ops"] = [str(Path(one).resolve()) for one in option_values.listed(ops)]
    checked = read_recipe(recipe, overrides=overrides, without=without)
    notes += [_("running without {step}").format(step=name) for name in checked.without]
    if on_note is not None:
        for note in notes:
            on_note(note)
    for step in checked.steps:
        state_of(step)
    found = expand_inputs(inputs, from_run)
    read = read_options(checked, settings, found, on_note)
    check_text(checked, found)
    check_columns(checked.steps, source_schema(found, read))
    if settings["hash_inputs"]:
        found = [_hashed(one) for one in found]
    given = (store.place(out), checked, settings, on_progress, on_note, on_done)
    job = Job(*given, stop_after_corpus=stop_after_corpus) if part is None else PartJob(*given, part=part)
    return job.start(
        found,
        read,
        reuse=reuse,
        against=[str(path) for path in option_values.listed(against)],
        from_run=from_run,
    )


def settle(options: Mapping[str, Any]) -> dict[str, Any]:
    """All options, defaults filled in; raises RunError for a name that is none and a value that it does not take."""
    for name in options:
        if name not in DEFAULTS:
            hint = _("what --set sets is overrides={...}") if name == "set" else did_you_mean(name, DEFAULTS)
            raise RunError("run", _("no option '{name}'").format(name=name), hint)
    settings = {**DEFAULTS, **options}
    for name, value in settings.items():
        settings[name] = _checked(name, value)
    memory.enough(settings["memory"])
    if settings["on"] is not None:
        # What is not given depends on the cluster, which is joined later.
        address(settings["on"])
        return {**settings, "note": ""}
    budget = memory.budget(settings["memory"], settings["workers"])
    settings |= {"memory": budget.memory, "workers": budget.workers, "note": budget.note}
    return settings


def _checked(name: str, value: Any) -> Any:
    try:
        return option_values.checked(name, value)
    except option_values.Refused as error:
        raise RunError(name, error.what, error.hint) from None


def _parted(part: Any, stop: Any, options: Mapping[str, Any]) -> tuple[str | None, bool]:
    """`part` and `stop_after_corpus`, checked, and with what they go together."""
    part, stop = _checked("part", part), _checked("stop_after_corpus", stop)
    if part is not None and options.get("limit") is not None:
        what = _("--limit counts through one shard after the other, so it cannot be done in parts")
        raise RunError("limit", what, _("take a share of the documents instead: --sample 1%"))
    if part is not None and options.get("on") is not None:
        what = _("a part runs on the machine of its call, not on a cluster")
        raise RunError("on", what, _("leave --part out: the cluster shares the work by itself"))
    if part is not None and stop:
        what = _("a call with --part never does a corpus step")
        raise RunError("stop_after_corpus", what, _("it belongs to the call without --part"))
    return part, stop


def expand_inputs(inputs: Any, from_run: Any) -> list[Input]:
    """The inputs of a call, sorted by name; the kept files of `from_run` where that is given."""
    paths = option_values.listed(inputs)
    if from_run is not None:
        if paths:
            hint = _("leave the inputs out: what {run} kept is the input").format(run=from_run)
            raise InputError(str(paths[0]), _("inputs and --from RUN do not go together"), hint)
        old = Run(from_run)
        return [
            Input(
                f"{old.path.name}/{path.name}",
                str(path),
                store.size(path) or 0,
                path.stem.rsplit("-", 1)[-1],
                "run",
            )
            for _shard, path in old.files("kept")
        ]
    if not paths:
        raise InputError("", _("no inputs"), _("give files, folders or patterns, or --from RUN"))
    return expand([str(path) for path in paths])


def read_options(
    recipe: Recipe,
    settings: Mapping[str, Any],
    inputs: Sequence[Input],
    on_note: Callable[[str], None] | None = None,
) -> ReadOptions:
    """How the inputs are read, and the types of the columns that travel."""
    source = recipe.source
    columns = settings["columns"] if settings["columns"] is not None else (source.columns or None)
    options = ReadOptions(
        text_column=settings["text"] or source.text,
        columns=None if columns is None else tuple(columns),
        content_types=source.content_types,
        charset=source.charset,  # type: ignore[arg-type]
        max_document=settings["max_document"],
    )
    return check(inputs, options, on_note)


def check_text(recipe: Recipe, inputs: Sequence[Input]) -> None:
    """Raw pages need a step that makes text of them."""
    if any(step.op.makes_text for step in recipe.steps):
        return
    for one in inputs:
        if (one.format in ("warc", "arc") and ".wet" not in one.name) or one.format == "html":
            what = _("raw pages, and the recipe {name} has no step that extracts text").format(
                name=recipe.name
            )
            raise InputError(
                one.name, what, _('add a step with op = "extract", or give WET, JSONL or Parquet')
            )


def _hashed(one: Input) -> Input:
    return replace(one, identity=f"{one.size}:{keys.file_digest(one.path)}")
