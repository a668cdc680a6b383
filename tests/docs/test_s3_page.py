"""The how-to for object stores: its commands run against a server that speaks S3."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from object_stores import BUCKET, serving
from tamis.stores import calls
from tamis.stores.clients import CREDENTIALS, ENDPOINT

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "s3.md"
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_each_command_of_the_page_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = 0
    with serving("moto", tmp_path / "objects") as server:
        for name, value in {**server.environment(), "BUCKET": BUCKET, "TAMIS_SCRATCH": str(tmp_path)}.items():
            monkeypatch.setenv(name, value)
        texts = ["One two three, of the four.", "One two three, of the four.", "Of three words.", "Two."]
        lines = "".join(f'{{"text": "{text}"}}\n' for text in texts)
        calls.put(f"s3://{BUCKET}/crawl/a.jsonl", lines.encode())
        for language, name, text in BLOCK.findall(PAGE.read_text()):
            if name:
                (tmp_path / name).write_text(text)
            for line in text.splitlines() if language == "console" else ():
                if line.startswith("$ tamis "):
                    command = f"{shlex.quote(sys.executable)} -m tamis {line.removeprefix('$ tamis ')}"
                    done = subprocess.run(
                        ["bash", "-ec", command], cwd=tmp_path, capture_output=True, text=True
                    )
                    assert done.returncode == 0, f"{line}\n{done.stderr}"
                    ran += 1
        assert calls.head(f"s3://{BUCKET}/run2/report/index.html") is not None
    assert ran == 5


def test_the_variables_that_the_page_names_are_those_that_are_read() -> None:
    named = set(re.findall(r"`((?:AWS|GOOGLE|GCE|AZURE)_[A-Z_]+)[`=]", PAGE.read_text()))
    read = {name for names in CREDENTIALS.values() for name in names}
    assert len(named & read) >= 8
    # With these a credential that counts is made whole, or a server is named.
    beside = {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_ROLE_ARN", "AWS_ENDPOINT_URL"}
    beside |= {"AZURE_STORAGE_ACCOUNT_NAME", "AZURE_TENANT_ID", "AZURE_CLIENT_ID"}
    beside |= set(ENDPOINT.values())
    assert named - read == beside
