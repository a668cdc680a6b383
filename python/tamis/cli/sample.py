"""`tamis sample DIR`: a real input that every machine has."""

from __future__ import annotations

import argparse

from tamis.cli.parser import VerbParser
from tamis.cli.printing import as_json
from tamis.cli.quantities import count, duration, size
from tamis.cli.terminal import Terminal, clean
from tamis.messages import _, later

EXAMPLES = (("tamis sample demo", later("hundreds of pages, as demo/*.warc.gz and demo/pages.jsonl")),)


def parser(width: int) -> VerbParser:
    summary = _(
        "Write real pages that this machine has, as WARC and as JSONL: documentation that Python makes of "
        "itself, READMEs and licences of installed packages, HTML in its folders. It is not the web."
    )
    made = VerbParser("sample", summary, _("DIR [options]"), EXAMPLES, width)
    made.add_argument(
        "folder", metavar="DIR", help=_("where to write; files of an earlier sample are replaced")
    )
    made.add_argument("--json", action="store_true", help=_("print what was written as JSON"))
    return made


def main(arguments: argparse.Namespace, terminal: Terminal) -> int:
    from tamis.sample import sample

    made = sample(arguments.folder)
    if arguments.json:
        as_json(made, terminal)
        return 0
    head = _("{count} pages of this machine in {time}").format(
        count=count(made["pages"]), time=duration(made["seconds"])
    )
    terminal.tell(head)
    for file in made["files"]:
        pages = _("{count} pages, {size}").format(count=count(file["pages"]), size=size(file["bytes"]))
        terminal.say(f"{clean(file['path'])}  {pages}")
    terminal.tell(
        _("next: tamis run fineweb {folder}/*.warc.gz --without url_blocklist -o out").format(
            folder=clean(arguments.folder.rstrip("/"))
        )
    )
    return 0
