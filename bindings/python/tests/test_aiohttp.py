"""Serving with aiohttp, on its real server."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import aiohttp
import pytest
from aiohttp import web

import tidings
from server import SECONDS
from tidings import ServerSentEvent
from tidings.aiohttp import EventSourceResponse, end_responses, last_event_id


class Source:
    """Yields what it was given, and then waits."""

    def __init__(self, *items: Any) -> None:
        self.items = items
        self.closed = asyncio.Event()

    async def events(self) -> AsyncIterator[Any]:
        try:
            for item in self.items:
                yield item
            await asyncio.Event().wait()
        finally:
            self.closed.set()


@contextlib.asynccontextmanager
async def serve(handler: Callable[[web.Request], Any], **options: Any) -> AsyncIterator[str]:
    async def handle(request: web.Request) -> web.StreamResponse:
        response: web.StreamResponse = handler(request)
        return response

    nested = web.Application()
    nested.router.add_get("/events", handle)
    app = web.Application()
    app.router.add_get("/events", handle)
    app.add_subapp("/nested", nested)
    app.on_shutdown.append(end_responses)
    async with serve_app(app, **options) as url:
        yield url


@contextlib.asynccontextmanager
async def serve_app(app: web.Application, **options: Any) -> AsyncIterator[str]:
    runner = web.AppRunner(app, **options)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await asyncio.wait_for(runner.cleanup(), SECONDS)


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(SECONDS):
            await main()

    asyncio.run(limited())


def test_what_is_sent() -> None:
    async def main() -> None:
        async def events(request: web.Request) -> AsyncIterator[Any]:
            yield tidings.encode("a", id=last_event_id(request))
            yield {"json": [1]}

        def handler(request: web.Request) -> Any:
            return EventSourceResponse(events(request), retry=5, status=200, headers={"X-More": "1"})

        async with serve(handler) as url, aiohttp.ClientSession() as session:
            # A connection that goes on after the response has ended.
            for _ in range(2):
                async with session.get(f"{url}/events", headers={"Last-Event-ID": "é"}) as response:
                    assert response.headers["X-More"] == "1"
                    assert response.headers["X-Accel-Buffering"] == "no"
                    found = tidings.aevents(response)
                    assert [event async for event in found] == [
                        ServerSentEvent(data="a", id="é"),
                        ServerSentEvent(data="[1]", id="é"),
                    ]
                    assert found.reconnection_time_ms == 5
            assert len(getattr(session.connector, "_conns")) == 1
            async with session.get(f"{url}/events?lastEventId=%C3%A9") as response:
                assert (await response.read()).startswith(b"retry: 5\n\nid: \xc3\xa9\n")
            async with session.head(f"{url}/events") as response:
                assert await response.read() == b""

    run(main)


@pytest.mark.parametrize("at_once", [False, True])
def test_a_client_that_goes(at_once: bool) -> None:
    async def main() -> None:
        source = Source("a")

        def handler(request: web.Request) -> Any:
            return EventSourceResponse(source.events(), keep_alive=60 if at_once else 0.01)

        async with serve(handler, handler_cancellation=at_once) as url, aiohttp.ClientSession() as session:
            async with session.get(f"{url}/events") as response:
                async with tidings.aevents(response) as events:
                    assert (await anext(events)).data == "a"
            await source.closed.wait()

    run(main)


def test_a_client_that_takes_nothing() -> None:
    async def main() -> None:
        source = Source(*["x" * 65536] * 1000)

        def handler(request: web.Request) -> Any:
            return EventSourceResponse(source.events(), send_timeout=0.1)

        async with serve(handler) as url:
            host, _, port = url.removeprefix("http://").partition(":")
            with socket.create_connection((host, int(port))) as client:
                client.sendall(b"GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
                await source.closed.wait()
                client.setblocking(False)
                received = b""
                with contextlib.suppress(ConnectionError):
                    while piece := await asyncio.get_running_loop().sock_recv(client, 65536):
                        received = piece
                assert not received.endswith(b"0\r\n\r\n"), "the response looks as if it had ended"

    run(main)


@pytest.mark.parametrize("path", ["/events", "/nested/events"])
def test_shutdown(path: str) -> None:
    async def main() -> None:
        source = Source("a")
        async with contextlib.AsyncExitStack() as server:
            url = await server.enter_async_context(serve(lambda request: EventSourceResponse(source.events())))
            async with aiohttp.ClientSession() as session, session.get(url + path) as response:
                events = tidings.aevents(response)
                assert (await anext(events)).data == "a"
                stopping = asyncio.ensure_future(server.aclose())
                assert [event async for event in events] == []
                await stopping
                assert source.closed.is_set()

    run(main)


def test_a_source_that_fails(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async def failing() -> AsyncIterator[str]:
            yield "a"
            raise ZeroDivisionError

        async with serve(lambda request: EventSourceResponse(failing())) as url, aiohttp.ClientSession() as session:
            async with session.get(f"{url}/events") as response:
                with pytest.raises(aiohttp.ClientPayloadError):
                    async for event in tidings.aevents(response):
                        assert event.data == "a"

    run(main)
    assert "ZeroDivisionError" in caplog.text


def test_no_source() -> None:
    source: Any = ["x"]
    with pytest.raises(TypeError, match="async iterable"):
        EventSourceResponse(source)
