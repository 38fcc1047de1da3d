"""Event sources of every kind with one interface, and a server that they come back to."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import aiohttp
import httpx
import httpx2
import pytest
import requests
import tidings
from server import SECONDS, Connection

QUICK: dict[str, Any] = {"reconnection_time_ms": 1, "jitter": 0.0, "connect_timeout": SECONDS, "max_failures": 4}
"""As soon as it may be, after 100 ms; and not for ever, so that a test which fails comes to its end."""

Script = Callable[[Connection], Any]


class Server:
    """Serves one connection after the other, each with the next script. It must come to the end of all."""

    def __init__(self, *scripts: Script) -> None:
        self._scripts = list(scripts)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.url = f"http://{self.host}/events?key=secret"
        self.errors: list[BaseException] = []
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self._listener.settimeout(SECONDS)
            for script in self._scripts:
                connection, _ = self._listener.accept()
                with connection:
                    connection.settimeout(SECONDS)
                    script(Connection(connection, _request(connection)))
        except BaseException as error:
            self.errors.append(error)
        finally:
            self._listener.close()  # nobody else is to wait for an answer

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._thread.join(SECONDS if kind is None else 0.1)
        if self.errors:
            raise self.errors[0]  # which is why the client failed, if it did
        assert kind or not self._thread.is_alive(), "the server waits for something"


def _request(connection: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(4096)
    head, _, body = head.partition(b"\r\n\r\n")
    length = [int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while length and len(body) < length[0]:
        body += connection.recv(4096)
    return head + b"\r\n\r\n" + body


def stream(*chunks: bytes, end: str = "end") -> Script:
    """A script that sends chunks, and then ends the body, breaks off, or waits until the client is gone."""

    def script(connection: Connection) -> None:
        connection.head_of()
        for chunk in chunks:
            connection.send(chunk)
        getattr(connection, end)()

    return script


def answer(status: str, *headers: str, body: bytes = b"", content_type: str = "text/plain") -> Script:
    """A script that is no event stream."""

    def script(connection: Connection) -> None:
        length = f"Content-Length: {len(body)}"
        connection.head_of(length, *headers, status=status, content_type=content_type, chunked=False)
        connection.send(body)

    return script


GONE = answer("204 No Content")


class Source:
    """An event source, without async whichever it is."""

    def __init__(self, source: Any, run: Callable[[Any], Any] | None = None) -> None:
        self.source = source
        self._run = run
        self._items: Any = None

    def items(self) -> Iterator[Any]:
        if self._run is None:
            yield from self.source.items()
            return
        items = self.source.items()
        while True:
            try:
                yield self._run(_next(items))
            except StopAsyncIteration:
                return

    def __iter__(self) -> Iterator[Any]:
        return (item for item in self.items() if isinstance(item, tidings.ServerSentEvent))

    def close(self) -> None:
        if self._run is None:
            self.source.close()
        else:
            self._run(self.source.aclose())

    def __getattr__(self, name: str) -> Any:
        return getattr(self.source, name)


async def _next(items: Any) -> Any:
    return await items.__anext__()


class Kind:
    """What makes event sources with one library."""

    def __init__(self, make_client: Callable[..., Any], is_async: bool) -> None:
        self._make_client = make_client
        self.is_async = is_async

    @contextlib.contextmanager
    def source(self, url: str, client: dict[str, Any] | None = None, **options: Any) -> Iterator[Source]:
        """An event source, by default quick; ``client`` are options of its client."""
        options = QUICK | options
        if not self.is_async:
            with self._make_client(**client or {}) as own:
                source = tidings.EventSource(url, client=own, **options)
                try:
                    yield Source(source)
                finally:
                    source.close()
            return
        with asyncio.Runner() as runner:

            async def make() -> Any:
                return self._make_client(**client or {})

            own = runner.run(make())
            asource = tidings.AsyncEventSource(url, client=own, **options)
            try:
                yield Source(asource, runner.run)
            finally:
                runner.run(asource.aclose())
                runner.run(own.aclose() if hasattr(own, "aclose") else own.close())


@contextlib.contextmanager
def _session(
    headers: dict[str, str] | None = None, cookies: dict[str, str] | None = None, auth: tuple[str, str] | None = None
) -> Iterator[Any]:
    with requests.Session() as session:
        session.auth = auth
        session.headers.update(headers or {})
        session.cookies.update(cookies or {})
        yield session


def _aiohttp_session(auth: tuple[str, str] | None = None, **options: Any) -> aiohttp.ClientSession:
    if auth is not None:
        options["headers"] = {"Authorization": aiohttp.encode_basic_auth(*auth)}
    return aiohttp.ClientSession(**options)


def _quick(client: Callable[..., Any]) -> Callable[..., Any]:
    # To load the certificates of all authorities takes longer than most of the tests.
    return partial(client, verify=False)


KINDS = {
    "httpx": Kind(_quick(httpx.Client), False),
    "httpx2": Kind(_quick(httpx2.Client), False),
    "requests": Kind(_session, False),
    "async-httpx": Kind(_quick(httpx.AsyncClient), True),
    "async-httpx2": Kind(_quick(httpx2.AsyncClient), True),
    "aiohttp": Kind(_aiohttp_session, True),
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


@pytest.fixture(params=["httpx", "aiohttp"])
def one_kind(request: pytest.FixtureRequest) -> Kind:
    """With and without async, for what no library has a part in."""
    return KINDS[request.param]
