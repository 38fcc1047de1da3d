"""How an event source ends: closed by others, cancelled, interrupted, dropped; and what is a mistake of its user."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import pickle
import threading
import weakref
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import httpx
import pytest
import tidings
from server import SECONDS, Connection
from sources import KINDS, QUICK, Server, answer, stream
from test_process import interrupt, python
from tidings.transports import AsyncResponse, Request, Response

SYNC = [kind for kind in KINDS if not KINDS[kind].is_async]
ASYNC = [kind for kind in KINDS if KINDS[kind].is_async]

ONE = b"id: 1\ndata: one\n\n"


@contextlib.contextmanager
def no_more_threads() -> Iterator[None]:
    """All threads that were started have come to their end."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(SECONDS)
        assert not thread.is_alive(), thread


@contextlib.contextmanager
def in_time(source: tidings.EventSource) -> Iterator[None]:
    """Closes it when the test should be over: what waits for ever fails."""
    closer = threading.Timer(SECONDS, source.close)
    closer.start()
    try:
        yield
    finally:
        closer.cancel()
        closer.join()


@pytest.mark.parametrize("name", SYNC)
def test_closed_by_another_thread_while_it_waits_for_an_event(name: str) -> None:
    with no_more_threads(), Server(stream(ONE, end="gone")) as server, KINDS[name].source(server.url) as source:
        events = iter(source)
        next(events)
        closer = threading.Timer(0.1, source.source.close)
        closer.start()
        assert list(events) == []
        closer.join()
        assert source.ready_state is tidings.ReadyState.CLOSED


@pytest.mark.parametrize("name", SYNC)
def test_closed_by_another_thread_while_it_connects(name: str) -> None:
    asked, done = threading.Event(), threading.Event()

    def script(connection: Connection) -> None:
        asked.set()
        assert done.wait(SECONDS)

    with Server(script) as server, KINDS[name].source(server.url) as source:
        closer = threading.Thread(target=lambda: (asked.wait(SECONDS), source.source.close()))
        closer.start()
        assert list(source) == []
        done.set()
        closer.join()


@pytest.mark.parametrize("name", SYNC)
def test_closed_by_another_thread_while_it_waits_to_connect(name: str) -> None:
    with Server(stream(ONE)) as server, KINDS[name].source(server.url, reconnection_time_ms=60_000) as source:
        items = source.items()
        assert [type(next(items)).__name__ for _ in range(3)] == ["Open", "ServerSentEvent", "Reconnecting"]
        closer = threading.Timer(0.1, source.source.close)
        closer.start()
        assert list(items) == []
        closer.join()


def test_dropped_it_closes_its_connection() -> None:
    with no_more_threads(), Server(stream(ONE, end="gone")) as server:
        source = tidings.EventSource(server.url)
        gone = weakref.ref(source)
        next(source)
        del source
        assert gone() is None


def test_its_own_client_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    clients: list[httpx.Client] = []

    class Client(httpx.Client):
        def __init__(self, **options: Any) -> None:
            super().__init__(verify=False, **options)
            clients.append(self)

    monkeypatch.setattr(httpx, "Client", Client)
    with no_more_threads(), Server(stream(ONE, end="gone")) as server, tidings.EventSource(server.url) as source:
        next(source)
        assert not clients[0].is_closed
    assert clients[0].is_closed


async def close_while_it_waits(server: Server, client: Any) -> None:
    source = tidings.AsyncEventSource(server.url, client=client, **QUICK)
    await source.__anext__()
    rest = asyncio.ensure_future(everything(source))
    await asyncio.sleep(0.05)
    source.close()
    assert await asyncio.wait_for(rest, SECONDS) == []
    await source.aclose()
    assert source.ready_state is tidings.ReadyState.CLOSED


async def close_by_a_thread(server: Server, client: Any) -> None:
    source = tidings.AsyncEventSource(server.url, client=client, **QUICK)
    await source.__anext__()
    closer = threading.Timer(0.1, source.close)
    closer.start()
    assert await asyncio.wait_for(everything(source), SECONDS) == []
    await source.aclose()


