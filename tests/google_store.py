"""Google Cloud Storage for the tests: its XML API on loopback, spoken to a server of S3 behind it.

Both APIs have the same requests and bodies; a generation takes the place of the ETag in conditions. Emulators that can be
installed take uploads by the JSON API alone (gcp-storage-emulator 2026.7.19 and fake-gcs-server answer the XML API's PUT
with 501 or 400), and the client of tamis speaks XML.
"""

from __future__ import annotations

import contextlib
import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, unquote

from object_stores import serving
from store_proxy import Handler, Proxy, proxied

GENERATION = "x-goog-generation"
CONDITION = "x-goog-if-generation-match"
SIGNED = (
    "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
)
"""moto looks for a signature, not at it."""


def generation(tag: str) -> str:
    """A generation for an ETag: another content, another number."""
    return str(int.from_bytes(tag.strip('"').encode()) % (1 << 60) + 1)


class Google(Handler):
    """Conditions and answers of Google in those of S3."""

    def _serve(self) -> None:
        if self.headers.get("Authorization", "").startswith("Bearer test-"):
            super()._serve()
        else:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            told = b"<?xml version='1.0'?><Error><Code>AuthenticationRequired</Code></Error>"
            self._answer(401, {}, told)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _serve

    def _target(self) -> str:
        """The bucket's name and the key's slashes come quoted, which the server behind takes for other names."""
        path, _mark, query = self.path.partition("?")
        return f"{quote(unquote(path))}?{query}"

    def _asked(self, headers: dict[str, str]) -> dict[str, str]:
        asked = {name.lower(): value for name, value in headers.items()}
        asked["authorization"] = SIGNED
        wanted = asked.pop(CONDITION, None)
        if wanted == "0":
            asked["if-none-match"] = "*"
        elif wanted is not None:
            tag = self._tag()
            asked["if-match"] = tag if generation(tag) == wanted else '"another"'
        return asked

    def _told(self, headers: dict[str, str]) -> dict[str, str]:
        tag = {name.lower(): value for name, value in headers.items()}.get("etag")
        return headers if tag is None else {**headers, GENERATION: generation(tag)}

    def _tag(self) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.proxy.target, timeout=60)
        try:
            connection.request("HEAD", self._target(), headers={"authorization": SIGNED})
            return connection.getresponse().getheader("ETag") or ""
        finally:
            connection.close()


@contextlib.contextmanager
def google(folder: Path) -> Iterator[Proxy]:
    """A server with an empty bucket, ended with the block."""
    with serving("moto", folder) as server, proxied(server.port, Google) as proxy:
        yield proxy


def environment(proxy: Proxy) -> dict[str, str]:
    """What a process needs to reach it."""
    return {
        "GOOGLE_BASE_URL": f"http://127.0.0.1:{proxy.port}",
        "GOOGLE_BEARER_TOKEN": "test-secret",
        "TAMIS_LEASE_SECONDS": "6",
    }
