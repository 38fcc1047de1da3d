"""A server that sends what a test tells it to, as it tells it to."""

from __future__ import annotations

import contextlib
import gzip
import io
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

SECONDS = 10
"""How long anybody waits for anybody before the test has failed."""


class Connection:
    """A connection whose request has been read."""

    def __init__(self, connection: socket.socket, head: bytes) -> None:
        self._connection = connection
        self.raw_head = head
        self.head = head.decode("latin-1").lower()
        self._chunked = False
        self._gzip: gzip.GzipFile | None = None
        self._compressed = io.BytesIO()

    def head_of(
        self,
        *headers: str,
        status: str = "200 OK",
        content_type: str = "text/event-stream",
        chunked: bool = True,
        compressed: bool = False,
    ) -> None:
        """Sends the head. Without ``chunked`` the body ends with the connection."""
        lines = [f"HTTP/1.1 {status}", *headers]
        if content_type:
            lines.append(f"Content-Type: {content_type}")
        lines.append("Transfer-Encoding: chunked" if chunked else "Connection: close")
        if compressed:
            lines.append("Content-Encoding: gzip")
            self._gzip = gzip.GzipFile(fileobj=self._compressed, mode="wb")
        self._chunked = chunked
        self._connection.sendall("\r\n".join([*lines, "", ""]).encode())

    def send(self, data: bytes) -> None:
        """Sends a piece of the body, so that the client can have all of it."""
        if self._gzip:
            self._gzip.write(data)
            self._gzip.flush()
            data = self._compressed.getvalue()
            self._compressed.seek(0)
            self._compressed.truncate()
        self._connection.sendall(b"%x\r\n%s\r\n" % (len(data), data) if self._chunked else data)

    def end(self) -> None:
        """Ends the body."""
        if self._gzip:
            self._gzip.close()
            data = self._compressed.getvalue()
            self._connection.sendall(b"%x\r\n%s\r\n" % (len(data), data) if self._chunked else data)
        if self._chunked:
            self._connection.sendall(b"0\r\n\r\n")

    def kill(self) -> None:
        """Ends the connection in the middle of a chunk, as a process that is killed does."""
        self._connection.sendall(b"ffff\r\ndata: ha")
        self._connection.shutdown(socket.SHUT_WR)

    def gone(self) -> None:
        """Waits until the client has closed the connection."""
        with contextlib.suppress(ConnectionError):
            assert self._connection.recv(1) == b""


@contextlib.contextmanager
def serve(script: Callable[[Connection], Any]) -> Iterator[str]:
    """Serves one connection with ``script``; gives the URL. At the end the script must have come to its own without an error."""
    errors: list[BaseException] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        try:
            listener.settimeout(SECONDS)
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(SECONDS)
                head = b""
                while b"\r\n\r\n" not in head:
                    head += connection.recv(4096)
                script(Connection(connection, head))
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/events"
    finally:
        thread.join(SECONDS)
        listener.close()
        assert not thread.is_alive(), "the server waits for something"
        if errors:
            raise errors[0]