async def cancel_and_go_on(server: Server, client: Any) -> None:
    """The connection is the same, and nothing is lost."""
    async with tidings.AsyncEventSource(server.url, client=client, **QUICK) as source:
        await source.__anext__()
        for _ in range(3):
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(source.__anext__(), 0.02)
        loop = asyncio.ensure_future(everything(source))
        await asyncio.sleep(0.02)
        loop.cancel()
        with pytest.raises(asyncio.CancelledError):
            await loop
        GO_ON.set()
        assert (await source.__anext__()).data == "two"
        with pytest.raises(RuntimeError, match="another task"):
            await asyncio.gather(source.__anext__(), source.__anext__())


async def cancel_while_it_connects(server: Server, client: Any) -> None:
    async with tidings.AsyncEventSource(server.url, client=client, **QUICK) as source:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(source.__anext__(), 0.05)
        GO_ON.set()
        assert (await source.__anext__()).data == "one"


GO_ON = threading.Event()


def late(connection: Connection) -> None:
    GO_ON.wait(SECONDS)
    stream(ONE, end="gone")(connection)


def one_and_later_two(connection: Connection) -> None:
    connection.head_of()
    connection.send(ONE)
    GO_ON.wait(SECONDS)
    connection.send(b"data: two\n\n")
    connection.gone()


@pytest.mark.parametrize("name", ASYNC)
@pytest.mark.parametrize(
    ("use", "script"),
    [
        (close_while_it_waits, stream(ONE, end="gone")),
        (close_by_a_thread, stream(ONE, end="gone")),
        (cancel_and_go_on, one_and_later_two),
        (cancel_while_it_connects, late),
    ],
    ids=["closed", "closed-by-a-thread", "cancelled", "cancelled-early"],
)
def test_async(name: str, use: Any, script: Any) -> None:
    GO_ON.clear()

    async def main(server: Server) -> None:
        client = KINDS[name]._make_client()
        try:
            await use(server, client)
            # Nothing is left behind: the clients have no tasks of their own.
            assert asyncio.all_tasks() == {asyncio.current_task()}
        finally:
            await (client.aclose() if hasattr(client, "aclose") else client.close())

    with Server(script) as server:
        asyncio.run(main(server))


async def everything(source: Any) -> list[Any]:
    return [event async for event in source]


def test_a_task_that_is_cancelled_by_all_means() -> None:
    """By somebody who cancels all there are: it connects again."""

    async def main(server: Server) -> None:
        async with tidings.AsyncEventSource(server.url, **QUICK) as source:
            items = source.items()
            assert [type(await items.__anext__()).__name__ for _ in range(2)] == ["Open", "ServerSentEvent"]
            [reader] = asyncio.all_tasks() - {asyncio.current_task()}
            reader.cancel()
            item = await asyncio.wait_for(items.__anext__(), SECONDS)
            assert isinstance(item, tidings.Reconnecting)
            assert isinstance(item.error, tidings.ConnectionFailed)

    with Server(stream(ONE, end="gone")) as server:
        asyncio.run(main(server))


def test_an_async_one_is_dropped() -> None:
    async def main(server: Server) -> None:
        source = tidings.AsyncEventSource(server.url)
        await source.__anext__()
        gone = weakref.ref(source)
        del source
        gc.collect()
        assert gone() is None
        while asyncio.all_tasks() != {asyncio.current_task()}:
            await asyncio.sleep(0)

    with Server(stream(ONE, end="gone")) as server:
        asyncio.run(main(server))


@pytest.mark.parametrize("name", KINDS)
def test_nothing_is_left_behind(name: str) -> None:
    """No file, no thread, no object, after connections that end in every way."""
    scripts = (
        stream(ONE),
        stream(ONE, end="kill"),
        answer("500 No"),
        answer("503 No", body=b"because"),
        stream(ONE, end="gone"),
    )
    kind = KINDS[name]

    def use() -> None:
        with Server(*scripts) as server:
            with kind.source(server.url, retry_statuses=[500, 503], max_backoff=0.0) as source:
                items = source.items()
                for _ in range(10):
                    next(items)

    def left() -> tuple[int, int, int]:
        gc.collect()
        machines = sum(type(thing).__name__ in ("_Link", "_Reader", "Core") for thing in gc.get_objects())
        return len(os.listdir("/proc/self/fd")), threading.active_count(), machines

    use()
    with no_more_threads():
        before = left()
        use()
    assert all(after <= first for after, first in zip(left(), before, strict=True))


