"""Azure Blob Storage for the tests: what its REST API answers to the client of tamis, on loopback and in memory.

Azurite comes from npm alone; no package of PyPI speaks this API. Signatures are asked for, not checked.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from loopback import QuietHandler, listening
from object_stores import BUCKET

ACCOUNT = "someone"
KEY = base64.b64encode(b"test-secret-test-secret-test-secret").decode()
PAGE = 50


@dataclass
class Azure:
    """One container: blobs by name, the blocks of uploads that are under way, and what was asked."""

    port: int = 0
    blobs: dict[str, bytes] = field(default_factory=dict)
    blocks: dict[tuple[str, str], bytes] = field(default_factory=dict)
    seen: list[tuple[str, str]] = field(default_factory=list)
    removing: str = ""
    """The status that all removals get, in place of their own."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def environment(self) -> dict[str, str]:
        """What a process needs to reach it."""
        return {
            "AZURE_STORAGE_ENDPOINT": f"http://127.0.0.1:{self.port}",
            "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT,
            "AZURE_STORAGE_ACCOUNT_KEY": KEY,
            "TAMIS_LEASE_SECONDS": "6",
        }


def tag(data: bytes) -> str:
    return f'"0x{hashlib.sha1(data).hexdigest()[:16].upper()}"'


class _Handler(QuietHandler):
    protocol_version = "HTTP/1.1"
    azure: Azure

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        container, _slash, name = unquote(parts.path).lstrip("/").partition("/")
        with self.azure.lock:
            self.azure.seen.append((self.command, self.path))
            if not self.headers.get("Authorization", "").startswith(f"SharedKey {ACCOUNT}:"):
                self._refuse(403, "AuthenticationFailed")
            elif container != BUCKET:
                self._refuse(404, "ContainerNotFound")
            elif query.get("comp") == "list":
                self._list(query)
            elif query.get("comp") == "batch":
                self._remove(body)
            elif self.command == "PUT":
                self._put(name, body, query)
            elif name not in self.azure.blobs:
                self._refuse(404, "BlobNotFound")
            else:
                self._get(self.azure.blobs[name])

    do_GET = do_PUT = do_HEAD = do_POST = _serve

    def _remove(self, body: bytes) -> None:
        """A batch of DELETEs, as one answer of many parts."""
        said = ""
        for number, path in enumerate(re.findall(r"^DELETE (\S+) HTTP", body.decode(), re.MULTILINE)):
            name = unquote(urlsplit(path).path).lstrip("/").partition("/")[2]
            status = self.azure.removing or ("202 Accepted" if name in self.azure.blobs else "404 Not Found")
            if not self.azure.removing:
                self.azure.blobs.pop(name, None)
            code = "" if status.startswith("202") else "x-ms-error-code: Refused\r\n"
            said += f"--all\r\nContent-Type: application/http\r\nContent-ID: {number}\r\n\r\n"
            said += f"HTTP/1.1 {status}\r\nx-ms-version: 2023-11-03\r\n{code}\r\n\r\n"
        self.answer(202, f"{said}--all--\r\n".encode(), {"Content-Type": "multipart/mixed; boundary=all"})

    def _put(self, name: str, body: bytes, query: dict[str, str]) -> None:
        there = self.azure.blobs.get(name)
        wanted = self.headers.get("If-Match")
        if query.get("comp") == "block":
            self.azure.blocks[name, query["blockid"]] = body
        elif there is not None and self.headers.get("If-None-Match") == "*":
            self._refuse(409, "BlobAlreadyExists")
            return
        elif wanted is not None and (there is None or tag(there) != wanted):
            self._refuse(412, "ConditionNotMet")
            return
        elif query.get("comp") == "blocklist":
            names = re.findall(r"<(?:Uncommitted|Latest)>([^<]+)</", body.decode())
            self.azure.blobs[name] = b"".join(self.azure.blocks[name, one] for one in names)
        else:
            self.azure.blobs[name] = body
        self.answer(201, headers={"ETag": tag(self.azure.blobs.get(name, b""))})

    def _get(self, data: bytes) -> None:
        facts = {"ETag": tag(data), "Last-Modified": formatdate(usegmt=True), "x-ms-blob-type": "BlockBlob"}
        asked = self.headers.get("x-ms-range") or self.headers.get("Range") or ""
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", asked)
        if found is None:
            self.answer(200, data, facts)
            return
        start, end = int(found[1]), min(int(found[2] or len(data)), len(data) - 1)
        place = {"Content-Range": f"bytes {start}-{end}/{len(data)}"}
        self.answer(206, data[start : end + 1], {**facts, **place})

    def _list(self, query: dict[str, str]) -> None:
        """A page of the listing: blobs below the prefix, and of deeper ones the folders where a delimiter is given."""
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        entries: dict[str, str] = {}
        for name in sorted(name for name in self.azure.blobs if name.startswith(prefix)):
            rest, slash, _deeper = name[len(prefix) :].partition(delimiter) if delimiter else (name, "", "")
            if slash:
                folder = escape(f"{prefix}{rest}{delimiter}")
                entries[folder] = f"<BlobPrefix><Name>{folder}</Name></BlobPrefix>"
            else:
                entries[name] = self._entry(name)
        begin = int(query.get("marker") or 0)
        shown = list(entries.values())[begin : begin + PAGE]
        following = begin + PAGE if len(entries) > begin + PAGE else ""
        text = f"<Blobs>{''.join(shown)}</Blobs><NextMarker>{following}</NextMarker>"
        page = f"<?xml version='1.0' encoding='utf-8'?><EnumerationResults>{text}</EnumerationResults>"
        self.answer(200, page.encode(), {"Content-Type": "application/xml"})

    def _entry(self, name: str) -> str:
        data = self.azure.blobs[name]
        facts = {
            "Last-Modified": formatdate(usegmt=True),
            "Content-Length": str(len(data)),
            "Content-Type": "application/octet-stream",
            "Etag": tag(data),
        }
        inside = "".join(f"<{key}>{value}</{key}>" for key, value in facts.items())
        return f"<Blob><Name>{escape(name)}</Name><Properties>{inside}</Properties></Blob>"

    def _refuse(self, status: int, code: str) -> None:
        self.answer(status, f"<?xml version='1.0'?><Error><Code>{code}</Code></Error>".encode())


@contextlib.contextmanager
def serving_azure() -> Iterator[Azure]:
    """A server with an empty container, for the block."""
    azure = Azure()
    with listening(_Handler, azure=azure) as server:
        azure.port = server.server_address[1]
        yield azure
