"""A proxy on loopback between the engine and a server that speaks S3, which answers some requests by itself, or not at all."""

from __future__ import annotations

import contextlib
import http.client
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from loopback import QuietHandler, listening

Fault = tuple[int, str, dict[str, str]] | str | None
"""An answer (status, code of the error, headers), "cut" for a connection that breaks within the body, "half" for one that
breaks within the answer's, or None: passed on."""


@dataclass
class Proxy:
    """What went through: (method, path with its query); `choose` says which request is answered how."""

    target: int
    choose: Callable[[str, str], Fault] = lambda method, path: None
    seen: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fault(self, method: str, path: str) -> Fault:
        with self.lock:
            self.seen.append((method, path))
            return self.choose(method, path)


def times(count: int, wanted: Callable[[str, str], bool], fault: Fault) -> Callable[[str, str], Fault]:
    """The fault for the first `count` requests that are wanted."""
    left = [count]

    def choose(method: str, path: str) -> Fault:
        if left[0] and wanted(method, path):
            left[0] -= 1
            return fault
        return None

    return choose


class Handler(QuietHandler):
    protocol_version = "HTTP/1.1"
    proxy: Proxy

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        fault = self.proxy.fault(self.command, self.path)
        if fault == "cut":
            self.rfile.read(length // 2)
            self._break()
            return
        body = self.rfile.read(length)
        if isinstance(fault, tuple):
            status, code, headers = fault
            told = (
                f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{code}</Message></Error>".encode()
            )
            self._answer(status, {**headers, "Content-Type": "application/xml"}, told)
            return
        connection = http.client.HTTPConnection("127.0.0.1", self.proxy.target, timeout=60)
        try:
            connection.request(self.command, self._target(), body, self._asked(dict(self.headers.items())))
            answer = connection.getresponse()
            headers = {name: value for name, value in answer.getheaders() if name.lower() not in HOP}
            headers = self._told(headers)
            self._answer(
                answer.status, headers, answer.read(), answer.getheader("Content-Length"), fault == "half"
            )
        finally:
            connection.close()

    def _target(self) -> str:
        """What the server is asked for."""
        return self.path

    def _asked(self, headers: dict[str, str]) -> dict[str, str]:
        """The headers that the server is asked with."""
        return headers

    def _told(self, headers: dict[str, str]) -> dict[str, str]:
        """The headers of the answer."""
        return headers

    def _break(self) -> None:
        """No polite end: what was sent is lost, as when a cable is pulled."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _answer(
        self, status: int, headers: dict[str, str], body: bytes, length: str | None = None, half: bool = False
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", length if self.command == "HEAD" and length else str(len(body)))
        self.end_headers()
        if half:
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            # What was written would be lost with the connection if it were cut at once.
            time.sleep(0.3)
            self._break()
        elif self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _serve


HOP = {"content-length", "transfer-encoding", "connection", "date", "server"}


@contextlib.contextmanager
def proxied(target: int, kind: type[Handler] = Handler) -> Iterator[Proxy]:
    """A proxy before the server at `target`, for the block."""
    proxy = Proxy(target)
    with listening(kind, proxy=proxy) as server:
        proxy.port = server.server_address[1]
        yield proxy
