"""Options that several verbs share, said once."""

from __future__ import annotations

import argparse
from typing import Any

from tamis.cli import values
from tamis.cli.parser import VerbParser
from tamis.messages import _
from tamis.option_values import CHOICES


def recipe_and_inputs(parser: VerbParser, *, needed: bool = True) -> None:
    parser.add_argument("recipe", metavar="RECIPE", help=_("a recipe's name (tamis ls) or a TOML file"))
    parser.add_argument(
        "inputs",
        metavar="INPUT",
        nargs="+" if needed else "*",
        help=_("files, folders, patterns or URLs: WARC, ARC, WET, JSONL, Parquet, text, HTML"),
    )


def changes(parser: VerbParser) -> None:
    """What is changed in the recipe."""
    group = parser.add_argument_group(_("Changes to the recipe"))
    group.add_argument(
        "--set",
        metavar="NAME=V",
        action="append",
        type=values.setting,
        help=_("one value: STEP.SIGNAL.BOUND=V or STEP.PARAMETER=V; may be given again"),
    )
    group.add_argument(
        "--without",
        metavar="STEP",
        action="append",
        default=[],
        help=_("leave a step out; may be given again"),
    )
    group.add_argument(
        "--ops",
        metavar="FILE",
        action="append",
        default=[],
        help=_("a Python file with operators of your own"),
    )


def reading(parser: VerbParser) -> None:
    """What is read of the inputs."""
    group = parser.add_argument_group(_("Reading"))
    group.add_argument("--text", metavar="COLUMN", help=_("the column that holds the text (default text)"))
    group.add_argument(
        "--columns",
        metavar="A,B",
        type=values.names,
        help=_('other columns to carry along, in place of metadata; "" for none'),
    )
    group.add_argument("--limit", metavar="N", type=values.count, help=_("stop after this many documents"))
    group.add_argument("--sample", metavar="SHARE", type=values.share, help=_("a share by hash of id: 0.1"))
    group.add_argument("--seed", metavar="N", type=values.seed, help=_("another sample (default 0)"))
    group.add_argument(
        "--max-document", metavar="SIZE", type=values.size, help=_("larger documents fail (default 20MB)")
    )


def work(parser: VerbParser) -> None:
    """How much of the machine is used."""
    group = parser.add_argument_group(_("Machine"))
    group.add_argument("--workers", metavar="N", type=values.count, help=_("processes (default: one a core)"))
    group.add_argument(
        "--memory", metavar="SIZE", type=values.size, help=_("for all processes together, for example 2GB")
    )
    group.add_argument(
        "--document-seconds",
        metavar="S",
        type=values.seconds,
        help=_("a document that takes more processor time fails (30)"),
    )


def cluster(parser: VerbParser) -> None:
    """Where the work is done."""
    group = parser.add_argument_group(_("Cluster"))
    group.add_argument(
        "--on",
        metavar="ray",
        type=values.cluster,
        help=_("run tasks on the Ray cluster of RAY_ADDRESS, or of --on ray=HOST:PORT"),
    )


def storing(parser: VerbParser) -> None:
    """What the run directory holds."""
    group = parser.add_argument_group(_("What is stored"))
    for name, meaning in (
        ("measure", _("all signals (default), or up to the first failing rule")),
        ("removed", _("removed documents with text (default), without, or not")),
        ("originals", _("texts as they were before edits (default keep)")),
        ("corpus", _("signatures, for later runs against this one (default keep)")),
    ):
        choices = CHOICES[name]
        listed = "|".join(choices)
        group.add_argument(f"--{name}", metavar=listed, type=values.one_of(*choices), help=meaning)


def json_flag(parser: VerbParser) -> None:
    parser.add_argument("--json", action="store_true", help=_("print JSON"))


def given(arguments: argparse.Namespace, *names: str) -> dict[str, Any]:
    """The named options that were given; the others keep the defaults of the Python function."""
    found = {name: getattr(arguments, name, None) for name in names}
    return {name: value for name, value in found.items() if value is not None and value is not False}


READING = ("text", "columns", "limit", "sample", "seed", "max_document")
WORK = ("workers", "memory", "document_seconds")
CLUSTER = ("on",)
STORING = ("measure", "removed", "originals", "corpus")


def changed(arguments: argparse.Namespace) -> dict[str, Any]:
    """The changes to the recipe, as the Python functions take them."""
    return {
        "overrides": values.settings(arguments.set),
        "without": list(arguments.without),
        "ops": list(arguments.ops),
    }