INTERRUPTED = """
    import sys, tidings
    source = tidings.EventSource(sys.argv[1])
    try:
        with source:
            for event in source:
                print(event.data, flush=True)
    finally:
        print("closed" if source.ready_state == 2 else "open")
"""

INTERRUPTED_ASYNC = """
    import asyncio, sys, tidings
    async def main():
        source = tidings.AsyncEventSource(sys.argv[1])
        try:
            async with source:
                async for event in source:
                    print(event.data, flush=True)
        finally:
            print("closed" if source.ready_state == 2 else "open")
    asyncio.run(main())
"""


@pytest.mark.parametrize("program", [INTERRUPTED, INTERRUPTED_ASYNC], ids=["sync", "async"])
def test_interrupted_while_it_waits(program: str) -> None:
    with Server(stream(b"data: ready\n\n", end="gone")) as server:
        interrupt(python(program, server.url))


@pytest.mark.parametrize("kept", ["source", "events"])
def test_the_interpreter_ends_in_the_middle(kept: str) -> None:
    program = f"""
        import sys, tidings
        source = tidings.EventSource(sys.argv[1])
        events = iter(source)
        print(next(events).data, flush=True)
        sys.kept = {kept}
    """
    with Server(stream(b"data: ready\n\n", end="gone")) as server:
        process = python(program, server.url)
        output, errors = process.communicate(timeout=20)
    assert (process.returncode, output, errors) == (0, "", "")


def test_interrupted_before_it_connects() -> None:
    """The machine said that it is time, and then came Ctrl-C."""
    source = tidings.EventSource("http://host/", client=Chunks([ONE], 204), **QUICK)
    assert next(source._link.core.machine).kind == "connect"  # type: ignore[union-attr]
    with in_time(source):
        assert [event.data for event in source] == ["one"]


class Chunks:
    """A transport that has all it needs."""

    errors = (OSError,)

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []
        self.closed = 0

    def open(self, request: Request) -> Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, int):
            return Response(answer, {}, [], self._close)
        return Response(200, {"content-type": "text/event-stream"}, answer, self._close)

    def _close(self) -> None:
        self.closed += 1


def test_a_transport_of_ones_own() -> None:
    transport = Chunks(OSError("refused"), iter([b"id: 1\nda", bytearray(b"ta: a\n"), memoryview(b"\n")]), 204)
    source = tidings.EventSource("http://host/path", client=transport, body="x", **QUICK)
    refused, _, event, _ = source.items()
    assert isinstance(refused, tidings.Reconnecting)
    assert isinstance(refused.error.__cause__, OSError)
    assert event == tidings.ServerSentEvent("message", "a", "1")
    assert transport.closed == 2
    assert transport.requests[0] == Request(
        "GET",
        "http://host/path",
        {"accept": "text/event-stream", "cache-control": "no-cache", "pragma": "no-cache"},
        b"x",
        SECONDS,
        False,
    )
    assert transport.requests[2].headers["last-event-id"] == "1"


@pytest.mark.parametrize("mistake", [TypeError("no"), iter(["data: text\n\n"])], ids=["open", "chunks"])
def test_mistakes_come_through(mistake: Any) -> None:
    source = tidings.EventSource("http://host/", client=Chunks(mistake), **QUICK)
    with pytest.raises(TypeError):
        list(source)
    assert list(source) == []


def test_it_reads_no_further_than_its_user_does() -> None:
    read = 0

    def chunks() -> Iterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield b"data: " + b"x" * 16_000 + b"\n\n"

    with tidings.EventSource("http://host/", client=Chunks(chunks()), **QUICK) as source, in_time(source):
        for taken in range(1, 100):
            next(source)
            assert read <= taken + 10


