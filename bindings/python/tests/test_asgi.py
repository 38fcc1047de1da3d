"""Serving with ASGI: by hand, and with frameworks on a real server."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import django.core.asgi
import django.http
import django.urls
import fastapi
import httpx
import litestar
import pytest
import quart
import starlette.applications
import starlette.requests
import starlette.routing
import uvicorn

import test_wsgi
import tidings
from server import SECONDS
from tidings import ServerSentEvent
from tidings.asgi import HEADERS, EventSourceResponse, Shutdown, last_event_id, stream

SCOPE: dict[str, Any] = {"type": "http", "method": "GET", "headers": []}


class Server:
    """The other side of an application, without a network."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.arrived = asyncio.Condition()
        self.disconnect = asyncio.Event()
        self.stalls = False
        self.error: Exception | None = None

    async def receive(self) -> dict[str, Any]:
        await self.disconnect.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if self.stalls:
            await asyncio.Event().wait()
        if self.error and message["type"] == "http.response.body":
            raise self.error
        async with self.arrived:
            self.sent.append(message)
            self.arrived.notify_all()

    async def sent_at_once(self, message: Any) -> None:
        self.sent.append(message)

    async def has(self, body: bytes) -> None:
        async with self.arrived, asyncio.timeout(SECONDS):
            await self.arrived.wait_for(lambda: body in self.body)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)

    @property
    def ended(self) -> bool:
        return bool(self.sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False})

    def run(self, response: EventSourceResponse, method: str = "GET") -> asyncio.Task[None]:
        return asyncio.ensure_future(response(SCOPE | {"method": method}, self.receive, self.send))


class Source:
    """Yields what it was given, and then waits."""

    def __init__(self, *items: Any) -> None:
        self.items = items
        self.closed = False

    async def events(self) -> AsyncIterator[Any]:
        try:
            for item in self.items:
                yield item
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            self.closed = True


async def items(*items: Any, error: Exception | None = None) -> AsyncIterator[Any]:
    for item in items:
        yield item
    if error:
        raise error


def test_what_is_sent() -> None:
    async def main() -> None:
        server = Server()
        source = items(
            tidings.encode("a", id="1"),
            "two\nlines",
            ServerSentEvent("x", "c", "3", 5),
            ServerSentEvent(),
            {"json": []},
        )
        await server.run(EventSourceResponse(source, retry=2000, headers={"X-More": "1", "cache-control": "no-store"}))
        start, *_ = server.sent
        assert start["status"] == 200
        headers = {name.decode(): value.decode() for name, value in start["headers"]}
        assert headers["content-type"] == "text/event-stream"
        assert headers["x-more"] == "1"
        assert server.body == (
            b"retry: 2000\n\nid: 1\ndata: a\n\ndata: two\ndata: lines\n\nevent: x\nid: 3\nretry: 5\ndata: c\n\ndata: \n\ndata: []\n\n"
        )
        assert server.ended

    asyncio.run(main())


def test_a_client_that_goes() -> None:
    async def main() -> None:
        server, source = Server(), Source("a")
        running = server.run(EventSourceResponse(source.events()))
        await server.has(b"data: a")
        server.disconnect.set()
        await running
        assert source.closed
        assert not server.ended
        assert len(asyncio.all_tasks()) == 1, "nothing is left running"

    asyncio.run(main())


def test_a_source_and_a_server_that_never_wait() -> None:
    async def main() -> None:
        async def always() -> AsyncIterator[str]:
            for _ in range(100_000):
                yield "a"
            raise AssertionError("nobody else had a turn")

        server = Server()
        server.send = server.sent_at_once  # type: ignore[method-assign]
        asyncio.get_running_loop().call_soon(server.disconnect.set)
        await server.run(EventSourceResponse(always()))
        assert not server.ended

    asyncio.run(main())


def test_a_source_is_of_one_task() -> None:
    """What it opens in one step it can close in another."""

    async def main() -> None:
        variable = contextvars.ContextVar("variable", default="unset")

        async def source() -> AsyncIterator[str]:
            token = variable.set("set")
            try:
                async with asyncio.timeout(SECONDS):
                    yield variable.get()
                    await asyncio.sleep(0)
                    yield variable.get()
                    await asyncio.Event().wait()
            finally:
                variable.reset(token)

        for how in ("disconnect", "shutdown"):
            server, shutdown = Server(), Shutdown()
            running = server.run(EventSourceResponse(source(), shutdown=shutdown))
            await server.has(b"data: set\n\ndata: set\n\n")
            server.disconnect.set() if how == "disconnect" else shutdown()
            await running

    asyncio.run(main())


