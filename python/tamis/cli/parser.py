"""One parser for all verbs: usage that fits the line, errors with a place and a hint, examples at the end."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import NoReturn

from tamis.cli.terminal import wrap
from tamis.errors import TamisError
from tamis.messages import _, did_you_mean

Example = tuple[str, str]


class UsageError(TamisError):
    """A command line that cannot be understood."""


class _Help(argparse.RawDescriptionHelpFormatter):
    """Options in one column of 26, values named once (`-o, --out DIR`)."""

    def __init__(self, prog: str, width: int = 80) -> None:
        super().__init__(prog, max_help_position=28, width=width)

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if not action.option_strings or action.nargs == 0:
            return super()._format_action_invocation(action)
        value = self._format_args(action, action.dest.upper())
        return f"{', '.join(action.option_strings)} {value}"

    def _split_lines(self, text: str, width: int) -> list[str]:
        # The one of argparse counts characters and breaks at spaces alone.
        return super()._split_lines(text, width) if text.isascii() else wrap(text, width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return (
            super()._fill_text(text, width, indent)
            if text.isascii()
            else "\n".join(wrap(text, width, indent))
        )

    def _format_usage(self, *_arguments: object) -> str:
        return ""


class VerbParser(argparse.ArgumentParser):
    """The parser of one verb; `examples` are (command, what it does) and stand at the end of its help."""

    def __init__(
        self, verb: str, summary: str, usage: str, examples: Sequence[Example], width: int = 80
    ) -> None:
        super().__init__(
            prog=f"tamis {verb}",
            description=summary,
            add_help=False,
            allow_abbrev=False,
            formatter_class=lambda prog: _Help(prog, width),
        )
        self.verb, self.usage_line, self.examples = verb, usage, list(examples)
        self._columns = width
        self._positionals.title = _("Arguments")
        self._optionals.title = _("Options")

    def format_help(self) -> str:
        head = f"tamis {self.verb} {self.usage_line}".rstrip()
        said = wrap(self.description or "", min(self._columns, 80))
        return "\n".join([head, "", *said, "", self._groups(), *self._example_lines(), ""])

    def _groups(self) -> str:
        formatter = self._get_formatter()
        for group in self._action_groups:
            if any(action.help is not argparse.SUPPRESS for action in group._group_actions):
                formatter.start_section(group.title)
                formatter.add_text(group.description)
                formatter.add_arguments(group._group_actions)
                formatter.end_section()
        # argparse puts the colon of English behind each title.
        return re.sub(r"(?m)^(\S.*):$", lambda title: title[1] + _(": ").rstrip(), formatter.format_help())

    def _example_lines(self) -> list[str]:
        lines = [_("Examples:")]
        for command, meaning in self.examples:
            lines += [f"  # {_(meaning)}", f"  {command}"]
        return lines

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Options and positionals in any order; an unknown option is an error that names the nearest one."""
        # Before argparse says what is missing: it may be the one that is misspelt.
        if name := self._unknown_option(arguments):
            raise UsageError(self.prog, *no_option(name, self._option_string_actions))
        found, rest = self.parse_known_intermixed_args(arguments)
        if rest:
            what = _("'{word}' is one argument too many").format(word=rest[0])
            raise UsageError(self.prog, what, self._first_example())
        return found

    def _unknown_option(self, arguments: Sequence[str]) -> str | None:
        """The first option that this verb does not have; values of options and what follows `--` are none."""
        words = takewhile(lambda word: word != "--", arguments)
        for word in words:
            name, given, _value = word.partition("=")
            action = self._option_string_actions.get(name) or self._option_string_actions.get(word[:2])
            if action is None and re.match(r"-[^\s\d.]\S*$", word):
                return name
            if action is not None and action.nargs != 0 and not given and name in action.option_strings:
                next(words, None)
        return None

    def error(self, message: str) -> NoReturn:
        """Called by argparse with its own sentence; said again as a place, what is wrong and a hint."""
        place = re.match(r"argument ([^:]+): (.*)", message, re.DOTALL)
        if place:
            option, what = place[1].split("/")[-1], place[2]
            raise UsageError(f"{self.prog} {option}", *_in_our_words(what, self.verb))
        missing = re.match(r"the following arguments are required: (.*)", message)
        if missing:
            what = _("give {names}").format(names=missing[1])
            raise UsageError(self.prog, what, self._first_example())
        raise UsageError(self.prog, message, _("see tamis {verb} --help").format(verb=self.verb))

    def _first_example(self) -> str:
        return _("for example: {command}").format(command=self.examples[0][0])


def no_option(name: str, known: Iterable[str]) -> tuple[str, str]:
    """What is wrong with an option that does not exist, and the nearest one that does, else all of them."""
    long = [option for option in known if option.startswith("--")]
    hint = did_you_mean(name, long) or _("one of {names}").format(names=", ".join(long))
    return _("no option '{name}'").format(name=name), hint


def _in_our_words(what: str, verb: str) -> tuple[str, str]:
    hint = _("see tamis {verb} --help").format(verb=verb)
    if what.startswith("expected"):
        return _("a value must follow"), hint
    if ignored := re.match("ignored explicit argument (.*)", what):
        return _("takes no value, not {value}").format(value=ignored[1]), hint
    if other := re.match("not allowed with argument (.*)", what):
        return _("does not go together with {option}").format(option=other[1]), hint
    what, _tab, own_hint = what.partition("\t")
    return what, own_hint or hint
