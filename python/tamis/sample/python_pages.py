"""Pages about Python's own modules, made in a child process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tamis.errors import InputError
from tamis.messages import _
from tamis.sample.page import Page, date_of, page_of_text

HOST = "https://docs.python.example"
SCRIPT = Path(__file__).with_name("documentation.py")
TIME_LIMIT = 300


def python_pages() -> tuple[list[Page], list[Page]]:
    """The pages of pydoc, and those of prose.

    Raises:
        InputError: the child process failed, or had nothing to say.
    """
    # A bare environment: pydoc prints the values of `os.environ`, which are nobody's business.
    environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONHASHSEED": "0", "HOME": os.sep, "TZ": "UTC"}
    if "SYSTEMROOT" in os.environ:
        environment["SYSTEMROOT"] = os.environ["SYSTEMROOT"]
    command = [sys.executable, "-s", "-P", "-W", "ignore", str(SCRIPT)]
    try:
        done = subprocess.run(
            command,
            env=environment,
            cwd=os.sep,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIME_LIMIT,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        hint = _("a Python without its standard library's sources cannot make the sample")
        raise InputError(
            sys.executable, _("could not describe itself: {why}").format(why=error), hint
        ) from None
    found = [json.loads(line) for line in done.stdout.decode("utf-8", "replace").splitlines()]
    pydoc = [_pydoc(one) for one in found if one["kind"] == "pydoc"]
    prose = [_prose(one) for one in found if one["kind"] == "prose"]
    if not pydoc or not prose:
        raise InputError(sys.executable, _("has no documentation of its modules"), "")
    return pydoc, prose


def _pydoc(one: dict[str, Any]) -> Page:
    url = f"{HOST}/pydoc/{one['name']}.html"
    content = one["html"].encode("utf-8", "replace")
    return Page("pydoc", url, one["name"], content, date=date_of(one["file"]))


def _prose(one: dict[str, Any]) -> Page:
    url = f"{HOST}/about/{one['name']}"
    return page_of_text("prose", url, one["title"], one["paragraphs"], date_of(one["file"]))
