"""Serving events with ASGI: a response for Starlette and FastAPI, and an application for anything else, on asyncio.

::

    async def prices(request):
        async def events():
            yield tidings.encode(json={"price": 21.5}, id="1")
        return tidings.asgi.EventSourceResponse(events())
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from ._serving import HEADERS, KEEP_ALIVE, decode_last_event_id
from ._streaming import Sending, cancel
from ._tidings import encode

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Iterator, Mapping, MutableMapping
    from types import FrameType

    from ._serving import _Item

    _Scope = MutableMapping[str, Any]
    _Message = MutableMapping[str, Any]
    _Receive = Callable[[], Awaitable[_Message]]
    _Send = Callable[[_Message], Awaitable[None]]

    _Response: Any = object
else:
    try:
        # FastAPI takes for a response what is one of Starlette's, and would make JSON of anything else.
        from starlette.responses import Response as _Response
    except ImportError:
        _Response = object

__all__ = ["HEADERS", "EventSourceResponse", "Shutdown", "last_event_id", "stream"]


class Shutdown:
    """Ends the responses that were given it, so that a server which waits for them can stop.

    A server such as uvicorn waits for its connections before it tells the application anything, so the end of ``lifespan`` is
    too late for that. Its beginning is the place for ``on_signals``.
    """

    def __init__(self) -> None:
        self._responses: set[asyncio.Future[None]] = set()
        self._ended = False

    def __call__(self) -> None:
        """Ends all responses, also those to come. To be called in the event loop, or by ``loop.call_soon_threadsafe``."""
        self._ended = True
        for response in self._responses:
            if not response.done():
                response.set_result(None)

    @contextlib.contextmanager
    def on_signals(self, *signals: int) -> Iterator[None]:
        """Calls it at these signals, SIGINT and SIGTERM if there are none, before what is called at them already.

        To be entered in the event loop of the main thread, once the server runs: in ``lifespan``.
        """
        loop = asyncio.get_running_loop()
        before: dict[int, Any] = {}

        def handle(number: int, stack: FrameType | None) -> None:
            loop.call_soon_threadsafe(self)
            handler = before[number]
            if callable(handler):
                handler(number, stack)
            elif handler == signal.SIG_DFL:
                signal.signal(number, signal.SIG_DFL)
                signal.raise_signal(number)

        for number in signals or (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.getsignal(number)
            signal.signal(number, handle)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextlib.contextmanager
    def _ending(self, end: asyncio.Future[None]) -> Iterator[None]:
        self._responses.add(end)
        if self._ended and not end.done():
            end.set_result(None)
        try:
            yield
        finally:
            self._responses.discard(end)


class EventSourceResponse(_Response):  # type: ignore[misc]
    """A response that sends what an async iterable yields: an ASGI application, and a response for Starlette and FastAPI.

    Items are ``bytes`` from ``encode``, ``str`` for events with that data, a ``ServerSentEvent``, or a mapping of the arguments of
    ``encode``. The source is asked for an item when the one before it is sent, and closed when the client is gone.

    ``keep_alive`` is after how many seconds without an item a comment is sent, so that no proxy takes the connection for
    dead. ``send_timeout`` is how many seconds a client may take for what it is sent before it is given up. ``retry`` is the
    reconnection time in milliseconds, sent first. An error of the source is raised, for the server to log, and ends the
    response.
    """

    media_type = "text/event-stream"
    body = b""

    def __init__(
        self,
        source: AsyncIterable[_Item],
        *,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        keep_alive: float = 15,
        send_timeout: float = 30,
        retry: int | None = None,
        shutdown: Shutdown | None = None,
        background: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.status_code = status_code
        self.background = background
        self.raw_headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in {**HEADERS, **(headers or {})}.items()
        ]
        self._sending = Sending(source, self._send_body, keep_alive, send_timeout)
        self._first = _first(retry)
        self._shutdown = shutdown or Shutdown()

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        """Sends the response."""
        if scope["method"] == "HEAD":
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        self._send = send
        end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        gone = asyncio.ensure_future(_gone(receive))
        with self._shutdown._ending(end):
            try:
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                if await self._sending.run(self._first, gone, end) and not gone.done():
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
            finally:
                await cancel(gone)
        if self.background is not None:
            await self.background()

    async def _send_body(self, body: bytes) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": True})


async def stream(
    source: AsyncIterable[_Item],
    *,
    keep_alive: float = 15,
    send_timeout: float = 30,
    retry: int | None = None,
    shutdown: Shutdown | None = None,
) -> AsyncGenerator[bytes, None]:
    """The body of a response that sends what an async iterable yields: for frameworks that have a response for such a body.

    All is as with ``EventSourceResponse``, but that it is the framework which notices that the client is gone, and closes the
    body then. The response needs ``HEADERS``.
    """
    taken: asyncio.Queue[bytes | None] = asyncio.Queue(1)
    end: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def send() -> Exception | None:
        failed = None
        try:
            await Sending(source, taken.put, keep_alive, send_timeout).run(_first(retry), end)
        except Exception as error:  # noqa: BLE001 (it is raised where somebody sees it)
            failed = error
        # Not if it is cancelled: then there is nobody to take it.
        await taken.put(None)
        return failed

    with (shutdown or Shutdown())._ending(end):
        sending = asyncio.ensure_future(send())
        try:
            while (body := await taken.get()) is not None:
                yield body
            if failed := await sending:
                raise failed
        finally:
            await cancel(sending)


def _first(retry: int | None) -> bytes:
    """What is sent at once: the client learns that it is connected, and a proxy has something to pass on."""
    return KEEP_ALIVE if retry is None else encode(retry=retry)


async def _gone(receive: _Receive) -> None:
    """Waits until the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def last_event_id(request: Any) -> str:
    """Where a client wants to go on: the ID of the last event it has, or "" if it has none.

    Takes a request that has a ``scope``, as Starlette's has, or the scope. The header counts first, then the query parameter
    ``lastEventId``.
    """
    scope = getattr(request, "scope", request)
    for name, value in scope["headers"]:
        if name.lower() == b"last-event-id":
            return decode_last_event_id(value)
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    return decode_last_event_id(query.get("lastEventId", [""])[0].encode())
