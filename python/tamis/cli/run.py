"""`tamis run RECIPE INPUT... -o OUT`: refine; the same command goes on after a stop."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from tamis.cli import options, values
from tamis.cli.ending import end_calmly
from tamis.cli.leaving import leaving
from tamis.cli.parser import UsageError, VerbParser
from tamis.cli.printing import as_json, lines
from tamis.cli.progress import Progress
from tamis.cli.quantities import count, counted
from tamis.cli.terminal import Terminal, clean
from tamis.errors import Interrupted
from tamis.messages import _, later
from tamis.stores.addresses import is_object, place
from tamis.stores.files import names, read_bytes

EXAMPLES = (
    (
        "tamis run fineweb demo/*.warc.gz --without url_blocklist -o out",
        later("pages to a clean, deduplicated corpus in out/kept; again: nothing to run"),
    ),
    (
        "tamis run gopher demo/pages.jsonl -o gopher-out --export kept.jsonl.gz",
        later("documents that have text already, and what is kept as one file"),
    ),
    (
        "tamis run gopher demo/pages.jsonl -o part-out --sample 10% --set gopher_quality.word_count.min=20",
        later("a tenth of them, with another bound"),
    ),
)


def parser(width: int) -> VerbParser:
    summary = _(
        "Refine documents by a recipe into the directory OUT: kept, removed with reasons, failed, report. "
        "After a stop the same command goes on."
    )
    made = VerbParser("run", summary, _("RECIPE INPUT... -o OUT [options]"), EXAMPLES, width)
    options.recipe_and_inputs(made, needed=False)
    made.add_argument("-o", "--out", metavar="OUT", required=True, help=_("the run directory"))
    options.json_flag(made)
    options.changes(made)
    options.reading(made)
    options.storing(made)
    _export(made)
    _other_runs(made)
    options.work(made)
    options.cluster(made)
    _many_machines(made)
    _care(made)
    return made


def _export(made: VerbParser) -> None:
    group = made.add_argument_group(_("Also as one file"))
    group.add_argument(
        "--export", metavar="FILE", help=_("kept documents as .jsonl, .jsonl.gz, .jsonl.zst or .parquet")
    )
    group.add_argument("--datatrove", action="store_true", help=_("with --export: text, id and metadata"))


def _other_runs(made: VerbParser) -> None:
    group = made.add_argument_group(_("Other runs"))
    group.add_argument("--from", dest="from_run", metavar="RUN", help=_("its kept documents are the input"))
    group.add_argument("--reuse", metavar="RUN", help=_("take over what it measured on the same inputs"))
    group.add_argument(
        "--against", metavar="RUN", action="append", default=[], help=_("its documents count as earlier ones")
    )


def _many_machines(made: VerbParser) -> None:
    group = made.add_argument_group(_("Many machines"))
    group.add_argument(
        "--part",
        metavar="I/N",
        type=values.part,
        help=_("one of N shares of what can be shared: 3/64, slurm/64, kubernetes/64"),
    )
    group.add_argument(
        "--stop-after-corpus", action="store_true", help=_("leave what follows a corpus step to --part")
    )


def _care(made: VerbParser) -> None:
    group = made.add_argument_group(_("Care"))
    group.add_argument(
        "--max-failed",
        metavar="N",
        type=values.count_or_share,
        help=_("a count or a share (default: 0.01, but not below 100)"),
    )
    group.add_argument("--retry-failed", action="store_true", help=_("try failed documents again"))
    group.add_argument(
        "--verify", action="store_true", help=_("check the digests of all files that are taken over")
    )
    group.add_argument(
        "--hash-inputs", action="store_true", help=_("know inputs by content, not by size and time")
    )
    group.add_argument("--shard-bytes", metavar="SIZE", type=values.size, help=_("size of a shard of input"))
    group.add_argument("--keep-work", action="store_true", help=_("leave temporary files for inspection"))
    group.add_argument(
        "--no-fsync", action="store_true", help=_("faster; a power cut may lose finished shards")
    )


OTHER = ("from_run", "reuse", "against")
CARE = ("max_failed", "retry_failed", "verify", "hash_inputs", "shard_bytes", "keep_work")


def chosen(arguments: argparse.Namespace) -> dict[str, Any]:
    """The options of the Python function `tamis.run`, as far as they were given."""
    names = (*options.READING, *options.STORING, *options.WORK, *options.CLUSTER, *CARE, *OTHER)
    found = options.changed(arguments) | options.given(arguments, *names, "part", "stop_after_corpus")
    if arguments.no_fsync:
        found["fsync"] = False
    return found


def main(arguments: argparse.Namespace, terminal: Terminal) -> int:
    if not arguments.inputs and not arguments.from_run:
        hint = _("for example: {command}").format(command=EXAMPLES[0][0])
        raise UsageError("tamis run", _("give INPUT, or --from RUN"), hint)
    if arguments.datatrove and not arguments.export:
        raise UsageError("tamis run --datatrove", _("it is a form of --export FILE"), _("give --export FILE"))
    if arguments.export and (arguments.part or arguments.stop_after_corpus):
        option = "--part" if arguments.part else "--stop-after-corpus"
        what = _("a call with {option} has no whole corpus to export").format(option=option)
        raise UsageError("tamis run --export", what, _("give --export to the last call, or use tamis.export"))
    if arguments.export:
        from tamis.exporting import form_of

        form_of(arguments.export, datatrove=arguments.datatrove)
    import tamis

    with Progress(terminal) as progress:
        try:
            run = tamis.run(
                arguments.recipe,
                arguments.inputs,
                arguments.out,
                on_progress=progress.update,
                on_note=progress.note,
                **chosen(arguments),
            )
        except KeyboardInterrupt:
            return stopped(arguments.out, progress, terminal)
    if run.left is not None:
        if arguments.json:
            as_json({"out": str(run.path), "left": run.left.to_dict()}, terminal)
        else:
            lines(leaving(str(run.path), run.left, arguments.words), terminal)
        return 0
    from tamis.cli.outcome import kept_bytes, outcome, summary_of

    if arguments.export:
        written = tamis.export(run.path, arguments.export, datatrove=arguments.datatrove)
        said = counted(written, _("{n} document"), _("{n} documents"))
        terminal.tell(_("{documents} in {file}").format(documents=said, file=clean(arguments.export)))
    data = summary_of(run.path)
    if arguments.json:
        as_json({"out": str(run.path), **data}, terminal)
    else:
        page = outcome(run.path, data, run.info, kept_bytes(run.path), terminal, idle=run.idle)
        lines(page, terminal)
    return 0


def stopped(out: str, progress: Progress, terminal: Terminal) -> int:
    """What is said after Ctrl-C; from here on the process only ends."""
    end_calmly()
    progress.clear()
    shards = _shards(place(out))
    if is_object(out):
        terminal.tell(_("stopped; nothing is lost"))
    elif shards is None:
        terminal.tell(_("stopped before the first shard; nothing is lost"))
    else:
        terminal.tell(_("stopped after {done} of {shards} shards; nothing is lost").format(**shards))
    terminal.problem("hint", _("the same command goes on from here"))
    return Interrupted.exit_code


def _shards(out: Path) -> dict[str, str] | None:
    """How many shards have passed the first phase, and how many there are; a store that may be away is not asked."""
    if is_object(out):
        return None
    try:
        planned = len(json.loads(read_bytes(out / "run.json"))["shards"])
        done = sum(name.endswith(".json") for name in names(out / "phases" / "0"))
    except (OSError, ValueError, KeyError):
        return None
    return {"done": count(done), "shards": count(planned)}