def test_a_server_that_says_that_the_client_is_gone() -> None:
    async def main() -> None:
        server, source = Server(), Source("a")
        server.error = ConnectionResetError()
        await server.run(EventSourceResponse(source.events()))
        server = Server()
        running = server.run(EventSourceResponse(source.events(), keep_alive=0.01))
        await server.has(b"data: a")
        server.error = ConnectionResetError()
        await asyncio.wait_for(running, SECONDS)
        assert source.closed
        assert not server.ended
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())


def test_keep_alive() -> None:
    async def main() -> None:
        server, source = Server(), Source("a")
        running = server.run(EventSourceResponse(source.events(), keep_alive=0.001))
        await server.has(b":\n\ndata: a\n\n:\n\n:\n\n")
        server.disconnect.set()
        await running

    asyncio.run(main())


def test_a_client_that_takes_nothing() -> None:
    async def main() -> None:
        server, source = Server(), Source("a", "b")
        response = EventSourceResponse(source.events(), keep_alive=0.001, send_timeout=0.01)
        running = server.run(response)
        await server.has(b"data: b")
        server.stalls = True
        await running
        assert source.closed
        assert not server.ended

    asyncio.run(main())


def test_shutdown() -> None:
    async def main() -> None:
        shutdown = Shutdown()
        servers = [Server(), Server()]
        sources = [Source("a"), Source("a")]
        running = [
            server.run(EventSourceResponse(source.events(), shutdown=shutdown))
            for server, source in zip(servers, sources)
        ]
        for server in servers:
            await server.has(b"data: a")
        shutdown()
        await asyncio.gather(*running)
        assert [source.closed for source in sources] == [True, True]
        assert [server.ended for server in servers] == [True, True]
        late = Server()
        await late.run(EventSourceResponse(Source().events(), shutdown=shutdown))
        assert late.ended

    asyncio.run(main())


def test_a_source_that_fails() -> None:
    async def main() -> None:
        server = Server()
        with pytest.raises(ZeroDivisionError):
            await server.run(EventSourceResponse(items("a", error=ZeroDivisionError())))
        assert b"data: a\n\n" in server.body
        assert not server.ended
        with pytest.raises(ValueError):
            await Server().run(EventSourceResponse(items({"data": "x", "id": "\n"})))
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())


def test_a_source_that_fails_when_it_is_closed() -> None:
    async def main() -> None:
        async def source() -> AsyncIterator[str]:
            try:
                yield "a"
                await asyncio.Event().wait()
            finally:
                raise ZeroDivisionError

        server = Server()
        running = server.run(EventSourceResponse(source()))
        await server.has(b"data: a")
        server.disconnect.set()
        with pytest.raises(ZeroDivisionError):
            await running
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())


def test_a_server_that_cancels() -> None:
    async def main() -> None:
        server, source = Server(), Source("a")
        running = server.run(EventSourceResponse(source.events()))
        await server.has(b"data: a")
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert source.closed
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())


def test_as_a_body() -> None:
    async def main() -> None:
        body = stream(items("a", {"data": "b", "id": "1"}), retry=5)
        assert [piece async for piece in body] == [b"retry: 5\n\n", b"data: a\n\n", b"id: 1\ndata: b\n\n"]
        with pytest.raises(ZeroDivisionError):
            [piece async for piece in stream(items("a", error=ZeroDivisionError()))]
        shutdown, source = Shutdown(), Source("a", "b")
        body = stream(source.events(), keep_alive=0.001, shutdown=shutdown)
        found = [await anext(body) for _ in range(5)]
        assert found == [b":\n\n", b"data: a\n\n", b"data: b\n\n", b":\n\n", b":\n\n"]
        shutdown()
        assert {piece async for piece in body} <= {b":\n\n"}
        assert source.closed
        source = Source("a", "b", "c", "d")
        body = stream(source.events())
        await anext(body)
        await asyncio.sleep(0.01)
        await body.aclose()
        assert source.closed
        source = Source("a", "b", "c", "d")
        stalled = stream(source.events(), send_timeout=0.001)
        await anext(stalled)
        while not source.closed:
            await asyncio.sleep(0)
        assert [piece async for piece in stalled] != []
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())


def test_head_and_background() -> None:
    async def main() -> None:
        done = []

        async def background() -> None:
            done.append(True)

        server = Server()
        await server.run(EventSourceResponse(Source().events()), method="HEAD")
        assert server.body == b""
        assert server.ended
        await Server().run(EventSourceResponse(items(), background=background))
        assert done == [True]

    asyncio.run(main())


def test_no_source() -> None:
    sources: tuple[Any, ...] = ("text", [b"x"], iter([]))
    for source in sources:
        with pytest.raises(TypeError, match="async iterable"):
            EventSourceResponse(source)


