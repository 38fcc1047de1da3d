"""Event streams through each HTTP library, from a real server."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import subprocess
import sys
import threading
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import aiohttp
import httpx
import httpx2
import pytest
import requests
import tidings
import urllib3
from server import SECONDS, Connection, serve
from tidings import ServerSentEvent

Open = Callable[[str], AbstractContextManager[Any]]


@contextlib.contextmanager
def with_httpx(url: str, **options: Any) -> Iterator[Any]:
    with httpx.Client(timeout=SECONDS) as client, client.stream("GET", url, **options) as response:
        yield response


@contextlib.contextmanager
def with_httpx2(url: str, **options: Any) -> Iterator[Any]:
    with httpx2.Client(timeout=SECONDS) as client, client.stream("GET", url, **options) as response:
        yield response


@contextlib.contextmanager
def with_requests(url: str, **options: Any) -> Iterator[Any]:
    with requests.Session() as session, session.get(url, stream=True, timeout=SECONDS, **options) as response:
        yield response


@contextlib.contextmanager
def with_urllib3(url: str, **options: Any) -> Iterator[Any]:
    headers = {"Accept-Encoding": "gzip"}
    with urllib3.PoolManager() as pool:
        response = pool.request("GET", url, preload_content=False, timeout=SECONDS, headers=headers, **options)
        yield response
        response.close()


@contextlib.contextmanager
def with_urllib(url: str) -> Iterator[Any]:
    with urllib.request.urlopen(url, timeout=SECONDS) as response:
        yield response


@contextlib.contextmanager
def with_http_client(url: str) -> Iterator[Any]:
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=SECONDS)
    connection.request("GET", parts.path)
    with contextlib.closing(connection), connection.getresponse() as response:
        yield response


async def anext_of(events: Any) -> Any:
    return await events.__anext__()


class AsyncEvents:
    """``tidings.aevents`` without async."""

    def __init__(self, run: Callable[[Any], Any], response: Any, **options: Any) -> None:
        self._run = run
        self._events = tidings.aevents(response, **options)

    def __iter__(self) -> AsyncEvents:
        return self

    def __next__(self) -> Any:
        try:
            return self._run(anext_of(self._events))
        except StopAsyncIteration:
            raise StopIteration from None

    def close(self) -> None:
        self._run(self._events.aclose())

    def json(self) -> list[Any]:
        async def read() -> list[Any]:
            return [item async for item in self._events.json()]

        result: list[Any] = self._run(read())
        return result


class AsyncResponse:
    """A response of an async client, and the event loop it needs."""

    def __init__(self, run: Callable[[Any], Any], response: Any) -> None:
        self.run = run
        self.response = response


@contextlib.contextmanager
def in_loop(open_: Callable[[], Any]) -> Iterator[AsyncResponse]:
    with asyncio.Runner() as runner:
        stack = contextlib.AsyncExitStack()

        async def enter() -> Any:
            return await stack.enter_async_context(open_())

        yield AsyncResponse(runner.run, runner.run(enter()))
        runner.run(stack.aclose())


def with_async_httpx(url: str) -> AbstractContextManager[Any]:
    return in_loop(lambda: async_httpx(httpx, url))


def with_async_httpx2(url: str) -> AbstractContextManager[Any]:
    return in_loop(lambda: async_httpx(httpx2, url))


@contextlib.asynccontextmanager
async def async_httpx(library: Any, url: str) -> AsyncIterator[Any]:
    async with library.AsyncClient(timeout=SECONDS) as client, client.stream("GET", url) as response:
        yield response


def with_aiohttp(url: str) -> AbstractContextManager[Any]:
    @contextlib.asynccontextmanager
    async def open_() -> AsyncIterator[Any]:
        timeout = aiohttp.ClientTimeout(total=SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as response:
            yield response

    return in_loop(open_)


def events(response: Any, **options: Any) -> Any:
    if isinstance(response, AsyncResponse):
        return AsyncEvents(response.run, response.response, **options)
    return tidings.events(response, **options)


CUT: dict[Open, type[Exception]] = {
    with_httpx: httpx.RemoteProtocolError,
    with_httpx2: httpx2.RemoteProtocolError,
    with_requests: requests.exceptions.ChunkedEncodingError,
    with_urllib3: urllib3.exceptions.ProtocolError,
    with_urllib: http.client.IncompleteRead,
    with_http_client: http.client.IncompleteRead,
    with_async_httpx: httpx.RemoteProtocolError,
    with_async_httpx2: httpx2.RemoteProtocolError,
    with_aiohttp: aiohttp.ClientPayloadError,
}
"""The libraries, and what each says of a body that is cut."""

STANDARD = [with_urllib, with_http_client]


def name(library: Any) -> str:
    return str(library.__name__).removeprefix("with_")


def each(*but: Open) -> pytest.MarkDecorator:
    """The test is for each library but these."""
    libraries = [library for library in CUT if library not in but]
    return pytest.mark.parametrize("library", libraries, ids=name)


@each()
@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "until-close"])
def test_each_event_comes_at_once(library: Open, chunked: bool) -> None:
    come_at_once(library, chunked, compressed=False)


@each(*STANDARD)  # they do not decompress: see test_compression_by_hand
@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "until-close"])
def test_each_compressed_event_comes_at_once(library: Open, chunked: bool) -> None:
    come_at_once(library, chunked, compressed=True)


def come_at_once(library: Open, chunked: bool, compressed: bool) -> None:
    seen = threading.Semaphore(0)

    def script(connection: Connection) -> None:
        assert not compressed or "gzip" in connection.head
        connection.head_of(chunked=chunked, compressed=compressed)
        for number in range(5):
            connection.send(b"id: %d\ndata: \xe6\xb6\x88\n" % number)
            connection.send(b"\n")
            assert seen.acquire(timeout=SECONDS), "the event did not come before the next one was sent"
        connection.end()

    with serve(script) as url, library(url) as response:
        found = []
        for event in events(response):
            found.append(event)
            seen.release()
    assert found == [ServerSentEvent("message", "消", str(number)) for number in range(5)]


@each()
def test_one_byte_at_once(library: Open) -> None:
    stream = "\ufeffevent: é\r\nid: 7\rdata: 消息\n\ndata: [2]\n\ndata: ha".encode()

    def script(connection: Connection) -> None:
        connection.head_of(content_type="Text/Event-Stream ; charset=iso-8859-1")
        for at in range(len(stream)):
            connection.send(stream[at : at + 1])
        connection.end()

    with serve(script) as url, library(url) as response:
        assert list(events(response)) == [ServerSentEvent("é", "消息", "7"), ServerSentEvent("message", "[2]", "7")]


@each()
def test_a_server_that_is_killed(library: Open) -> None:
    seen = threading.Event()

    def script(connection: Connection) -> None:
        connection.head_of()
        connection.send(b"data: a\n\n")
        assert seen.wait(SECONDS)  # aiohttp drops what was not asked for yet
        connection.kill()

    with serve(script) as url, library(url) as response:
        stream = events(response)
        assert next(stream).data == "a"
        seen.set()
        with pytest.raises(CUT[library]):
            next(stream)
        assert list(stream) == []


@each()
def test_the_sentinel_ends_and_closes(library: Open) -> None:
    def script(connection: Connection) -> None:
        connection.head_of()
        connection.send(b'data: {"a": 1}\n\ndata: [DONE]\n\n')
        connection.gone()

    with serve(script) as url, library(url) as response:
        assert list(events(response, stop="[DONE]").json()) == [{"a": 1}]


@each(with_http_client)  # there the connection is the caller's
def test_leaving_closes(library: Open) -> None:
    left = threading.Event()

    def script(connection: Connection) -> None:
        connection.head_of()
        connection.send(b"data: a\n\n")
        connection.gone()
        left.set()

    with serve(script) as url, library(url) as response:
        stream = events(response)
        assert next(stream).data == "a"
        stream.close()
        assert left.wait(SECONDS), "before the library's own block was left"


@each(with_urllib)  # raises its own error
@pytest.mark.parametrize("status", ["204 No Content", "201 Created", "404 Not Found", "500 Internal Server Error"])
def test_other_statuses(library: Open, status: str) -> None:
    def script(connection: Connection) -> None:
        connection.head_of("Content-Length: 0", status=status, chunked=False)

    with serve(script) as url, library(url) as response:
        with pytest.raises(tidings.UnexpectedStatus, match=f"status {status[:3]} instead of 200") as raised:
            events(response)
        assert raised.value.status == int(status[:3])


@each()
@pytest.mark.parametrize(
    "content_type", ["application/json", "text/event-stream2", "", "text/plain; x=text/event-stream"]
)
def test_other_content_types(library: Open, content_type: str) -> None:
    def script(connection: Connection) -> None:
        connection.head_of("Content-Length: 5", content_type=content_type, chunked=False)
        connection.send(b"error")

    with serve(script) as url, library(url) as response:
        with pytest.raises(tidings.UnexpectedContentType) as raised:
            events(response)
        assert raised.value.content_type == (content_type or None)
        # The answer says why, so it can still be read.
        failed = raised.value.response
        if isinstance(response, AsyncResponse):
            body = response.run(getattr(failed, "aread", failed.read)())
        else:
            body = failed.content if library is with_requests else failed.read()
        assert body == b"error"


@pytest.mark.parametrize("library", STANDARD, ids=name)
def test_compression_by_hand(library: Open) -> None:
    def script(connection: Connection) -> None:
        connection.head_of(compressed=True)
        connection.send(b"data: a\n\n")
        connection.end()

    with serve(script) as url, library(url) as response:
        with pytest.raises(tidings.UnexpectedContentEncoding, match="gzip") as raised:
            events(response)
        assert raised.value.content_encoding == "gzip"
        import zlib

        inflate = zlib.decompressobj(31)
        assert [event.data for event in tidings.iter_events([inflate.decompress(response.read())])] == ["a"]


@pytest.mark.parametrize("get", [httpx.get, httpx2.get, requests.get])
def test_a_response_that_was_read(get: Callable[..., Any]) -> None:
    def script(connection: Connection) -> None:
        connection.head_of(chunked=False)
        connection.send(b"data: a\n\n" * 3)

    with serve(script) as url:
        assert [event.data for event in tidings.events(get(url))] == ["a"] * 3


@each()
def test_an_event_too_large(library: Open) -> None:
    def script(connection: Connection) -> None:
        connection.head_of()
        connection.send(b"data: a\n\ndata: too large")
        connection.gone()

    with serve(script) as url, library(url) as response:
        stream = events(response, max_event_bytes=3)
        assert next(stream).data == "a"
        with pytest.raises(tidings.EventTooLarge):
            next(stream)


@pytest.mark.parametrize("library", [httpx, httpx2], ids=name)
@pytest.mark.parametrize("compressed", [False, True], ids=["raw", "compressed"])
@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_httpx_knows_of_what_is_read(library: Any, compressed: bool, asynchronous: bool) -> None:
    """All is as if ``iter_bytes`` had been called."""
    error = library.DecodingError if compressed else library.RemoteProtocolError

    def script(connection: Connection) -> None:
        connection.head_of(compressed=compressed)
        connection.send(b"data: a\n\n")
        connection.kill()

    async def read(url: str) -> None:
        async with library.AsyncClient(timeout=SECONDS) as client, client.stream("GET", url) as response:
            stream = tidings.aevents(response)
            assert (await anext_of(stream)).data == "a"
            with pytest.raises(error) as raised:
                await anext_of(stream)
            assert raised.value.request is response.request
            assert response.is_closed
            with pytest.raises(library.StreamConsumed):
                await anext_of(tidings.aevents(response))

    with serve(script) as url:
        if asynchronous:
            return asyncio.run(read(url))
        with library.Client(timeout=SECONDS) as client, client.stream("GET", url) as response:
            stream = tidings.events(response)
            assert next(stream).data == "a"
            with pytest.raises(error) as raised:
                next(stream)
            assert raised.value.request is response.request
            assert response.is_closed
            with pytest.raises(library.StreamConsumed):
                next(tidings.events(response))


@pytest.mark.parametrize("library", [httpx, httpx2], ids=name)
def test_httpx_says_why_a_body_cannot_be_read(library: Any) -> None:
    headers = {"content-type": "text/event-stream"}

    closed = library.Response(200, headers=headers, content=iter([b"data: a\n\n"]))
    closed.close()
    with pytest.raises(library.StreamClosed):
        next(tidings.events(closed))

    async def chunks() -> AsyncIterator[bytes]:
        yield b"data: a\n\n"

    with pytest.raises(TypeError, match="an async client's: aevents"):
        tidings.events(library.Response(200, headers=headers, content=chunks()))
    with pytest.raises(TypeError, match="no async client's: events"):
        tidings.aevents(library.Response(200, headers=headers, content=iter([b""])))

    def failing() -> Iterator[bytes]:
        yield b"data: a\n\n"
        raise library.ReadError("cut")

    # One that was made by hand has no request to be named.
    by_hand = tidings.events(library.Response(200, headers=headers, content=failing()))
    assert next(by_hand).data == "a"
    with pytest.raises(library.ReadError, match="cut"):
        next(by_hand)


@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "until-close"])
def test_requests_translates_errors(chunked: bool) -> None:
    def script(connection: Connection) -> None:
        connection.head_of(chunked=chunked)
        connection.send(b"data: a\n\n")
        connection.gone()

    with serve(script) as url, requests.get(url, stream=True, timeout=(SECONDS, 0.05)) as response:
        stream = tidings.events(response)
        assert next(stream).data == "a"
        with pytest.raises(requests.exceptions.ConnectionError, match="timed out"):
            next(stream)


@pytest.mark.parametrize("what", [None, b"data: x\n\n", object(), [b"data: x\n\n"]])
def test_what_is_no_response(what: Any) -> None:
    with pytest.raises(TypeError, match=f"{type(what).__name__} is no response that is known"):
        tidings.events(what)
    with pytest.raises(TypeError, match=f"{type(what).__name__} is no response that is known"):
        tidings.aevents(what)


def test_no_library_is_imported() -> None:
    program = """if True:
        import sys
        before = set(sys.modules)
        import tidings
        heavy = {"httpx", "httpx2", "requests", "aiohttp", "urllib3", "http.client", "asyncio", "json", "orjson", "dataclasses"}
        heavy |= {"typing", "collections.abc", "enum", "re", "threading"}
        imported = sys.modules.keys() - before
        assert not heavy & imported, heavy & imported
        # But what is there can be seen, and is there when it is used.
        assert {"EventSource", "Hub", *tidings.__all__} <= set(dir(tidings))
        assert tidings.asgi.EventSourceResponse and tidings.transports.Request and tidings.EventSource.close
        try:
            tidings.nothing
        except AttributeError as error:
            assert "nothing" in str(error)
        else:
            raise AssertionError
    """
    subprocess.run([sys.executable, "-c", program], check=True)
