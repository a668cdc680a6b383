"""The command `tamis VERB ...`: the verb's module is loaded when it is asked for, and no other."""

from __future__ import annotations

import gc
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext

from tamis import __version__
from tamis.cli.ending import end_calmly, stop_as_ctrl_c_does
from tamis.cli.parser import UsageError, VerbParser, no_option
from tamis.cli.terminal import Said, Terminal, cells, pad
from tamis.cli.verbs import GROUPS, VERBS, module
from tamis.errors import TamisError, reason
from tamis.messages import _, did_you_mean, later, storing, told, use

FIRST_TIME = (
    ("tamis sample demo", later("real pages that this machine has")),
    ("tamis run fineweb demo/*.warc.gz --without url_blocklist -o out", ""),
    ("tamis report out", later("where the page lies")),
)
OPTIONS = ("--help", "--version", "--color", "--lang", "--debug")
"""What stands before a verb, or in place of one."""
INTERRUPTED = 130
GARBAGE_AFTER = 50_000
"""New objects after which Python looks for cycles."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line: 0 fine, 1 failed, 2 to be mended, 3 undecided, 130 interrupted."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if arguments is None:
        # The process is ours. Manifests by the hundred thousand are many objects and no cycles: looking for cycles as
        # often as Python does by itself takes a quarter of a resume.
        gc.set_threshold(GARBAGE_AFTER)
        stop_as_ctrl_c_does()
    debug = "--debug" in words
    if asked := language_asked(words):
        use(asked)
    terminal = Terminal.detect()
    try:
        return _dispatch(words, terminal)
    except TamisError as error:
        if debug:
            raise
        _print_error(error, terminal)
        return error.exit_code
    except KeyboardInterrupt:
        if debug:
            raise
        end_calmly()
        terminal.tell(_("interrupted"))
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our stdout (`| head`) is gone; nothing more can be said there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if debug:
            raise
        terminal.problem("error", _unexpected(error))
        terminal.problem("hint", _("this is a fault of tamis; the same command with --debug shows where"))
        return 1


def language_asked(words: Sequence[str]) -> str | None:
    """What `--lang` says, wherever it stands: also errors of the command line are told in that language.

    Examples:
        >>> language_asked(["ls", "--lang", "zh"]), language_asked(["--lang=en", "ls"]), language_asked(["ls"])
        ('zh', 'en', None)
    """
    for place, word in enumerate(words):
        if word == "--":
            break
        if word.startswith("--lang="):
            return word.partition("=")[2] or None
        if word == "--lang" and place + 1 < len(words):
            return words[place + 1]
    return None


def _dispatch(words: list[str], terminal: Terminal) -> int:
    leading: list[str] = []
    while words and words[0].startswith("-"):
        leading.append(words.pop(0))
        if leading[-1] in ("--color", "--lang") and words:
            leading.append(words.pop(0))
    if "--version" in leading:
        terminal.say(f"tamis {__version__}")
        return 0
    if not words or words[0] == "help":
        return _overview_of(leading, words[1:], terminal)
    verb, rest = words[0], [*leading, *words[1:]]
    _check_verb(verb)
    return _run_verb(verb, rest, terminal)


def _check_verb(verb: str) -> None:
    if verb not in VERBS:
        hint = did_you_mean(verb, VERBS) or _("one of {verbs}").format(verbs=", ".join(VERBS))
        raise UsageError("tamis", _("no verb '{verb}'").format(verb=verb), hint)


def _overview_of(leading: list[str], words: list[str], terminal: Terminal) -> int:
    unknown = [
        word
        for word, before in zip(leading, ["", *leading], strict=False)
        if word not in ("-h", "--help", "--debug", "--color", "--lang")
        and before not in ("--color", "--lang")
        and not word.startswith("--lang=")
    ]
    if unknown:
        raise UsageError("tamis", *no_option(unknown[0], OPTIONS))
    if words:
        _check_verb(words[0])
        return _run_verb(words[0], ["--help"], terminal)
    for line in overview():
        terminal.say(line)
    return 0


def overview() -> list[str]:
    """What `tamis` alone prints."""
    groups = {_(group): "  ".join(verbs) for group, verbs in GROUPS.items()}
    width = max(map(cells, groups))
    wide = max(len(command) for command, note in FIRST_TIME if note)
    return [
        _("tamis {version}: make training data for language models").format(version=__version__),
        "",
        *(f"  {pad(group, width)}  {verbs}" for group, verbs in groups.items()),
        "",
        _("First time here?"),
        *(f"  {command:{wide}}    {note and '# ' + _(note)}".rstrip() for command, note in FIRST_TIME),
        "",
        _("tamis VERB --help shows examples for each."),
    ]


def parser_of(verb: str, width: int) -> VerbParser:
    """The parser of a verb with the options that every verb has, for lines of `width` columns."""
    parser: VerbParser = module(verb).parser(width)
    everywhere = parser.add_argument_group(_("Everywhere"))
    everywhere.add_argument("-h", "--help", action="store_true", help=_("this page"))
    everywhere.add_argument("--color", metavar="WHEN", help=_("auto, always or never; NO_COLOR holds too"))
    everywhere.add_argument(
        "--lang", metavar="LANG", help=_("en or zh; else LC_ALL, LC_MESSAGES, LANG say it")
    )
    everywhere.add_argument("--debug", action="store_true", help=_("on an error, where in the code"))
    return parser


def _run_verb(verb: str, words: list[str], terminal: Terminal) -> int:
    parser = parser_of(verb, terminal.width)
    if "-h" in words or "--help" in words:
        terminal.out.write(parser.format_help())
        return 0
    found = parser.parse(words)
    if found.color not in (None, "auto", "always", "never"):
        hint = _("one of auto, always, never")
        raise UsageError(f"tamis {verb} --color", _("no '{value}'").format(value=found.color), hint)
    found.words = words
    terminal = Terminal.detect(found.color or "auto")
    said, log = Said(terminal), logging.getLogger("tamis")
    log.addHandler(said)
    try:
        with storing() if getattr(found, "json", False) else nullcontext():
            code: int = module(verb).main(found, terminal)
    finally:
        log.removeHandler(said)
    return code


def _print_error(error: TamisError, terminal: Terminal) -> None:
    what = told(error.what)
    terminal.problem("error", f"{error.where}: {what}" if error.where else what)
    for line in told(error.hint).splitlines():
        terminal.problem("hint", line)


def _unexpected(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {reason(error)}"
    return f"{type(error).__name__}: {error}"