def test_an_async_one_reads_no_further_either() -> None:
    read = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield b"data: " + b"x" * 16_000 + b"\n\n"

    class Transport:
        errors = (OSError,)

        async def open(self, request: Request) -> AsyncResponse:
            return AsyncResponse(200, {"content-type": "text/event-stream"}, chunks(), lambda: None)

    async def main() -> None:
        async with tidings.AsyncEventSource("http://host/", client=Transport(), **QUICK) as source:
            for taken in range(1, 100):
                await asyncio.wait_for(source.__anext__(), SECONDS)
                assert read <= taken + 10

    asyncio.run(main())


def test_an_id_with_space_around_it() -> None:
    """It goes without: it is no part of the value of a header, and libraries refuse it."""
    transport = Chunks([b"id:  a \ndata: a\n\n"], [b"id:  \ndata: b\n\n"], 204)
    source = tidings.EventSource("http://host/", client=transport, **QUICK)
    assert [event.id for event in source] == [" a ", " "]
    assert [request.headers.get("last-event-id") for request in transport.requests] == [None, "a", None]


@pytest.mark.parametrize("class_", [tidings.EventSource, tidings.AsyncEventSource])
def test_arguments(class_: Any) -> None:
    for url in ("ftp://host/", "host", "", "http://", "http://host:secret/", "http://[secret"):
        with pytest.raises(tidings.InvalidUrl) as caught:
            class_(url)
        assert isinstance(caught.value, ValueError)
        assert "secret" not in str(caught.value)
    for headers in ({"": "x"}, {"a b": "x"}, {"a": "secret\r\nx: y"}, {"a": "secret\0"}, {"ä": "x"}):
        with pytest.raises(tidings.InvalidHeader) as failed:
            class_("http://host/", headers=headers)
        assert "secret" not in str(failed.value)
    for options in ({"connect_timeout": -1}, {"idle_timeout": float("nan")}, {"max_backoff": -0.5}):
        with pytest.raises(ValueError, match=next(iter(options))):
            class_("http://host/", **options)
    with pytest.raises(tidings.InvalidName):
        class_("http://host/", last_event_id="a\nb")
    with pytest.raises(TypeError, match="is no client that is known"):
        class_("http://host/", client=object())
    class_(
        "http://host/", idle_timeout=float("inf"), connect_timeout=float("inf"), max_backoff=1e300, stable_after=1e300
    ).close()


def test_a_client_of_the_other_kind() -> None:
    async def main() -> None:
        async with httpx.AsyncClient() as client, aiohttp.ClientSession() as session:
            for other in (client, session):
                with pytest.raises(TypeError, match="AsyncEventSource is for"):
                    tidings.EventSource("http://host/", client=other)

    asyncio.run(main())
    with httpx.Client() as client, pytest.raises(TypeError, match="EventSource is for"):
        tidings.AsyncEventSource("http://host/", client=client)


def test_errors_can_be_pickled() -> None:
    for error in (tidings.ConnectionFailed(), tidings.IdleTimeout(), tidings.UnsendableLastEventId()):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again)) == (type(error), str(error))
    status = tidings.UnexpectedStatus(503, object())
    status.body = b"because"
    assert pickle.loads(pickle.dumps(status)).body == b"because"


def test_a_hook_that_gives_no_headers() -> None:
    transport = Chunks(204)
    answers = iter(({"a": "b\r\nc: d"}, {"a": "b"}))
    source = tidings.EventSource("http://host/", client=transport, fresh_headers=lambda _: next(answers), **QUICK)
    [item] = source.items()
    assert isinstance(item, tidings.Reconnecting)
    assert isinstance(item.error, tidings.FreshHeadersFailed)
    assert isinstance(item.error.__cause__, tidings.InvalidHeader)


def test_it_shows_no_secrets() -> None:
    source = tidings.EventSource("http://host/?key=secret", headers={"x": "secret"})
    assert repr(source) == "<EventSource CONNECTING>"
    assert "secret" not in repr(tidings.Open("secret", {"secret": "secret"}))
    source.close()