@pytest.mark.parametrize(
    ("headers", "query", "want"),
    [
        ([], b"", ""),
        ([(b"last-event-id", "é".encode())], b"lastEventId=2", "é"),
        ([(b"Last-Event-ID", b"\xff")], b"", "\ufffd"),
        ([(b"last-event-id", b"a\0b")], b"", ""),
        ([], b"x=1&lastEventId=%C3%A9+", "é "),
        ([], b"lastEventId=%0Ax", ""),
    ],
)
def test_last_event_id(headers: Any, query: bytes, want: str) -> None:
    scope = SCOPE | {"headers": headers, "query_string": query}
    assert last_event_id(scope) == want
    assert last_event_id(starlette.requests.Request(scope)) == want


@contextlib.contextmanager
def serve(app: Any) -> Iterator[str]:
    """The application in uvicorn, in a thread."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/events"
        finally:
            server.should_exit = True
            thread.join(SECONDS)
            assert not thread.is_alive()


CLOSED = threading.Event()


async def endless(request: Any) -> AsyncIterator[bytes]:
    CLOSED.clear()
    try:
        yield tidings.encode("first", id=str(int(last_event_id(request) or "0") + 1))
        while True:
            await asyncio.sleep(0)
            yield tidings.encode("more")
    finally:
        CLOSED.set()


async def plain(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await EventSourceResponse(endless(scope))(scope, receive, send)


async def starlette_endpoint(request: starlette.requests.Request) -> Any:
    return EventSourceResponse(endless(request))


with_starlette = starlette.applications.Starlette(routes=[starlette.routing.Route("/events", starlette_endpoint)])
with_fastapi = fastapi.FastAPI()


@with_fastapi.get("/events", response_class=EventSourceResponse)
async def fastapi_endpoint(request: fastapi.Request) -> Any:
    response = EventSourceResponse(endless(request))
    response.set_cookie("a", "b")
    return response


@litestar.get("/events")
async def litestar_endpoint(request: litestar.Request[Any, Any, Any]) -> EventSourceResponse:
    return EventSourceResponse(endless(request))


with_litestar = litestar.Litestar([litestar_endpoint], logging_config=None)
with_quart = quart.Quart("test")


@with_quart.get("/events")
async def quart_endpoint() -> Any:
    response = quart.Response(stream(endless(quart.request.scope)), headers=HEADERS)
    response.timeout = None
    return response


async def django_view(request: Any) -> Any:
    return django.http.StreamingHttpResponse(stream(endless(request)), headers=HEADERS)


# Django is configured there; the path tells the two views apart.
test_wsgi.urlpatterns.append(django.urls.path("aevents", django_view))
django_application = django.core.asgi.get_asgi_application()


async def with_django(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await django_application(scope | {"path": "/aevents"}, receive, send)


APPS = {
    "plain": plain,
    "starlette": with_starlette,
    "fastapi": with_fastapi,
    "litestar": with_litestar,
    "quart": with_quart,
    "django": with_django,
}


@pytest.mark.parametrize("app", APPS.values(), ids=APPS.keys())
def test_frameworks(app: Any) -> None:
    with serve(app) as url:
        with httpx.stream("GET", url, headers={"Last-Event-ID": "6"}, timeout=SECONDS) as response:
            assert response.headers["x-accel-buffering"] == "no"
            assert ("set-cookie" in response.headers) == (app is with_fastapi)
            with tidings.events(response) as events:
                assert next(events) == ServerSentEvent(data="first", id="7")
                assert next(events) == ServerSentEvent(data="more", id="7")
        assert CLOSED.wait(SECONDS), "the source goes on although the client is gone"


def test_a_server_that_is_told_to_stop() -> None:
    program = """
        import asyncio, contextlib, socket, starlette.applications, starlette.routing, uvicorn
        from tidings.asgi import EventSourceResponse, Shutdown

        shutdown = Shutdown()

        async def events():
            yield "ready"
            await asyncio.Event().wait()

        async def endpoint(request):
            return EventSourceResponse(events(), shutdown=shutdown)

        @contextlib.asynccontextmanager
        async def lifespan(app):
            with shutdown.on_signals():
                yield
            print("stopped", flush=True)

        app = starlette.applications.Starlette(routes=[starlette.routing.Route("/", endpoint)], lifespan=lifespan)
        listener = socket.create_server(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        url = f"http://127.0.0.1:{process.stdout.readline().strip()}/"
        with httpx.stream("GET", url, timeout=SECONDS) as response:
            events = tidings.events(response)
            assert next(events).data == "ready"
            process.send_signal(signal.SIGTERM)
            assert list(events) == []
        assert process.stdout.read() == "stopped\n"
        assert process.wait(SECONDS) == -signal.SIGTERM
